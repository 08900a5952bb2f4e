"""One recurrent unit over a sequence, by NumPy: the truth that the page's numbers must equal.

A unit has one input x_t and one state; its weights are numbers with names: w_xi, w_hi, b_i for
the input gate i, and so on. Taken out of a larger cell it also receives, at every step, what the
other units and inputs add to each of its pre-activations: its drive, {gate: T numbers}.
"""

import numpy as np

from rnncourse import cells

GATES = {"rnn": ("",), "lstm": tuple("ifgo"), "gru": tuple("rzn")}
SIGNALS = {"rnn": ("h",), "lstm": (*"ifgo", "c", "h"), "gru": (*"rzn", "h")}
DRIVES = {"rnn": ("a",), "lstm": tuple("ifgo"), "gru": tuple("rznm")}
PARAMS = {"rnn": cells.RNNParams, "lstm": cells.LSTMParams, "gru": cells.GRUParams}
NAMES = {kind: tuple(f"{part}{gate}" if gate or part != "b_" else "b"
                     for gate in gates for part in ("w_x", "w_h", "b_"))
         for kind, gates in GATES.items()}
NAMES["gru"] += ("b_hn",)

STEP = {
    "tanh": (cells.rnn_step, cells.rnn_step_backward),
    "relu": (cells.relu_step, cells.relu_step_backward),
    "lstm": (cells.lstm_step, cells.lstm_step_backward),
    ("keeps", "after"): (cells.gru_step, cells.gru_step_backward),
    ("keeps", "before"): (cells.gru_reset_before_step, cells.gru_reset_before_step_backward),
    ("replaces", "after"): (cells.gru_update_step, cells.gru_update_step_backward),
    ("replaces", "before"): (cells.gru_update_reset_before_step,
                             cells.gru_update_reset_before_step_backward),
}


def functions(kind, options):
    """The step and its backward: options say activation, polarity and reset."""
    key = {"rnn": options["activation"], "lstm": "lstm",
           "gru": (options["polarity"], options["reset"])}[kind]
    return STEP[key]


def as_params(kind, numbers):
    """The unit's named numbers as RNNParams, LSTMParams or GRUParams with D = H = 1."""
    rows = [[numbers[f"{part}{gate}"] for gate in GATES[kind]] for part in ("w_x", "w_h")]
    b = [numbers[f"b_{gate}" if gate else "b"] for gate in GATES[kind]]
    p = [np.array([rows[0]], float), np.array([rows[1]], float), np.array(b, float)]
    if kind == "gru":
        p.append(np.array([numbers["b_hn"]], float))
    return PARAMS[kind](*p)


def driven(kind, p, drive, t):
    """The parameters at step t: the drive is a bias of its own at every step."""
    if not drive:
        return p
    added = np.array([drive[gate][t] for gate in DRIVES[kind]])
    if kind == "gru":
        return p._replace(b=p.b + added[:3], b_n=p.b_n + added[3:])
    return p._replace(b=p.b + added)


def forward(kind, p, xs, options, drive=None):
    """Caches and hidden states of all steps: xs (T, D) -> T pairs (h (H,), cache)."""
    step, _ = functions(kind, options)
    h = c = np.zeros((1, len(p.W_h)), p.b.dtype)
    made = []
    with np.errstate(over="ignore"):  # the next step refuses an infinite state, with a sentence
        for t, x in enumerate(xs):
            now = driven(kind, p, drive, t)
            if kind == "lstm":
                h, c, cache = step(x[None], h, c, now)
            else:
                h, cache = step(x[None], h, now)
            made.append((h[0], cache))
    return made


def trace(kind, numbers, xs, options, drive=None):
    """Every signal over time, {name: (T,)}: gates, c where there is one, and h."""
    made = forward(kind, as_params(kind, numbers), np.array(xs, float)[:, None], options, drive)
    return {name: np.array([h[0] if name == "h" else getattr(cache, name)[0, 0]
                            for h, cache in made]) for name in SIGNALS[kind]}


def gradients(kind, numbers, xs, start, options, drive=None):
    """d h_start / d x_s, h_s and (LSTM) c_s for s = 1..start: {name: (start,)}.

    Along every path, so a change of c_s also reaches h_start through h_s.
    """
    _, backward = functions(kind, options)
    p = as_params(kind, numbers)
    made = forward(kind, p, np.array(xs, float)[:, None], options, drive)[:start]
    names = ("x", "h", "c") if kind == "lstm" else ("x", "h")
    found = {name: np.zeros(start) for name in names}
    dh, dc = np.ones((1, 1)), np.zeros((1, 1))
    for s in reversed(range(start)):
        _, cache = made[s]
        now = driven(kind, p, drive, s)
        found["h"][s] = dh[0, 0]
        if kind == "lstm":
            found["c"][s] = (dc + dh * cache.o * (1 - np.tanh(cache.c) ** 2))[0, 0]
            dx, dh, dc, _ = backward(dh, dc, cache, now)
        else:
            dx, dh, _ = backward(dh, cache, now)
        found["x"][s] = dx[0, 0]
    return found


def kind_of(p):
    """The name of a cell's kind; TypeError for anything but the three NamedTuples."""
    for kind, made in PARAMS.items():
        if isinstance(p, made):
            return kind
    raise TypeError(f"the cell is a {type(p).__name__}; expected RNNParams, LSTMParams, GRUParams, "
                    "or nn.RNN, nn.LSTM, nn.GRU or a Cell of these")


def taken_out(p, unit, column):
    """The numbers by name of one unit of a cell, as seen from one of its inputs."""
    kind, H = kind_of(p), len(p.W_h)
    numbers = {}
    for k, gate in enumerate(GATES[kind]):
        own = k * H + unit
        numbers[f"w_x{gate}"] = p.W_x[column, own]
        numbers[f"w_h{gate}"] = p.W_h[unit, own]
        numbers[f"b_{gate}" if gate else "b"] = p.b[own]
    if kind == "gru":
        numbers["b_hn"] = p.b_n[unit]
    return {name: float(value) for name, value in numbers.items()}


def drive_of(p, xs, unit, column, options):
    """What the rest of a cell adds to one unit's pre-activations: xs (T, D) -> {gate: (T,) list}.

    With it the unit alone does, step for step, what it does inside its cell.
    """
    kind, H = kind_of(p), len(p.W_h)
    caches = [cache for _, cache in forward(kind, p, xs, options)]
    past = np.array([cache.h_prev[0] for cache in caches])
    inputs, others = np.delete(xs, column, axis=1), np.arange(H) != unit
    W_x, W_h = np.delete(p.W_x, column, axis=0)[:, unit::H], p.W_h[others][:, unit::H]
    drive = inputs @ W_x
    if kind == "gru":
        seen = past * (1 if options["reset"] == "after" else [cache.r[0] for cache in caches])
        drive[:, :2] += past[:, others] @ W_h[:, :2]
        drive = np.column_stack([drive, seen[:, others] @ W_h[:, 2]])
    else:
        drive = drive + past[:, others] @ W_h
    return dict(zip(DRIVES[kind], drive.T.tolist(), strict=True))
