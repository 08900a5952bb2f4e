"""Every exercise of the course, by the name of its function."""

import difflib

from rnncourse.check import lesson00, lesson01, lesson02

LESSONS = (lesson00, lesson01, lesson02)
EXERCISES = {exercise.name: exercise for lesson in LESSONS for exercise in lesson.EXERCISES}


def find(name):
    """The exercise of that name, or None."""
    return EXERCISES.get(name)


def unknown(name) -> str:
    """What to say about a name that no exercise has."""
    close = difflib.get_close_matches(name, EXERCISES, n=1)
    hint = f" Did you mean `{close[0]}`?" if close else (
        " The exercise's text says what its function is called.")
    return f"No exercise is called `{name}`.{hint}"
