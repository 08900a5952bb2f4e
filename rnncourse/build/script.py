"""A lesson's script: cells, each of which knows the lines it came from."""

import re
from pathlib import Path
from typing import NamedTuple

import jupytext

from .errors import BuildError, at, shown

HEADER = re.compile(r"^# ?%%")
TITLE = re.compile(r"# +(\S.*)")
TAGS = {"nbval-ignore-output"}


class Cell(NamedTuple):
    kind: str                # "code" or "markdown"
    source: str
    lines: tuple[int, ...]   # the script's line number of each line of source
    tags: tuple[str, ...] = ()


class Script(NamedTuple):
    path: Path
    cells: list[Cell]

    @property
    def title(self) -> str:
        """The first line of the first cell, without its "# "."""
        return TITLE.match(self.cells[0].source)[1].strip()

    @property
    def description(self) -> str:
        """The first paragraph after the title: what the contents say about the lesson."""
        paragraphs = re.split(r"\n\s*\n", self.cells[0].source.strip())[1:]
        return " ".join(paragraphs[0].split()) if paragraphs else ""


def read(path: Path) -> Script:
    """Read a percent script. BuildError when a cell or its header is not what the course uses."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BuildError(f"{shown(path)}: not UTF-8 ({error}); save it as UTF-8") from None
    lines = text.splitlines()
    headers = [n for n, line in enumerate(lines, 1) if HEADER.match(line)]
    before = lines[: headers[0] - 1] if headers else lines
    if not headers or any(line.strip() for line in before):
        raise at(path, 1, "a script begins with its first cell: # %% [markdown]")
    nodes = jupytext.reads(text, fmt="py:percent").cells
    if len(nodes) != len(headers):
        raise at(path, 1, f"{len(headers)} cell headers, but jupytext reads {len(nodes)} cells")
    cells = [_cell(path, node, head, lines) for node, head in zip(nodes, headers, strict=True)]
    if cells[0].kind != "markdown" or not TITLE.match(cells[0].source):
        raise at(path, headers[0], 'the first cell is markdown and begins with "# Title"')
    return Script(Path(path), cells)


def _cell(path, node, head, lines):
    if node.cell_type not in ("code", "markdown"):
        raise at(path, head, f"a cell is code or [markdown], not {node.cell_type}")
    if not node.source.strip():
        raise at(path, head, "this cell is empty: fill it or delete it")
    tags = tuple(node.metadata.get("tags", ()))
    if unknown := set(tags) - TAGS:
        known = ", ".join(sorted(TAGS))
        raise at(path, head, f"unknown tag {', '.join(sorted(unknown))}; the known ones: {known}")
    first = head + 1
    while not lines[first - 1].strip("# \t"):
        first += 1
    return Cell(
        node.cell_type, node.source, tuple(range(first, first + node.source.count("\n") + 1)), tags
    )
