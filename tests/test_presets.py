"""The hand-set cells do what their sentences say, and the recall run is a function of its seed."""

import numpy as np
import pytest
import torch

from rnncourse import sequence
from rnncourse.cells.presets import PRESETS, STEPS, at_steps, scalar_lstm
from rnncourse.experiments import learn_recall


def cell_states(name):
    preset = PRESETS[name]
    _, _, cache = sequence.lstm_forward(preset.xs[:, None, None], None, None, preset.p)
    return cache.cs[:, 0, 0]


def test_remember_holds_one_through_the_noise():
    c = cell_states("remember")
    assert abs(c[2]) < 0.01 and (abs(c[4:] - 1) < 0.05).all()


def test_overwrite_replaces_whatever_was_there():
    c = cell_states("overwrite")
    assert c[10] > 0.9 and c[20] < -0.9 and c[30] > 0.9 and c[39] < -0.9


def test_flush_empties_at_minus_one_and_only_there():
    c = cell_states("flush")
    assert c[12] > 0.9 and abs(c[13]) < 0.01 and c[32] > 0.9 and abs(c[39]) < 0.01


def test_count_adds_one_per_pulse_beyond_the_reach_of_tanh():
    pulses = np.cumsum(PRESETS["count"].xs == 1)
    assert np.abs(cell_states("count") - pulses).max() < 0.05 and pulses[-1] == 8


def test_a_scalar_cell_has_its_gates_in_torch_order():
    p = scalar_lstm(i=(1, 2, 3), f=(4, 5, 6), g=(7, 8, 9), o=(10, 11, 12))
    assert p.W_x.tolist() == [[1, 4, 7, 10]] and p.W_h.tolist() == [[2, 5, 8, 11]]
    assert p.b.tolist() == [3, 6, 9, 12]
    assert at_steps({1: 5, STEPS: 7})[[0, -1]].tolist() == [5, 7]


@pytest.mark.parametrize("kind", [torch.nn.RNN, torch.nn.LSTM, torch.nn.GRU])
def test_recall_over_three_steps_is_learnt_and_repeats_exactly(kind):
    def run():
        torch.manual_seed(0)
        return learn_recall(kind(4, 32), torch.nn.Linear(32, 4), seed=0, T=3, rate=1e-2)
    accuracy = run()
    assert accuracy > 0.9 and accuracy == run()
