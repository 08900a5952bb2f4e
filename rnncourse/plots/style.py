"""Colours, dashes and names that mean the same thing in every lesson."""

from pathlib import Path

import matplotlib.pyplot as plt

STYLE_FILE = Path(__file__).parents[1] / "course.mplstyle"

# What a gate does decides its colour: z and f keep, g and n propose, r looks back.
GATE = {"i": "C0", "f": "C1", "g": "C2", "o": "C3", "r": "C5", "z": "C1", "n": "C2",
        "c": "C6", "h": "C6", "x": "C4"}
# Dashes differ as well, so that a grey print still tells the gates apart.
DASH = {"i": "-", "f": (0, (5, 1.5)), "g": (0, (5, 1.5, 1, 1.5)), "o": (0, (1, 1.2)),
        "r": "-", "z": (0, (5, 1.5)), "n": (0, (5, 1.5, 1, 1.5)),
        "c": "-", "h": (0, (2.5, 1)), "x": "-"}
GATE_NAME = {"i": "input gate i", "f": "forget gate f", "g": "candidate g", "o": "output gate o",
             "r": "reset gate r", "z": "keep gate z", "n": "candidate n",
             "c": "cell state c", "h": "hidden state h", "x": "input x"}


def use_style():
    """Switch matplotlib to the course's style for the rest of the session."""
    plt.style.use(STYLE_FILE)


def diverging(values):
    """Keyword arguments for a signed heat map: white at zero, equal reach on both sides."""
    reach = float(abs(values).max()) or 1.0
    return {"cmap": "RdBu_r", "vmin": -reach, "vmax": reach}
