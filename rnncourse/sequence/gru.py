"""The GRU of torch (z keeps, reset after the matmul) over a whole sequence."""

from typing import NamedTuple

import numpy as np

from rnncourse.cells import GRUParams
from rnncourse.sequence.buffers import (
    Buffers,
    check_some_gradient,
    column_sums,
    input_share,
    rows,
)
from rnncourse.shapes import shapes


class GRUSequence(NamedTuple):
    """What BPTT needs, and every gate over time for whoever wants to look.

    xs (T, B, D); gates (T, B, 3, H), of which r, z, n are views (T, B, H); memories
    m_t = h_{t-1} W_hn + b_n (T, B, H); states h_0..h_T (T+1, B, H); and the parameters.
    """

    xs: np.ndarray
    gates: np.ndarray
    memories: np.ndarray
    states: np.ndarray
    p: GRUParams

    SHAPES = {"xs": "T B D"}

    r = property(lambda cache: cache.gates[:, :, 0], doc="Reset gate.")
    z = property(lambda cache: cache.gates[:, :, 1], doc="Keep gate: near 1 keeps.")
    n = property(lambda cache: cache.gates[:, :, 2], doc="Candidate content.")
    hs = property(lambda cache: cache.states[1:], doc="States h_1..h_T.")


@shapes(xs="T B D", h0="B H or None", p=GRUParams)
def gru_forward(xs, h0, p, buffers=None):
    """All states: xs (T, B, D), h0 (B, H) or None -> hs (T, B, H), cache."""
    buffers = Buffers() if buffers is None else buffers
    T, B, _ = xs.shape
    H = len(p.W_h)
    states = buffers.states("hs", T, h0, (B, H), xs.dtype)
    gates = buffers.empty("gates", (T, B, 3 * H), xs.dtype)
    memories = buffers.empty("memories", (T, B, H), xs.dtype)
    past = buffers.empty("past", (B, 3 * H), xs.dtype)

    # sigmoid(a) = 1/2 tanh(a/2) + 1/2: the halves of r and z go into their weights
    scale = np.repeat(np.array([0.5, 0.5, 1], xs.dtype), H)
    W_x, W_h, b = p.W_x * scale, p.W_h * scale, p.b * scale
    input_share(xs, W_x, b, out=gates)
    for t in range(T):
        rz, r, z, n = (gates[t][:, : 2 * H], gates[t][:, :H],
                       gates[t][:, H : 2 * H], gates[t][:, 2 * H :])
        m, h_prev, h = memories[t], states[t], states[t + 1]
        np.matmul(h_prev, W_h, out=past)
        rz += past[:, : 2 * H]
        np.tanh(rz, out=rz)
        rz *= 0.5
        rz += 0.5
        np.add(past[:, 2 * H :], p.b_n, out=m)
        np.multiply(r, m, out=h)
        n += h
        np.tanh(n, out=n)
        np.subtract(h_prev, n, out=h)  # z h_prev + (1 - z) n = z (h_prev - n) + n
        h *= z
        h += n
    return states[1:], GRUSequence(xs, gates.reshape(T, B, 3, H), memories, states, p)


@shapes(dhs="T B H or None", dh_T="B H or None", cache=GRUSequence)
def gru_backward(dhs, dh_T, cache, buffers=None):
    """BPTT: dL/dhs (T, B, H), dL/dh_T (B, H) -> dxs, dh0, dp."""
    check_some_gradient(dhs, dh_T)
    buffers = Buffers() if buffers is None else buffers
    xs, gates, memories, states, p = cache
    T, B, _, H = gates.shape
    r, z, n = cache.r, cache.z, cache.n
    dh = buffers.empty("dh", (B, H), xs.dtype)
    carried = buffers.empty("carried", (B, H), xs.dtype)
    dh[:] = 0 if dh_T is None else dh_T

    # das = dL/da of r, z and, as the past sees it, n (so scaled by r); da_ns = dL/da_n itself
    das = buffers.empty("das", gates.shape, xs.dtype)
    da_ns = buffers.empty("da_ns", (T, B, H), xs.dtype)
    da_ns[:] = (1 - z) * (1 - n * n)
    das[:, :, 0] = da_ns * memories * r * (1 - r)
    das[:, :, 1] = (states[:-1] - n) * z * (1 - z)
    das[:, :, 2] = da_ns * r
    for t in reversed(range(T)):
        if dhs is not None:
            dh += dhs[t]
        das[t] *= dh[:, None]
        da_ns[t] *= dh
        dh *= z[t]
        np.matmul(das[t].reshape(B, 3 * H), p.W_h.T, out=carried)
        dh += carried
    das = das.reshape(T, B, 3 * H)
    dW_h = rows(states[:-1]).T @ rows(das)
    db_n = column_sums(das[:, :, 2 * H :])
    das[:, :, 2 * H :] = da_ns
    dxs = buffers.empty("dxs", xs.shape, xs.dtype)
    np.matmul(rows(das), p.W_x.T, out=rows(dxs))
    dW_x = rows(xs).T @ rows(das)
    return dxs, dh.copy(), GRUParams(dW_x, dW_h, column_sums(das), db_n)
