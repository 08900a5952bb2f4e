"""Traits that refuse what a widget cannot show, each with a sentence that says why."""

import math
import numbers

import numpy as np
import traitlets
from traitlets import TraitError


def finite(value, name):
    """value as a float; TraitError where it is no number, NaN or infinite."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TraitError(f"{name} is {value!r}, a {type(value).__name__}; expected a number")
    if not math.isfinite(value):
        raise TraitError(f"{name} is {value}; expected a finite number")
    return float(value)


def series(value, name, longest):
    """value, one number per step, as a list of floats; TraitError names the step that is wrong."""
    if isinstance(value, np.ndarray) and value.ndim == 1:
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        what = f"shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
        raise TraitError(f"{name} is {what}; expected a list of numbers, one per step")
    if not 1 <= len(value) <= longest:
        raise TraitError(f"{name} has {len(value)} steps; expected 1 to {longest}")
    return [finite(x, f"{name} at step {t}") for t, x in enumerate(value, 1)]


class Series(traitlets.List):
    """A list of finite numbers, one per step, at most `longest` of them; arrays (T,) are taken."""

    def __init__(self, default, longest=200):
        super().__init__(traitlets.Float(), default)
        self.longest = longest

    def validate(self, obj, value):
        return series(value, self.name, self.longest)


class Whole(traitlets.Int):
    """A whole number of at least `least`."""

    def __init__(self, default, least):
        super().__init__(default)
        self.least = least

    def validate(self, obj, value):
        whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        if not whole or value < self.least:
            raise TraitError(f"{self.name} is {value!r}; expected a whole number from {self.least}")
        return int(value)


class Choice(traitlets.Enum):
    """One of a few words."""

    def error(self, obj, value, *rest, **named):
        raise TraitError(f"{self.name} is {value!r}; expected one of {', '.join(self.values)}")


class Numbers(dict):
    """A widget's numbers by name: assigning to one is assigning to the trait, checked and shown.

    Names are fixed: none can be added or removed.
    """

    def __init__(self, owner, trait, values):
        super().__init__(values)
        self.owner, self.trait = owner, trait

    def __setitem__(self, name, value):
        self.update({name: value})

    def update(self, *args, **named):
        changes = dict(*args, **named)
        setattr(self.owner, self.trait, {**getattr(self.owner, self.trait), **changes})
        super().update({name: float(value) for name, value in changes.items()})

    def __ior__(self, changes):
        self.update(changes)
        return self

    def setdefault(self, name, default=None):
        return self[name]

    def refuse(self, *_):
        raise TypeError(f"the names in {self.trait} are fixed: none can be removed")

    __delitem__ = pop = popitem = clear = refuse


def checked_numbers(owner, trait, value, names):
    """value, a dict, with exactly these names and a finite number each, as a Numbers of owner."""
    unknown = [name for name in value if name not in names]
    if unknown:
        raise TraitError(f"{trait} has no {unknown[0]!r}; the names are {', '.join(names)}")
    missing = [name for name in names if name not in value]
    if missing:
        raise TraitError(f"{trait} lacks {', '.join(missing)}; to change a few, use "
                         f"{trait}.update(...)")
    checked = {name: finite(value[name], f"{trait}[{name!r}]") for name in names}
    return Numbers(owner, trait, checked)
