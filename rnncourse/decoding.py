"""From scores to a choice: greedy, temperature, top-k, top-p, min-p, in NumPy on one row (V,).

A filter takes logits and returns logits with -inf where a character may not be drawn, so filters
chain. Everything is computed in float64: two implementations whose logits agree to float32 draw
the same characters from the same random numbers.
"""

import math

import numpy as np

NEG = -np.inf


def greedy(logits, rng=None):
    """The highest score's index, the first of equals. `rng` is ignored: nothing is drawn."""
    return int(np.argmax(_row(logits)))


def sample(logits, rng):
    """Draw an index with probability softmax(logits), from one `rng.random()` by inverse CDF."""
    heights = _weights(logits).cumsum()
    return int(heights.searchsorted(rng.random() * heights[-1], side="right"))


def probabilities(logits):
    """softmax(logits): (V,), in float64, zero where a filter put -inf."""
    weights = _weights(logits)
    return weights / weights.sum()


def with_temperature(logits, t):
    """logits / t: t < 1 sharpens, t > 1 flattens. t = 0 is the limit, the best character alone."""
    logits = _row(logits)
    if not (np.isfinite(t) and t >= 0):
        raise ValueError(f"temperature is {t}, expected 0 (greedy) or a positive number")
    if t == 0:
        return np.where(np.arange(len(logits)) == np.argmax(logits), 0.0, NEG)
    return (logits - logits.max()) / t


def top_k(logits, k):
    """Keep the k highest scores; of equals at the border, those that come first."""
    logits = _row(logits)
    if k != int(k) or k < 1:
        raise ValueError(f"k is {k}, expected a whole number of at least 1")
    return _keep(logits, _descending(logits)[:int(k)])


def top_p(logits, p):
    """Keep the smallest set of likeliest characters whose mass reaches p.

    The character that crosses p is kept, so one always is (Holtzman et al. 2019, 1904.09751).
    """
    _check_share("p", p)
    logits = _row(logits)
    order = _descending(logits)
    mass = np.cumsum(probabilities(logits)[order])
    return _keep(logits, order[:np.searchsorted(mass, p * mass[-1], side="left") + 1])


def min_p(logits, p):
    """Keep what is at least p times as likely as the likeliest (Nguyen et al. 2024, 2407.01082)."""
    _check_share("min_p", p)
    logits = _row(logits)
    return np.where(logits >= logits.max() + np.log(p), logits, NEG)


def choose(temperature=1.0, k=None, p=None, min_p=None):
    """One chooser out of the parts: temperature, then top-k, top-p and min-p, then the draw.

    Returns a callable (logits (V,), rng) -> index. Temperature 0 draws nothing from `rng`.
    """
    filters = [(with_temperature, temperature), (top_k, k), (top_p, p), (_MIN_P, min_p)]
    filters = [(each, value) for each, value in filters
               if value is not None and (each, value) != (with_temperature, 1.0)]
    for each, value in filters:
        each(np.zeros(1), value)                      # a value out of range is refused now

    def chooser(logits, rng):
        for each, value in filters:
            logits = each(logits, value)
        return sample(logits, rng)

    return greedy if temperature == 0 else chooser


_MIN_P = min_p      # `choose` has an argument of that name


def _row(logits):
    return _row_and_best(logits)[0]


def _row_and_best(logits):
    logits = np.asarray(logits, dtype=np.float64)
    if logits.ndim != 1 or logits.size == 0:
        raise ValueError(f"logits has shape {logits.shape}, expected one row of scores (V,)")
    best = np.maximum.reduce(logits)                   # what .max() calls, without its detour
    if not math.isfinite(best):                        # NaN and +inf show up in the maximum
        raise ValueError(f"the highest of the logits is {best}: expected finite scores (-inf only "
                         "where a filter forbids a character, and not everywhere)")
    return logits, best


def _weights(logits):
    logits, best = _row_and_best(logits)
    weights = logits - best
    return np.exp(weights, out=weights)


def _descending(logits):
    return np.argsort(-logits, kind="stable")


def _keep(logits, kept):
    filtered = np.full_like(logits, NEG)
    filtered[kept] = logits[kept]
    return filtered


def _check_share(name, p):
    if not 0 < p <= 1:
        raise ValueError(f"{name} is {p}, expected a number above 0 and at most 1")
