"""Training, validation and test text that share nothing."""

import math
from itertools import pairwise

SHORTEST = 20  # characters: less is no measurement


def split(text: str, fractions=(0.8, 0.1, 0.1)):
    """Cut `text` into contiguous parts at line ends: (train, valid, test) for three fractions.

    The parts put together are the text again, so no character stands in two of them. Each cut is
    the line end nearest to its place. Contiguous, because parts drawn line by line would put one
    half of a paragraph into training and the other half into the test.

    Raises ValueError when the fractions are not positive with sum 1, or when the text is too short
    or its lines too long for every part to get a line of its own.
    """
    _check(text, fractions)
    cuts = [0]
    for share in _running_sum(fractions)[:-1]:
        cuts.append(_nearest_line_end(text, round(share * len(text))))
    cuts.append(len(text))
    parts = tuple(text[a:b] for a, b in pairwise(cuts))
    if min(map(len, parts)) < SHORTEST:
        raise ValueError(
            f"split: a text of {len(text)} characters and {text.count(chr(10)) + 1} lines gives "
            f"parts of {', '.join(str(len(p)) for p in parts)} characters, expected at least "
            f"{SHORTEST} in each; use a longer text, one with shorter lines, or other fractions")
    return parts


def repeated(train: str, test: str, length: int = 100) -> float:
    """Share of `test` that lies inside a run of `length` characters which `train` also holds.

    0 means nothing of that length was copied. Near 1, a low test loss may be plain memory: the
    same page was printed twice. Stretches are compared at every place of both texts.
    """
    if length < 1 or len(test) < length:
        raise ValueError(f"repeated: length is {length}, expected 1 to {len(test)}, "
                         "the length of the test text")
    seen = {hash(train[k:k + length]) for k in range(len(train) - length + 1)}
    inside, end = 0, 0
    for k in range(len(test) - length + 1):
        # A hash alone may lie once in 2**64 / N; the text itself decides.
        if hash(test[k:k + length]) in seen and test[k:k + length] in train:
            inside += k + length - max(k, end)
            end = k + length
    return inside / len(test)


def _check(text, fractions):
    if not isinstance(text, str):
        raise ValueError(f"split: text is {type(text).__name__}, expected a string")
    if len(fractions) < 2 or not all(f > 0 for f in fractions) or not math.isclose(
            sum(fractions), 1, abs_tol=1e-6):
        raise ValueError(f"split: fractions are {tuple(fractions)}, expected two or more positive "
                         "numbers with sum 1, such as (0.8, 0.1, 0.1)")


def _running_sum(fractions):
    return [sum(fractions[:k + 1]) for k in range(len(fractions))]


def _nearest_line_end(text, place):
    before = text.rfind("\n", 0, place) + 1
    after = text.find("\n", place) + 1
    return min([cut for cut in (before, after) if cut], key=lambda cut: abs(cut - place), default=0)
