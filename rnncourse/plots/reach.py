"""What a model can see of its inputs when it gives its last answer."""

from matplotlib.patches import Rectangle

from .style import GATE


def reach(ax, T, rows):
    """Draw T inputs per model in a row: those that can change its answer at step T are filled.

    `rows` maps a model's name to the number of last inputs it sees, e.g. `{"window of 10": 10}`.
    """
    for k, seen in enumerate(rows.values()):
        for t in range(1, T + 1):
            filled = t > T - seen
            ax.add_patch(Rectangle((t - 0.42, -k - 0.32), 0.84, 0.64, linewidth=1,
                                   facecolor=GATE["x"] if filled else "white",
                                   edgecolor="0.25" if filled else "0.75"))
    ax.set(xlim=(0.4, T + 0.6), ylim=(0.5 - len(rows), 0.5), xlabel="step t of the input")
    ax.set_yticks([-k for k in range(len(rows))], list(rows))
    ax.grid(False)
    ax.spines["left"].set_visible(False)
    ax.tick_params(left=False)
