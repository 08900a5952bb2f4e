"""The GRU of torch (z keeps, reset after the matmul) over a whole sequence."""

from typing import NamedTuple

import numpy as np

from rnncourse.cells import GRUParams
from rnncourse.sequence.shared import (
    apart,
    carried,
    check_some_gradient,
    column_sums,
    input_gradient,
    input_share,
    rows,
    sigmoid_slope,
    states_from,
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
    TRUSTED = True

    r = property(lambda cache: cache.gates[0], doc="Reset gate (T, B, H).")
    z = property(lambda cache: cache.gates[1], doc="Keep gate (T, B, H): near 1 keeps.")
    n = property(lambda cache: cache.gates[2], doc="Candidate content (T, B, H).")
    hs = property(lambda cache: cache.states[1:], doc="States h_1..h_T (T, B, H).")


@shapes(xs="T B D", h0="B H or None", p=GRUParams)
def gru_forward(xs, h0, p):
    """All states: xs (T, B, D), h0 (B, H) or None -> hs (T, B, H), cache."""
    T, B, _ = xs.shape
    H = len(p.W_h)
    states = states_from(h0, T, B, H, xs.dtype)
    ms = np.empty((T, B, H), xs.dtype)
    a = np.empty((3, B, H), xs.dtype)

    # sigmoid(a) = 1/2 tanh(a/2) + 1/2: the first halves go into the weights of r and z
    half = np.array([0.5, 0.5, 1], xs.dtype)[:, None, None]
    W_x, W_h, b = apart(p.W_x, 3) * half, apart(p.W_h, 3) * half, apart(p.b, 3)[:, None] * half
    gates = input_share(xs, W_x, b)
    r, z, n = gates
    a_rz, a_n = a[:2], a[2]
    for t in range(T):
        h_prev, h, m = states[t], states[t + 1], ms[t]
        np.matmul(h_prev, W_h, out=a)
        # r, z = sigmoid(x W_x + b + h_prev W_h)
        a_rz += gates[:2, t]
        np.tanh(a_rz, out=a_rz)
        a_rz *= 0.5
        np.add(a_rz, 0.5, out=gates[:2, t])
        # n = tanh(x W_xn + b + r * m), where m = h_prev W_hn + b_n
        np.add(a_n, p.b_n, out=m)
        np.multiply(r[t], m, out=a_n)
        a_n += n[t]
        np.tanh(a_n, out=n[t])
        # h = z * h_prev + (1 - z) * n = n + z * (h_prev - n)
        np.subtract(h_prev, n[t], out=h)
        h *= z[t]
        h += n[t]
    return states[1:], GRUSequence(xs, gates, ms, states, p)


@shapes(dhs="T B H or None", dh_T="B H or None", cache=GRUSequence)
def gru_backward(dhs, dh_T, cache):
    """BPTT: dL/dhs (T, B, H), dL/dh_T (B, H) -> dxs, dh0, dp."""
    check_some_gradient(dhs, dh_T)
    xs, gates, ms, states, p = cache
    _, T, B, H = gates.shape
    r, z, n = gates
    dh = carried(dh_T, B, H, xs.dtype)
    ways = np.empty((4, T, B, H), xs.dtype)  # to a_r, a_z, m and a_n
    das, da_ns, parts = ways[:3], ways[3], np.empty((4, B, H), xs.dtype)
    W_hT = apart(p.W_h, 3).transpose(0, 2, 1).copy()

    # What dh is multiplied by on each way does not depend on it: all steps at once. The
    # candidate has two: a_n towards x, and m towards h_prev, where r has scaled it.
    tanh_slope(n, out=da_ns)
    factor = 1 - z
    da_ns *= factor
    sigmoid_slope(gates[:2], out=das[:2])
    das[0] *= np.multiply(da_ns, ms, out=factor)
    das[1] *= np.subtract(states[:-1], n, out=factor)
    np.multiply(da_ns, r, out=das[2])
    for t in reversed(range(T)):
        if dhs is not None:
            dh += dhs[t]
        # h = z * h_prev + (1 - z) * n
        ways[:, t] *= dh
        np.multiply(dh, z[t], out=parts[3])
        # (a_r, a_z, m) = ... + h_prev W_h: what is carried to step t-1 makes it BPTT
        np.matmul(das[:, t], W_hT, out=parts[:3])
        np.add.reduce(parts, axis=0, out=dh)
    das = together(das)
    dW_h, db_n = rows(states[:-1]).T @ das, column_sums(das[:, 2 * H :])
    das[:, 2 * H :] = rows(da_ns)
    dW_x, db = rows(xs).T @ das, column_sums(das)
    return input_gradient(das, p.W_x, xs), dh, GRUParams(dW_x, dW_h, db, db_n)
