"""Train a character model by stateful truncated backpropagation through time, and measure it.

The text is cut into B long streams read side by side. Each step reads the next T characters of
every stream, starts from the state the last step ended in, and cuts the graph there: the state is
carried, the gradient is not (Williams & Peng 1990). Works with any module of the form
`model(tokens (T, B), state) -> logits (T, B, V), state`.
"""

import contextlib
import sys
import time

import numpy as np
import torch
from torch.nn import functional
from tqdm import tqdm

from rnncourse import resume
from rnncourse.hardware import bf16_helps, limited_threads, threads_for
from rnncourse.interrupt import Interruptible
from rnncourse.recipe import History, Recipe

__all__ = ["History", "Recipe", "evaluate", "stateful_batches", "train"]


def stateful_batches(tokens, batch, chunk):
    """Yield inputs and targets, (T, B) int64 tensors each, in reading order.

    Row t + 1 of a stream follows row t, and the first row of a batch follows the last row of the
    batch before, so that a carried state is the right one. What does not fill a whole chunk of
    every stream is left out. ValueError where there is not even one.
    """
    inputs, targets = _streams(tokens, batch, chunk)
    for start in range(0, len(inputs) - chunk + 1, chunk):
        yield inputs[start:start + chunk], targets[start:start + chunk]


def train(model, train_tokens, recipe, valid_tokens=None, progress=True, watch=None,
          clock=time.perf_counter):
    """Train `model` in place by `recipe` -> History. Same seed, steps and threads: same weights.

    valid_tokens: measured every `recipe.interval` steps and at the end, outside the gradient.
    watch(history): called then as well, to draw a curve or a sample; its time is in the budget.
    clock: what a budget in seconds is counted by.
    Ctrl-C (or a notebook's stop button) ends the run after the current step and returns the
    history so far; the model keeps what it learnt. With `recipe.checkpoint` a killed run goes on
    from its last interval, a finished one is read back.
    FloatingPointError when the loss or the gradient is no longer a number.
    """
    with torch.random.fork_rng(devices=[]), limited_threads(recipe.threads or threads_for(model)):
        torch.manual_seed(recipe.seed)
        run = _Run(model, train_tokens, recipe, clock)
        was_training = model.training
        try:
            if progress and run.history.losses:
                _say(f"going on from step {len(run.history.losses)} in {recipe.checkpoint}")
            with Interruptible() as stop, _bar(recipe, progress) as bar:
                while not stop.requested and (share := run.share()) < 1:
                    run.step(share)
                    _show(bar, run)
                    if len(run.history.losses) % recipe.interval == 0:
                        run.measure(valid_tokens, watch)
                        run.keep()
                run.close(finished=not stop.requested, valid_tokens=valid_tokens, watch=watch)
            if progress and stop.requested:
                _say(f"stopped after step {len(run.history.losses)}; "
                     "the model keeps what it learnt")
        finally:
            model.train(was_training)
    return run.history


def evaluate(model, tokens, reset_every=None, streams=1):
    """Mean negative log likelihood in nats per character of tokens[1:], each given its past.

    reset_every: None carries the state through the whole text; n starts from zeros every n
    characters (say which: the figure depends on it). streams: the text is first cut into so many
    parts, each carried from zeros and measured side by side: much faster, and no different for
    parts of some thousand characters. In eval mode, float32; the model's mode is restored.
    """
    tokens = _as_tokens("tokens", tokens)
    if len(tokens) < 2:
        raise ValueError(f"tokens holds {len(tokens)} characters, expected at least 2: "
                         "one to read and one to predict")
    for name, value in (("reset_every", reset_every), ("streams", streams)):
        if value is not None and (value != int(value) or value < 1):
            raise ValueError(f"{name} is {value!r}, expected a whole number of at least 1")
    inputs, targets = tokens[:-1], tokens[1:]
    length = int(reset_every or -(-len(inputs) // int(streams)))
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode(), limited_threads(threads_for(model)):
            total = sum(_carried(model, *pair) for pair in _parts(inputs, targets, length))
    finally:
        model.train(was_training)
    return total / len(targets)


class _Run:
    """One training run between two steps: everything that a checkpoint has to hold."""

    def __init__(self, model, tokens, recipe, clock):
        self.model, self.recipe, self.clock = model, recipe, clock
        self.inputs, self.targets = _streams(tokens, recipe.batch, recipe.chunk)
        self.per_pass = len(self.inputs) // recipe.chunk
        self.fingerprint = resume.fingerprint(tokens)
        self.bf16 = bf16_helps(model) if recipe.bf16 is None else recipe.bf16
        matrices = [p for p in model.parameters() if p.dim() > 1]
        vectors = [p for p in model.parameters() if p.dim() <= 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": matrices}, {"params": vectors, "weight_decay": 0.0}],
            lr=recipe.rate, betas=(0.9, recipe.beta2), weight_decay=recipe.weight_decay,
            fused=True)
        self.state, self.history = None, History()
        if recipe.checkpoint is not None:
            resume.load(self)
        self.started = clock() - self.history.seconds

    def share(self):
        """How much of the budget is spent, 0 to 1."""
        if self.history.finished:
            return 1.0
        if self.recipe.steps is not None:
            return len(self.history.losses) / self.recipe.steps
        return (self.clock() - self.started) / self.recipe.seconds

    def step(self, share):
        at = len(self.history.losses) % self.per_pass * self.recipe.chunk
        inputs = self.inputs[at:at + self.recipe.chunk]
        targets = self.targets[at:at + self.recipe.chunk]
        before = None if at == 0 else _restarted(self.state, self.recipe.restart)
        self.model.train()
        with torch.autocast("cpu", torch.bfloat16) if self.bf16 else contextlib.nullcontext():
            logits, state = self.model(inputs, before)
        loss = functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten())
        self.optimiser.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        self._refuse_nan(loss.item(), norm.item())
        rate = self.recipe.rate_at(share)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        self.state = _detached(state)                 # the state goes on, the gradient does not
        self.history.losses.append(loss.item())
        self.history.norms.append(norm.item())
        self.history.rates.append(rate)
        self.history.tokens += targets.numel()

    def measure(self, valid_tokens, watch):
        self.history.seconds = self.clock() - self.started
        if valid_tokens is not None:
            self.history.valid_steps.append(len(self.history.losses))
            self.history.valid.append(evaluate(self.model, valid_tokens, streams=16))
        if watch is not None:
            watch(self.history)

    def keep(self):
        self.history.seconds = self.clock() - self.started
        if self.recipe.checkpoint is not None:
            resume.save(self)

    def close(self, finished, valid_tokens, watch):
        if self.history.finished:
            return                                    # read back from a checkpoint: nothing to add
        if finished and len(self.history.losses) % self.recipe.interval:
            self.measure(valid_tokens, watch)
        self.history.finished = finished
        self.keep()

    def _refuse_nan(self, loss, norm):
        if not np.isfinite([loss, norm]).all():
            raise FloatingPointError(
                f"at step {len(self.history.losses) + 1} the loss is {loss:.3g} and the gradient's "
                f"norm {norm:.3g}. The weights of the step before are kept. Try a lower rate "
                f"(it is {self.recipe.rate:g}), a smaller clip ({self.recipe.clip:g}) or a longer "
                f"warmup ({self.recipe.warmup:g}), and start from a new model"
            )


def _streams(tokens, batch, chunk):
    """(N,) -> inputs and targets (L, B): stream b holds characters b L to (b + 1) L."""
    tokens = _as_tokens("train_tokens", tokens)
    L = (len(tokens) - 1) // batch                    # steps in each stream
    if chunk > L:
        raise ValueError(
            f"{len(tokens)} tokens are too few for {batch} streams of one chunk of {chunk}: that "
            f"takes {batch * chunk + 1}. Use a longer text, a smaller batch or a shorter chunk"
        )
    inputs = tokens[:L * batch].view(batch, L).T.contiguous()
    targets = tokens[1:L * batch + 1].view(batch, L).T.contiguous()
    return inputs, targets


def _as_tokens(name, tokens):
    tokens = torch.as_tensor(tokens)
    if tokens.dim() != 1 or tokens.is_floating_point():
        raise ValueError(f"{name} has shape {tuple(tokens.shape)} and dtype {tokens.dtype}, "
                         "expected whole numbers in one row (N,), as Vocabulary.encode gives")
    return tokens.long()


def _parts(inputs, targets, length, widest=256):
    """The text in (length, <= widest) pieces, one part of it per column; then the shorter rest."""
    whole = len(inputs) // length * length
    for start in range(0, whole, length * widest):
        cut = slice(start, min(start + length * widest, whole))
        yield inputs[cut].view(-1, length).T, targets[cut].view(-1, length).T
    if whole < len(inputs):
        yield inputs[whole:, None], targets[whole:, None]


def _carried(model, inputs, targets, stride=512):
    """Summed loss of (L, B) streams, each carried from zeros; in pieces, to bound the memory."""
    state, total = None, 0.0
    for start in range(0, len(inputs), stride):
        logits, state = model(inputs[start:start + stride], state)
        total += functional.cross_entropy(logits.flatten(0, 1).double(),
                                          targets[start:start + stride].flatten(),
                                          reduction="sum").item()
    return total


def _detached(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    return None if state is None else tuple(_detached(each) for each in state)


def _restarted(state, share):
    """Zeros for a random share of the streams, the same ones in h and in c; (layers, B, H)."""
    if not share:
        return state
    h = state[0] if isinstance(state, tuple) else state
    kept = (torch.rand(h.shape[1], 1) >= share).to(h.dtype)
    return tuple(each * kept for each in state) if isinstance(state, tuple) else state * kept


def _bar(recipe, progress):
    total, unit = (recipe.steps, "step") if recipe.steps is not None else (recipe.seconds, "s")
    return tqdm(total=total, unit=unit, disable=not progress,
                bar_format="{l_bar}{bar}| {n:.0f}/{total:.0f} {unit}{postfix}", leave=True)


def _say(sentence):
    tqdm.write(sentence, file=sys.stderr)


def _show(bar, run):
    if bar.disable:
        return
    done = len(run.history.losses) if run.recipe.steps is not None else run.clock() - run.started
    recent = run.history.losses[-20:]
    bar.set_postfix_str(f"{np.mean(recent) / np.log(2):.3f} bits per character", refresh=False)
    bar.update(min(done, bar.total) - bar.n)
