"""Writing text: state carried, the same tokens by torch and NumPy, beam search by exhaustion."""

import itertools
import math

import numpy as np
import pytest
import torch

from rnncourse.data.vocabulary import Vocabulary
from rnncourse.decoding import choose, greedy, probabilities
from rnncourse.generate import NumpyGenerator, beam_search, generate, next_logits, stream
from rnncourse.models import CharModel

VOCAB = Vocabulary("\nabcdefgh ")
KINDS = ["rnn", "lstm", "gru"]


def lively(kind="lstm", layers=1, seed=0, vocab=VOCAB, **sizes):
    """An untrained model with weights large enough to prefer some characters to others."""
    torch.manual_seed(seed)
    model = CharModel(len(vocab), kind, **({"hidden": 24, "embed": 8, "layers": layers} | sizes))
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(2.5)
    return model.eval()


def rerun(model, prompt, length, choose, rng):
    """Generate by reading the whole text again for every character: slow and obviously right."""
    text = prompt
    for _ in range(length):
        logits = model(torch.as_tensor(VOCAB.encode(text))[:, None])[0][-1, 0]
        text += VOCAB.chars[choose(logits.detach().numpy(), rng)]
    return text[len(prompt):]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers", [1, 2])
def test_carrying_the_state_writes_what_a_full_rerun_writes(kind, layers):
    model = lively(kind, layers)
    expected = rerun(model, "bad cab", 40, choose(), np.random.default_rng(5))
    assert generate(model, VOCAB, "bad cab", 40, rng=np.random.default_rng(5)) == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers, seed", [(1, 0), (1, 1), (2, 2), (3, 3)])
def test_numpy_and_torch_write_the_same_for_the_same_draws(kind, layers, seed):
    model = lively(kind, layers, seed)
    fast = NumpyGenerator(model, VOCAB)
    for chooser in (choose(), choose(temperature=0.7, p=0.9), choose(temperature=1.4, k=5)):
        texts = [generate(each, VOCAB, "a bag", 300, chooser, np.random.default_rng(seed))
                 for each in (model, fast)]
        assert texts[0] == texts[1] and len(set(texts[0])) > 3
    np.testing.assert_allclose(next_logits(fast, VOCAB, "head"), next_logits(model, VOCAB, "head"),
                               rtol=1e-4, atol=1e-4)


def test_numpy_and_torch_agree_in_batches_beams_and_with_tied_weights():
    model = lively("gru", 2, hidden=12, embed=None, tie=True)
    fast = NumpyGenerator(model, VOCAB)
    batches = [generate(each, VOCAB, "be", 50, rng=np.random.default_rng(0), batch=4)
               for each in (model, fast)]
    assert batches[0] == batches[1]
    beams = [beam_search(each, VOCAB, "be", 12, width=5) for each in (model, fast)]
    assert [beam.text for beam in beams[0]] == [beam.text for beam in beams[1]]


def test_a_numpy_generator_keeps_the_weights_it_was_made_from():
    model = lively()
    fast = NumpyGenerator(model, VOCAB)
    before = fast.generate("a", 30, greedy)
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
    assert fast.generate("a", 30, greedy) == before


def test_a_double_model_stays_double_and_generates():
    model = lively().double()
    text = NumpyGenerator(model, VOCAB).generate("a", 30, greedy)
    assert text == generate(model, VOCAB, "a", 30, greedy)
    assert next(model.parameters()).dtype == torch.float64


def test_a_batch_holds_different_texts_each_as_long_as_asked():
    texts = generate(lively(), VOCAB, "head", 30, rng=np.random.default_rng(0), batch=5)
    assert len(set(texts)) == 5 and all(len(text) == 30 for text in texts)
    greedy_texts = generate(lively(), VOCAB, "head", 30, greedy, batch=2)
    assert greedy_texts[0] == greedy_texts[1] == generate(lively(), VOCAB, "head", 30, greedy)


def test_streaming_gives_the_same_characters_one_by_one():
    chars = list(stream(lively(), VOCAB, "head", 25, rng=np.random.default_rng(1)))
    assert all(len(char) == 1 for char in chars)
    assert "".join(chars) == generate(lively(), VOCAB, "head", 25, rng=np.random.default_rng(1))


def test_the_first_character_of_the_prompt_matters():
    assert not np.allclose(next_logits(lively(), VOCAB, "abcab"),
                           next_logits(lively(), VOCAB, "bbcab"), atol=1e-4)


def test_an_empty_prompt_starts_after_a_line_break():
    model = lively()
    assert generate(model, VOCAB, "", 20, greedy) == generate(model, VOCAB, "\n", 20, greedy)
    letters = Vocabulary("abc")
    texts = generate(lively(vocab=letters), letters, "", 9, greedy, np.random.default_rng(0), 9)
    assert len(set(texts)) > 1                        # each began after a character of its own


def test_length_zero_writes_nothing():
    assert generate(lively(), VOCAB, "a", 0) == ""
    assert generate(lively(), VOCAB, "a", 0, batch=2) == ["", ""]


def test_dropout_is_off_and_the_mode_is_given_back():
    model = lively(layers=2, dropout=0.5).train()
    first, second = (generate(model, VOCAB, "abc", 60, greedy) for _ in range(2))
    assert first == second and model.training and model.recurrent.training
    chars = stream(model, VOCAB, "abc", 60, greedy)
    next(chars)
    assert model.training                             # between two characters as well
    assert not any(p.grad is not None for p in model.parameters())


# --- beam search ---------------------------------------------------------------------------------

TINY = Vocabulary("ab.")


def log_probability(model, prompt, text):
    """ln p(text | prompt) one character after another."""
    return sum(math.log(probabilities(next_logits(model, TINY, prompt + text[:k]))
                        [TINY.chars.index(char)]) for k, char in enumerate(text))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("alpha", [0.0, 0.7, 1.0])
def test_a_beam_wide_enough_finds_what_exhaustive_search_finds(seed, alpha):
    model = lively(vocab=TINY, seed=seed, hidden=6)
    texts = ["".join(t) for n in range(1, 5) for t in itertools.product("ab.", repeat=n)]
    texts = [t for t in texts if "." not in t[:-1] and (t[-1] == "." or len(t) == 4)]
    every = {t: log_probability(model, "ab", t) for t in texts}
    expected = sorted(texts, key=lambda t: -every[t] / len(t) ** alpha)
    found = beam_search(model, TINY, "ab", 4, width=81, alpha=alpha, end=".")
    assert [candidate.text for candidate in found] == expected
    for candidate in found:
        assert math.isclose(candidate.log_probability, every[candidate.text], rel_tol=1e-5)
        assert math.isclose(candidate.score,
                            candidate.log_probability / len(candidate.text) ** alpha)


def test_width_one_is_greedy_and_a_wider_beam_is_never_worse():
    for seed in range(5):
        model = lively(seed=seed)
        narrow, = beam_search(model, VOCAB, "head", 8, width=1)
        wide = beam_search(model, VOCAB, "head", 8, width=300)
        assert narrow.text == generate(model, VOCAB, "head", 8, greedy)
        assert wide[0].score >= narrow.score - 1e-6
        assert [c.score for c in wide] == sorted((c.score for c in wide), reverse=True)


def test_dividing_by_the_length_raises_long_candidates():
    model = lively(vocab=TINY, seed=1, hidden=6)
    lengths = [np.mean([len(c.text) for c in beam_search(model, TINY, "ab", 8, 6, alpha, ".")])
               for alpha in (0.0, 1.0, 2.0)]
    assert lengths[0] <= lengths[1] <= lengths[2] and lengths[0] < lengths[2]


# --- bad input -----------------------------------------------------------------------------------

@pytest.mark.parametrize("call, message", [
    (lambda m: generate(m, VOCAB, "aéb", 5), "é"),
    (lambda m: beam_search(m, VOCAB, "aZ", 5), "'Z'"),
    (lambda m: generate(m, VOCAB, "a", -1), "length is -1"),
    (lambda m: generate(m, VOCAB, "a", 5, batch=0), "batch is 0"),
    (lambda m: generate(m, TINY, "a", 5), "scores 10 characters, the vocabulary holds 3"),
    (lambda m: beam_search(m, VOCAB, "a", 0), "length is 0"),
    (lambda m: beam_search(m, VOCAB, "a", 3, width=0), "width is 0"),
    (lambda m: beam_search(m, VOCAB, "a", 3, alpha=-1), "alpha is -1"),
    (lambda m: beam_search(m, VOCAB, "a", 3, end="ab"), "end is 'ab'"),
])
def test_bad_input_is_named(call, message):
    for model in (lively(), NumpyGenerator(lively(), VOCAB)):
        with pytest.raises(ValueError, match=message):
            call(model)
