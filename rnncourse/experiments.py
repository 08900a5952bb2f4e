"""Training runs that more than one lesson makes: small, from a seed, judged on fresh data."""

import numpy as np
import torch
from torch import nn

from rnncourse.data.tasks import recall


def learn_recall(cell, readout, seed, bar=None, T=30, updates=400, batch=64, rate=3e-3):
    """Train cell and readout on recall; the accuracy on 1000 fresh sequences (chance is 1/4).

    cell: nn.RNN, nn.LSTM or nn.GRU with 4 inputs; readout: nn.Linear(H, 4), applied to h_T.
    seed decides the data; the weights are those the modules come with. Adam with the given rate,
    at most `updates` updates on fresh batches (T, batch, 4), fewer when the loss falls below 0.02.
    bar: a progress bar to advance by one per update.
    """
    draw = np.random.default_rng(seed)
    adam = torch.optim.Adam([*cell.parameters(), *readout.parameters()], lr=rate)
    for _ in range(updates):
        xs, ys = map(torch.from_numpy, recall(draw, T, batch))
        loss = nn.functional.cross_entropy(readout(cell(xs)[0][-1]), ys)
        adam.zero_grad()
        loss.backward()
        adam.step()
        if bar is not None:
            bar.update()
        if loss.item() < 0.02:
            break
    xs, ys = map(torch.from_numpy, recall(draw, T, 1000))
    with torch.no_grad():
        return (readout(cell(xs)[0][-1]).argmax(dim=1) == ys).double().mean().item()
