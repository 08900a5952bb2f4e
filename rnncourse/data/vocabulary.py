"""Characters to numbers and back."""

import numpy as np


class Vocabulary:
    """An alphabet: `chars[k]` is the character with number k.

    Which text should it come from? Take the *whole* corpus, `Vocabulary.of(corpus.text)`, when
    models are compared: all of them then spread their probability over the same alphabet, and a
    character that only the held-out part holds still gets a fair, finite cost. What leaks is the
    list of characters in use, never where they stand. Take the training part alone,
    `Vocabulary.of(train, unknown="\\ufffd")`, when text may arrive later that nobody has seen: any
    foreign character is then read as that one sign. Without `unknown` a foreign character is an
    error that names it, so nothing is lost in silence.
    """

    def __init__(self, chars: str, unknown: str | None = None):
        if not isinstance(chars, str) or not chars:
            raise ValueError(f"Vocabulary: chars is {chars!r}, expected a string of one or more "
                             "characters")
        if len(set(chars)) != len(chars):
            twice = sorted({c for c in chars if chars.count(c) > 1})
            raise ValueError(f"Vocabulary: chars holds {_name(twice)} more than once")
        if unknown is not None and (len(unknown) != 1 or unknown not in chars):
            raise ValueError(f"Vocabulary: unknown is {unknown!r}, expected one of the characters")
        self.chars, self.unknown = chars, unknown
        codes = _code_points(chars)
        self._order = np.argsort(codes)
        self._sorted_codes = codes[self._order]

    @classmethod
    def of(cls, text: str, unknown: str | None = None):
        """The characters of `text` in code point order, and `unknown` if it is not among them."""
        if not text:
            raise ValueError("Vocabulary.of: text is empty, expected at least one character")
        return cls("".join(sorted(set(text) | set(unknown or ""))), unknown)

    def encode(self, text: str):
        """`text` -> int64 array (N,). A character outside the vocabulary becomes `unknown`.

        Raises ValueError naming every foreign character when there is no `unknown`.
        """
        codes = _code_points(text)
        place = np.minimum(np.searchsorted(self._sorted_codes, codes), len(self) - 1)
        ids = self._order[place]
        foreign = self._sorted_codes[place] != codes
        if foreign.any():
            if self.unknown is None:
                strangers = [chr(c) for c in np.unique(codes[foreign])]
                raise ValueError(f"not in the vocabulary of {len(self)} characters: "
                                 f"{_name(strangers)}; remove or replace it, or build the "
                                 "vocabulary from a text that holds it")
            ids[foreign] = self.chars.index(self.unknown)
        return ids

    def decode(self, ids) -> str:
        """int array (N,) -> text. Raises ValueError for a number outside 0 to V - 1."""
        ids = np.asarray(ids)
        if ids.size == 0:
            return ""
        if ids.ndim > 1 or not np.issubdtype(ids.dtype, np.integer):
            raise ValueError(f"decode: ids has shape {ids.shape} and dtype {ids.dtype}, "
                             "expected one row of integers")
        if ids.min() < 0 or ids.max() >= len(self):
            raise ValueError(f"decode: ids run from {ids.min()} to {ids.max()}, "
                             f"expected 0 to {len(self) - 1}")
        return "".join(self.chars[k] for k in ids.ravel().tolist())

    def __len__(self):
        return len(self.chars)

    def __contains__(self, char):
        return len(char) == 1 and char in self.chars

    def __eq__(self, other):
        return (isinstance(other, Vocabulary)
                and (self.chars, self.unknown) == (other.chars, other.unknown))

    def __hash__(self):
        return hash((self.chars, self.unknown))

    def __repr__(self):
        return f"Vocabulary({self.chars!r})" if self.unknown is None else (
            f"Vocabulary({self.chars!r}, unknown={self.unknown!r})")


def _code_points(text):
    if not isinstance(text, str):
        raise ValueError(f"text is {type(text).__name__}, expected a string")
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)


def _name(chars):
    """'é' (U+00E9), '\\t' (U+0009): visible even where a font has no such letter."""
    shown = ", ".join(f"{c!r} (U+{ord(c):04X})" for c in chars[:20])
    return shown if len(chars) <= 20 else f"{shown} and {len(chars) - 20} more"
