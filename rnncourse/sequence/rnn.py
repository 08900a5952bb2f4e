"""The simple recurrent cell, tanh or ReLU, over a whole sequence."""

from typing import NamedTuple

import numpy as np

from rnncourse.cells import RNNParams
from rnncourse.sequence.buffers import (
    Buffers,
    check_some_gradient,
    input_share,
    rows,
    tanh_slope,
    weight_gradients,
)
from rnncourse.shapes import shapes


class RNNSequence(NamedTuple):
    """What BPTT needs: xs (T, B, D), states h_0..h_T (T+1, B, H), and the parameters."""

    xs: np.ndarray
    states: np.ndarray
    p: RNNParams

    SHAPES = {"xs": "T B D"}

    hs = property(lambda cache: cache.states[1:], doc="States h_1..h_T (T, B, H).")


@shapes(xs="T B D", h0="B H or None", p=RNNParams)
def rnn_forward(xs, h0, p, buffers=None):
    """All states of the tanh cell: xs (T, B, D), h0 (B, H) or None -> hs (T, B, H), cache."""
    return forward(np.tanh, xs, h0, p, buffers)


@shapes(xs="T B D", h0="B H or None", p=RNNParams)
def relu_forward(xs, h0, p, buffers=None):
    """All states of the ReLU cell: xs (T, B, D), h0 (B, H) or None -> hs (T, B, H), cache."""
    return forward(relu, xs, h0, p, buffers)


@shapes(dhs="T B H or None", dh_T="B H or None", cache=RNNSequence)
def rnn_backward(dhs, dh_T, cache, buffers=None):
    """BPTT through the tanh cell: dL/dhs (T, B, H), dL/dh_T (B, H) -> dxs, dh0, dp."""
    return backward(tanh_slope, dhs, dh_T, cache, buffers)


@shapes(dhs="T B H or None", dh_T="B H or None", cache=RNNSequence)
def relu_backward(dhs, dh_T, cache, buffers=None):
    """BPTT through the ReLU cell: dL/dhs (T, B, H), dL/dh_T (B, H) -> dxs, dh0, dp."""
    return backward(relu_slope, dhs, dh_T, cache, buffers)


def relu(a, out):
    return np.maximum(a, 0, out=out)


def relu_slope(h, out):
    """The derivative of max(a, 0) where its value is h: 1 on the active units."""
    np.copyto(out, h > 0)


def forward(squash, xs, h0, p, buffers):
    buffers = Buffers() if buffers is None else buffers
    T, B, _ = xs.shape
    H = len(p.W_h)
    states = buffers.states("states", T, h0, (B, H), xs.dtype)
    past = buffers.empty("past", (B, H), xs.dtype)
    input_share(xs, p.W_x, p.b, out=states[1:])
    for t in range(T):
        h = states[t + 1]  # holds x W_x + b so far
        h += np.matmul(states[t], p.W_h, out=past)
        squash(h, out=h)
    return states[1:], RNNSequence(xs, states, p)


def backward(slope, dhs, dh_T, cache, buffers):
    check_some_gradient(dhs, dh_T)
    buffers = Buffers() if buffers is None else buffers
    xs, states, p = cache
    T, B, H = cache.hs.shape
    das = buffers.empty("das", (T, B, H), xs.dtype)
    dh = buffers.filled("dh", dh_T, (B, H), xs.dtype)
    W_hT = p.W_h.T.copy()
    slope(cache.hs, out=das)
    for t in reversed(range(T)):
        da = das[t]
        if dhs is not None:
            dh += dhs[t]
        # h = squash(a)
        da *= dh
        # a = x W_x + h_prev W_h + b: what is carried to step t-1 makes it BPTT
        np.matmul(da, W_hT, out=dh)
    dxs = buffers.empty("dxs", xs.shape, xs.dtype)
    np.matmul(rows(das), p.W_x.T, out=rows(dxs))
    return dxs, dh.copy(), RNNParams(*weight_gradients(xs, states[:-1], rows(das), buffers))
