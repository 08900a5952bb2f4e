"""A sequence made fit for a feedforward net, and the net."""

import numpy as np

from rnncourse import cells
from rnncourse.check.exercise import Exercise, Mistake
from rnncourse.check.rules import without


def windows(xs, K):
    """(T, B, 1) -> (T, B, K): at each step the last K inputs, the newest last, zeros before."""
    T = len(xs)
    padded = np.concatenate([np.zeros((K - 1, *xs.shape[1:])), xs])
    return np.concatenate([padded[k:k + T] for k in range(K)], axis=2)


def windows_inputs(rng):
    K = int(rng.integers(3, 6))
    return rng.normal(size=(K + rng.integers(1, 5), rng.integers(2, 4), 1)), K


def shifted(xs, steps):
    """xs moved by steps along time: forwards when positive, zeros where nothing comes from."""
    moved = np.zeros_like(xs)
    T = len(xs)
    moved[max(steps, 0):T + min(steps, 0)] = xs[max(-steps, 0):T - max(steps, 0)]
    return moved


def beside(parts):
    return np.concatenate(list(parts), axis=2)


def edge_padded(xs, K):
    padded = np.concatenate([np.repeat(xs[:1], K - 1, axis=0), xs])
    return beside(padded[k:k + len(xs)] for k in range(K))


def not_padded(xs, K):
    return beside(xs[k:len(xs) - K + 1 + k] for k in range(K))


def window_net(ws, W_1, b_1, W_2, b_2):
    """A multilayer perceptron on windows: (T, B, K) -> logits (T, B, 2)."""
    return np.tanh(ws @ W_1 + b_1) @ W_2 + b_2


def net_inputs(rng):
    K, H = rng.integers(3, 6), rng.integers(6, 9)
    sizes = [(rng.integers(2, 5), rng.integers(2, 4), K), (K, H), (H,), (H, 2), (2,)]
    return tuple(rng.normal(size=size) for size in sizes)


EXERCISES = [
    Exercise(
        windows, windows_inputs, results=("windows",), points=2, minutes=15, difficulty="medium",
        terms=("xs",), rules=(without("torch"),),
        hints=(
            "Put K - 1 steps of zeros in front of the sequence: then every step has K inputs.",
            "Column k of the result is the padded sequence from step k on, T steps long.",
            "`np.concatenate([padded[k:k + T] for k in ...], axis=2)` sets the columns side by "
            "side.",
        ),
        mistakes=(
            Mistake("newest first", lambda xs, K: beside(shifted(xs, k) for k in range(K)),
                    "The right inputs, the wrong way round: the newest input belongs in the last "
                    "column, as in $[x_{t-K+1}, ..., x_t]$."),
            Mistake("looks ahead", lambda xs, K: beside(shifted(xs, -k) for k in range(K)),
                    "Your window looks ahead: row t holds inputs that come after step t. The "
                    "zeros belong before the start, not after the end."),
            Mistake("present missing",
                    lambda xs, K: beside(shifted(xs, k) for k in range(K, 0, -1)),
                    "Your window ends one step too early: it holds the K inputs before $x_t$, "
                    "without $x_t$ itself. Pad with K - 1 zeros, not with K."),
            Mistake("first input repeated", edge_padded,
                    "Before the start you repeat the first input. Nothing was seen there: pad "
                    "with zeros."),
            Mistake("wraps round", lambda xs, K: beside(
                    np.roll(xs, k, axis=0) for k in range(K - 1, -1, -1)),
                    "Your first windows hold inputs from the end of the sequence: `np.roll` wraps "
                    "round. Before the start there are zeros."),
            Mistake("not padded", not_padded,
                    "You leave out the first K - 1 steps, whose windows are not full. They have "
                    "an answer too: pad with zeros in front."),
            Mistake("one too short", lambda xs, K: beside(
                    shifted(xs, k) for k in range(K - 2, -1, -1)),
                    "Your windows hold K - 1 inputs. `range(K)` has K numbers, from 0 to K - 1."),
            Mistake("always the present", lambda xs, K: np.repeat(xs, K, axis=2),
                    "Each window is K copies of the present input. Its columns are K different "
                    "steps."),
        ),
    ),
    Exercise(
        window_net, net_inputs, results=("logits",), points=1, minutes=5, difficulty="warm-up",
        terms=("ws", "b_1", "b_2"), rules=(without("torch"),),
        hints=(
            "Two layers, and one bend between them.",
            "`@` multiplies the last axis of `ws` by a matrix, for all steps and examples at once.",
            "The bend goes around the whole first layer, its bias included, and nowhere else.",
        ),
        mistakes=(
            Mistake("no bend", lambda ws, W_1, b_1, W_2, b_2: (ws @ W_1 + b_1) @ W_2 + b_2,
                    "The bend between the layers is missing, so your two layers are one: "
                    "$(w W_1) W_2 = w (W_1 W_2)$."),
            Mistake("output bent",
                    lambda ws, W_1, b_1, W_2, b_2: np.tanh(np.tanh(ws @ W_1 + b_1) @ W_2 + b_2),
                    "You bend the output too. Logits are scores of any size: leave them as they "
                    "are."),
            Mistake("b_1 outside",
                    lambda ws, W_1, b_1, W_2, b_2: (np.tanh(ws @ W_1) + b_1) @ W_2 + b_2,
                    "Your first bias comes after the bend. It belongs inside, where it decides at "
                    "which input a unit switches."),
            Mistake("no b_1", lambda ws, W_1, b_1, W_2, b_2: np.tanh(ws @ W_1) @ W_2 + b_2,
                    "The first bias, b_1, is missing."),
            Mistake("no b_2", lambda ws, W_1, b_1, W_2, b_2: np.tanh(ws @ W_1 + b_1) @ W_2,
                    "The second bias, b_2, is missing."),
            Mistake("sigmoid",
                    lambda ws, W_1, b_1, W_2, b_2: cells.sigmoid(ws @ W_1 + b_1) @ W_2 + b_2,
                    "You bend with the sigmoid. This net's bend is tanh."),
            Mistake("ReLU",
                    lambda ws, W_1, b_1, W_2, b_2: np.maximum(ws @ W_1 + b_1, 0) @ W_2 + b_2,
                    "You bend with max(0, a). This net's bend is tanh."),
            Mistake("input bent",
                    lambda ws, W_1, b_1, W_2, b_2: (np.tanh(ws) @ W_1 + b_1) @ W_2 + b_2,
                    "You bend the input, before the first layer. The bend stands between the two "
                    "layers."),
        ),
    ),
]
