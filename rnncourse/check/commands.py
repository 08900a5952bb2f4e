"""What a learner types: check(f), hint(f), solution(f)."""

import html
import inspect
import os
import sys
from pathlib import Path

from rnncourse.check import registry
from rnncourse.check.examine import examine
from rnncourse.check.verdict import card

SOURCES = Path(__file__).resolve().parents[2] / "source" / "exercises"
HINT, CODE = "#0b57a4", "#57606a"
opened = {}  # name of an exercise -> how many hints were shown in this session


def check(answer, name=None):
    """Say whether a function is right, and if not, which mistake it is. Never raises.

    A card in JupyterLab, plain text elsewhere. name: the exercise, when the function has another
    name. Inside nbgrader (which counts errors, not words) anything but right raises
    AssertionError.
    """
    verdict = examine(answer, name)
    show(verdict)
    if os.environ.get("NBGRADER_EXECUTION") and verdict.state != "right":
        raise AssertionError(repr(verdict))


def hint(answer):
    """The next hint to the exercise of this function; after the last, the first again."""
    exercise = registry.find(name_of(answer))
    if exercise is None:
        return show(Note("hint", HINT, name_of(answer), registry.unknown(name_of(answer))))
    n = opened.get(exercise.name, 0) % len(exercise.hints)
    opened[exercise.name] = n + 1
    last = " This was the last: after an attempt, `solution` shows one way to do it." if (
        n + 1 == len(exercise.hints)) else ""
    show(Note(f"hint {n + 1} of {len(exercise.hints)}", HINT, exercise.name,
              exercise.hints[n] + last))


def solution(answer):
    """One way to write it, once there is an attempt to compare it with."""
    verdict = examine(answer)
    exercise = registry.find(name_of(answer))
    if exercise is None or verdict.state == "not attempted yet":
        says = verdict.says if exercise is None else (
            "Try it first: any attempt counts, and a wrong one tells you most. "
            "`hint` helps you begin.")
        return show(Note("solution", CODE, name_of(answer), says))
    show(Note("solution", CODE, exercise.name, "One way to write it:", written(exercise)))


def written(exercise) -> str:
    """The solution as the course writes it; where its source is not, the reference."""
    for path in sorted(SOURCES.glob(f"{exercise.lesson}_*.py")):
        for cell in path.read_text(encoding="utf-8").split("\n# %%"):
            code = cell.partition("\n")[2]
            if code.startswith(f"def {exercise.name}("):
                return "\n".join(line for line in code.rstrip().split("\n")
                                 if line.strip() not in ("# BEGIN SOLUTION", "# END SOLUTION"))
    return inspect.getsource(exercise.reference).rstrip()


class Note:
    """Words that are no verdict: a hint, a solution."""

    def __init__(self, badge, colour, name, says, code=""):
        self.badge, self.colour, self.name, self.says, self.code = badge, colour, name, says, code

    def __repr__(self):
        text = f"{self.badge} · {self.name}: {self.says.replace('`', '')}"
        return f"{text}\n\n{self.code}" if self.code else text

    def _repr_html_(self):
        code = f"<pre>{html.escape(self.code)}</pre>" if self.code else ""
        return card(self.badge, self.colour, self.name, [self.says]) + code


def name_of(answer):
    return answer if isinstance(answer, str) else getattr(answer, "__name__", repr(answer))


def show(thing):
    """A card where IPython can show one; plain text elsewhere."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        ipython.display.display(thing)
    else:
        print(thing)
