"""What a script may not hold, said before anything is executed."""

import ast
import re

from .errors import at
from .script import Script

MAX_LINES, FIRST_LINES = 20, 8
ALT = re.compile(r"\A(# ?alt:.*\n(#  +.*\n)*)+")


def length(source: str) -> int:
    """The lines of a code cell, its alt texts not counted."""
    return len(re.sub(ALT, "", source).split("\n"))


def statements(source: str) -> int:
    """The lines of the first code cell; those that sort its imports into groups do not count."""
    return sum(bool(line.strip()) for line in source.split("\n"))


def check(script: Script):
    """Raise BuildError at the first code cell that is too long or not plain Python."""
    code = [cell for cell in script.cells if cell.kind == "code"]
    for n, cell in enumerate(code):
        limit = FIRST_LINES if n == 0 else MAX_LINES
        count = length(cell.source) if n else statements(cell.source)
        if count > limit:
            where = "a code cell" if n else "the first code cell"
            message = f"{where} has {count} lines, the limit is {limit}: move code to rnncourse/"
            raise at(script.path, cell.lines[0], message)
        for text, line in zip(cell.source.split("\n"), cell.lines, strict=True):
            if text.lstrip().startswith(("%", "!")):
                raise at(script.path, line, f"no magics and no shell in a lesson: {text.strip()}")
            if text.rstrip().endswith(";"):
                raise at(script.path, line, "no trailing ; (end a figure's cell with plt.show())")
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            line = cell.lines[min(error.lineno or 1, len(cell.lines)) - 1]
            raise at(script.path, line, f"not valid Python: {error.msg}") from None
