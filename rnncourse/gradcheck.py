"""Check a derivative by measuring it: move one number a little, see how far the loss moves."""

from typing import NamedTuple

import numpy as np


class Worst(NamedTuple):
    """The entry of one gradient that agrees least."""

    index: tuple
    analytic: float
    numeric: float
    error: float


class Report(NamedTuple):
    """What check_gradients found: the worst entry of each array, and the tolerance."""

    worst: dict
    tolerance: float

    @property
    def name(self):
        """The array with the largest error of all."""
        return max(self.worst, key=lambda name: self.worst[name].error)

    @property
    def error(self):
        """The largest relative error of all."""
        return self.worst[self.name].error

    @property
    def passed(self):
        return self.error <= self.tolerance

    def __str__(self):
        lines = []
        for name, w in self.worst.items():
            verdict = "agrees" if w.error <= self.tolerance else "WRONG"
            where = f"{name}{list(w.index)}" if w.index else name
            lines.append(f"{name:8} {verdict:6}  relative error {w.error:.1e} at {where}: "
                         f"analytic {w.analytic:.6g}, numeric {w.numeric:.6g}")
        return "\n".join(lines)


def numerical_grad(f, x, eps=1e-6):
    """dL/dx by central differences: (f(x + eps) - f(x - eps)) / (2 eps), one entry at a time.

    f: a function of no arguments that returns the loss as a number and reads x, which is moved
    in place and put back. x: a float64 array of any shape. Returns an array shaped like x.

    The truncation error is of order eps**2 and the rounding error of order 1e-16/eps: 1e-6
    leaves about 1e-10. float32 would leave nothing, so it is refused (TypeError).
    """
    require_float64("x", x)
    if not x.flags.writeable:
        raise ValueError("x is read-only, so it cannot be moved: pass x.copy() and let f read that")
    if not eps > 0:
        raise ValueError(f"eps must be positive; got {eps}")
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        value = x[index]
        try:
            x[index] = value + eps
            above = scalar(f())
            x[index] = value - eps
            below = scalar(f())
        finally:
            x[index] = value
        grad[index] = (above - below) / (2 * eps)
    return grad


def relative_error(a, b):
    """|a - b| over the larger of |a|, |b|, elementwise; 0 where both are 0. Same shapes.

    Entries far below the largest one are measured against 1e-5 of it: down there central
    differences see rounding only.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise ValueError(f"a has shape {a.shape} and b has shape {b.shape}; expected the same")
    size = np.maximum(abs(a), abs(b))
    floor = 1e-5 * size.max(initial=0, where=np.isfinite(size))
    return abs(a - b) / np.maximum(np.maximum(size, floor), np.finfo(np.float64).tiny)


def check_gradients(f, analytic, variables, eps=1e-6, tolerance=1e-5):
    """Compare gradients with central differences and report the worst entry of each.

    f: a function of no arguments that returns the loss and reads the arrays in variables.
    analytic: {name: gradient}; variables: {name: float64 array} with the same names. Both may
    also be NamedTuples of parameters.

    Returns a Report: print it, or ask .passed, .name, .error, .worst[name].index.
    Raises TypeError for anything but float64, ValueError for names or shapes that differ.
    """
    analytic, variables = named(analytic), named(variables)
    if analytic.keys() != variables.keys():
        raise ValueError(f"analytic names {sorted(analytic)}, variables {sorted(variables)}; "
                         "expected the same names")
    worst = {}
    for name, x in variables.items():
        require_float64(name, x)
        require_float64(f"the gradient of {name}", analytic[name])
        if analytic[name].shape != x.shape:
            raise ValueError(f"the gradient of {name} has shape {analytic[name].shape}; "
                             f"expected {x.shape}, the shape of {name}")
        numeric = numerical_grad(f, x, eps)
        error = np.nan_to_num(relative_error(analytic[name], numeric), nan=np.inf)
        at = tuple(int(k) for k in np.unravel_index(error.argmax(), error.shape))
        worst[name] = Worst(at, float(analytic[name][at]), float(numeric[at]), float(error[at]))
    return Report(worst, tolerance)


def named(arrays):
    return arrays._asdict() if hasattr(arrays, "_asdict") else dict(arrays)


def require_float64(name, x):
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        kind = getattr(x, "dtype", type(x).__name__)
        raise TypeError(f"{name} must be a float64 NumPy array; got {kind}. A difference of "
                        "losses leaves no correct digits in less: build the check in float64")


def scalar(loss):
    if np.ndim(loss) != 0:
        raise ValueError(f"f must return one number, the loss; got shape {np.shape(loss)}")
    return float(loss)
