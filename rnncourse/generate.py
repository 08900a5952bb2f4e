"""Write text with a trained model: feed the prompt, choose, feed the choice back, repeat.

The state is carried, so a character costs the same however long the text already is. Every
function takes a torch model or a `NumpyGenerator`; both draw the same characters from the same
random numbers. A torch model runs in eval mode, and gets its own mode back.
"""

from typing import NamedTuple

import numpy as np
import torch

from rnncourse import decoding
from rnncourse.fastpath import FastModel
from rnncourse.hardware import limited_threads


def generate(model, vocab, prompt, length, choose=None, rng=None, batch=1):
    """The `length` characters that follow `prompt`: a str, or a list of `batch` of them.

    choose: callable (logits (V,), rng) -> index, see `decoding.choose`; default: draw as the
        model says. rng: numpy Generator, default a fresh one.
    prompt: read into the state first; "" starts after a line break, or where the vocabulary has
        none after an evenly drawn character. ValueError names characters it does not know.
    """
    columns = list(_columns(model, vocab, prompt, length, choose, rng, _whole("batch", batch, 1)))
    texts = [vocab.decode(row) for row in np.array(columns, dtype=np.int64).reshape(-1, batch).T]
    return texts[0] if batch == 1 else texts


def stream(model, vocab, prompt, length, choose=None, rng=None):
    """Yield the same characters as `generate`, each as soon as it is chosen."""
    for ids in _columns(model, vocab, prompt, length, choose, rng, 1):
        yield vocab.decode(ids)


class NumpyGenerator:
    """A CharModel's weights in NumPy: the same tokens, without torch's cost per call.

    step(ids (B,), state) -> logits (B, V), state; state None is zeros.
    """

    def __init__(self, model, vocab):
        self.vocab, self._fast = vocab, FastModel(model)
        self.step, self.pick = self._fast.step, self._fast.pick

    def generate(self, prompt, length, choose=None, rng=None, batch=1):
        """As the function `generate`."""
        return generate(self, self.vocab, prompt, length, choose, rng, batch)

    def stream(self, prompt, length, choose=None, rng=None):
        """As the function `stream`."""
        return stream(self, self.vocab, prompt, length, choose, rng)


def next_logits(model, vocab, text):
    """The scores (V,) of the character after `text`."""
    logits, _ = _read(_stepper(model), vocab, _prompt_ids(vocab, text, None)[None])
    return logits[0]


class Candidate(NamedTuple):
    """A continuation, the sum of its ln p, and that sum divided by length ** alpha."""

    text: str
    log_probability: float
    score: float


def beam_search(model, vocab, prompt, length, width=4, alpha=1.0, end=None):
    """Likely continuations by keeping the `width` best prefixes at every step; best first.

    end: a character that closes a candidate early; without it all have `length` characters.
    alpha: candidates of different length are ranked by ln p / L ** alpha. ln p is negative, so
        dividing raises the long ones; alpha = 0 ranks by ln p itself and favours the short (Wu et
        al. 2016, 1609.08144, eq. 14, in the simpler form). Nothing is drawn: the same every time.
    Returns at most `width` Candidates.
    """
    _whole("length", length, 1), _whole("width", width, 1)
    if not (np.isfinite(alpha) and alpha >= 0):
        raise ValueError(f"alpha is {alpha}, expected 0 or a positive number")
    if end is not None and len(end) != 1:
        raise ValueError(f"end is {end!r}, expected one character")
    end_id = None if end is None else int(vocab.encode(end).item())
    stepper = _stepper(model)
    logits, state = _read(stepper, vocab, _prompt_ids(vocab, prompt, None)[None])
    prefixes, totals, closed = [()], np.zeros(1), []
    for done in range(1, length + 1):
        reached = totals[:, None] + _log_softmax(logits)            # (prefixes, V)
        rows, ids = np.unravel_index(np.argsort(-reached, axis=None, kind="stable"), reached.shape)
        best = list(zip(rows, ids, strict=True))[:2 * width]        # enough: one closes per prefix
        grown = [((*prefixes[row], int(id_)), reached[row, id_], row) for row, id_ in best]
        closed += [(ids, total) for ids, total, _ in grown[:width] if ids[-1] == end_id]
        grown = [each for each in grown if each[0][-1] != end_id][:width]
        if not grown or done == length:
            break
        prefixes, totals = [ids for ids, _, _ in grown], np.array([total for _, total, _ in grown])
        logits, state = stepper.step(np.array([ids[-1] for ids in prefixes]),
                                     stepper.pick(state, [row for _, _, row in grown]))
    closed += [(ids, total) for ids, total, _ in grown]
    ranked = [Candidate(vocab.decode(ids), float(total), float(total / len(ids) ** alpha))
              for ids, total in closed]
    return sorted(ranked, key=lambda each: -each.score)[:width]


def _log_softmax(logits):
    logits = logits.astype(np.float64)
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _stepper(model):
    return model if isinstance(model, NumpyGenerator) else _TorchStepper(model)


class _TorchStepper:
    """step and pick for a torch model."""

    def __init__(self, model):
        self.model = model

    def step(self, ids, state=None):
        was_training = self.model.training
        if was_training:
            self.model.eval()
        try:
            with torch.inference_mode(), limited_threads(1):     # a step is too small to share
                logits, state = self.model(torch.as_tensor(ids)[None], state)
        finally:
            if was_training:
                self.model.train()
        return logits[0].float().numpy(), state

    def pick(self, state, rows):
        if isinstance(state, torch.Tensor):
            return state[:, torch.as_tensor(rows)]
        return tuple(self.pick(each, rows) for each in state)


def _columns(model, vocab, prompt, length, choose, rng, batch):
    """Yield one array (B,) of chosen ids after another."""
    _whole("length", length, 0)
    choose = choose if choose is not None else decoding.sample
    rng = rng if rng is not None else np.random.default_rng()
    ids = np.stack([_prompt_ids(vocab, prompt, rng) for _ in range(batch)])
    stepper = _stepper(model)
    logits, state = _read(stepper, vocab, ids)
    for done in range(1, length + 1):
        chosen = np.array([choose(row, rng) for row in logits])
        yield chosen
        if done < length:
            logits, state = stepper.step(chosen, state)


def _read(stepper, vocab, ids):
    """Feed ids (B, T) -> logits (B, V) after the last, state."""
    state = None
    for column in ids.T:
        logits, state = stepper.step(column, state)
    if logits.shape[1] != len(vocab):
        raise ValueError(f"the model scores {logits.shape[1]} characters, the vocabulary holds "
                         f"{len(vocab)}: they do not belong together")
    return logits, state


def _prompt_ids(vocab, prompt, rng):
    if prompt:
        return vocab.encode(prompt)
    if "\n" in vocab.chars or rng is None:
        return vocab.encode("\n")
    return rng.integers(len(vocab), size=1)


def _whole(name, value, least):
    if isinstance(value, bool) or value != int(value) or value < least:
        raise ValueError(f"{name} is {value!r}, expected a whole number of at least {least}")
    return int(value)
