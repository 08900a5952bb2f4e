"""The simple recurrent cell, tanh or ReLU, over a whole sequence."""

from typing import NamedTuple

import numpy as np

from rnncourse.cells import RNNParams
from rnncourse.sequence.buffers import Buffers, check_some_gradient, input_share, weight_gradients
from rnncourse.shapes import shapes


class RNNSequence(NamedTuple):
    """What BPTT needs: xs (T, B, D), states h_0..h_T (T+1, B, H), and the parameters."""

    xs: np.ndarray
    states: np.ndarray
    p: RNNParams

    SHAPES = {"xs": "T B D"}

    @property
    def hs(self):
        """h_1..h_T (T, B, H)."""
        return self.states[1:]


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
    buffers = Buffers() if buffers is None else buffers
    das = buffers.empty("das", cache.hs.shape, cache.hs.dtype)
    np.multiply(cache.hs, cache.hs, out=das)
    np.subtract(1, das, out=das)  # the slope of tanh, 1 - h^2
    return backward(das, dhs, dh_T, cache, buffers)


@shapes(dhs="T B H or None", dh_T="B H or None", cache=RNNSequence)
def relu_backward(dhs, dh_T, cache, buffers=None):
    """BPTT through the ReLU cell: dL/dhs (T, B, H), dL/dh_T (B, H) -> dxs, dh0, dp."""
    buffers = Buffers() if buffers is None else buffers
    das = buffers.empty("das", cache.hs.shape, cache.hs.dtype)
    np.copyto(das, cache.hs > 0)  # the slope of max(a, 0): 1 on the active units
    return backward(das, dhs, dh_T, cache, buffers)


def relu(a, out):
    return np.maximum(a, 0, out=out)


def forward(squash, xs, h0, p, buffers):
    buffers = Buffers() if buffers is None else buffers
    T, B, _ = xs.shape
    H = len(p.W_h)
    states = buffers.states("hs", T, h0, (B, H), xs.dtype)
    past = buffers.empty("past", (B, H), xs.dtype)
    input_share(xs, p.W_x, p.b, out=states[1:])
    for h_prev, h in zip(states[:-1], states[1:], strict=True):
        np.matmul(h_prev, p.W_h, out=past)
        h += past
        squash(h, out=h)
    return states[1:], RNNSequence(xs, states, p)


def backward(das, dhs, dh_T, cache, buffers):
    """BPTT; das comes in holding the slopes dh_t/da_t and goes out as dL/da_t."""
    check_some_gradient(dhs, dh_T)
    xs, states, p = cache
    dh = buffers.empty("dh", das.shape[1:], das.dtype)
    dh[:] = 0 if dh_T is None else dh_T
    for t in reversed(range(len(das))):
        if dhs is not None:
            dh += dhs[t]
        das[t] *= dh
        np.matmul(das[t], p.W_h.T, out=dh)  # carried to step t-1: the line that makes it BPTT
    dxs = buffers.empty("dxs", xs.shape, xs.dtype)
    dxs, dW_x, dW_h, db = weight_gradients(xs, states[:-1], das, p.W_x, dxs)
    return dxs, dh.copy(), RNNParams(dW_x, dW_h, db)
