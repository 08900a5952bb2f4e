import math

import numpy as np
import pytest
import torch

from rnncourse.metrics import bits_per_character, perplexity


def test_a_fair_die_has_its_number_of_faces_as_perplexity():
    for faces in (2, 6, 103):
        losses = np.full(50, math.log(faces))
        assert perplexity(losses) == pytest.approx(faces)
        assert bits_per_character(losses) == pytest.approx(math.log2(faces))


def test_the_mean_is_taken_before_the_exponential():
    losses = np.array([[math.log(2), math.log(8)]])
    assert perplexity(losses) == pytest.approx(4)          # not (2 + 8) / 2
    assert bits_per_character(losses) == pytest.approx(2)


def test_perplexity_is_two_to_the_bits():
    for nats in (0, 0.3, 1.7):
        assert perplexity(nats) == pytest.approx(2 ** bits_per_character(nats))


def test_a_torch_loss_with_its_gradient_is_read():
    loss = torch.tensor(math.log(4), requires_grad=True, dtype=torch.float64)
    assert perplexity(loss * 1) == pytest.approx(4)
    assert bits_per_character(torch.ones(3, dtype=torch.bfloat16)) == pytest.approx(1 / math.log(2))


def test_an_impossible_character_has_infinite_perplexity():
    assert perplexity([0.5, math.inf]) == math.inf
    assert perplexity(10_000) == math.inf


@pytest.mark.parametrize("nats, word", [([], "empty"), ([1.0, math.nan], "1 NaN of 2"),
                                        (-1.5, "negative log likelihood"), ("two", "str"),
                                        (None, "NaN")])
def test_bad_losses_are_refused_in_words(nats, word):
    for measure in (perplexity, bits_per_character):
        with pytest.raises(ValueError, match=word) as error:
            measure(nats)
        assert measure.__name__ in str(error.value)
