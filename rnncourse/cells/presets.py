"""LSTMs of one unit with weights set by hand: each does one thing a memory must be able to do."""

from typing import NamedTuple

import numpy as np

from rnncourse.cells.lstm import LSTMParams

STEPS = 40


class Preset(NamedTuple):
    """A hand-set cell, 40 inputs that show what it does, and a sentence that says it.

    p: LSTMParams with D = H = 1. xs (40,), one number per step.
    """

    p: LSTMParams
    xs: np.ndarray
    says: str


def scalar_lstm(i, f, g, o):
    """An LSTM of one unit and one input, D = H = 1, from (w_x, w_h, b) for each of i, f, g, o."""
    w_x, w_h, b = np.array([i, f, g, o], float).T
    return LSTMParams(w_x[None], w_h[None], b)


def at_steps(values):
    """xs (40,): zero but for {step: value}, steps counted from 1."""
    xs = np.zeros(STEPS)
    for step, value in values.items():
        xs[step - 1] = value
    return xs


KEEP = (0, 0, 10)      # sigmoid(10) = 0.99995: open whatever comes
PULSES = (20, 0, -12)  # open at an input of 1, closed at 0.3 and below

PRESETS = {
    "remember": Preset(
        scalar_lstm(i=PULSES, f=KEEP, g=(3, 0, 0), o=KEEP),
        at_steps({4: 1, 9: -0.3, 13: 0.2, 18: -0.2, 22: 0.3, 27: 0.3, 31: -0.3, 36: 0.2}),
        "i opens for the pulse only, f stays open: noise is not written, the pulse stays"),
    "overwrite": Preset(
        scalar_lstm(i=(40, 0, -10), f=(-40, 0, 10), g=(8, 0, -6), o=KEEP),
        at_steps({4: 1, 14: 0.5, 24: 1, 34: 0.5}),
        "i opens and f closes together: 1 writes +1, 0.5 writes -1, whatever was there"),
    "flush": Preset(
        scalar_lstm(i=PULSES, f=(16, 0, 8), g=(3, 0, 0), o=KEEP),
        at_steps({4: 1, 14: -1, 24: 1, 34: -1}),
        "f closes at -1 while i stays closed: the cell is emptied"),
    "count": Preset(
        scalar_lstm(i=PULSES, f=KEEP, g=(10, 0, 0), o=KEEP),
        at_steps(dict.fromkeys((3, 8, 12, 13, 20, 26, 33, 37), 1)),
        "every pulse adds 1 to c, without bound; h = tanh(c) cannot show it"),
}
