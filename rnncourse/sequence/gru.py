"""The GRU of torch (z keeps, reset after the matmul) over a whole sequence."""

from typing import NamedTuple

import numpy as np

from rnncourse.cells import GRUParams
from rnncourse.sequence.buffers import (
    Buffers,
    apart,
    check_some_gradient,
    column_sums,
    input_share,
    rows,
    sigmoid_slope,
    tanh_slope,
    together,
)
from rnncourse.shapes import shapes


class GRUSequence(NamedTuple):
    """What BPTT needs, with every gate over time for whoever wants to look.

    xs (T, B, D); gates (3, T, B, H), that is r, z, n; ms (T, B, H), the memories
    m_t = h_{t-1} W_hn + b_n that r scales; states h_0..h_T (T+1, B, H), of which hs leaves out
    the first; the parameters.
    """

    xs: np.ndarray
    gates: np.ndarray
    ms: np.ndarray
    states: np.ndarray
    p: GRUParams

    SHAPES = {"xs": "T B D", "ms": "T B H"}

    r = property(lambda cache: cache.gates[0], doc="Reset gate (T, B, H).")
    z = property(lambda cache: cache.gates[1], doc="Keep gate (T, B, H): near 1 keeps.")
    n = property(lambda cache: cache.gates[2], doc="Candidate content (T, B, H).")
    hs = property(lambda cache: cache.states[1:], doc="States h_1..h_T (T, B, H).")


@shapes(xs="T B D", h0="B H or None", p=GRUParams)
def gru_forward(xs, h0, p, buffers=None):
    """All states: xs (T, B, D), h0 (B, H) or None -> hs (T, B, H), cache."""
    buffers = Buffers() if buffers is None else buffers
    T, B, _ = xs.shape
    H = len(p.W_h)
    states = buffers.states("states", T, h0, (B, H), xs.dtype)
    gates = buffers.empty("gates", (3, T, B, H), xs.dtype)
    ms = buffers.empty("ms", (T, B, H), xs.dtype)
    past = buffers.empty("past", (3, B, H), xs.dtype)

    # sigmoid(a) = 1/2 tanh(a/2) + 1/2: the first halves go into the weights of r and z
    half = np.array([0.5, 0.5, 1], xs.dtype).reshape(3, 1, 1)
    W_h = apart(p.W_h, 3) * half
    b = apart(p.b, 3)[:, None] * half
    input_share(xs, apart(p.W_x, 3) * half, b[:, None], out=gates)
    r, z, n = gates
    for t in range(T):
        rz, n_t, m, h_prev, h = gates[:2, t], n[t], ms[t], states[t], states[t + 1]
        np.matmul(h_prev, W_h, out=past)
        # r, z = sigmoid(x W_x + b + h_prev W_h)
        rz += past[:2]
        np.tanh(rz, out=rz)
        rz *= 0.5
        rz += 0.5
        # n = tanh(x W_xn + b + r * m), where m = h_prev W_hn + b_n
        np.add(past[2], p.b_n, out=m)
        n_t += np.multiply(r[t], m, out=h)
        np.tanh(n_t, out=n_t)
        # h = z * h_prev + (1 - z) * n = n + z * (h_prev - n)
        np.subtract(h_prev, n_t, out=h)
        h *= z[t]
        h += n_t
    return states[1:], GRUSequence(xs, gates, ms, states, p)


@shapes(dhs="T B H or None", dh_T="B H or None", cache=GRUSequence)
def gru_backward(dhs, dh_T, cache, buffers=None):
    """BPTT: dL/dhs (T, B, H), dL/dh_T (B, H) -> dxs, dh0, dp."""
    check_some_gradient(dhs, dh_T)
    buffers = Buffers() if buffers is None else buffers
    xs, gates, ms, states, p = cache
    _, T, B, H = gates.shape
    dtype = xs.dtype
    r, z, n = gates
    das = buffers.empty("das", gates.shape, dtype)
    da_ns = buffers.empty("da_ns", (T, B, H), dtype)
    parts = buffers.empty("parts", (3, B, H), dtype)
    kept = buffers.empty("kept", (T, B, H), dtype)
    dh = buffers.filled("dh", dh_T, (B, H), dtype)
    W_hT = apart(p.W_h, 3).transpose(0, 2, 1).copy()

    # What dh is multiplied by on its way to a does not depend on it: all steps at once. The
    # candidate has two: da_ns towards x, and das[2] towards h_prev, where r has scaled it.
    tanh_slope(n, out=da_ns)
    da_ns *= np.subtract(1, z, out=kept)
    sigmoid_slope(gates[:2], out=das[:2])
    das[0] *= np.multiply(da_ns, ms, out=kept)
    das[1] *= np.subtract(states[:-1], n, out=kept)
    np.multiply(da_ns, r, out=das[2])
    for t in reversed(range(T)):
        da = das[:, t]
        if dhs is not None:
            dh += dhs[t]
        # h = z * h_prev + (1 - z) * n
        da *= dh
        da_ns[t] *= dh
        dh *= z[t]
        # (a_r, a_z, m) = ... + h_prev W_h: what is carried to step t-1 makes it BPTT
        np.matmul(da, W_hT, out=parts)
        for part in parts:
            dh += part
    towards_h = together(das, out=buffers.empty("das_rows", (T * B, 3 * H), dtype))
    dW_h, db_n = rows(states[:-1]).T @ towards_h, column_sums(towards_h[:, 2 * H :])
    das[2] = da_ns
    towards_x = together(das, out=towards_h)
    dW_x, db = rows(xs).T @ towards_x, column_sums(towards_x)
    dxs = buffers.empty("dxs", xs.shape, dtype)
    np.matmul(towards_x, p.W_x.T, out=rows(dxs))
    return dxs, dh.copy(), GRUParams(dW_x, dW_h, db, db_n)
