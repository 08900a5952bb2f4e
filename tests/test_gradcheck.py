"""The check of gradients: right gradients pass, wrong ones are caught and named."""

import numpy as np
import pytest

from rnncourse import cells
from rnncourse.gradcheck import check_gradients, numerical_grad, relative_error


def bptt(xs, h0, dhs, p, carry=True):
    """Textbook BPTT through the tanh cell; carry=False cuts the line that makes it BPTT."""
    h, caches = h0, []
    for x in xs:
        h, cache = cells.rnn_step(x, h, p)
        caches.append(cache)
    dxs, carried = np.zeros_like(xs), np.zeros_like(h0)
    total = [np.zeros_like(array) for array in p]
    for t in reversed(range(len(xs))):
        dxs[t], carried, dp = cells.rnn_step_backward(
            dhs[t] + (carried if carry else 0), caches[t], p
        )
        total = [a + b for a, b in zip(total, dp, strict=True)]
    return {"xs": dxs, "h0": carried, **cells.RNNParams(*total)._asdict()}


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    p = cells.init_rnn(rng, 3, 4)
    xs, h0, dhs = (rng.normal(size=s) for s in ((6, 2, 3), (2, 4), (6, 2, 4)))

    def loss():
        h, total = h0, 0.0
        for x, dh in zip(xs, dhs, strict=True):
            h, _ = cells.rnn_step(x, h, p)
            total += (h * dh).sum()
        return total

    return loss, {"xs": xs, "h0": h0, **p._asdict()}, bptt(xs, h0, dhs, p), \
        bptt(xs, h0, dhs, p, carry=False)


def test_right_gradients_pass(problem):
    loss, variables, right, _ = problem
    report = check_gradients(loss, right, variables)
    assert report.passed, f"\n{report}"
    assert report.error < 1e-5


def test_cutting_the_carried_gradient_keeps_every_shape_and_spoils_every_number(problem):
    loss, variables, right, cut = problem
    assert all(cut[name].shape == right[name].shape for name in right)
    report = check_gradients(loss, cut, variables)
    assert not report.passed
    assert min(worst.error for worst in report.worst.values()) > 0.01


def test_the_worst_entry_is_named(problem):
    loss, variables, right, _ = problem
    right["W_h"][1, 2] *= -1
    report = check_gradients(loss, right, variables)
    assert (report.name, report.worst["W_h"].index) == ("W_h", (1, 2))
    assert "W_h[1, 2]" in str(report) and str(report).count("WRONG") == 1


def test_a_nan_gradient_is_wrong(problem):
    loss, variables, right, _ = problem
    right["b"][2] = np.nan
    report = check_gradients(loss, right, variables)
    assert not report.passed and report.worst["b"].index == (2,)


def test_central_differences_measure_a_known_derivative():
    x = np.array([[0.5, -1.0], [2.0, 0.0]])
    before = x.copy()
    np.testing.assert_allclose(numerical_grad(lambda: np.sin(x).sum(), x), np.cos(x), atol=1e-9)
    np.testing.assert_array_equal(x, before)


def test_a_scalar_array_is_measured_too():
    x = np.array(3.0)
    assert numerical_grad(lambda: x**2, x) == pytest.approx(6)
    assert check_gradients(lambda: x**2, {"x": np.array(6.0)}, {"x": x}).passed


def test_x_is_put_back_when_f_raises():
    x = np.ones(3)

    def broken():
        raise RuntimeError("no loss")

    with pytest.raises(RuntimeError):
        numerical_grad(broken, x)
    np.testing.assert_array_equal(x, np.ones(3))


@pytest.mark.parametrize("x", [np.ones(2, np.float32), np.ones(2, int), [1.0, 2.0]])
def test_anything_but_float64_is_refused(x):
    with pytest.raises(TypeError, match="x must be a float64 NumPy array"):
        numerical_grad(lambda: 0.0, x)


def test_what_cannot_be_checked_is_said():
    x = np.ones(3)
    with pytest.raises(ValueError, match="one number"):
        numerical_grad(lambda: x, x)
    with pytest.raises(ValueError, match="same names"):
        check_gradients(lambda: 0.0, {"a": x}, {"b": x})
    with pytest.raises(ValueError, match=r"shape \(2,\); expected \(3,\)"):
        check_gradients(lambda: 0.0, {"x": np.ones(2)}, {"x": x})
    with pytest.raises(TypeError, match="gradient of x"):
        check_gradients(lambda: 0.0, {"x": np.ones(3, np.float32)}, {"x": x})
    with pytest.raises(ValueError, match="eps"):
        numerical_grad(lambda: 0.0, x, eps=0)
    frozen = np.ones(3)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        numerical_grad(lambda: 0.0, frozen)


def test_relative_error_is_relative():
    assert relative_error(1e-3, 1.1e-3) == pytest.approx(0.1 / 1.1)
    assert relative_error(0.0, 0.0) == 0
    assert relative_error(-1.0, 1.0) == 2
    with pytest.raises(ValueError, match="shape"):
        relative_error(np.ones(2), np.ones(3))
