"""`harbour`: stories of a small harbour from a source whose entropy is known exactly."""

import random
from functools import lru_cache

from rnncourse.data import entropy
from rnncourse.data import surprisal as forward
from rnncourse.data.grammar import Grammar
from rnncourse.data.harbour_grammar import SOURCE

SIZE = 500_000  # characters that load("harbour") gives when you ask for no size


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    """The grammar of harbour, parsed once."""
    return Grammar(SOURCE)


def generate(size: int, seed: int = 0) -> str:
    """Exactly `size` characters; the same for the same seed, on every machine.

    A longer text with the same seed begins with the shorter one. Raises ValueError for a size
    below 1 and for a seed that is not a whole number of 0 or more.
    """
    _check("size", size, 1)
    _check("seed", seed, 0)
    rng, parts, length = random.Random(seed), [], 0
    while length < size:
        text, _ = entropy.story(grammar(), rng)
        parts.append(text)
        length += len(text)
    return "".join(parts)[:size]


@lru_cache(maxsize=1)
def entropy_rate() -> float:
    """Bits per character of the source: the best expected score that any model can have."""
    return entropy.entropy_rate(grammar())


def surprisal(text: str):
    """The source's own bits for every character of a harbour text, float64 (N,).

    What an ideal reader, who knows the grammar and forgets nothing, would pay. The text must start
    where a stanza starts and may break off anywhere; ValueError where it is not harbour's.
    """
    return forward.surprisal(grammar(), text)


def _check(name, value, least):
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"harbour: {name} is {value!r}, expected a whole number of {least} "
                         "or more")
