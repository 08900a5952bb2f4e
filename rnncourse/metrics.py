"""How good is a language model: perplexity and bits per character.

Both are the same average, in other clothes. With the mean negative log likelihood of the
characters in nats, L = -(1/N) sum ln p(x_t | x_<t):

    perplexity         = exp(L)       the size of a fair die that is as hard to guess
    bits per character = L / ln 2     the length of the best code, Shannon 1948

Say which context the model saw: the same network scores differently when its state is
carried through the text and when it is reset every few characters.
"""

import numpy as np


def perplexity(nats):
    """exp of the mean of `nats`: one mean loss, or an array of losses of any shape.

    Raises ValueError when `nats` is empty, is not a number, or is negative (a log likelihood
    with its sign forgotten).
    """
    # A mean loss above 709 nats has a perplexity beyond float64: infinity is the honest answer.
    with np.errstate(over="ignore"):
        return float(np.exp(_mean("perplexity", nats)))


def bits_per_character(nats):
    """Mean of `nats` divided by ln 2. Same input and errors as `perplexity`."""
    return float(_mean("bits_per_character", nats) / np.log(2))


def _mean(function, nats):
    losses = _as_numbers(function, nats)
    if losses.size == 0:
        raise ValueError(f"{function}: nats is empty, expected at least one loss; "
                         "was the text shorter than one chunk?")
    if np.isnan(losses).any():
        raise ValueError(f"{function}: nats holds {int(np.isnan(losses).sum())} NaN of "
                         f"{losses.size}; look for the step at which the training loss broke")
    if losses.min() < 0:
        raise ValueError(f"{function}: nats holds {losses.min():.3g}, expected losses of 0 or "
                         "more; pass the negative log likelihood, -ln p")
    return losses.mean()


def _as_numbers(function, nats):
    if hasattr(nats, "detach"):  # a torch tensor, perhaps with a gradient
        nats = nats.detach().cpu().double().numpy()
    try:
        return np.asarray(nats, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{function}: nats is {type(nats).__name__}, expected a number or an "
                         "array of numbers") from None
