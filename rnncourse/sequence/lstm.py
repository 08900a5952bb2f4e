"""The LSTM over a whole sequence."""

from typing import NamedTuple

import numpy as np

from rnncourse.cells import LSTMParams
from rnncourse.sequence.buffers import Buffers, check_some_gradient, input_share, weight_gradients
from rnncourse.shapes import shapes


class LSTMSequence(NamedTuple):
    """What BPTT needs, and every gate over time for whoever wants to look.

    xs (T, B, D); gates (T, B, 4, H), of which i, f, g, o are views (T, B, H); states h_0..h_T and
    cells c_0..c_T (T+1, B, H); tanh_cs (T, B, H); and the parameters.
    """

    xs: np.ndarray
    gates: np.ndarray
    states: np.ndarray
    cells: np.ndarray
    tanh_cs: np.ndarray
    p: LSTMParams

    SHAPES = {"xs": "T B D"}

    i = property(lambda cache: cache.gates[:, :, 0], doc="Input gate: what to write.")
    f = property(lambda cache: cache.gates[:, :, 1], doc="Forget gate: what to keep.")
    g = property(lambda cache: cache.gates[:, :, 2], doc="Candidate content.")
    o = property(lambda cache: cache.gates[:, :, 3], doc="Output gate: what to show.")
    cs = property(lambda cache: cache.cells[1:], doc="Cell states c_1..c_T.")
    hs = property(lambda cache: cache.states[1:], doc="States h_1..h_T.")


@shapes(xs="T B D", h0="B H or None", c0="B H or None", p=LSTMParams)
def lstm_forward(xs, h0, c0, p, buffers=None):
    """All states: xs (T, B, D), h0, c0 (B, H) or None -> hs (T, B, H), c_T (B, H), cache."""
    buffers = Buffers() if buffers is None else buffers
    T, B, _ = xs.shape
    H = len(p.W_h)
    states = buffers.states("hs", T, h0, (B, H), xs.dtype)
    cells = buffers.states("cs", T, c0, (B, H), xs.dtype)
    tanh_cs = buffers.empty("tanh_cs", (T, B, H), xs.dtype)
    gates = buffers.empty("gates", (T, B, 4 * H), xs.dtype)
    past = buffers.empty("past", (B, 4 * H), xs.dtype)
    write = buffers.empty("write", (B, H), xs.dtype)

    # sigmoid(a) = 1/2 tanh(a/2) + 1/2, so one tanh serves the three gates and the candidate
    scale, shift = np.repeat(np.array([[0.5, 0.5, 1, 0.5], [0.5, 0.5, 0, 0.5]], xs.dtype), H, axis=1)
    W_x, W_h, b = p.W_x * scale, p.W_h * scale, p.b * scale
    input_share(xs, W_x, b, out=gates)
    for t in range(T):
        a = gates[t]
        np.matmul(states[t], W_h, out=past)
        a += past
        np.tanh(a, out=a)
        a *= scale
        a += shift
        i, f, g, o = a[:, :H], a[:, H : 2 * H], a[:, 2 * H : 3 * H], a[:, 3 * H :]
        c, h = cells[t + 1], states[t + 1]
        np.multiply(i, g, out=write)
        np.multiply(f, cells[t], out=c)
        c += write
        np.tanh(c, out=tanh_cs[t])
        np.multiply(o, tanh_cs[t], out=h)
    cache = LSTMSequence(xs, gates.reshape(T, B, 4, H), states, cells, tanh_cs, p)
    return states[1:], cells[-1].copy(), cache


@shapes(dhs="T B H or None", dh_T="B H or None", dc_T="B H or None", cache=LSTMSequence)
def lstm_backward(dhs, dh_T, dc_T, cache, buffers=None):
    """BPTT: dL/dhs (T, B, H), dL/dh_T, dL/dc_T (B, H) -> dxs, dh0, dc0, dp."""
    check_some_gradient(dhs, dh_T, dc_T)
    buffers = Buffers() if buffers is None else buffers
    xs, gates, states, cells, tanh_cs, p = cache
    T, B, _, H = gates.shape
    i, f, g, o = cache.i, cache.f, cache.g, cache.o
    dxs = buffers.empty("dxs", xs.shape, xs.dtype)
    dh = buffers.empty("dh", (B, H), xs.dtype)
    dc = buffers.empty("dc", (B, H), xs.dtype)
    step = buffers.empty("step", (B, H), xs.dtype)
    dh[:] = 0 if dh_T is None else dh_T
    dc[:] = 0 if dc_T is None else dc_T

    # What each gate's gradient is multiplied by does not depend on the gradient: all steps at once
    das = buffers.empty("das", gates.shape, xs.dtype)
    np.multiply(gates, gates, out=das)
    np.subtract(gates, das, out=das)  # the slope of sigmoid: s - s^2
    das[:, :, 2] = 1 - g * g
    das[:, :, 0] *= g
    das[:, :, 1] *= cells[:-1]
    das[:, :, 2] *= i
    das[:, :, 3] *= tanh_cs
    show = buffers.empty("show", (T, B, H), xs.dtype)
    np.multiply(tanh_cs, tanh_cs, out=show)
    np.subtract(1, show, out=show)
    show *= o
    for t in reversed(range(T)):
        if dhs is not None:
            dh += dhs[t]
        np.multiply(dh, show[t], out=step)
        dc += step
        das[t, :, :3] *= dc[:, None]
        das[t, :, 3] *= dh
        dc *= f[t]
        np.matmul(das[t].reshape(B, 4 * H), p.W_h.T, out=dh)
    das = das.reshape(T, B, 4 * H)
    dxs, dW_x, dW_h, db = weight_gradients(xs, states[:-1], das, p.W_x, dxs)
    return dxs, dh.copy(), dc.copy(), LSTMParams(dW_x, dW_h, db)
