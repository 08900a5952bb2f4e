"""Random arguments for the exercises of lesson 02, and what their mistakes are made of."""

import numpy as np

from rnncourse.check.rules import without

CELLS = "rnncourse.cells.rnn"
BY_HAND = without("torch", "rnncourse.sequence", f"{CELLS}.rnn_step", f"{CELLS}.relu_step")


def weights(rng):
    """D != H != B, so that a wrong axis shows; weights large enough for the bend to matter."""
    D, H = rng.integers(2, 4), rng.integers(4, 6)
    return (rng.normal(size=(D, H)), rng.normal(size=(H, H)) / np.sqrt(H), rng.normal(size=H))


def step_inputs(rng):
    W_x, W_h, b = weights(rng)
    B = rng.integers(6, 9)
    return rng.normal(size=(B, len(W_x))), rng.uniform(-1, 1, (B, len(W_h))), W_x, W_h, b


def sequence_inputs(rng):
    x, h0, *p = step_inputs(rng)
    return rng.normal(size=(rng.integers(9, 12), *x.shape)), h0, *p


def to_one_inputs(rng):
    xs, h0, *p = sequence_inputs(rng)
    return xs, *p, rng.normal(size=(h0.shape[1], 2)), rng.normal(size=2)


def states(xs, h, p, bend=np.tanh):
    """The states of the cell, written as a loop: what most mistakes are made from."""
    hs = []
    for x in xs:
        h = bend(x @ p[0] + h @ p[1] + p[2])
        hs.append(h)
    return np.array(hs)


def zero_state(xs, p):
    return np.zeros((xs.shape[1], len(p[1])))


def first_input(x, T):
    xs = np.zeros((T, *x.shape))
    xs[0] = x
    return xs
