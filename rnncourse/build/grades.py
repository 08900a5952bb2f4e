"""nbgrader's metadata (schema 3) on the cells of an exercise: what to fill in, what is graded."""

import re

from rnncourse.check import registry

from .errors import at

FUNCTION, CHECK = re.compile(r"^def (\w+)\(", re.MULTILINE), re.compile(r"check\((\w+)\)\s*")
COMMON = {"schema_version": 3, "task": False}


def metadata(path, cell) -> dict:
    """The metadata of one cell of source/exercises: an answer, a locked check, or neither.

    BuildError when the cell checks a function for which no exercise is declared.
    """
    if cell.kind != "code":
        return {}
    if found := CHECK.fullmatch(cell.source):
        exercise = registry.find(found[1])
        if exercise is None:
            raise at(path, cell.lines[0], registry.unknown(found[1]))
        return {"nbgrader": {**COMMON, "grade": True, "solution": False, "locked": True,
                             "grade_id": f"check-{exercise.name}", "points": exercise.points}}
    names = [name for name in FUNCTION.findall(cell.source) if registry.find(name)]
    if not names:
        return {}
    return {"nbgrader": {**COMMON, "grade": False, "solution": True, "locked": False,
                         "grade_id": names[0]}}
