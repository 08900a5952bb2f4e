"""Each task's answers follow from its inputs, by a slower and plainer rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncourse.data import tasks

sizes = st.integers(1, 12)
seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@given(seeds, sizes, sizes)
def test_parity_flips_at_every_one(rng, T, B):
    xs, ys = tasks.parity(rng, T, B)
    assert xs.shape == (T, B, 1) and ys.shape == (T, B)
    odd = np.zeros(B, dtype=bool)
    for x, y in zip(xs[..., 0], ys, strict=True):
        odd = np.where(x == 1, ~odd, odd)
        assert (y == odd).all()


@given(seeds, sizes, sizes, st.integers(2, 6))
def test_recall_asks_for_the_first_symbol(rng, T, B, symbols):
    xs, ys = tasks.recall(rng, T, B, symbols)
    assert xs.shape == (T, B, symbols) and (xs.sum(axis=2) == 1).all()
    assert (xs[0].argmax(axis=1) == ys).all()


@given(seeds, st.integers(2, 12), sizes)
def test_adding_marks_one_number_in_each_half(rng, T, B):
    xs, ys = tasks.adding(rng, T, B)
    marks = xs[..., 1]
    assert (marks[:T // 2].sum(axis=0) == 1).all() and (marks[T // 2:].sum(axis=0) == 1).all()
    wanted = [sum(number for number, mark in lane if mark) for lane in xs.swapaxes(0, 1)]
    np.testing.assert_allclose(ys, wanted, atol=1e-6)


def test_answering_one_to_the_adding_problem_costs_a_sixth():
    _, ys = tasks.adding(np.random.default_rng(0), 40, 20_000)
    assert np.mean((ys - 1) ** 2) == pytest.approx(1 / 6, rel=0.03)


@given(seeds, st.integers(0, 5), st.integers(6, 12), sizes)
def test_echo_repeats_the_input_after_the_delay(rng, delay, length, B):
    xs, ys = tasks.echo(rng, length, B, delay)
    for t in range(length):
        assert (ys[t] == (xs[t - delay, :, 0] if t >= delay else 0)).all()


@pytest.mark.parametrize("task", [tasks.parity, tasks.recall, tasks.adding])
def test_the_same_seed_gives_the_same_task_in_types_torch_takes(task):
    first, again = (task(np.random.default_rng(3), 10, 5) for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert first[0].dtype == np.float32 and first[1].dtype in (np.int64, np.float32)


@pytest.mark.parametrize("call, error, said", [
    (lambda: tasks.parity(0, 10, 5), TypeError, "rng is a int.*default_rng"),
    (lambda: tasks.parity(np.random.default_rng(0), 0, 5), ValueError, "T is 0.*at least 1"),
    (lambda: tasks.recall(np.random.default_rng(0), 5, 0), ValueError, "B is 0.*at least 1"),
    (lambda: tasks.recall(np.random.default_rng(0), 5, 5, symbols=1), ValueError, "symbols is 1"),
    (lambda: tasks.adding(np.random.default_rng(0), 1, 5), ValueError, "T is 1.*at least 2"),
    (lambda: tasks.echo(np.random.default_rng(0), 5, 2, delay=5), ValueError, "delay < length"),
    (lambda: tasks.parity(np.random.default_rng(0), 2.5, 5), TypeError, "T is 2.5.*whole number"),
])
def test_bad_sizes_are_named(call, error, said):
    with pytest.raises(error, match=said):
        call()
