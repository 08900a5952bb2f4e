"""The character model, and gate biases set through torch's two vectors."""

import pytest
import torch
from torch import nn

from rnncourse.models import CharModel, set_forget_bias, set_keep_bias


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("layers", [1, 2])
def test_two_halves_with_the_state_carried_equal_the_whole(kind, layers):
    torch.manual_seed(0)
    model = CharModel(11, kind, hidden=16, embed=5, layers=layers).double()
    tokens = torch.randint(11, (9, 3))
    whole, _ = model(tokens)
    first, state = model(tokens[:4])
    second, _ = model(tokens[4:], state)
    torch.testing.assert_close(torch.cat([first, second]), whole, rtol=1e-12, atol=1e-12)


def test_the_first_character_reaches_the_last_logits():
    model = CharModel(11, "lstm", hidden=16)
    tokens = torch.randint(11, (9, 1))
    nudged = tokens.clone()
    nudged[0] = (nudged[0] + 1) % 11
    assert not torch.equal(model(tokens)[0][-1], model(nudged)[0][-1])


def test_tying_shares_one_matrix():
    model = CharModel(11, hidden=16, tie=True)
    assert model.embedding.weight is model.output.weight
    free = CharModel(11, hidden=16, embed=16)
    count = lambda m: sum(p.numel() for p in m.parameters())  # noqa: E731
    assert count(free) - count(model) == 11 * 16


def test_tying_refuses_sizes_that_do_not_allow_it():
    with pytest.raises(ValueError, match="embed is 8, hidden 16"):
        CharModel(11, hidden=16, embed=8, tie=True)


@pytest.mark.parametrize("layers, between", [(1, 0.0), (3, 0.4)])
def test_dropout_acts_between_layers_and_before_the_output_only(layers, between):
    model = CharModel(11, hidden=16, layers=layers, dropout=0.4)
    assert model.recurrent.dropout == between
    assert model.dropout.p == 0.4
    tokens = torch.randint(11, (5, 2))
    assert not torch.equal(model(tokens)[0], model(tokens)[0])
    model.eval()
    assert torch.equal(model(tokens)[0], model(tokens)[0])


@pytest.mark.parametrize("value", [0.1, 2.0, -1 / 3])
@pytest.mark.parametrize("module", [nn.LSTM(3, 4, 2, bidirectional=True), nn.LSTMCell(3, 4)])
def test_the_two_forget_biases_sum_to_the_value_exactly(module, value):
    kept = {name: p.clone() for name, p in module.named_parameters()}
    set_forget_bias(module, value)
    for name, p in module.named_parameters():
        if "bias_ih" in name:
            total = p + module.get_parameter(name.replace("_ih", "_hh"))
            assert torch.equal(total[4:8], torch.full((4,), value))
        if "bias" in name:
            assert torch.equal(p[:4], kept[name][:4])
            assert torch.equal(p[8:], kept[name][8:])
        else:
            assert torch.equal(p, kept[name])


def test_a_large_forget_bias_keeps_the_cell_and_a_small_one_clears_it():
    cell = nn.LSTMCell(1, 3)
    for p in cell.parameters():
        p.data.zero_()
    c = torch.tensor([[1.0, 2.0, 3.0]])
    set_forget_bias(cell, 30.0)
    torch.testing.assert_close(cell(torch.zeros(1, 1), (torch.zeros(1, 3), c))[1], c)
    set_forget_bias(cell, -30.0)
    assert cell(torch.zeros(1, 1), (torch.zeros(1, 3), c))[1].abs().max() < 1e-6


def test_a_large_keep_bias_keeps_the_gru_state():
    cell = nn.GRUCell(1, 3)
    h = torch.tensor([[0.1, 0.2, 0.3]])
    set_keep_bias(cell, 30.0)
    torch.testing.assert_close(cell(torch.ones(1, 1), h), h)
    set_keep_bias(cell, -30.0)
    assert not torch.allclose(cell(torch.ones(1, 1), h), h, atol=1e-2)


def test_each_unit_may_have_its_own_bias():
    lstm = nn.LSTM(2, 3)
    set_forget_bias(lstm, torch.tensor([1.0, 2.0, 3.0]))
    assert lstm.bias_ih_l0[3:6].tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match=r"shape \(2,\), expected a finite number or 3"):
        set_forget_bias(lstm, torch.ones(2))


def test_the_model_starts_its_gates_where_gate_bias_says():
    lstm, gru = CharModel(5, "lstm", 4, gate_bias=1.5), CharModel(5, "gru", 4, gate_bias=-2.0)
    assert (lstm.recurrent.bias_ih_l0[4:8] == 1.5).all()
    assert (gru.recurrent.bias_ih_l0[4:8] == -2).all()
    assert CharModel(5, "lstm", 4, gate_bias=None).recurrent.bias_ih_l0[4:8].std() > 0


@pytest.mark.parametrize("call, error, message", [
    (lambda: set_forget_bias(nn.GRU(2, 3), 1.0), TypeError, "is a GRU, expected nn.LSTM"),
    (lambda: set_keep_bias(nn.Linear(2, 3), 1.0), TypeError, "is a Linear, expected nn.GRU"),
    (lambda: set_forget_bias(nn.LSTM(2, 3, bias=False), 1.0), ValueError, "bias=False"),
    (lambda: set_forget_bias(nn.LSTM(2, 3), float("nan")), ValueError, "finite"),
    (lambda: CharModel(5, "transformer"), ValueError, "expected one of rnn, lstm, gru"),
    (lambda: CharModel(0), ValueError, "vocab_size is 0"),
    (lambda: CharModel(5, hidden=2.5), ValueError, "hidden is 2.5"),
    (lambda: CharModel(5, dropout=1.0), ValueError, "dropout is 1.0"),
    (lambda: CharModel(5)(torch.zeros(4, dtype=torch.long)), ValueError, r"\(4,\), expected"),
    (lambda: CharModel(5)(torch.tensor([[4, 7]])), ValueError, "run from 4 to 7, expected 0 to 4"),
    (lambda: CharModel(5)(torch.zeros(0, 1, dtype=torch.long)), ValueError, "at least 1"),
])
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
