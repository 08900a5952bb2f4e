"""The logistic function, the one every gate goes through."""

import numpy as np


def sigmoid(a):
    """1 / (1 + exp(-a)), elementwise, same shape and dtype.

    Written as (1 + tanh(a/2)) / 2, which is the same function: exp(-a) overflows at a = -710 (at
    -89 in float32), tanh never does. Exact to one rounding of 1.
    """
    return 0.5 * np.tanh(0.5 * a) + 0.5
