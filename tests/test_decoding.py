"""Each filter against brute force, each bad argument refused."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnncourse import decoding
from rnncourse.decoding import choose, greedy, sample, top_k, top_p, with_temperature

ROWS = arrays(np.float32, st.integers(1, 9), elements=st.floats(-20, 20, width=32))


def kept(logits):
    return {int(k) for k in np.flatnonzero(np.isfinite(logits))}


@given(ROWS, st.integers(1, 12))
def test_top_k_keeps_the_k_best_and_leaves_their_scores(logits, k):
    filtered = top_k(logits, k)
    inside, outside = kept(filtered), set(range(len(logits))) - kept(filtered)
    assert len(inside) == min(k, len(logits))
    assert all(logits[a] >= logits[b] for a, b in itertools.product(inside, outside))
    assert np.array_equal(filtered[sorted(inside)], logits[sorted(inside)])


@given(ROWS, st.floats(0.01, 0.99))
def test_top_p_is_the_smallest_set_that_reaches_p(logits, p):
    probability = decoding.probabilities(logits)
    inside = kept(top_p(logits, p))
    assert probability[list(inside)].sum() >= p - 1e-9
    smaller = (s for n in range(len(inside)) for s in itertools.combinations(range(len(logits)), n))
    assert all(probability[list(s)].sum() < p + 1e-9 for s in smaller)


def test_top_p_keeps_the_character_that_crosses():
    logits = np.log([0.5, 0.3, 0.15, 0.05])
    assert kept(top_p(logits, 0.6)) == {0, 1}         # 0.5 alone does not reach 0.6
    assert kept(top_p(logits, 0.3)) == {0}            # at least one always stays
    assert kept(top_p(logits, 1.0)) == {0, 1, 2, 3}


@given(ROWS, st.floats(0.01, 1.0))
def test_min_p_compares_with_the_likeliest(logits, p):
    probability = decoding.probabilities(logits)
    near = np.abs(probability / probability.max() - p) < 1e-6
    expected = {int(k) for k in np.flatnonzero(probability >= p * probability.max())}
    assert kept(decoding.min_p(logits, p)) ^ expected <= {int(k) for k in np.flatnonzero(near)}
    assert int(np.argmax(logits)) in kept(decoding.min_p(logits, p))


@given(ROWS, st.floats(0.05, 20))
def test_temperature_raises_probabilities_to_a_power(logits, t):
    power = decoding.probabilities(logits) ** (1 / t)
    np.testing.assert_allclose(decoding.probabilities(with_temperature(logits, t)),
                               power / power.sum(), rtol=1e-6, atol=1e-12)


def test_low_temperature_sharpens_and_high_flattens():
    logits = np.array([2.0, 1.0, 0.0])
    cold, as_is, hot = (decoding.probabilities(with_temperature(logits, t))[0] for t in (.3, 1, 3))
    assert cold > as_is > hot > 1 / 3


def test_temperature_zero_is_greedy_and_draws_nothing():
    rng = np.random.default_rng(0)
    logits = np.array([1.0, 3.0, 3.0])
    assert choose(temperature=0)(logits, rng) == greedy(logits) == 1
    assert kept(with_temperature(logits, 0)) == {1}
    assert rng.random() == np.random.default_rng(0).random()


def test_drawn_frequencies_are_the_probabilities():
    rng = np.random.default_rng(1)
    logits = np.log([0.6, 0.3, 0.1])
    drawn = np.bincount([sample(logits, rng) for _ in range(20_000)], minlength=3) / 20_000
    np.testing.assert_allclose(drawn, [0.6, 0.3, 0.1], atol=0.015)   # 4 standard errors


def test_what_a_filter_forbids_is_never_drawn():
    rng = np.random.default_rng(2)
    logits = rng.normal(size=30)
    chooser = choose(temperature=1.5, k=12, p=0.8, min_p=0.05)
    allowed = kept(decoding.min_p(top_p(top_k(with_temperature(logits, 1.5), 12), 0.8), 0.05))
    assert {chooser(logits, rng) for _ in range(3000)} == allowed


@given(ROWS)
def test_draws_at_both_ends_stay_inside(logits):
    class Ends:
        def __init__(self, u):
            self.u = u

        def random(self):
            return self.u

    filtered = top_k(logits, 2)
    assert sample(filtered, Ends(0.0)) in kept(filtered)
    assert sample(filtered, Ends(np.nextafter(1.0, 0))) in kept(filtered)


@pytest.mark.parametrize("arguments, message", [
    ({"temperature": -1}, "temperature is -1"), ({"temperature": float("nan")}, "temperature"),
    ({"k": 0}, "k is 0"), ({"k": 2.5}, "k is 2.5"),
    ({"p": 0}, "p is 0"), ({"p": 1.01}, "p is 1.01"), ({"p": -0.1}, "p is -0.1"),
    ({"min_p": 0}, "min_p is 0"), ({"min_p": 2}, "min_p is 2"),
])
def test_values_out_of_range_are_refused_at_once(arguments, message):
    with pytest.raises(ValueError, match=message):
        choose(**arguments)


@pytest.mark.parametrize("logits", [[], [[1.0, 2.0]], [np.nan, 1.0], [-np.inf, -np.inf], [np.inf]])
def test_scores_that_are_no_scores_are_refused(logits):
    with pytest.raises(ValueError, match="logits"):
        sample(np.array(logits), np.random.default_rng(0))
