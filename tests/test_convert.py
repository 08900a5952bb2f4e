"""Parameters from torch and back: modules and cells, layers, directions, two bias vectors."""

import numpy as np
import pytest
import torch
from torch import nn

from rnncourse import cells, convert, sequence

D, H = 4, 5
MODULES = [nn.RNN, nn.LSTM, nn.GRU]
CELLS = [nn.RNNCell, nn.LSTMCell, nn.GRUCell]
INIT = {"R": cells.init_rnn, "L": cells.init_lstm, "G": cells.init_gru}


def init_for(module, D=D, H=H, seed=0):
    return INIT[type(module).__name__[0]](np.random.default_rng(seed), D, H)


def sequences_of(kind):
    return {"RNN": sequence.rnn_forward, "GRU": sequence.gru_forward,
            "LSTM": lambda xs, h0, p: sequence.lstm_forward(xs, h0, None, p)}[kind.__name__]


@pytest.mark.parametrize("kind", [*MODULES, *CELLS])
def test_a_round_trip_is_exact(kind):
    module = kind(D, H).double()
    p = init_for(module)
    assert convert.to_torch(p, module) is module
    for ours, back in zip(p, convert.from_torch(module), strict=True):
        np.testing.assert_array_equal(ours, back)


@pytest.mark.parametrize("kind", [*MODULES, *CELLS])
def test_the_other_round_trip_computes_the_same(kind):
    torch.manual_seed(0)
    module, copy = kind(D, H).double(), kind(D, H).double()
    x = torch.randn(3, D).double()
    convert.to_torch(convert.from_torch(module), copy)
    first, second = (m(x)[0] for m in (module, copy))
    np.testing.assert_allclose(first.detach(), second.detach(), rtol=1e-13)


@pytest.mark.parametrize("kind", MODULES)
def test_every_layer_and_direction_is_its_own(kind):
    torch.manual_seed(0)
    module = kind(D, H, num_layers=2, bidirectional=True).double()
    xs = np.random.default_rng(0).normal(size=(7, 3, D))
    forward, expected = sequences_of(kind), module(torch.tensor(xs))[0].detach().numpy()
    for layer in range(2):
        there = forward(xs, None, convert.from_torch(module, layer))[0]
        back = forward(xs[::-1], None, convert.from_torch(module, layer, reverse=True))[0][::-1]
        xs = np.concatenate([there, back], axis=-1)
    np.testing.assert_allclose(xs, expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("kind", MODULES)
def test_writing_one_layer_leaves_the_others(kind):
    module = kind(D, H, num_layers=2, bidirectional=True).double()
    before = {name: w.detach().clone() for name, w in module.named_parameters()}
    convert.to_torch(init_for(module, 2 * H), module, layer=1, reverse=True)
    changed = {name for name, w in module.named_parameters() if not torch.equal(w, before[name])}
    assert changed == {name for name in before if name.endswith("l1_reverse")}


@pytest.mark.parametrize("kind", MODULES)
def test_a_module_without_bias_has_bias_zero(kind):
    module = kind(D, H, bias=False).double()
    p = convert.from_torch(module)
    assert not np.any(p.b)
    xs = np.random.default_rng(0).normal(size=(7, 3, D))
    expected = module(torch.tensor(xs))[0].detach().numpy()
    np.testing.assert_allclose(sequences_of(kind)(xs, None, p)[0], expected, rtol=1e-10, atol=1e-13)
    convert.to_torch(p, module)
    with pytest.raises(ValueError, match="bias=False"):
        convert.to_torch(init_for(module), module)


def test_the_candidates_inner_bias_stays_apart():
    module = nn.GRU(D, H).double()
    p = convert.from_torch(module)
    np.testing.assert_array_equal(p.b_n, module.bias_hh_l0.detach().numpy()[2 * H :])
    np.testing.assert_array_equal(p.b[2 * H :], module.bias_ih_l0.detach().numpy()[2 * H :])


def test_parameters_are_copies_and_keep_the_dtype():
    module = nn.LSTM(D, H)
    p = convert.from_torch(module)
    before = module.weight_hh_l0.detach().clone()
    p.W_h[:] = 0
    assert torch.equal(module.weight_hh_l0, before)
    assert {array.dtype for array in p} == {np.dtype(np.float32)}
    assert all(array.flags.c_contiguous for array in p)


@pytest.mark.parametrize("call, error, message", [
    (lambda: convert.from_torch(nn.Linear(D, H)), TypeError, "module is Linear; expected nn.RNN"),
    (lambda: convert.from_torch(nn.LSTM(D, H, proj_size=2)), ValueError, "proj_size=2"),
    (lambda: convert.from_torch(nn.LSTM(D, H), layer=1), ValueError, "layers 0 to 0"),
    (lambda: convert.from_torch(nn.LSTM(D, H), layer=-1), ValueError, "layer is -1"),
    (lambda: convert.from_torch(nn.LSTM(D, H), reverse=True), ValueError, "bidirectional=True"),
    (lambda: convert.from_torch(nn.GRU(D, H).bfloat16()), TypeError, "bfloat16.*module.float"),
    (lambda: convert.to_torch(init_for(nn.GRU(D, H)), nn.LSTM(D, H).double()), TypeError,
     "params is GRUParams; expected LSTMParams for nn.LSTM"),
    (lambda: convert.to_torch(init_for(nn.GRU(D, H)), nn.GRU(D, H)), TypeError,
     "params are float64, the module is torch.float32"),
    (lambda: convert.to_torch(init_for(nn.GRU(D, H)), nn.GRU(D + 1, H).double()), ValueError,
     r"params.W_x.T has shape \(15, 4\); the module expects \(15, 5\)"),
])
def test_what_does_not_fit_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_refused_conversion_writes_nothing():
    module = nn.GRU(D, H).double()
    before = module.weight_ih_l0.detach().clone()
    p = init_for(module)
    with pytest.raises(ValueError):
        convert.to_torch(p._replace(b=p.b[:-1]), module)
    assert torch.equal(module.weight_ih_l0, before)
