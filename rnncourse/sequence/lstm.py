"""The LSTM over a whole sequence."""

from typing import NamedTuple

import numpy as np

from rnncourse.cells import LSTMParams
from rnncourse.sequence.buffers import (
    Buffers,
    apart,
    check_some_gradient,
    input_share,
    rows,
    sigmoid_slope,
    tanh_slope,
    together,
    weight_gradients,
)
from rnncourse.shapes import shapes


class LSTMSequence(NamedTuple):
    """What BPTT needs, with every gate over time for whoever wants to look.

    xs (T, B, D); gates (4, T, B, H), that is i, f, g, o; states h_0..h_T and cells c_0..c_T
    (T+1, B, H), of which hs and cs leave out the first; tanh_cs (T, B, H); the parameters.
    """

    xs: np.ndarray
    gates: np.ndarray
    states: np.ndarray
    cells: np.ndarray
    tanh_cs: np.ndarray
    p: LSTMParams

    SHAPES = {"xs": "T B D", "tanh_cs": "T B H"}

    i = property(lambda cache: cache.gates[0], doc="Input gate (T, B, H): what to write.")
    f = property(lambda cache: cache.gates[1], doc="Forget gate (T, B, H): what to keep.")
    g = property(lambda cache: cache.gates[2], doc="Candidate content (T, B, H).")
    o = property(lambda cache: cache.gates[3], doc="Output gate (T, B, H): what to show.")
    cs = property(lambda cache: cache.cells[1:], doc="Cell states c_1..c_T (T, B, H).")
    hs = property(lambda cache: cache.states[1:], doc="States h_1..h_T (T, B, H).")


@shapes(xs="T B D", h0="B H or None", c0="B H or None", p=LSTMParams)
def lstm_forward(xs, h0, c0, p, buffers=None):
    """All states: xs (T, B, D), h0, c0 (B, H) or None -> hs (T, B, H), c_T (B, H), cache."""
    buffers = Buffers() if buffers is None else buffers
    T, B, _ = xs.shape
    H = len(p.W_h)
    states = buffers.states("states", T, h0, (B, H), xs.dtype)
    cells = buffers.states("cells", T, c0, (B, H), xs.dtype)
    tanh_cs = buffers.empty("tanh_cs", (T, B, H), xs.dtype)
    gates = buffers.empty("gates", (4, T, B, H), xs.dtype)
    past = buffers.empty("past", (4, B, H), xs.dtype)
    write = buffers.empty("write", (B, H), xs.dtype)

    # sigmoid(a) = 1/2 tanh(a/2) + 1/2, so one tanh serves the three gates and the candidate;
    # the first halves go into the weights
    half = np.array([0.5, 0.5, 1, 0.5], xs.dtype).reshape(4, 1, 1)
    rest = np.array([0.5, 0.5, 0, 0.5], xs.dtype).reshape(4, 1, 1)
    W_h = apart(p.W_h, 4) * half
    b = apart(p.b, 4)[:, None] * half
    input_share(xs, apart(p.W_x, 4) * half, b[:, None], out=gates)
    i, f, g, o = gates
    for t in range(T):
        a, h, c, tanh_c = gates[:, t], states[t + 1], cells[t + 1], tanh_cs[t]
        # a = x W_x + b + h_prev W_h
        a += np.matmul(states[t], W_h, out=past)
        # i, f, o = sigmoid(a), g = tanh(a)
        np.tanh(a, out=a)
        a *= half
        a += rest
        # c = f * c_prev + i * g
        np.multiply(f[t], cells[t], out=c)
        c += np.multiply(i[t], g[t], out=write)
        # h = o * tanh(c)
        np.multiply(o[t], np.tanh(c, out=tanh_c), out=h)
    return states[1:], cells[-1].copy(), LSTMSequence(xs, gates, states, cells, tanh_cs, p)


@shapes(dhs="T B H or None", dh_T="B H or None", dc_T="B H or None", cache=LSTMSequence)
def lstm_backward(dhs, dh_T, dc_T, cache, buffers=None):
    """BPTT: dL/dhs (T, B, H), dL/dh_T, dL/dc_T (B, H) -> dxs, dh0, dc0, dp."""
    check_some_gradient(dhs, dh_T, dc_T)
    buffers = Buffers() if buffers is None else buffers
    xs, gates, states, cells, tanh_cs, p = cache
    _, T, B, H = gates.shape
    dtype = xs.dtype
    i, f, g, o = gates
    das = buffers.empty("das", gates.shape, dtype)
    open_o = buffers.empty("open_o", (T, B, H), dtype)
    parts = buffers.empty("parts", (4, B, H), dtype)
    through = buffers.empty("through", (B, H), dtype)
    dh = buffers.filled("dh", dh_T, (B, H), dtype)
    dc = buffers.filled("dc", dc_T, (B, H), dtype)
    W_hT = apart(p.W_h, 4).transpose(0, 2, 1).copy()

    # What dc and dh are multiplied by on their way to a does not depend on them: all steps at once
    sigmoid_slope(gates[:2], out=das[:2])
    tanh_slope(g, out=das[2])
    sigmoid_slope(o, out=das[3])
    das[0] *= g
    das[1] *= cells[:-1]
    das[2] *= i
    das[3] *= tanh_cs
    tanh_slope(tanh_cs, out=open_o)
    open_o *= o
    for t in reversed(range(T)):
        da = das[:, t]
        if dhs is not None:
            dh += dhs[t]
        # h = o * tanh(c)
        dc += np.multiply(dh, open_o[t], out=through)
        da[3] *= dh
        # c = f * c_prev + i * g
        da[:3] *= dc
        dc *= f[t]
        # a = x W_x + h_prev W_h + b: what is carried to step t-1 makes it BPTT
        np.add.reduce(np.matmul(da, W_hT, out=parts), axis=0, out=dh)
    das = together(das, out=buffers.empty("das_rows", (T * B, 4 * H), dtype))
    dxs = buffers.empty("dxs", xs.shape, dtype)
    np.matmul(das, p.W_x.T, out=rows(dxs))
    dp = LSTMParams(*weight_gradients(xs, states[:-1], das, buffers))
    return dxs, dh.copy(), dc.copy(), dp
