"""Hand-set units for the explorer: the LSTMs of cells.presets, and what comes nearest to them.

A GRU has one gate for writing and for forgetting and a bounded state, and a plain RNN has no gate
at all: where one of them cannot do what the LSTM does, the preset leaves it as it was.
"""

from typing import NamedTuple

import numpy as np

from rnncourse.cells import presets as lstm
from rnncourse.widgets.single import taken_out

START = {
    "w_x": 1.0, "w_h": 0.5, "b": 0.0,
    "w_xi": 2.0, "w_hi": 0.0, "b_i": 0.0, "w_xf": 0.0, "w_hf": 0.0, "b_f": 1.0,
    "w_xg": 2.0, "w_hg": 0.0, "b_g": 0.0, "w_xo": 0.0, "w_ho": 0.0, "b_o": 2.0,
    "w_xr": 0.0, "w_hr": 0.0, "b_r": 2.0, "w_xz": -2.0, "w_hz": 0.0, "b_z": 1.0,
    "w_xn": 2.0, "w_hn": 0.5, "b_n": 0.0, "b_hn": 0.0,
}

OTHERS = {
    "remember": {"w_x": 5, "w_h": 4, "b": 0,
                 "w_xr": 0, "w_hr": 0, "b_r": 10, "w_xz": -30, "w_hz": 0, "b_z": 18,
                 "w_xn": 3, "w_hn": 0, "b_n": 0, "b_hn": 0},
    "overwrite": {"w_xr": 0, "w_hr": 0, "b_r": 10, "w_xz": -40, "w_hz": 0, "b_z": 10,
                  "w_xn": 8, "w_hn": 0, "b_n": -6, "b_hn": 0},
    "saturate": {"w_x": 3, "w_h": 3, "b": 0,
                 "w_xr": 0, "w_hr": 0, "b_r": 10, "w_xz": 0, "w_hz": 0, "b_z": -4,
                 "w_xn": 8, "w_hn": 8, "b_n": 0, "b_hn": 0},
}

SATURATE = lstm.Preset(
    lstm.scalar_lstm(i=lstm.KEEP, f=lstm.KEEP, g=(10, 0, 0), o=lstm.KEEP),
    np.repeat([0.5, -0.5], lstm.STEPS // 2),
    "every step adds 1 to c; h stands at 1, its slope at 0, and takes 20 steps to come back")


class Start(NamedTuple):
    """A preset of the explorer: numbers by name (25 of them or fewer), inputs, a sentence."""

    name: str
    params: dict
    xs: list
    says: str


PRESETS = [
    Start(name, taken_out(preset.p, 0, 0) | {k: float(v) for k, v in OTHERS.get(name, {}).items()},
          preset.xs.tolist(), preset.says)
    for name, preset in {**lstm.PRESETS, "saturate": SATURATE}.items()
]
