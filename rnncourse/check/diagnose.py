"""Which mistake is it? The catalogue first; then the term it must lie in; then the bare facts."""

import copy
import traceback

import numpy as np

from rnncourse.check.compare import same
from rnncourse.check.limits import attempt, quiet


def recognised(exercise, cases, outcomes):
    """The catalogued mistake that gives the same outcome on every case; None when none does."""
    with quiet():
        for mistake in exercise.mistakes:
            if all(agrees(mistake.wrong, args, outcome)
                   for args, outcome in zip(cases, outcomes, strict=True)):
                return mistake
    return None


def agrees(wrong, args, outcome):
    """True when wrong code returns, or raises, the same as the answer did."""
    made = attempt(wrong, copy.deepcopy(args))
    if made.error is not None or outcome.error is not None:
        return type(made.error) is type(outcome.error)
    return same(made.value, outcome.value)


def term_at_fault(exercise, args, is_right) -> str:
    """Set one term after another to zero: a sentence on the one that matters, or ""."""
    for name in exercise.terms:
        if is_right(zeroed(exercise, args, {name})):
            return f"It is right as soon as `{name}` is zero: look at what you do with `{name}`."
    for name in exercise.terms:
        others = set(exercise.terms) - {name}
        if others and not is_right(zeroed(exercise, args, others)):
            return f"It is wrong even when all terms but `{name}` are zero: begin with `{name}`."
    return ""


def zeroed(exercise, args, names):
    return tuple(np.zeros_like(value) if name in names else value
                 for name, value in zip(exercise.params, args, strict=True))


def raised(error) -> str:
    """What an exception said, and in which line."""
    says = f"It stops with {type(error).__name__}: {str(error).strip() or 'no message'}".rstrip(".")
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames[1:] if "site-packages" not in frame.filename and frame.line]
    return f"{says}. The line is `{own[-1].line}`." if own else f"{says}."


def described(params, args) -> str:
    """The arguments of a case in short: shapes of arrays, numbers as they are."""
    return ", ".join(f"`{name}` {value.shape if isinstance(value, np.ndarray) else shown(value)}"
                     for name, value in zip(params, args, strict=True))


def shown(value):
    return f"of {len(value)} arrays" if isinstance(value, list) else f"= {value}"
