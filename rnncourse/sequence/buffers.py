"""What every cell's sequence shares: arrays made once, gates apart, products over all steps."""

import numpy as np


class Buffers(dict):
    """Arrays by name. Asked again for the same name and shape, it gives the same array."""

    def empty(self, name, shape, dtype):
        """An uninitialised array of this shape and dtype: the earlier one, if there is one."""
        array = self.get(name)
        if array is None or array.shape != shape or array.dtype != dtype:
            array = self[name] = np.empty(shape, dtype)
        return array

    def filled(self, name, start, shape, dtype):
        """An array holding start, or zeros when start is None."""
        array = self.empty(name, shape, dtype)
        array[:] = 0 if start is None else start
        return array

    def states(self, name, T, start, shape, dtype):
        """An array (T+1, B, H) whose entry 0 is start or zeros; entries 1..T are to be filled."""
        states = self.empty(name, (T + 1, *shape), dtype)
        states[0] = 0 if start is None else start
        return states


def apart(side_by_side, gates):
    """Gates side by side in the last axis, (..., gates*H), as gates in front, (gates, ..., H).

    With each gate a block of its own, i, f, g, o of all steps are plain arrays (T, B, H).
    """
    *front, last = side_by_side.shape
    split = side_by_side.reshape(*front, gates, last // gates)
    return np.ascontiguousarray(np.moveaxis(split, -2, 0))


def together(gates, out):
    """The inverse over a sequence: (gates, T, B, H) into out (T*B, gates*H), for one product."""
    K, T, B, H = gates.shape
    np.copyto(out.reshape(T * B, K, H), gates.reshape(K, T * B, H).transpose(1, 0, 2))
    return out


def rows(xs):
    """(T, B, D) as (T*B, D): every step of every example is a row of one matrix."""
    return xs.reshape(-1, xs.shape[-1])


def input_share(xs, W_x, b, out):
    """xs W_x + b for all steps at once, per gate: out (gates, T, B, H) or (T, B, H)."""
    T, B, H = out.shape[-3:]
    np.matmul(rows(xs), W_x, out=out.reshape(*out.shape[:-3], T * B, H))
    out += b


def weight_gradients(xs, h_prevs, das, buffers):
    """dW_x, dW_h, db from dL/da of all steps, das (T*B, gates*H), in one product.

    Beside each other, x_t and h_{t-1} are one input, and their weights one matrix.
    """
    D = xs.shape[-1]
    inputs = buffers.empty("inputs", (*xs.shape[:-1], D + h_prevs.shape[-1]), xs.dtype)
    np.concatenate([xs, h_prevs], axis=-1, out=inputs)
    dW = rows(inputs).T @ das
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
