"""Is a result the expected one? Kind first, then shape, then dtype, then values."""

import numpy as np

RTOL, ATOL = 1e-7, 1e-9  # float64 sums in another order differ by 1e-15; mistakes by far more


def parts(value):
    """A result as a list of its parts; a tuple or NamedTuple has several."""
    return list(value) if isinstance(value, tuple) else [value]


def difference(got, want, names, values=True) -> str:
    """The first thing that differs, as a sentence; "" when nothing does.

    values=False: only the kind, the shape and the dtype are compared, and NaN is seen.
    """
    wanted = parts(want)
    if len(wanted) > 1:
        if not isinstance(got, tuple | list) or len(got) != len(wanted):
            have = f"{len(got)} values" if isinstance(got, tuple | list) else kind(got)
            return f"It returns {have}; expected {len(wanted)}: `{', '.join(names)}`."
        got = list(got)
    else:
        got = [got]
    looks = [wrong_kind, wrong_shape, wrong_dtype, not_finite]
    for look in looks + [wrong_value] * values:
        for name, have, expected in zip(names, got, wanted, strict=True):
            if problem := look(name, have, expected):
                return problem
    return ""


def same(a, b) -> bool:
    """True when two results agree in everything, NaN included."""
    first, second = (parts(value) for value in (a, b))
    return isinstance(a, tuple) == isinstance(b, tuple) and len(first) == len(second) and all(
        identical(x, y) for x, y in zip(first, second, strict=True))


def identical(x, y):
    if isinstance(x, list) and isinstance(y, list):
        return len(x) == len(y) and all(map(identical, x, y))
    if any(not number(v) and not isinstance(v, np.ndarray) for v in (x, y)):
        return type(x) is type(y)  # None, strings, models: nothing to compare
    x, y = np.asarray(x), np.asarray(y)
    if x.shape != y.shape or (x.ndim and family(x) != family(y)):
        return False
    return any(a.dtype.kind not in "biuf" for a in (x, y)) or bool(
        np.allclose(x, y, RTOL, ATOL, equal_nan=True))


def number(value):
    return isinstance(value, int | float | np.number | np.bool_) or (
        isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "biuf")


def family(array):
    """Integers of any size are one family; floats differ by their size."""
    return "i" if array.dtype.kind in "biu" else array.dtype.name


def kind(value):
    """How to name what came back."""
    if number(value):
        return "a number"
    if isinstance(value, tuple):
        return f"{len(value)} values"
    known = {"NoneType": "`None`", "list": "a list", "Tensor": "a torch tensor",
             "ndarray": "an array"}
    return known.get(type(value).__name__, f"a {type(value).__name__}")


def wrong_kind(name, got, want):
    if number(want):
        if number(got):
            return ""
        shape = f" of shape {got.shape}" if isinstance(got, np.ndarray) else ""
        return f"`{name}` is {kind(got)}{shape}; expected a single number."
    if isinstance(got, np.ndarray):
        return "" if got.dtype.kind in "biuf" else (
            f"`{name}` has dtype {got.dtype}; expected {want.dtype}.")
    remedy = " `np.array(...)` makes an array of a list." if isinstance(got, list) else ""
    return f"`{name}` is {kind(got)}; expected a NumPy array of shape {want.shape}.{remedy}"


def wrong_shape(name, got, want):
    if number(want) or got.shape == want.shape:
        return ""
    return f"`{name}` has shape {got.shape}; expected {want.shape}."


def wrong_dtype(name, got, want):
    if number(want) or family(got) == family(want):
        return ""
    return f"`{name}` has dtype {got.dtype}; expected {want.dtype}, as the arguments have."


def not_finite(name, got, want):
    bad = ~np.isfinite(got) & np.isfinite(want)
    if not np.any(bad):
        return ""
    what = "NaN" if np.isnan(got)[bad].any() else "infinite"
    return (f"`{name}` is {what} in {np.count_nonzero(bad)} of {np.size(got)} places, where every "
            "number should be finite. Look for 0/0, the logarithm of 0, or a very large exponent.")


def wrong_value(name, got, want):
    got, want = np.asarray(got), np.asarray(want)
    bad = ~np.isclose(got, want, RTOL, ATOL)
    if not bad.any():
        return ""
    furthest = np.argmax(np.abs(got.astype(float) - want)) if bad.size > 1 else 0
    at = tuple(int(k) for k in np.unravel_index(furthest, bad.shape))
    place = f"{name}[{', '.join(map(str, at))}]" if at else name
    count = f" ({bad.sum()} of {bad.size} entries differ)" if bad.size > 1 else ""
    return f"`{place}` is {short(got[at])}; expected {short(want[at])}{count}."


def short(value):
    return f"{value:.4g}" if np.asarray(value).dtype.kind == "f" else str(value)
