"""Bad input: an error that names the argument, what came and what was expected."""

import inspect

import numpy as np
import pytest
import torch

from rnncourse import cells, sequence
from rnncourse.shapes import shapes

T, B, D, H = 6, 3, 4, 5
RNG = np.random.default_rng(0)
RNN, LSTM, GRU = (make(RNG, D, H) for make in (cells.init_rnn, cells.init_lstm, cells.init_gru))
X, XS, S = RNG.normal(size=(B, D)), RNG.normal(size=(T, B, D)), RNG.normal(size=(B, H))

STEPS = [cells.rnn_step, cells.relu_step, cells.gru_step, cells.gru_reset_before_step,
         cells.gru_update_step, cells.gru_update_reset_before_step, cells.lstm_step]
FORWARDS = [sequence.rnn_forward, sequence.relu_forward, sequence.gru_forward,
            sequence.lstm_forward]


def call(function, **changed):
    """Call a step or a forward with right arguments, except for those given."""
    names = list(inspect.signature(function).parameters)
    kind = function.__name__.partition("_")[0]
    right = {"x": X, "xs": XS, "h_prev": S, "c_prev": S, "h0": S, "c0": S,
             "p": {"lstm": LSTM, "gru": GRU}.get(kind, RNN)}
    return function(**{name: changed.get(name, right[name]) for name in names})


def spoiled(number):
    """x with one number that is none."""
    x = X.copy()
    x[1, 2] = number
    return x


@pytest.mark.parametrize("function", [*STEPS, *FORWARDS], ids=lambda f: f.__name__)
def test_right_arguments_pass_by_name(function):
    call(function)


@pytest.mark.parametrize("step", STEPS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("bad, error, message", [
    (X[:, :3], ValueError, r"x has shape \(3, 3\); expected \(B, D\) = \(B, 4\), with D = 4 from"),
    (X[0], ValueError, r"x has shape \(4,\); expected \(B, D\)"),
    (XS, ValueError, r"x has shape \(6, 3, 4\); expected \(B, D\)"),
    (X[:0], ValueError, r"x has shape \(0, 4\): the batch is empty \(B = 0\)"),
    (spoiled(np.nan), ValueError, r"x holds nan at \[1, 2\] \(1 of 12 entries"),
    (spoiled(-np.inf), ValueError, r"x holds -inf at \[1, 2\]"),
    (np.ones((B, D), int), TypeError, "x has dtype int64; expected float64 or float32"),
    (np.ones((B, D), bool), TypeError, "x has dtype bool; expected"),
    (X.astype(np.float32), TypeError, "x has dtype float32; expected float64, as p.W_h has"),
    (X.astype(np.float16), TypeError, "x has dtype float16; expected float64 or float32"),
    (X.astype(complex), TypeError, "x has dtype complex128; expected"),
    (X.tolist(), TypeError, r"x must be a NumPy array of floats; got list: pass np.array"),
    (torch.tensor(X), TypeError, "x must be .* got Tensor from torch: pass tensor.detach"),
    (None, TypeError, "x must be a NumPy array of floats; got NoneType"),
])
def test_a_wrong_x_is_named(step, bad, error, message):
    with pytest.raises(error, match=f"{step.__name__}: {message}"):
        call(step, x=bad)


@pytest.mark.parametrize("step", STEPS, ids=lambda f: f.__name__)
def test_a_state_is_never_broadcast(step):
    message = (r"h_prev has shape \(1, 5\); expected \(B, H\) = \(3, 5\), "
               "with B = 3 from x and H = 5 from p.W_h")
    with pytest.raises(ValueError, match=message):
        call(step, h_prev=S[:1])
    if step is cells.lstm_step:
        with pytest.raises(ValueError, match=r"c_prev has shape \(3, 1\)"):
            call(step, c_prev=S[:, :1])


@pytest.mark.parametrize("forward", FORWARDS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("changed, message", [
    ({"xs": XS[:0]}, r"xs has shape \(0, 3, 4\): the sequence has no steps \(T = 0\)"),
    ({"xs": XS[:, :0]}, r"xs has shape \(6, 0, 4\): the batch is empty \(B = 0\)"),
    ({"xs": XS[0]}, r"xs has shape \(3, 4\); expected \(T, B, D\) = \(T, B, 4\)"),
    ({"xs": XS * np.nan}, r"xs holds nan at \[0, 0, 0\]"),
    ({"h0": S[:2]}, r"h0 has shape \(2, 5\); expected \(B, H\) = \(3, 5\)"),
    ({"h0": S[None]}, r"h0 has shape \(1, 3, 5\); expected \(B, H\)"),
])
def test_wrong_sequences_are_named(forward, changed, message):
    with pytest.raises(ValueError, match=f"{forward.__name__}: {message}"):
        call(forward, **changed)


@pytest.mark.parametrize("function", [cells.lstm_step, sequence.lstm_forward])
@pytest.mark.parametrize("bad, error, message", [
    (LSTM._replace(b=LSTM.b[:9]), ValueError, r"p.b has shape \(9,\); expected \(4H,\) = \(20,\)"),
    (LSTM._replace(b=LSTM.b[None]), ValueError, r"p.b has shape \(1, 20\); expected \(4H,\)"),
    (LSTM._replace(W_h=LSTM.W_h.T), ValueError, r"p.W_h has shape \(20, 5\); expected \(H, 4H\)"),
    (LSTM._replace(W_x=LSTM.W_x * np.inf), ValueError, r"p.W_x holds -?inf at \[0, 0\]"),
    (LSTM._replace(b=LSTM.b.astype("f4")), TypeError, "p.b has dtype float32; expected float64"),
    (GRU, TypeError, "p must be LSTMParams; got GRUParams"),
    (tuple(LSTM), TypeError, "p must be LSTMParams; got tuple"),
])
def test_parameters_that_do_not_fit_are_named(function, bad, error, message):
    with pytest.raises(error, match=message):
        call(function, p=bad)


def test_gradients_and_caches_are_checked_too():
    h, cache = cells.gru_step(X, S, GRU)
    with pytest.raises(ValueError, match=r"dh has shape \(3, 4\); expected \(B, H\) = \(3, 5\)"):
        cells.gru_step_backward(h[:, :4], cache, GRU)
    with pytest.raises(TypeError, match="cache must be LSTMCache; got GRUCache"):
        cells.lstm_step_backward(h, h, cache, LSTM)
    with pytest.raises(ValueError, match="p.W_x has shape .* with D = 4 from cache.x"):
        cells.gru_step_backward(h, cache, cells.init_gru(RNG, 9, H))
    hs, seen = sequence.gru_forward(XS, None, GRU)
    with pytest.raises(ValueError, match=r"dhs has shape \(5, 3, 5\); expected \(T, B, H\)"):
        sequence.gru_backward(hs[1:], None, seen)
    with pytest.raises(ValueError, match="dh_T holds nan"):
        sequence.gru_backward(hs, S * np.nan, seen)
    with pytest.raises(TypeError, match="cache must be RNNSequence; got GRUSequence"):
        sequence.rnn_backward(hs, None, seen)


def test_huge_but_finite_numbers_are_not_mistaken_for_infinity():
    cells.rnn_step(np.full((B, D), 1e200), S, RNN)


def test_sizes_of_initial_parameters_are_whole_numbers():
    for D_, H_, name in [(0, 5, "D"), (4, -1, "H"), (4, 2.5, "H")]:
        with pytest.raises(ValueError, match=f"{name} must be a whole number"):
            cells.init_lstm(RNG, D_, H_)


def test_missing_arguments_are_pythons_own_error():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'p'"):
        cells.rnn_step(X, S)


def test_a_declaration_nobody_can_read_is_refused():
    with pytest.raises(ValueError, match="cannot read the shape 'b d'"):
        shapes(x="b d")(lambda x: x)


def test_the_source_shown_to_a_reader_is_the_step_itself():
    assert "c = f * c_prev + i * g" in inspect.getsource(cells.lstm_step)
    assert list(inspect.signature(cells.lstm_step).parameters) == ["x", "h_prev", "c_prev", "p"]
