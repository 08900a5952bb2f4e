"""The explorer's strips as a figure: what a reader without a kernel sees in the widget's place."""

import numpy as np

from rnncourse.plots.style import GATE

GATES = "ifozr"


def draw(ax, signals):
    """Draw {name: (T,)} as strips of bars, one under another, each named and with its reach."""
    steps = np.arange(1, len(signals["x"]) + 1)
    for row, (name, values) in enumerate(signals.items()):
        reach = 1.0 if name in GATES else max(1.0, np.abs(values).max())
        zero, height = (row + 0.4, 0.8) if name in GATES else (row, 0.4)
        ax.bar(steps, -height * values / reach, 0.76, bottom=zero, color=GATE[name])
        ax.axhline(zero, color="0.6", linewidth=0.8)
        ax.annotate(f"{reach:.3g}", (1.01, row), xycoords=("axes fraction", "data"), va="center")
    ax.set_yticks(range(len(signals)), list(signals))
    ax.set(xlabel="step", ylim=(len(signals) - 0.5, -0.5), xlim=(0.3, len(steps) + 0.7))
    ax.grid(False)
