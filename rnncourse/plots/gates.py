"""A cell's gates over time: as lines for one unit, as strips for many."""

from .style import DASH, GATE, GATE_NAME


def gate_lines(ax, traces, names=GATE_NAME):
    """Draw one unit's gates against time.

    `traces` maps a gate's letter to its values over T steps, e.g. `{"f": (T,), "i": (T,)}`.
    """
    for letter, values in traces.items():
        ax.plot(range(1, len(values) + 1), values, color=GATE[letter], ls=DASH[letter],
                label=names[letter])
    ax.set(xlabel="step t", ylabel="value")
    ax.legend(ncols=2)


def gate_strips(ax, traces, steps=None):
    """Draw each signal of one unit as a strip of shaded cells, one strip above the other.

    `traces` maps a letter to T values in [-1, 1]; `steps` labels the columns (for example the
    characters of a text). Each cell of the strip is white at 0, red at +1, blue at -1.
    """
    rows = list(traces.values())
    ax.imshow(rows, aspect="auto", cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
    ax.set_yticks(range(len(rows)), [GATE_NAME[letter] for letter in traces])
    if steps is not None:
        ax.set_xticks(range(len(steps)), steps)
    ax.set(xlabel="step t" if steps is None else "input")
    ax.grid(False)
