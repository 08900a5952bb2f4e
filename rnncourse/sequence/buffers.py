"""Arrays made once, and the products over all steps at once that every cell shares."""

import numpy as np


class Buffers(dict):
    """Arrays by name. Asked again for the same name and shape, it gives the same array."""

    def empty(self, name, shape, dtype):
        """An uninitialised array of this shape and dtype, the earlier one if there is one."""
        array = self.get(name)
        if array is None or array.shape != shape or array.dtype != dtype:
            array = self[name] = np.empty(shape, dtype)
        return array

    def states(self, name, T, start, shape, dtype):
        """An array (T+1, B, H) whose entry 0 is start, or zeros for None; 1..T are to be filled."""
        states = self.empty(name, (T + 1, *shape), dtype)
        states[0] = 0 if start is None else start
        return states


def rows(xs):
    """(T, B, D) as (T*B, D): every step of every example is a row of one matrix."""
    return xs.reshape(-1, xs.shape[-1])


def input_share(xs, W_x, b, out):
    """xs W_x + b for all steps in one product: (T, B, D) -> out (T, B, gates*H)."""
    np.matmul(rows(xs), W_x, out=rows(out))
    out += b
    return out


def weight_gradients(xs, h_prevs, das, W_x, dxs):
    """From dL/da of all steps: dxs (written in place), dW_x, dW_h, db, each in one product."""
    np.matmul(rows(das), W_x.T, out=rows(dxs))
    dW_x = rows(xs).T @ rows(das)
    dW_h = rows(h_prevs).T @ rows(das)
    return dxs, dW_x, dW_h, column_sums(das)


def column_sums(das):
    """The sum over steps and examples: (T, B, K) -> (K,), as a product with ones."""
    return np.ones(len(rows(das)), das.dtype) @ rows(das)


def check_some_gradient(dhs, dh_T, *more):
    """Refuse a backward pass that nothing flows into."""
    if dhs is None and dh_T is None and all(extra is None for extra in more):
        raise ValueError("dhs and the final states' gradients are all None: at least one of them "
                         "must carry dL/dh")
