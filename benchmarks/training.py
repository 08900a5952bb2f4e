"""The whole training step against forward and backward of a bare nn.LSTM of the same sizes.

Bare: nn.LSTM on ready-made float vectors (T, B, D), a ready-made gradient at its outputs, nothing
else. Ours: `train` as it is, with embedding, output layer over V characters, loss, clipping, AdamW
and history. Both in the same number format, one thread, batch and chunk of the default recipe. The
output layer and its loss are work that a character model has and a bare LSTM has not; a second row
counts them on both sides, so that what is left is the loop's own.
"""

import contextlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.harness import Row, cpu_clock, ratio, say
from rnncourse.hardware import bf16_helps
from rnncourse.models import CharModel
from rnncourse.training import Recipe, train

B, T, D, H, V, STEPS = 32, 64, 64, 256, 100, 24


def run():
    torch.set_num_threads(1)
    bf16 = bf16_helps(CharModel(V, hidden=H))
    rows = []
    for H_, bf16_ in [(H, bf16), (H, False), (2 * H, bf16)]:
        kind = "bfloat16" if bf16_ else "float32"
        say(f"      LSTM H{H_}, {kind}")
        ours = whole(H_, bf16_)
        name = f"training step H{H_} {kind}: time against "
        rows += [
            Row(name + "bare nn.LSTM", ratio(ours, bare(H_, bf16_), 9, clock=cpu_clock()), 1.15),
            Row(name + "nn.LSTM with output layer and loss",
                ratio(ours, bare(H_, bf16_, output=True), 9, clock=cpu_clock())),
        ]
    return rows


def whole(H, bf16):
    """Train STEPS steps by the package."""
    tokens = np.random.default_rng(0).integers(V, size=B * T * STEPS + 1)
    model = CharModel(V, hidden=H, embed=D)
    recipe = Recipe(steps=STEPS, batch=B, chunk=T, bf16=bf16, threads=1)
    return lambda: train(model, tokens, recipe, progress=False)


def bare(H, bf16, output=False):
    """The same number of forward and backward passes through nn.LSTM, and no more than asked."""
    torch.manual_seed(0)
    lstm, linear = nn.LSTM(D, H), nn.Linear(H, V)
    xs = torch.randn(T, B, D, requires_grad=True)
    gradient = torch.randn(T, B, H, dtype=torch.bfloat16 if bf16 else torch.float32)
    targets = torch.randint(V, (T * B,))

    def passes():
        for _ in range(STEPS):
            lstm.zero_grad(), linear.zero_grad()
            xs.grad = None
            with torch.autocast("cpu", torch.bfloat16) if bf16 else contextlib.nullcontext():
                hs, _ = lstm(xs)
                logits = linear(hs) if output else None
            if output:
                functional.cross_entropy(logits.float().flatten(0, 1), targets).backward()
            else:
                hs.backward(gradient)

    return passes
