"""Puzzles for the cell explorer: a task, the input it is tried on, and a judge in NumPy.

A goal is judged on its own input, so that what counts is the weights: a sequence edited on the
page explores, and solves nothing.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rnncourse.cells.presets import PRESETS, at_steps
from rnncourse.widgets import single

NEAR = 0.1
PULSE = at_steps({4: 1})
NOISY = PRESETS["remember"].xs


class Goal(NamedTuple):
    """kind: the cell that must do it; says: the task; xs (T,): the input it is tried on.

    judge(run) takes a Run and returns the sentence that says what is still wrong, or "".
    """

    kind: str
    says: str
    xs: np.ndarray
    judge: Callable

    def verdict(self, numbers, options):
        """{"solved": bool, "says": sentence} for a unit's numbers by name and its switches."""
        try:
            wrong = self.judge(Run(self, numbers, options))
        except ValueError:  # the textbook's cells refuse a state that has become infinite
            wrong = "The state overflows: make the weights smaller."
        return {"solved": not wrong, "says": wrong or "Solved."}


class Run:
    """A goal's input through a unit: run.h, run.c, ... (T,), and its gradients."""

    def __init__(self, goal, numbers, options):
        self.given, self.options, self.numbers = (goal.kind, numbers, goal.xs), options, numbers
        self.__dict__.update(single.trace(*self.given, options))

    def gradient(self, name):
        """d h_T / d x_1, h_1 or c_1: one number."""
        return single.gradients(*self.given, len(self.h), self.options)[name][0]


def follows(values, targets, name):
    """The sentence for the first step that is further than NEAR from its target, or ""."""
    off = np.flatnonzero(np.abs(values - targets) > NEAR)
    if len(off) == 0:
        return ""
    t = off[0]
    return (f"{name} is {values[t]:.2f} at step {t + 1}; it is to be within {NEAR} of "
            f"{targets[t]:g}.")


def levels(values):
    """Targets (T,): zero, then from each step of {step: value} on that value."""
    targets = np.zeros(len(PULSE))
    for step, value in values.items():
        targets[step - 1 :] = value
    return targets


def holds_c(run):
    return follows(run.c[:34], levels({4: 1})[:34], "c")


def holds_h(run):
    return follows(run.h[:34], levels({4: 1})[:34], "h")


def overwrites(run):
    return follows(run.c, levels({4: 1, 14: -1, 24: 1, 34: -1}), "c")


def forgets(run):
    return follows(run.c, levels({4: 1, 14: 0, 24: 1, 34: 0}), "c")


def counts(run):
    return follows(run.c, np.cumsum(COUNTED), "c")


def reaches_back(run):
    slope = abs(run.gradient("x"))
    return "" if slope > 0.5 else f"|d h_40 / d x_1| is {slope:.2g}; it is to exceed 0.5."


def saturates(run):
    if abs(run.numbers["w_h"]) < 2:
        return f"w_h is {run.numbers['w_h']:.2g}; it is to be at least 2 in size."
    slope = abs(run.gradient("h"))
    return "" if slope < 1e-6 else f"|d h_40 / d h_1| is {slope:.2g}; it is to be below 1e-6."


def flips(run):
    targets = levels({4: 1})
    targets[4::2] = -1
    return follows(run.h, targets, "h")


def replaces_and_holds(run):
    if run.options["polarity"] != "replaces":
        return "z near 1 still keeps: set the switch so that it replaces."
    return holds_h(run)


COUNTED = at_steps(dict.fromkeys((3, 8, 13, 20, 27), 1))

GOALS = {
    "hold": Goal("lstm", "Hold +1 for 30 steps: c is 0 until the pulse at step 4, then 1.",
                 PULSE, holds_c),
    "hold through noise": Goal("lstm", "Hold +1 for 30 steps though noise of 0.3 goes on.",
                               NOISY, holds_c),
    "overwrite": Goal("lstm", "An input of 1 sets c to +1, an input of 0.5 sets it to -1, "
                      "whatever was there.", PRESETS["overwrite"].xs, overwrites),
    "forget on -1": Goal("lstm", "An input of 1 sets c to +1, an input of -1 empties it.",
                         PRESETS["flush"].xs, forgets),
    "count to five": Goal("lstm", "Count the pulses: c is 1 after the first, 5 after the fifth.",
                          COUNTED, counts),
    "reach back": Goal("lstm", "Make the gradient at step 1 exceed 0.5: d h_40 / d x_1, with "
                       "nothing but zeros as input.", np.zeros(40), reaches_back),
    "hold without a gate": Goal("rnn", "Hold +1 for 30 steps with a plain RNN.", PULSE, holds_h),
    "vanish": Goal("rnn", "Make the gradient at step 1 vanish, below 1e-6, though w_h is at least "
                   "2 in size.", np.full(40, 0.5), saturates),
    "flip": Goal("rnn", "From step 4 on let h be +1, -1, +1, ... in turn.", PULSE, flips),
    "hold with one gate": Goal("gru", "Hold +1 for 30 steps with a GRU whose z near 1 replaces.",
                               PULSE, replaces_and_holds),
}


def listed():
    """What the page needs of every goal."""
    return [{"name": name, "kind": goal.kind, "says": goal.says, "xs": goal.xs.tolist()}
            for name, goal in GOALS.items()]
