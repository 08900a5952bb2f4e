"""The simple recurrent cell, tanh or ReLU, over a whole sequence."""

from typing import NamedTuple

import numpy as np

from rnncourse.cells import RNNParams
from rnncourse.sequence.shared import (
    carried,
    check_some_gradient,
    input_gradient,
    input_share,
    rows,
    states_from,
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
    TRUSTED = True

    hs = property(lambda cache: cache.states[1:], doc="States h_1..h_T (T, B, H).")


@shapes(xs="T B D", h0="B H or None", p=RNNParams)
def rnn_forward(xs, h0, p):
    """All states of the tanh cell: xs (T, B, D), h0 (B, H) or None -> hs (T, B, H), cache."""
    return forward(np.tanh, xs, h0, p)


@shapes(xs="T B D", h0="B H or None", p=RNNParams)
def relu_forward(xs, h0, p):
    """All states of the ReLU cell: xs (T, B, D), h0 (B, H) or None -> hs (T, B, H), cache."""
    return forward(relu, xs, h0, p)


@shapes(dhs="T B H or None", dh_T="B H or None", cache=RNNSequence)
def rnn_backward(dhs, dh_T, cache):
    """BPTT through the tanh cell: dL/dhs (T, B, H), dL/dh_T (B, H) -> dxs, dh0, dp."""
    return backward(tanh_slope, dhs, dh_T, cache)


@shapes(dhs="T B H or None", dh_T="B H or None", cache=RNNSequence)
def relu_backward(dhs, dh_T, cache):
    """BPTT through the ReLU cell: dL/dhs (T, B, H), dL/dh_T (B, H) -> dxs, dh0, dp."""
    return backward(relu_slope, dhs, dh_T, cache)


def relu(a, out):
    return np.maximum(a, 0, out=out)


def relu_slope(h, out):
    """The derivative of max(a, 0) where its value is h: 1 on the active units."""
    np.copyto(out, h > 0)


def forward(squash, xs, h0, p):
    T, B, _ = xs.shape
    H = len(p.W_h)
    states = states_from(h0, T, B, H, xs.dtype)
    a = np.empty((B, H), xs.dtype)
    x_share = input_share(xs, p.W_x, p.b[None])
    for t in range(T):
        # a = x W_x + b + h_prev W_h
        np.matmul(states[t], p.W_h, out=a)
        a += x_share[t]
        # h = squash(a)
        squash(a, out=states[t + 1])
    return states[1:], RNNSequence(xs, states, p)


def backward(slope, dhs, dh_T, cache):
    check_some_gradient(dhs, dh_T)
    xs, states, p = cache
    T, B, H = cache.hs.shape
    dh = carried(dh_T, B, H, xs.dtype)
    das = np.empty_like(cache.hs)
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
    dp = RNNParams(*weight_gradients(xs, states[:-1], rows(das)))
    return input_gradient(rows(das), p.W_x, xs), dh, dp
