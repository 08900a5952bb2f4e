"""Curves: learning curves with their reference lines, and their spread over seeds."""

import numpy as np

_DASHES = ["-", (0, (5, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (1, 1.2)), (0, (2.5, 1)), (0, (8, 2))]


def lines(ax, curves, x=None, **labels):
    """Draw named curves, each in its own colour and dash: `{"name": values}`."""
    for k, (name, values) in enumerate(curves.items()):
        steps = np.arange(1, len(values) + 1) if x is None else x
        ax.plot(steps, values, color=f"C{k % 7}", ls=_DASHES[k % len(_DASHES)], label=name)
    ax.set(**labels)
    ax.legend()


def reference(ax, level, text, where=1.0, side="above"):
    """Draw a named horizontal line: chance, a baseline, the best possible.

    `where`, from 0 to 1, is the right end of the name; `side` is "above" or "below" the line.
    """
    ax.axhline(level, color="0.35", lw=1, ls=(0, (3, 2)))
    ax.annotate(text, (where, level), xycoords=("axes fraction", "data"), ha="right",
                va="bottom" if side == "above" else "top", fontsize=9, color="0.25")


def spread(ax, x, runs, label=None, **style):
    """Draw several runs (seeds) of one curve: the median as a line, each run as a thin one.

    `runs` is (seeds, len(x)).
    """
    runs = np.asarray(runs)
    (line,) = ax.plot(x, np.median(runs, axis=0), label=label, **style)
    for run in runs:
        ax.plot(x, run, ".-", ms=5, lw=0.7, color=line.get_color(), alpha=0.6)
    if label:
        ax.legend()
