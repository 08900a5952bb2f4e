"""The LSTM over a whole sequence."""

from typing import NamedTuple

import numpy as np

from rnncourse.cells import LSTMParams
from rnncourse.sequence.shared import (
    apart,
    carried,
    check_some_gradient,
    input_gradient,
    input_share,
    sigmoid_slope,
    states_from,
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
    TRUSTED = True

    i = property(lambda cache: cache.gates[0], doc="Input gate (T, B, H): what to write.")
    f = property(lambda cache: cache.gates[1], doc="Forget gate (T, B, H): what to keep.")
    g = property(lambda cache: cache.gates[2], doc="Candidate content (T, B, H).")
    o = property(lambda cache: cache.gates[3], doc="Output gate (T, B, H): what to show.")
    cs = property(lambda cache: cache.cells[1:], doc="Cell states c_1..c_T (T, B, H).")
    hs = property(lambda cache: cache.states[1:], doc="States h_1..h_T (T, B, H).")


@shapes(xs="T B D", h0="B H or None", c0="B H or None", p=LSTMParams)
def lstm_forward(xs, h0, c0, p):
    """All states: xs (T, B, D), h0, c0 (B, H) or None -> hs (T, B, H), c_T (B, H), cache."""
    T, B, _ = xs.shape
    H = len(p.W_h)
    states = states_from(h0, T, B, H, xs.dtype)
    cells = states_from(c0, T, B, H, xs.dtype)
    tanh_cs = np.empty((T, B, H), xs.dtype)
    a = np.empty((4, B, H), xs.dtype)
    write = np.empty((B, H), xs.dtype)

    # sigmoid(a) = 1/2 tanh(a/2) + 1/2: with the first halves put into the weights, one tanh
    # serves the three gates and the candidate
    half = np.array([0.5, 0.5, 1, 0.5], xs.dtype)[:, None, None]
    W_x, W_h, b = apart(p.W_x, 4) * half, apart(p.W_h, 4) * half, apart(p.b, 4)[:, None] * half
    rest = np.full_like(a, 0.5)
    rest[2] = 0
    half = half + np.zeros_like(a)
    gates = input_share(xs, W_x, b)
    i, f, g, o = gates
    for t in range(T):
        c, h, tanh_c = cells[t + 1], states[t + 1], tanh_cs[t]
        # a = x W_x + b + h_prev W_h
        np.matmul(states[t], W_h, out=a)
        a += gates[:, t]
        # i, f, o = sigmoid(a), g = tanh(a)
        np.tanh(a, out=a)
        a *= half
        np.add(a, rest, out=gates[:, t])
        # c = f * c_prev + i * g
        np.multiply(f[t], cells[t], out=c)
        c += np.multiply(i[t], g[t], out=write)
        # h = o * tanh(c)
        np.multiply(o[t], np.tanh(c, out=tanh_c), out=h)
    return states[1:], cells[-1].copy(), LSTMSequence(xs, gates, states, cells, tanh_cs, p)


@shapes(dhs="T B H or None", dh_T="B H or None", dc_T="B H or None", cache=LSTMSequence)
def lstm_backward(dhs, dh_T, dc_T, cache):
    """BPTT: dL/dhs (T, B, H), dL/dh_T, dL/dc_T (B, H) -> dxs, dh0, dc0, dp."""
    check_some_gradient(dhs, dh_T, dc_T)
    xs, gates, states, cells, tanh_cs, p = cache
    _, T, B, H = gates.shape
    i, f, g, o = gates
    dh = carried(dh_T, B, H, xs.dtype)
    dc = carried(dc_T, B, H, xs.dtype)
    ways = np.empty((5, T, B, H), xs.dtype)  # to a_i, a_f, a_g, a_o, and from h to c
    das, parts = ways[:4], np.empty((4, B, H), xs.dtype)
    W_hT = apart(p.W_h, 4).transpose(0, 2, 1).copy()

    # What dc and dh are multiplied by on each way does not depend on them: all steps at once
    sigmoid_slope(gates[:2], out=das[:2])
    tanh_slope(g, out=das[2])
    sigmoid_slope(o, out=das[3])
    das[0] *= g
    das[1] *= cells[:-1]
    das[2] *= i
    das[3] *= tanh_cs
    tanh_slope(tanh_cs, out=ways[4])
    ways[4] *= o
    for t in reversed(range(T)):
        way = ways[:, t]
        if dhs is not None:
            dh += dhs[t]
        # h = o * tanh(c)
        way[3:] *= dh
        dc += way[4]
        # c = f * c_prev + i * g
        way[:3] *= dc
        dc *= f[t]
        # a = x W_x + h_prev W_h + b: what is carried to step t-1 makes it BPTT
        np.add.reduce(np.matmul(das[:, t], W_hT, out=parts), axis=0, out=dh)
    das = together(das)
    dp = LSTMParams(*weight_gradients(xs, states[:-1], das))
    return input_gradient(das, p.W_x, xs), dh, dc, dp
