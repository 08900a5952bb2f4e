"""What the cells' sequences share: gates apart and together, products over all steps, slopes."""

import numpy as np


def states_from(start, T, B, H, dtype):
    """An array (T+1, B, H) whose entry 0 is start, or zeros; entries 1..T are to be filled."""
    states = np.empty((T + 1, B, H), dtype)
    states[0] = 0 if start is None else start
    return states


def carried(gradient, B, H, dtype):
    """A fresh (B, H) for what is carried back, beginning with the gradient of the final state."""
    return np.zeros((B, H), dtype) if gradient is None else gradient.copy()


def apart(side_by_side, gates):
    """Gates side by side in the last axis, (..., gates*H), as gates in front, (gates, ..., H).

    With each gate a block of its own, i, f, g, o of all steps are plain arrays (T, B, H).
    """
    *front, last = side_by_side.shape
    split = side_by_side.reshape(*front, gates, last // gates)
    return np.ascontiguousarray(np.moveaxis(split, -2, 0))


def together(gates):
    """The way back, one row per step and example: (gates, T, B, H) -> (T*B, gates*H)."""
    K, T, B, H = gates.shape
    return np.ascontiguousarray(gates.reshape(K, T * B, H).transpose(1, 0, 2)).reshape(T * B, K * H)


def rows(xs):
    """(T, B, D) as (T*B, D): every step of every example is a row of one matrix."""
    return xs.reshape(-1, xs.shape[-1])


def input_share(xs, W_x, b):
    """xs W_x + b for all steps at once: W_x (..., D, H), b (..., 1, H) -> (..., T, B, H)."""
    T, B, _ = xs.shape
    share = (rows(xs) @ W_x).reshape(*W_x.shape[:-2], T, B, -1)
    share += np.repeat(b, B, axis=-2)[..., None, :, :]  # B rows: whole blocks are added faster
    return share


def input_gradient(das, W_x, xs):
    """dL/dxs (T, B, D) from dL/da of all steps, das (T*B, gates*H)."""
    return (das @ W_x.T).reshape(xs.shape)


def weight_gradients(xs, h_prevs, das):
    """dW_x, dW_h, db from dL/da of all steps, das (T*B, gates*H), in one product.

    Beside each other, x_t and h_{t-1} are one input, and their weights one matrix.
    """
    D = xs.shape[-1]
    dW = np.hstack([rows(xs), rows(h_prevs)]).T @ das
    return dW[:D], dW[D:], column_sums(das)


def column_sums(das):
    """The sum over steps and examples: (T*B, K) -> (K,), as a product with ones."""
    return np.ones(len(das), das.dtype) @ das


def sigmoid_slope(s, out):
    """The derivative of sigmoid where its value is s: s - s^2."""
    np.multiply(s, s, out=out)
    np.subtract(s, out, out=out)


def tanh_slope(y, out):
    """The derivative of tanh where its value is y: 1 - y^2."""
    np.multiply(y, y, out=out)
    np.subtract(1, out, out=out)


def check_some_gradient(*gradients):
    """Refuse a backward pass that nothing flows into."""
    if all(gradient is None for gradient in gradients):
        raise ValueError("dhs and the gradients of the final state are all None; at least one of "
                         "them must carry the gradient of the loss")
