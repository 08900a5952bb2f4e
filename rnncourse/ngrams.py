"""Counting as a baseline: interpolated n-grams by Witten-Bell and by modified Kneser-Ney.

An n-gram of order n guesses a token from the n - 1 before it. Every order k mixes what it counted
after the context h with the order below, whose context h' is h without its oldest token:

    p_k(w | h) = direct_k(h w) + backoff_k(h) p_{k-1}(w | h'),          p_0(w) = 1 / V

A context never seen has direct = 0 and backoff = 1. With c(h w) the count, C(h) = sum_w c(h w),
and T(h) the number of different tokens seen after h:

Witten-Bell (Witten & Bell 1991, method C; Chen & Goodman 1999, section 2.4)
    direct = c / (C + T)             backoff = T / (C + T)
Kneser-Ney (Kneser & Ney 1995), modified and interpolated (Chen & Goodman 1999, section 3)
    direct = (c - D(c)) / C          backoff = (D_1 N_1 + D_2 N_2 + D_3 N_3+) / C
    with N_j(h) the number of tokens seen j times after h, and below the highest order with c(g)
    replaced by the number of different tokens seen *before* the gram g.
"""

from typing import NamedTuple

import numpy as np


class Grams(NamedTuple):
    """The grams of one order: `keys` sorted (G,), each context number * V + last token.

    The context number of order k is the place of the context among the keys of order k - 1.
    `counts` (G,): how often. `before` (G,): how many different tokens stood before it.
    """

    keys: np.ndarray
    counts: np.ndarray
    before: np.ndarray


class Level(NamedTuple):
    """One order, smoothed: direct[g] of each gram in `keys`, backoff[h] of each context."""

    keys: np.ndarray
    direct: np.ndarray
    backoff: np.ndarray


class _Interpolated:
    """What both models share: everything but the two formulas."""

    def __init__(self, order: int = 5):
        if isinstance(order, bool) or not isinstance(order, (int, np.integer)) or order < 1:
            raise ValueError(f"{type(self).__name__}: order is {order!r}, expected a whole number "
                             "of 1 or more")
        self.order = int(order)

    def fit(self, tokens, vocab_size: int):
        """Count `tokens`, ints (N,) below `vocab_size`; returns the model itself."""
        return self._smooth(count_grams(tokens, vocab_size, self.order), vocab_size)

    def bits(self, tokens):
        """Surprisal of every token given all tokens before it: -log2 p, float64 (N,)."""
        tokens = _checked("bits", tokens, self._fitted())
        p = np.full(len(tokens), 1 / self.vocab_size)
        contexts = np.zeros(len(tokens), dtype=np.int64)
        for level in self._levels:
            grams = _find(level.keys, contexts, tokens, self.vocab_size)
            p = _mix(level, contexts, grams, p)
            contexts = np.concatenate([[-1], grams[:-1]])
        return -np.log2(p)

    def bits_per_character(self, tokens) -> float:
        """Mean of `bits`: the figure to compare a network with that carries its state."""
        return float(self.bits(tokens).mean())

    def probabilities(self, context):
        """p(next | context) for every token, float64 (V,), of sum 1. `context` may be empty."""
        context = np.asarray(context, dtype=np.int64)[max(0, len(context) - self.order + 1):]
        V = self._fitted()
        if len(context):
            context = _checked("probabilities", context, V)
        everything = np.arange(V)
        p = np.full(V, 1 / V)
        # place[j]: number of the gram that ends at the j-th token of the context; the last counts.
        here, place = 0, np.zeros(len(context), dtype=np.int64)
        for level in self._levels:
            number = np.full(V, here)
            p = _mix(level, number, _find(level.keys, number, everything, V), p)
            grams = _find(level.keys, place, context, V)
            here = grams[-1] if len(grams) else -1
            place = np.concatenate([[-1], grams[:-1]])[:len(context)]
        return p

    def _smooth(self, grams, vocab_size):
        self.vocab_size, sizes = vocab_size, [1, *(len(g.keys) for g in grams)]
        self._levels = [
            Level(g.keys, *self._weights(g, g.keys // vocab_size, sizes[k], k + 1 == self.order))
            for k, g in enumerate(grams)]
        return self

    def _fitted(self):
        if not hasattr(self, "vocab_size"):
            raise ValueError(f"{type(self).__name__} has counted nothing yet: call "
                             "fit(tokens, vocab_size) first")
        return self.vocab_size


class WittenBell(_Interpolated):
    """Trust a context in proportion to how rarely it was followed by something new."""

    def _weights(self, grams, contexts, number, highest):
        C = np.bincount(contexts, grams.counts, number)
        T = np.bincount(contexts, minlength=number)
        seen = C + T > 0
        backoff = np.divide(T, C + T, out=np.ones(number), where=seen)
        return grams.counts / (C + T)[contexts], backoff


class KneserNey(_Interpolated):
    """Subtract a little from every count, and ask of the lower orders: how many ways lead here?"""

    def _weights(self, grams, contexts, number, highest):
        c = grams.counts if highest else grams.before
        # A gram counted 0 times stands at the head of the text, where nothing comes before it.
        off = np.concatenate([[0.0], discounts(c)])[np.minimum(c, 3)]
        C = np.bincount(contexts, c, number)
        kept = np.divide(c - off, C[contexts], out=np.zeros(len(c)), where=C[contexts] > 0)
        backoff = np.divide(np.bincount(contexts, off, number), C, out=np.ones(number),
                            where=C > 0)
        return kept, backoff


def discounts(counts):
    """D_1, D_2, D_3+ for the counts of one order (Chen & Goodman 1999, equation 26), (3,).

    From n_j, how many grams were counted j times. None is below D_1, so that no context claims to
    have seen everything. Where some n_j is 0 the one discount of Ney, Essen & Kneser (1994),
    n_1 / (n_1 + 2 n_2), serves for all, and 1/2 where that is undefined.
    """
    n1, n2, n3, n4 = (int((counts == j).sum()) for j in (1, 2, 3, 4))
    if not (n1 and n2):
        return np.full(3, 0.5)
    Y = n1 / (n1 + 2 * n2)
    if not (n3 and n4):
        return np.full(3, Y)
    D = np.array([1 - 2 * Y * n2 / n1, 2 - 3 * Y * n3 / n2, 3 - 4 * Y * n4 / n3])
    return np.clip(D, Y, [1, 2, 3])


def count_grams(tokens, vocab_size: int, order: int):
    """All grams of `tokens` of the orders 1 to `order`: a list of Grams.

    By sorting numbers, one np.unique an order: no order is too high for a 64-bit key, because a
    context enters by its place among the grams of the order below.
    """
    tokens = _checked("fit", tokens, vocab_size)
    found, numbers = [], np.zeros(len(tokens) + 1, dtype=np.int64)
    for k in range(min(order, len(tokens))):
        # context[t]: number of the k-gram that ends just before tokens[t + k].
        context, behind = numbers[:-1], numbers[1:]
        keys, first, numbers, counts = np.unique(
            context * vocab_size + tokens[k:], return_index=True, return_inverse=True,
            return_counts=True)
        if found:
            # Each different gram is one more token seen before the gram without its first token.
            before = np.bincount(behind[first], minlength=len(found[-1].keys))
            found[-1] = found[-1]._replace(before=before)
        found.append(Grams(keys, counts, np.zeros_like(counts)))
    nothing = np.zeros(0, dtype=np.int64)
    return found + [Grams(nothing, nothing, nothing)] * (order - len(found))


class Score(NamedTuple):
    """One line of the table: which model, which order, bits per character on the test tokens."""

    name: str
    order: int
    bits_per_character: float


class Best(NamedTuple):
    """The strongest baseline, its figure, and the whole table, a list of Score."""

    name: str
    order: int
    bits_per_character: float
    table: list


def best_ngram(train, test, vocab_size: int, orders=range(1, 7)) -> Best:
    """Fit both models at every order on `train`, measure on `test`: the line to draw.

    The best is chosen on `test` itself, a small gift to the baseline, so that beating it counts.
    """
    orders = list(orders)
    if not orders or min(orders) < 1:
        raise ValueError(f"best_ngram: orders are {orders}, expected whole numbers of 1 or more")
    grams = count_grams(train, vocab_size, max(orders))
    table = [Score(model.__name__, n, model(n)._smooth(grams[:n], vocab_size)
                   .bits_per_character(test))
             for model in (WittenBell, KneserNey) for n in orders]
    return Best(*min(table, key=lambda score: score.bits_per_character), table)


def _mix(level, contexts, grams, p):
    """direct + backoff * p for every token; -1 stands for a context or gram never seen."""
    direct = np.where(grams >= 0, np.append(level.direct, 0.0)[grams], 0.0)
    backoff = np.where(contexts >= 0, np.append(level.backoff, 1.0)[contexts], 1.0)
    return direct + backoff * p


def _find(keys, contexts, tokens, vocab_size):
    """Place of each (context, token) among the sorted `keys`, or -1."""
    if not len(keys):
        return np.full(len(tokens), -1)
    wanted = contexts * vocab_size + tokens
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where((contexts >= 0) & (keys[place] == wanted), place, -1)


def _checked(function, tokens, vocab_size):
    tokens = np.asarray(tokens)
    if tokens.ndim != 1 or not len(tokens) or not np.issubdtype(tokens.dtype, np.integer):
        raise ValueError(f"{function}: tokens has shape {tokens.shape} and dtype {tokens.dtype}, "
                         "expected one row of one or more integers")
    if tokens.min() < 0 or tokens.max() >= vocab_size:
        raise ValueError(f"{function}: tokens run from {tokens.min()} to {tokens.max()}, expected "
                         f"0 to {vocab_size - 1} for a vocab_size of {vocab_size}")
    return tokens.astype(np.int64)
