"""Forward and backward over a sequence: rnncourse.sequence against torch.nn and against stepping.

One thread, float32, input size equal to H. Both sides compute all outputs and the gradients of
the inputs and of every parameter from a gradient at every step.
"""

import numpy as np
import torch
from torch import nn

from benchmarks.harness import Row, cpu_clock, ratio, say
from rnncourse import cells, convert, sequence

SIZES = "B{} T{} H{}"


def run():
    torch.set_num_threads(1)
    cases = [
        (nn.RNN, 0.75, 32, 64, 128),
        (nn.GRU, 0.85, 32, 64, 128),
        (nn.LSTM, 1.25, 32, 64, 128),
        (nn.LSTM, 0.95, 16, 32, 64),
    ]
    rows = []
    for module, goal, B, T, H in cases:
        name = f"{module.__name__} {SIZES.format(B, T, H)}: time against torch.nn"
        say(f"      {name}")
        ours, theirs = against_torch(module, B, T, H)
        rows.append(Row(name, ratio(ours, theirs, repeats=61, clock=cpu_clock()), goal))
    both = "most of the time is matrix products that both sides do"
    for B, T, H, note in [(1, 64, 128, ""), (8, 64, 64, ""), (32, 64, 128, both)]:
        name = f"LSTM {SIZES.format(B, T, H)}: speed against stepping the textbook"
        say(f"      {name}")
        stepping, whole = against_stepping(B, T, H)
        times = ratio(stepping, whole, repeats=31, clock=cpu_clock())
        rows.append(Row(name, times, 3, "higher", note))
    return rows


def problem(module, B, T, H):
    """A torch module, its parameters here, a sequence and a gradient at every step."""
    torch.manual_seed(0)
    module = module(H, H)
    rng = np.random.default_rng(0)
    xs, dhs = (rng.standard_normal((T, B, H), dtype=np.float32) for _ in range(2))
    return module, convert.from_torch(module), xs, dhs


def against_torch(module, B, T, H):
    """Two functions that do the same work: ours, torch's."""
    module, p, xs, dhs = problem(module, B, T, H)
    name = type(module).__name__.lower()
    forward, backward = (getattr(sequence, f"{name}_{way}") for way in ("forward", "backward"))
    nothing = [None] * (2 if name == "lstm" else 1)
    inputs, gradient = torch.tensor(xs, requires_grad=True), torch.tensor(dhs)

    def ours():
        *_, cache = forward(xs, *nothing, p)
        backward(dhs, *nothing, cache)

    def theirs():
        module.zero_grad(set_to_none=True)
        inputs.grad = None
        module(inputs)[0].backward(gradient)

    return ours, theirs


def against_stepping(B, T, H):
    """Two functions that do the same work: the textbook step by step, the whole sequence."""
    _, p, xs, dhs = problem(nn.LSTM, B, T, H)

    def stepping():
        h = c = np.zeros((B, H), np.float32)
        caches, dxs = [], np.empty_like(xs)
        for x in xs:
            h, c, cache = cells.lstm_step(x, h, c, p)
            caches.append(cache)
        dh = dc = np.zeros((B, H), np.float32)
        total = [np.zeros_like(array) for array in p]
        for t in reversed(range(T)):
            dxs[t], dh, dc, dp = cells.lstm_step_backward(dhs[t] + dh, dc, caches[t], p)
            for array, part in zip(total, dp, strict=True):
                array += part
        return dxs, dh, dc, cells.LSTMParams(*total)

    def whole():
        *_, cache = sequence.lstm_forward(xs, None, None, p)
        return sequence.lstm_backward(dhs, None, None, cache)

    return stepping, whole
