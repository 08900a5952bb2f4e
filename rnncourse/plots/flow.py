"""The gradient's way back along the chain of states, with what arrives at each of them."""

from matplotlib import colormaps
from matplotlib.patches import FancyBboxPatch

from .style import GATE
from .unrolled import SIZE, arrow, box


def gradient_flow(ax, arriving, losses, cut=()):
    """Draw h_0 ... h_T from left to right, the gradient dashed from right to left.

    `arriving` holds T+1 norms, that of dL/dh_t for t = 0..T: written under each state, which is
    filled the darker the larger it is. `losses` are the steps that have a loss of their own;
    `cut` the steps t whose gradient does not flow back into h_{t-1}. Where nothing arrives, nothing
    flows on.
    """
    top = max(arriving)
    for t, norm in enumerate(arriving):
        fill(ax, t, (norm / top) ** 0.5 if top else 0)
        ax.text(t, -0.55, f"{norm:.2g}", ha="center", va="center", fontsize=9)
        if t in losses:
            box(ax, t, 1, f"L_{t}")
            arrow(ax, (t, 1), (t, 0), back=True)
        if t in cut:
            ax.text(t - 0.5, 0, "✂", ha="center", va="center", fontsize=15, color=GATE["f"])
        elif t and norm:
            arrow(ax, (t, 0), (t - 1, 0), back=True)
    ax.set(xlim=(-0.6, len(arriving) - 0.4), ylim=(-0.8, 1.4 if losses else 0.5), aspect="equal")
    ax.axis("off")


def fill(ax, t, share):
    """The box of h_t, filled by a share from 0 (white) to 1 (orange)."""
    ax.add_patch(FancyBboxPatch(
        (t - SIZE / 2, -SIZE / 2), SIZE, SIZE, boxstyle="round,pad=0,rounding_size=0.1",
        facecolor=colormaps["Oranges"](0.75 * share), edgecolor="0.35", linewidth=1.4))
    ax.text(t, 0, f"$h_{t}$", ha="center", va="center", fontsize=11)
