"""Exercises that say which mistake it is: check(f), hint(f), and after an attempt solution(f).

Every exercise is declared in the module of its lesson (lesson00, lesson01, ...): a reference,
random inputs, hints, and a catalogue of mistakes people really make, each as wrong code with the
sentence that helps. A check runs the answer and the reference on the same inputs; when they
differ, the mistake that agrees with the answer on every input is the one that was made.
"""

from rnncourse.check.commands import check, hint, solution
from rnncourse.check.examine import examine
from rnncourse.check.verdict import Verdict

__all__ = ["Verdict", "check", "examine", "hint", "solution"]
