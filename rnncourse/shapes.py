"""Declare the shapes of a function's arguments once, above it, and have them checked.

    @shapes(x="B D", h_prev="B H", p=RNNParams)
    def rnn_step(x, h_prev, p): ...

A letter is a size and must be the same wherever it stands; "4H" is four times H; "or None" at
the end lets the argument be left out. A NamedTuple class stands for its own SHAPES; one that says
TRUSTED = True (a cache: its numbers were checked on the way in) is not searched for NaN. What
differs raises an error that names the argument, what came and what was expected, so nothing is
ever silently broadcast, truncated or turned into NaN.
"""

import functools
import inspect
import math
import re

import numpy as np

FLOATS = (np.dtype(np.float64), np.dtype(np.float32))
EMPTY = {"B": "the batch is empty", "T": "the sequence has no steps"}


def shapes(**declared):
    """Decorate a function so that its arguments are checked before it runs.

    Raises TypeError for a wrong kind of argument or dtype, ValueError for a wrong shape, an
    empty batch or sequence, NaN and infinity.
    """

    def decorate(function):
        names = list(inspect.signature(function).parameters)
        # Parameters and caches first: they fix D and H, and a wrong x is then reported as wrong.
        specs = [(n, s) for n, s in declared.items() if not isinstance(s, str)]
        specs += [(n, parse(s)) for n, s in declared.items() if isinstance(s, str)]

        @functools.wraps(function)
        def checked(*args, **kwargs):
            given = dict(zip(names, args, strict=False), **kwargs)
            check = Check(function.__name__)
            for name, spec in specs:
                if name in given:
                    (check.array if isinstance(spec, Spec) else check.record)(
                        name, given[name], spec
                    )
            return function(*args, **kwargs)

        return checked

    return decorate


class Spec(tuple):
    """A parsed declaration: pairs (factor, letter), and whether None may stand for it."""

    optional = False


def parse(text):
    """Read "B 4H or None" as a Spec ((1, "B"), (4, "H")) that may be None."""
    sizes = text.removesuffix(" or None")
    parts = [re.fullmatch(r"(\d*)([A-Z])", word) for word in sizes.split()]
    if not all(parts):
        raise ValueError(f"cannot read the shape {text!r}: write sizes like 'B D' or '4H'")
    spec = Spec((int(part[1] or 1), part[2]) for part in parts)
    spec.optional = sizes != text
    return spec


@functools.cache
def fields(kind):
    """The parsed SHAPES of a NamedTuple class."""
    return [(kind._fields.index(field), field, parse(spec)) for field, spec in kind.SHAPES.items()]


class Check:
    """The sizes and the dtype met so far in one call, and who brought them."""

    __slots__ = ("where", "sizes", "dtype", "first")

    def __init__(self, where):
        self.where, self.sizes, self.dtype, self.first = where, {}, None, None

    def record(self, name, value, kind):
        """A NamedTuple of the right class whose arrays agree with one another."""
        if not isinstance(value, kind):
            raise TypeError(
                f"{self.where}: {name} must be {kind.__name__}; got {type(value).__name__}"
            )
        trusted = getattr(kind, "TRUSTED", False)
        for index, field, spec in fields(kind):
            self.array(f"{name}.{field}", value[index], spec, trusted)

    def array(self, name, value, spec, trusted=False):
        """A finite float array of the declared shape."""
        if value is None and spec.optional:
            return
        if not isinstance(value, np.ndarray):
            raise TypeError(
                f"{self.where}: {name} must be a NumPy array of floats; "
                f"got {type(value).__name__}{REMEDY.get(type(value).__name__, '')}"
            )
        if value.dtype is not self.dtype:
            self.same_dtype(name, value.dtype)
        shape, sizes = value.shape, self.sizes
        if len(shape) != len(spec):
            self.wrong_shape(name, shape, spec)
        for size, (factor, letter) in zip(shape, spec, strict=True):
            if letter not in sizes:
                if size == 0 or size % factor:
                    self.wrong_size(name, shape, spec, letter)
                sizes[letter] = size // factor, name
            elif size != factor * sizes[letter][0]:
                self.wrong_shape(name, shape, spec)
        # One pass of BLAS: any NaN or infinity survives in the sum of squares.
        if not trusted and not math.isfinite(np.vdot(value, value)):
            self.finite(name, value)

    def same_dtype(self, name, dtype):
        if dtype not in FLOATS:
            raise TypeError(
                f"{self.where}: {name} has dtype {dtype}; expected float64 or float32. "
                f"Convert it with {name}.astype(np.float64)"
            )
        if self.dtype is None:
            self.dtype, self.first = dtype, name
        elif dtype != self.dtype:
            raise TypeError(
                f"{self.where}: {name} has dtype {dtype}; expected {self.dtype}, as {self.first} "
                f"has. Convert it with {name}.astype(np.{self.dtype})"
            )

    def finite(self, name, value):
        bad = np.argwhere(~np.isfinite(value))
        if len(bad):  # else the values are only huge, and their squares overflow
            first = tuple(int(k) for k in bad[0])
            raise ValueError(
                f"{self.where}: {name} holds {value[first]} at {list(first)} "
                f"({len(bad)} of {value.size} entries are NaN or infinite); expected finite numbers"
            )

    def wrong_size(self, name, shape, spec, letter):
        if 0 in shape:
            why = EMPTY.get(letter, f"{letter} must be at least 1")
            raise ValueError(f"{self.where}: {name} has shape {shape}: {why} ({letter} = 0); "
                             f"expected {symbols(spec)} with every size at least 1")
        self.wrong_shape(name, shape, spec)

    def wrong_shape(self, name, shape, spec):
        met = ((letter, self.sizes.get(letter)) for _, letter in spec)
        known = {letter: size for letter, size in met if size and size[1] != name}
        numbers = ", ".join(
            str(factor * known[letter][0]) if letter in known
            else symbols([(factor, letter)])[1:-2] for factor, letter in spec
        )
        sizes = f" = ({numbers}{',' * (len(spec) == 1)})" if known else ""
        origin = " and ".join(f"{k} = {size} from {who}" for k, (size, who) in known.items())
        raise ValueError(f"{self.where}: {name} has shape {shape}; expected {symbols(spec)}{sizes}"
                         + f", with {origin}" * bool(known))


REMEDY = {
    "Tensor": " from torch: pass tensor.detach().numpy()",
    "list": ": pass np.array(...)",
    "NoneType": " (nothing was passed, or the function that made it returned nothing)",
}


def symbols(spec):
    """(B, 4H) for ((1, "B"), (4, "H"))."""
    words = [f"{factor if factor > 1 else ''}{letter}" for factor, letter in spec]
    return f"({', '.join(words)}{',' * (len(words) == 1)})"
