"""Every signal of one unit over time, one row each: what opened, what was written, what stayed."""

import numpy as np

from .style import GATE, GATE_NAME

OPENINGS = "iforz"  # between 0 and 1: drawn from the row's floor; the others have a sign


def traces(ax, signals, steps=None, names=GATE_NAME):
    """Draw each signal of one unit in a row of its own: height is value, below the line negative.

    `signals` maps letters (x, i, f, g, o, c, h, r, z, n) to T values, the first on top. Gates
    fill their row from 0 to 1. The others are drawn around the middle of theirs; one that leaves
    [-1, 1] is scaled, and its reach written beside it. `steps` labels the T columns.
    """
    for row, (letter, values) in enumerate(signals.items()):
        values = np.asarray(values, float)
        floor = -row if letter in OPENINGS else 0.4 - row
        reach = 1 if letter in OPENINGS else 2 * max(1, abs(values).max())
        heights = floor + 0.8 * values / reach
        edges = np.arange(len(values) + 1) + 0.5
        ax.axhline(floor, color="0.8", lw=0.8)
        ax.stairs(heights, edges, baseline=floor, fill=True, color=GATE[letter], alpha=0.85)
        if reach > 2.1:
            ax.annotate(f"±{reach / 2:.0f}", (1.005, 0.4 - row), xycoords=("axes fraction", "data"),
                        va="center", fontsize=9)
    rows = np.arange(len(signals))
    ax.set_yticks(0.4 - rows, [names[letter] for letter in signals])
    ax.set(xlabel="step t", xlim=(0.5, len(values) + 0.5), ylim=(-len(signals) + 0.9, 1))
    if steps is not None:
        ax.set_xticks(range(1, len(steps) + 1), steps)
        ax.set_xlabel("input")
    ax.grid(False)
