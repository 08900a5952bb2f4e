"""Small synthetic tasks, made fresh for every batch: each asks for one kind of memory.

Every generator takes a NumPy random generator first and returns `xs, ys`, time first. Inputs are
float32, so they enter a torch module as they are; targets are int64 classes, or float32 numbers.
"""

import numpy as np


def parity(rng, T, B):
    """Running parity: is the number of ones so far odd?

    xs (T, B, 1) random bits; ys (T, B), 1 where the ones up to and including step t are odd.
    Guessing is right half of the time.
    """
    _require(rng, T=T, B=B)
    bits = rng.integers(0, 2, (T, B))
    return bits[..., None].astype(np.float32), np.cumsum(bits, axis=0) % 2


def recall(rng, T, B, symbols=4):
    """Recall: name the first of T symbols after the last.

    xs (T, B, symbols) one-hot, every step drawn from the same alphabet; ys (B,) the first symbol.
    Guessing is right once in `symbols` times.
    """
    _require(rng, T=T, B=B)
    _at_least(2, symbols=symbols)
    drawn = rng.integers(0, symbols, (T, B))
    return np.eye(symbols, dtype=np.float32)[drawn], drawn[0]


def adding(rng, T, B):
    """Add the two marked numbers among T (after Hochreiter & Schmidhuber 1997).

    xs (T, B, 2): a number from U(0, 1), and a mark that is 1 once in the first half and once in
    the second; ys (B,) float32, the sum of the marked numbers. Always answering 1 has a mean
    squared error of 1/6.
    """
    _require(rng, B=B)
    _at_least(2, T=T)
    numbers, marks = rng.random((T, B)), np.zeros((T, B))
    lanes = np.arange(B)
    marks[rng.integers(0, T // 2, B), lanes] = 1
    marks[rng.integers(T // 2, T, B), lanes] = 1
    ys = (numbers * marks).sum(axis=0)
    return np.stack([numbers, marks], axis=2).astype(np.float32), ys.astype(np.float32)


def echo(rng, length, B, delay):
    """Echo: repeat the bit of `delay` steps ago, along B parallel streams.

    xs (length, B, 1) random bits; ys (length, B), the input `delay` steps earlier, and 0 at the
    first `delay` steps. Guessing is right half of the time.
    """
    _require(rng, length=length, B=B)
    _at_least(0, delay=delay)
    if delay >= length:
        raise ValueError(f"delay is {delay} in a stream of {length} steps, so nothing would ever "
                         "be repeated: expected delay < length.")
    bits = rng.integers(0, 2, (length, B))
    ys = np.zeros_like(bits)
    ys[delay:] = bits[:length - delay]
    return bits[..., None].astype(np.float32), ys


def _require(rng, **sizes):
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng is a {type(rng).__name__}, expected a NumPy generator: pass "
                        "np.random.default_rng(seed) first.")
    _at_least(1, **sizes)


def _at_least(least, **sizes):
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int | np.integer):
            raise TypeError(f"{name} is {size!r}, expected a whole number.")
        if size < least:
            raise ValueError(f"{name} is {size}, expected at least {least}.")
