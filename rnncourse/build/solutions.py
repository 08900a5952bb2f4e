"""One exercise script gives two notebooks: the solution, and the exercise with it cut out."""

import re
from difflib import get_close_matches

from .errors import at
from .script import Cell, Script

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
LOOKS_LIKE_ONE = re.compile(
    r"#\W*(begin|end|start|stop)\w*?[\W_]*soluti?o?n|#\W*solution[\W_]*(begin|end|start|stop)\b",
    re.IGNORECASE,
)


def looks_like_marker(text: str) -> bool:
    """True for a solution marker, and for what was probably meant as one."""
    close = get_close_matches(text.strip(), (BEGIN, END), cutoff=0.8)
    return bool(close or LOOKS_LIKE_ONE.search(text))


def regions(path, cell: Cell):
    """Yield (first, last) indices of each marked region's lines, the markers included."""
    begin = None
    for n, text in enumerate(cell.source.split("\n")):
        marker, line = text.strip(), cell.lines[n]
        if marker == BEGIN:
            if begin is not None:
                raise at(path, line, f"{BEGIN} inside the region begun in line {cell.lines[begin]}")
            if not text.startswith(" "):
                raise at(path, line, "a solution stands inside a function: indent its markers")
            begin = n
        elif marker == END:
            if begin is None:
                raise at(path, line, f"{END} without a {BEGIN} above it in this cell")
            if n == begin + 1:
                raise at(path, line, "this solution is empty")
            yield begin, n
            begin = None
        elif looks_like_marker(text):
            raise at(path, line, f"a marker is a line of its own, {BEGIN!r} or {END!r}: {marker!r}")
    if begin is not None:
        raise at(path, cell.lines[begin], f"{BEGIN} without an {END} below it in this cell")


def _replace(script: Script, replacement):
    """Put replacement(lines of a region, markers included) in place of each region."""
    cells = []
    for cell in refuse_markers(script, kinds=("markdown",)).cells:
        found = list(regions(script.path, cell)) if cell.kind == "code" else []
        pairs = list(zip(cell.source.split("\n"), cell.lines, strict=True))
        for first, last in reversed(found):
            pairs[first : last + 1] = replacement(pairs[first : last + 1])
        text, lines = zip(*pairs, strict=True)
        cells.append(cell._replace(source="\n".join(text), lines=lines))
    return script._replace(cells=cells)


def solved(script: Script) -> Script:
    """The same script without its markers."""
    return _replace(script, lambda pairs: pairs[1:-1])


def unsolved(script: Script) -> Script:
    """The same script with each region replaced by `raise NotImplementedError`."""

    def stub(pairs):
        text, line = pairs[0]
        return [(text[: len(text) - len(text.lstrip())] + "raise NotImplementedError", line)]

    return _replace(script, stub)


def refuse_markers(script: Script, kinds=("code", "markdown")) -> Script:
    """The same script; BuildError when a cell of these kinds holds a solution marker."""
    for cell in script.cells:
        for text, line in zip(cell.source.split("\n"), cell.lines, strict=True):
            if cell.kind in kinds and looks_like_marker(text):
                place = "code cells of source/exercises/"
                raise at(script.path, line, f"solution markers belong in {place}: {text.strip()!r}")
    return script
