"""What an exercise declares."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

DIFFICULTIES = ("warm-up", "medium", "hard")


class Mistake(NamedTuple):
    """Wrong code that somebody really writes, and the sentence that helps."""

    name: str
    wrong: Callable
    says: str


@dataclass(frozen=True)
class Exercise:
    """One function to write.

    reference: the right function; its name is the exercise's, its parameters those to accept.
    inputs(rng): arguments of one random case, a tuple. cases: how many a check draws.
    results: the name of what is returned, or of each part of a tuple.
    terms: the parameters that may be set to zero one at a time, to see which one is at fault.
    observe(result, *args): what is compared where more than one result is right.
    rules: each takes the function, returns a sentence when it is broken, else "".
    """

    reference: Callable
    inputs: Callable
    results: tuple[str, ...]
    points: int
    minutes: int
    difficulty: str
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    terms: tuple[str, ...] = ()
    rules: tuple[Callable, ...] = ()
    observe: Callable | None = None
    cases: int = 20
    lesson: str = field(init=False)

    def __post_init__(self):
        lesson = re.search(r"lesson(\d\d)", self.reference.__module__)  # where it is declared
        object.__setattr__(self, "lesson", lesson[1] if lesson else "")
        if self.difficulty not in DIFFICULTIES:
            raise ValueError(f"{self.name}: difficulty {self.difficulty!r}; one of {DIFFICULTIES}")
        if unknown := set(self.terms) - set(self.params):
            raise ValueError(f"{self.name} has no parameter {', '.join(sorted(unknown))}")

    @property
    def name(self) -> str:
        return self.reference.__name__

    @property
    def params(self) -> list[str]:
        return list(inspect.signature(self.reference).parameters)

    def draw(self, seed: int) -> list[tuple]:
        """The arguments of every case; the same seed gives the same numbers."""
        rng = np.random.default_rng([seed, len(self.name), self.points])
        return [self.inputs(rng) for _ in range(self.cases)]
