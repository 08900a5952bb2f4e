"""The long short-term memory cell: three gates, a candidate, and a cell state beside h."""

from typing import NamedTuple

import numpy as np

from rnncourse.cells.sigmoid import sigmoid
from rnncourse.shapes import shapes


class LSTMParams(NamedTuple):
    """Weights of an LSTM cell, gates side by side in torch's order i, f, g, o.

    W_x (D, 4H), W_h (H, 4H), b (4H,).
    """

    W_x: np.ndarray
    W_h: np.ndarray
    b: np.ndarray

    SHAPES = {"W_h": "H 4H", "W_x": "D 4H", "b": "4H"}


class LSTMCache(NamedTuple):
    """What the backward step needs: x (B, D), and the rest (B, H)."""

    x: np.ndarray
    h_prev: np.ndarray
    c_prev: np.ndarray
    i: np.ndarray
    f: np.ndarray
    g: np.ndarray
    o: np.ndarray
    c: np.ndarray

    SHAPES = {"x": "B D", "h_prev": "B H", "c_prev": "B H", "c": "B H"}
    TRUSTED = True


@shapes(x="B D", h_prev="B H", c_prev="B H", p=LSTMParams)
def lstm_step(x, h_prev, c_prev, p):
    """Advance one step: (B, D), (B, H), (B, H) -> h (B, H), c (B, H), cache.

    Hochreiter & Schmidhuber 1997 (Neural Computation 9(8):1735, section 4) with the forget gate
    of Gers, Schmidhuber & Cummins 2000 (12(10):2451, section 3). With f = 1 it is the cell of
    1997; tanh for both squashing functions, as in torch.nn.LSTM.
    """
    a_i, a_f, a_g, a_o = np.split(x @ p.W_x + h_prev @ p.W_h + p.b, 4, axis=1)
    i = sigmoid(a_i)              # what to write
    f = sigmoid(a_f)              # what to keep
    g = np.tanh(a_g)              # candidate content
    o = sigmoid(a_o)              # what to show
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c, LSTMCache(x, h_prev, c_prev, i, f, g, o, c)


@shapes(dh="B H", dc="B H", cache=LSTMCache, p=LSTMParams)
def lstm_step_backward(dh, dc, cache, p):
    """Undo one step: dL/dh, dL/dc (B, H) -> dx (B, D), dh_prev, dc_prev (B, H), dp."""
    x, h_prev, c_prev, i, f, g, o, c = cache
    # h = o * tanh(c)
    do = dh * np.tanh(c)
    dc = dc + dh * o * (1 - np.tanh(c) ** 2)
    # c = f * c_prev + i * g
    df, dc_prev = dc * c_prev, dc * f
    di, dg = dc * g, dc * i
    # through sigmoid and tanh to the pre-activations
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)])
    # a = x W_x + h_prev W_h + b
    dp = LSTMParams(W_x=x.T @ da, W_h=h_prev.T @ da, b=da.sum(axis=0))
    return da @ p.W_x.T, da @ p.W_h.T, dc_prev, dp
