"""The simple recurrent cell, with tanh or with ReLU."""

from typing import NamedTuple

import numpy as np

from rnncourse.shapes import shapes


class RNNParams(NamedTuple):
    """Weights of a simple recurrent cell: W_x (D, H), W_h (H, H), b (H,)."""

    W_x: np.ndarray
    W_h: np.ndarray
    b: np.ndarray

    SHAPES = {"W_h": "H H", "W_x": "D H", "b": "H"}


class RNNCache(NamedTuple):
    """What the backward step needs: x (B, D), h_prev (B, H), h (B, H)."""

    x: np.ndarray
    h_prev: np.ndarray
    h: np.ndarray

    SHAPES = {"x": "B D", "h_prev": "B H", "h": "B H"}
    TRUSTED = True


@shapes(x="B D", h_prev="B H", p=RNNParams)
def rnn_step(x, h_prev, p):
    """Advance one step of the tanh cell: (B, D), (B, H) -> h (B, H), cache.

    Elman 1990, "Finding Structure in Time" (the copied-back hidden layer, figure 2), with tanh
    for his logistic function, as in torch.nn.RNN.
    """
    a = x @ p.W_x + h_prev @ p.W_h + p.b
    h = np.tanh(a)
    return h, RNNCache(x, h_prev, h)


@shapes(dh="B H", cache=RNNCache, p=RNNParams)
def rnn_step_backward(dh, cache, p):
    """Undo one step: dL/dh (B, H) -> dx (B, D), dh_prev (B, H), dp."""
    x, h_prev, h = cache
    # h = tanh(a)
    da = dh * (1 - h**2)
    # a = x W_x + h_prev W_h + b
    dp = RNNParams(W_x=x.T @ da, W_h=h_prev.T @ da, b=da.sum(axis=0))
    return da @ p.W_x.T, da @ p.W_h.T, dp


@shapes(x="B D", h_prev="B H", p=RNNParams)
def relu_step(x, h_prev, p):
    """Advance one step of the ReLU cell: (B, D), (B, H) -> h (B, H), cache.

    Le, Jaitly & Hinton 2015 (arXiv 1504.00941), who start W_h at the identity.
    """
    a = x @ p.W_x + h_prev @ p.W_h + p.b
    h = np.maximum(a, 0)
    return h, RNNCache(x, h_prev, h)


@shapes(dh="B H", cache=RNNCache, p=RNNParams)
def relu_step_backward(dh, cache, p):
    """Undo one step: dL/dh (B, H) -> dx (B, D), dh_prev (B, H), dp.

    The Jacobian dh/dh_prev is W_h on the active units: nothing shrinks it, nothing bounds it.
    """
    x, h_prev, h = cache
    # h = max(a, 0)
    da = dh * (h > 0)
    # a = x W_x + h_prev W_h + b
    dp = RNNParams(W_x=x.T @ da, W_h=h_prev.T @ da, b=da.sum(axis=0))
    return da @ p.W_x.T, da @ p.W_h.T, dp
