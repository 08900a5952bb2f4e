"""From a bare Python to a ready ``.venv``: standard library only, no shell, resumable.

``prepare`` is the way in; a ``Problem`` is what it raises when only the reader can help.
"""

from rnncourse.bootstrap.prepare import ALL, ROOT, Plan, prepare, ready
from rnncourse.bootstrap.problems import Problem

__all__ = ["ALL", "ROOT", "Plan", "Problem", "prepare", "ready"]
