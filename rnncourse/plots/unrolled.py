"""The unrolled graph: one copy of the cell per step, and the arrows between them."""

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from .style import GATE

SIZE = 0.56          # width and height of a box, in steps


def unrolled(ax, T=4, inputs=None, outputs=None, weights=("W_x", "W_h", "W_y"), loss=False,
             backward=False, cut=None, values=None):
    """Draw the unrolled graph x_t -> h_t -> output over T steps, h_0 on the left.

    `inputs` and `outputs` are the steps, counted from 1, that have an input or an output; all
    steps by default. `weights` names the arrows from x to h, from h to h and from h to y; one
    name each, because the same matrix acts at every step. `loss` adds a box L_t above each
    output. `backward` draws the gradient along the same edges in the other direction, dashed;
    `cut` then names the step t whose gradient does not flow back into h_{t-1}. `values` fills the
    boxes with numbers: `{"x": x_1..x_T, "h": h_0..h_T, "y": y_1..y_T}`.
    """
    values = {"x": [None] * T, "h": [None] * (T + 1), "y": [None] * T} | (values or {})
    steps = range(1, T + 1)
    inputs = set(steps if inputs is None else inputs)
    outputs = set(steps if outputs is None else outputs)
    W_x, W_h, W_y = weights
    box(ax, 0, 0, "h_0", dashed=True, value=values["h"][0])
    for t in steps:
        box(ax, t, 0, f"h_{t}", GATE["h"], value=values["h"][t])
        arrow(ax, (t - 1, 0), (t, 0), W_h)
        if t in inputs:
            box(ax, t, -1, f"x_{t}", GATE["x"], value=values["x"][t - 1])
            arrow(ax, (t, -1), (t, 0), W_x)
        if t in outputs:
            box(ax, t, 1, rf"\hat{{y}}_{t}", GATE["i"], value=values["y"][t - 1])
            arrow(ax, (t, 0), (t, 1), W_y)
        if loss and t in outputs:
            box(ax, t, 2, f"L_{t}")
            arrow(ax, (t, 1), (t, 2))
        if backward:
            gradients(ax, t, loss and t in outputs, t in outputs, t == cut)
    top = 2 if loss and outputs else 1 if outputs else 0
    ax.set(xlim=(-0.5, T + 0.5), ylim=(-1.5 if inputs else -0.5, top + 0.5), aspect="equal")
    ax.axis("off")


def gradients(ax, t, from_loss, from_output, cut):
    """Draw what flows back at step t: from the loss, and from h_t into h_{t-1} unless `cut`."""
    if from_loss:
        arrow(ax, (t, 2), (t, 1), back=True)
    if from_output:
        arrow(ax, (t, 1), (t, 0), back=True)
    if cut:
        ax.text(t - 0.5, -0.16, "✂", ha="center", va="center", fontsize=13, color=GATE["f"])
    else:
        arrow(ax, (t, 0), (t - 1, 0), back=True)


def box(ax, x, y, name, colour="0.35", dashed=False, value=None):
    """Draw a named box centred at (x, y); `name` is set as mathematics, a value below it."""
    ax.add_patch(FancyBboxPatch(
        (x - SIZE / 2, y - SIZE / 2), SIZE, SIZE, boxstyle="round,pad=0,rounding_size=0.1",
        facecolor="white", edgecolor=colour, linewidth=1.6, linestyle="--" if dashed else "-"))
    raised = 0 if value is None else 0.11
    ax.text(x, y + raised, f"${name}$", ha="center", va="center", fontsize=12)
    if value is not None:
        ax.text(x, y - 0.13, f"{value:.2f}", ha="center", va="center", fontsize=9)


def arrow(ax, start, end, name=None, back=False):
    """Draw an arrow from the edge of one box to the edge of the next, named beside it.

    A gradient's arrow (`back`) is dashed and runs a little beside the forward one.
    """
    across = start[1] == end[1]
    aside = 0.14 if back else 0
    shift = (0, -aside) if across else (-aside, 0)
    towards = [(e > s) - (e < s) for s, e in zip(start, end, strict=True)]
    start, end = (tuple(p + sign * d * SIZE / 2 + off
                        for p, d, off in zip(point, towards, shift, strict=True))
                  for point, sign in ((start, 1), (end, -1)))
    ax.add_patch(FancyArrowPatch(
        start, end, arrowstyle="-|>", mutation_scale=10, shrinkA=0, shrinkB=0,
        linestyle=(0, (3, 1.5)) if back else "-", linewidth=1.4,
        color=GATE["f"] if back else "0.25"))
    if name:
        middle = [(s + e) / 2 for s, e in zip(start, end, strict=True)]
        offset, align = ((0, 5), ("center", "bottom")) if across else ((4, 0), ("left", "center"))
        ax.annotate(f"${name}$", middle, textcoords="offset points", xytext=offset,
                    ha=align[0], va=align[1], fontsize=9, color="0.25")
