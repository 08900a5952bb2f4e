"""The gated recurrent unit, in the four forms the literature calls by one name.

Two choices are independent, and papers, libraries and courses differ on both:

| step                         | z near 1 ... | reset              | who                          |
|------------------------------|--------------|--------------------|------------------------------|
| gru_step                     | keeps        | after the matmul   | torch.nn.GRU, cuDNN          |
| gru_reset_before_step        | keeps        | before the matmul  | Cho 2014, v3                 |
| gru_update_step              | replaces     | after the matmul   | Chung's z, torch's candidate |
| gru_update_reset_before_step | replaces     | before the matmul  | Chung 2014                   |

Cho et al. 2014: arXiv 1406.1078 v3, equations 5-8. Chung et al. 2014: arXiv 1412.3555,
section 3.2. The reset after the matmul: the documentation of torch.nn.GRU.
"""

from typing import NamedTuple

import numpy as np

from rnncourse.cells.sigmoid import sigmoid
from rnncourse.shapes import shapes


class GRUParams(NamedTuple):
    """Weights of a GRU cell, side by side in torch's order r, z, n.

    W_x (D, 3H), W_h (H, 3H), b (3H,), and b_n (H,), the bias beside h_prev in the candidate:
    torch's b_hn. With the reset after the matmul r scales it, so it cannot be folded into b.
    """

    W_x: np.ndarray
    W_h: np.ndarray
    b: np.ndarray
    b_n: np.ndarray

    SHAPES = {"W_h": "H 3H", "W_x": "D 3H", "b": "3H", "b_n": "H"}


class GRUCache(NamedTuple):
    """What the backward step needs: x (B, D), and the rest (B, H).

    m is what the past brings to the candidate: h_prev W_hn + b_n before r scales it when the
    reset comes after the matmul, r * h_prev when it comes before.
    """

    x: np.ndarray
    h_prev: np.ndarray
    r: np.ndarray
    z: np.ndarray
    n: np.ndarray
    m: np.ndarray

    SHAPES = {"x": "B D", "h_prev": "B H", "n": "B H", "m": "B H"}
    TRUSTED = True


# --- reset after the matmul ---------------------------------------------------------------


@shapes(x="B D", h_prev="B H", p=GRUParams)
def gru_step(x, h_prev, p):
    """Advance one step, z keeps, reset after the matmul: (B, D), (B, H) -> h (B, H), cache.

    torch.nn.GRU and cuDNN.
    """
    r, z, a_n = gates(x, h_prev, p)
    m = h_prev @ candidate_weights(p) + p.b_n
    n = np.tanh(a_n + r * m)
    h = z * h_prev + (1 - z) * n
    return h, GRUCache(x, h_prev, r, z, n, m)


@shapes(dh="B H", cache=GRUCache, p=GRUParams)
def gru_step_backward(dh, cache, p):
    """Undo one step: dL/dh (B, H) -> dx (B, D), dh_prev (B, H), dp."""
    # h = z * h_prev + (1 - z) * n
    dz, dh_prev, dn = dh * (cache.h_prev - cache.n), dh * cache.z, dh * (1 - cache.z)
    return reset_after_backward(dz, dn, dh_prev, cache, p)


@shapes(x="B D", h_prev="B H", p=GRUParams)
def gru_update_step(x, h_prev, p):
    """Advance one step, z replaces, reset after the matmul: (B, D), (B, H) -> h (B, H), cache.

    The polarity of Chung 2014 with torch's candidate.
    """
    r, z, a_n = gates(x, h_prev, p)
    m = h_prev @ candidate_weights(p) + p.b_n
    n = np.tanh(a_n + r * m)
    h = (1 - z) * h_prev + z * n
    return h, GRUCache(x, h_prev, r, z, n, m)


@shapes(dh="B H", cache=GRUCache, p=GRUParams)
def gru_update_step_backward(dh, cache, p):
    """Undo one step: dL/dh (B, H) -> dx (B, D), dh_prev (B, H), dp."""
    # h = (1 - z) * h_prev + z * n
    dz, dh_prev, dn = dh * (cache.n - cache.h_prev), dh * (1 - cache.z), dh * cache.z
    return reset_after_backward(dz, dn, dh_prev, cache, p)


def reset_after_backward(dz, dn, dh_prev, cache, p):
    """From dL/dz, dL/dn and the direct part of dL/dh_prev to dx, dh_prev, dp."""
    x, h_prev, r, z, n, m = cache
    # n = tanh(a_n + r * m)
    da_n = dn * (1 - n**2)
    dr, dm = da_n * m, da_n * r
    # through the sigmoids to the pre-activations
    da_r, da_z = dr * r * (1 - r), dz * z * (1 - z)
    # a = x W_x + b;  (a_r, a_z, m) = h_prev W_h + (0, 0, b_n): only the candidate's two differ
    da = np.hstack([da_r, da_z, da_n])
    da_h = np.hstack([da_r, da_z, dm])
    dp = GRUParams(x.T @ da, h_prev.T @ da_h, da.sum(axis=0), dm.sum(axis=0))
    return da @ p.W_x.T, dh_prev + da_h @ p.W_h.T, dp


# --- reset before the matmul --------------------------------------------------------------


@shapes(x="B D", h_prev="B H", p=GRUParams)
def gru_reset_before_step(x, h_prev, p):
    """Advance one step, z keeps, reset before the matmul: (B, D), (B, H) -> h (B, H), cache.

    Cho 2014 v3, equations 5 (r), 6 (z), 7 (h) and 8 (n).
    """
    r, z, a_n = gates(x, h_prev, p)
    m = r * h_prev
    n = np.tanh(a_n + m @ candidate_weights(p) + p.b_n)
    h = z * h_prev + (1 - z) * n
    return h, GRUCache(x, h_prev, r, z, n, m)


@shapes(dh="B H", cache=GRUCache, p=GRUParams)
def gru_reset_before_step_backward(dh, cache, p):
    """Undo one step: dL/dh (B, H) -> dx (B, D), dh_prev (B, H), dp."""
    # h = z * h_prev + (1 - z) * n
    dz, dh_prev, dn = dh * (cache.h_prev - cache.n), dh * cache.z, dh * (1 - cache.z)
    return reset_before_backward(dz, dn, dh_prev, cache, p)


@shapes(x="B D", h_prev="B H", p=GRUParams)
def gru_update_reset_before_step(x, h_prev, p):
    """Advance one step, z replaces, reset before the matmul: (B, D), (B, H) -> h (B, H), cache.

    Chung 2014, section 3.2.
    """
    r, z, a_n = gates(x, h_prev, p)
    m = r * h_prev
    n = np.tanh(a_n + m @ candidate_weights(p) + p.b_n)
    h = (1 - z) * h_prev + z * n
    return h, GRUCache(x, h_prev, r, z, n, m)


@shapes(dh="B H", cache=GRUCache, p=GRUParams)
def gru_update_reset_before_step_backward(dh, cache, p):
    """Undo one step: dL/dh (B, H) -> dx (B, D), dh_prev (B, H), dp."""
    # h = (1 - z) * h_prev + z * n
    dz, dh_prev, dn = dh * (cache.n - cache.h_prev), dh * (1 - cache.z), dh * cache.z
    return reset_before_backward(dz, dn, dh_prev, cache, p)


def reset_before_backward(dz, dn, dh_prev, cache, p):
    """From dL/dz, dL/dn and the direct part of dL/dh_prev to dx, dh_prev, dp."""
    x, h_prev, r, z, n, m = cache
    H = h_prev.shape[1]
    # n = tanh(a_n + m W_hn + b_n)
    da_n = dn * (1 - n**2)
    dm = da_n @ candidate_weights(p).T
    # m = r * h_prev
    dr, dh_prev = dm * h_prev, dh_prev + dm * r
    # through the sigmoids to the pre-activations
    da_r, da_z = dr * r * (1 - r), dz * z * (1 - z)
    # a = x W_x + b;  (a_r, a_z) = h_prev (W_hr, W_hz)
    da = np.hstack([da_r, da_z, da_n])
    dW_h = np.hstack([h_prev.T @ da[:, : 2 * H], m.T @ da_n])
    dp = GRUParams(x.T @ da, dW_h, da.sum(axis=0), da_n.sum(axis=0))
    return da @ p.W_x.T, dh_prev + da[:, : 2 * H] @ p.W_h[:, : 2 * H].T, dp


# --- what the four share ------------------------------------------------------------------


def gates(x, h_prev, p):
    """The two gates, and what the input brings to the candidate: r, z, a_n, each (B, H)."""
    H = h_prev.shape[1]
    a_r, a_z, a_n = np.split(x @ p.W_x + p.b, 3, axis=1)
    h_r, h_z = np.split(h_prev @ p.W_h[:, : 2 * H], 2, axis=1)
    r = sigmoid(a_r + h_r)        # how much of the past the candidate sees
    z = sigmoid(a_z + h_z)        # how much of the past stays (or goes: the polarity)
    return r, z, a_n


def candidate_weights(p):
    """W_hn (H, H): the last third of W_h."""
    return p.W_h[:, 2 * len(p.W_h) :]


@shapes(p=GRUParams)
def flip_polarity(p):
    """The same cell in the other polarity: z becomes 1 - z, so the weights of z change sign.

    gru_update_step with flip_polarity(p) does what gru_step does with p, and the reverse: the
    function is its own inverse.
    """
    H = len(p.W_h)
    sign = np.ones(3 * H, p.b.dtype)
    sign[H : 2 * H] = -1
    return p._replace(W_x=p.W_x * sign, W_h=p.W_h * sign, b=p.b * sign)
