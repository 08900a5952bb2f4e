"""One step of every cell: torch parity at every step, the conventions, the gradients."""

import numpy as np
import pytest
import torch
from torch import nn

from rnncourse import cells, convert
from rnncourse.gradcheck import check_gradients

T, B, D, H = 7, 3, 4, 5

GRU_VARIANTS = ["gru", "gru_reset_before", "gru_update", "gru_update_reset_before"]
INITS = {"rnn": cells.init_rnn, "relu": cells.init_rnn, "lstm": cells.init_lstm}
MODULES = {
    "rnn": lambda: nn.RNN(D, H).double(),
    "relu": lambda: nn.RNN(D, H, nonlinearity="relu").double(),
    "lstm": lambda: nn.LSTM(D, H).double(),
    "gru": lambda: nn.GRU(D, H).double(),
}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def init(name, rng):
    return INITS.get(name, cells.init_gru)(rng, D, H)


def step_of(name):
    """The step as (x, state, p) -> state, cache, with state a tuple of one or two arrays."""
    step = getattr(cells, f"{name}_step")

    def advance(x, state, p):
        *state, cache = step(x, *state, p)
        return tuple(state), cache

    return advance


def states(name, rng):
    return tuple(rng.normal(size=(B, H)) for _ in range(2 if name == "lstm" else 1))


def last(name, xs, state, p):
    for x in xs:
        state, _ = step_of(name)(x, state, p)
    return state[0]


@pytest.mark.parametrize("name", MODULES)
def test_matches_torch_at_every_step(name, rng):
    torch.manual_seed(1)
    module = MODULES[name]()
    p, xs, state = convert.from_torch(module), rng.normal(size=(T, B, D)), states(name, rng)
    start = tuple(torch.tensor(s[None]) for s in state)
    hs, _ = module(torch.tensor(xs), start if name == "lstm" else start[0])
    for x, h in zip(xs, hs.detach().numpy(), strict=True):
        state, _ = step_of(name)(x, state, p)
        np.testing.assert_allclose(state[0], h, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", [*INITS, *GRU_VARIANTS])
def test_the_first_input_reaches_the_last_state(name, rng):
    p, xs, state = init(name, rng), rng.normal(size=(T, B, D)), states(name, rng)
    nudged = xs.copy()
    nudged[0] += 1
    assert not np.allclose(last(name, nudged, state, p), last(name, xs, state, p))


@pytest.mark.parametrize("name", [*INITS, *GRU_VARIANTS])
def test_every_gradient_of_a_step_is_the_measured_one(name, rng):
    p, x, state = init(name, rng), rng.normal(size=(B, D)), states(name, rng)
    weights = [rng.normal(size=(B, H)) for _ in state]
    advance = step_of(name)

    def loss():
        new, _ = advance(x, state, p)
        return sum((w * s).sum() for w, s in zip(weights, new, strict=True))

    _, cache = advance(x, state, p)
    dx, *dstate, dp = getattr(cells, f"{name}_step_backward")(*weights, cache, p)
    names = ["h_prev", "c_prev"][: len(state)]
    report = check_gradients(
        loss,
        {"x": dx, **dict(zip(names, dstate, strict=True)), **dp._asdict()},
        {"x": x, **dict(zip(names, state, strict=True)), **p._asdict()},
    )
    assert report.passed, f"\n{report}"


def test_the_keep_gate_keeps_and_the_update_gate_replaces(rng):
    p, x = cells.init_gru(rng, D, H, keep_bias=50.0), rng.normal(size=(B, D))
    h = rng.normal(size=(B, H))
    for keeps, replaces in [
        (cells.gru_step, cells.gru_update_step),
        (cells.gru_reset_before_step, cells.gru_update_reset_before_step),
    ]:
        np.testing.assert_allclose(keeps(x, h, p)[0], h, rtol=1e-12)
        new, cache = replaces(x, h, p)
        np.testing.assert_allclose(new, cache.n, rtol=1e-12)


@pytest.mark.parametrize("keep, update", [
    ("gru", "gru_update"), ("gru_reset_before", "gru_update_reset_before"),
])
def test_flip_polarity_is_exact_and_its_own_inverse(keep, update, rng):
    p, xs, state = init("gru", rng), rng.normal(size=(T, B, D)), states("gru", rng)
    flipped = cells.flip_polarity(p)
    np.testing.assert_allclose(
        last(keep, xs, state, p), last(update, xs, state, flipped), rtol=0, atol=1e-15
    )
    assert not np.allclose(last(keep, xs, state, p), last(update, xs, state, p))
    for array, again in zip(p, cells.flip_polarity(flipped), strict=True):
        np.testing.assert_array_equal(array, again)


def test_the_two_reset_positions_differ(rng):
    p, xs, state = init("gru", rng), rng.normal(size=(10, B, D)), states("gru", rng)
    wide = p._replace(W_h=3 * p.W_h)
    after, before = last("gru", xs, state, wide), last("gru_reset_before", xs, state, wide)
    assert abs(after - before).max() > 0.1


def test_a_scalar_cell_without_bias_cannot_tell_the_reset_positions_apart(rng):
    p = cells.init_gru(rng, 1, 1)
    xs, state = rng.normal(size=(T, B, 1)), (rng.normal(size=(B, 1)),)
    with_bias = last("gru", xs, state, p) - last("gru_reset_before", xs, state, p)
    assert abs(with_bias).max() > 1e-3
    p = p._replace(b_n=np.zeros(1))
    np.testing.assert_allclose(
        last("gru", xs, state, p), last("gru_reset_before", xs, state, p), rtol=1e-13
    )


def test_relu_passes_the_gradient_through_the_active_units_only(rng):
    p, x, (h,) = init("relu", rng), rng.normal(size=(B, D)), states("relu", rng)
    new, cache = cells.relu_step(x, h, p)
    dh = np.ones((B, H))
    _, dh_prev, _ = cells.relu_step_backward(dh, cache, p)
    np.testing.assert_allclose(dh_prev, (new > 0) @ p.W_h.T)


def test_without_forgetting_the_cell_is_that_of_1997(rng):
    p = cells.init_lstm(rng, D, H, forget_bias=1000.0)
    x, (h, c) = rng.normal(size=(B, D)), states("lstm", rng)
    _, new, cache = cells.lstm_step(x, h, c, p)
    np.testing.assert_array_equal(new, c + cache.i * cache.g)


def test_parameters_stand_one_to_four_to_three(rng):
    counts = {kind: cells.count_parameters(make(rng, 32, 64)) for kind, make in (
        ("rnn", cells.init_rnn), ("lstm", cells.init_lstm), ("gru", cells.init_gru))}
    assert counts == {"rnn": 6208, "lstm": 24832, "gru": 18624 + 64}  # the GRU's b_n besides
    torchs = {name: sum(w.numel() for w in module(32, 64).parameters())
              for name, module in (("rnn", nn.RNN), ("lstm", nn.LSTM), ("gru", nn.GRU))}
    assert torchs == {"rnn": 6272, "lstm": 25088, "gru": 18816}


@pytest.mark.parametrize("ours, module", [
    (cells.init_rnn, nn.RNN), (cells.init_lstm, nn.LSTM), (cells.init_gru, nn.GRU),
])
def test_parameters_start_distributed_as_torchs(ours, module, rng):
    torch.manual_seed(0)
    p, q = ours(rng, 100, 200), convert.from_torch(module(100, 200))
    for name, a, b in zip(p._fields, p, q, strict=True):
        assert a.shape == b.shape
        # b is the sum of two uniform draws except in the GRU candidate: its spread shows it
        assert a.std() == pytest.approx(b.std(), rel=0.15), name
        assert abs(a).max() == pytest.approx(abs(b).max(), rel=0.15), name


def test_biases_go_to_the_gate_they_name():
    biased, plain = (cells.init_lstm(np.random.default_rng(0), D, H, v) for v in (3.0, 0.0))
    np.testing.assert_allclose(biased.b - plain.b, np.repeat([0, 3, 0, 0], H), atol=1e-15)
    biased, plain = (cells.init_gru(np.random.default_rng(0), D, H, v) for v in (2.0, 0.0))
    np.testing.assert_allclose(biased.b - plain.b, np.repeat([0, 2, 0], H), atol=1e-15)


@pytest.mark.parametrize("name", [*INITS, *GRU_VARIANTS])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_of_the_parameters_is_kept(name, dtype, rng):
    p = type(init(name, rng))(*(array.astype(dtype) for array in init(name, rng)))
    state = tuple(s.astype(dtype) for s in states(name, rng))
    new, cache = step_of(name)(rng.normal(size=(B, D)).astype(dtype), state, p)
    dx, *dstate, dp = getattr(cells, f"{name}_step_backward")(*new, cache, p)
    assert {a.dtype for a in (*new, *cache, dx, *dstate, *dp)} == {np.dtype(dtype)}


def test_sigmoid_is_the_logistic_function_without_overflow():
    a = np.array([-1e4, -30.0, -1.0, 0.0, 1.0, 30.0, 1e4])
    with np.errstate(all="raise"):
        s = cells.sigmoid(a)
    np.testing.assert_allclose(s, torch.sigmoid(torch.tensor(a)).numpy(), rtol=0, atol=3e-16)
    assert cells.sigmoid(np.float32([2.0])).dtype == np.float32


@pytest.mark.parametrize("name", [*INITS, *GRU_VARIANTS])
def test_a_step_changes_nothing_it_is_given(name, rng):
    p, x, state = init(name, rng), rng.normal(size=(B, D)), states(name, rng)
    given = [x, *state, *p]
    before = [array.copy() for array in given]
    new, cache = step_of(name)(x, state, p)
    kept = [array.copy() for array in cache]
    getattr(cells, f"{name}_step_backward")(*new, cache, p)
    for a, b in zip([*given, *cache], [*before, *kept], strict=True):
        np.testing.assert_array_equal(a, b)
