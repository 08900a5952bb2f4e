"""Whole sequences: equal to stepping the cells, and to torch, in outputs and every gradient."""

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

from rnncourse import cells, convert, sequence

KINDS = ["rnn", "relu", "lstm", "gru"]
MODULES = {
    "rnn": nn.RNN, "relu": lambda D, H: nn.RNN(D, H, nonlinearity="relu"),
    "lstm": nn.LSTM, "gru": nn.GRU,
}
SHAPES = st.tuples(st.integers(1, 50), st.integers(1, 6), st.integers(1, 7), st.integers(1, 9))
problems = given(kind=st.sampled_from(KINDS), shape=SHAPES, seed=st.integers(0, 2**32 - 1))


class Problem:
    """A module and random inputs, states and gradients for it."""

    def __init__(self, kind, shape, seed, dtype=np.float64):
        T, B, D, H = shape
        rng = np.random.default_rng(seed)
        torch.manual_seed(seed)
        self.kind, n = kind, 2 if kind == "lstm" else 1
        self.module = MODULES[kind](D, H).to(torch.from_numpy(np.empty(0, dtype)).dtype)
        self.p = convert.from_torch(self.module)
        self.xs = rng.normal(size=(T, B, D)).astype(dtype)
        self.starts = [rng.normal(size=(B, H)).astype(dtype) for _ in range(n)]
        self.dhs = rng.normal(size=(T, B, H)).astype(dtype)
        self.dlasts = [rng.normal(size=(B, H)).astype(dtype) for _ in range(n)]

    def whole(self, dhs, starts, dlasts):
        """Everything by sequence: hs, last states, dxs, dstarts, dp."""
        forward = getattr(sequence, f"{self.kind}_forward")
        backward = getattr(sequence, f"{self.kind}_backward")
        hs, *cs, cache = forward(self.xs, *starts, self.p)
        dxs, *dstarts, dp = backward(dhs, *dlasts, cache)
        return [hs, hs[-1], *cs, dxs, *dstarts, *dp]

    def stepped(self):
        """The same, one textbook step after the other."""
        step = getattr(cells, f"{self.kind}_step")
        undo = getattr(cells, f"{self.kind}_step_backward")
        state, caches, hs = self.starts, [], []
        for x in self.xs:
            *state, cache = step(x, *state, self.p)
            caches.append(cache)
            hs.append(state[0])
        dstate, dxs, total = self.dlasts, [], [np.zeros_like(array) for array in self.p]
        for dh, cache in zip(self.dhs[::-1], caches[::-1], strict=True):
            dx, *dstate, dp = undo(dstate[0] + dh, *dstate[1:], cache, self.p)
            dxs.append(dx)
            total = [a + b for a, b in zip(total, dp, strict=True)]
        return [np.stack(hs), *state, np.stack(dxs[::-1]), *dstate, *total]

    def by_torch(self):
        """The same, by torch's autograd."""
        xs = torch.tensor(self.xs, requires_grad=True)
        starts = [torch.tensor(s[None], requires_grad=True) for s in self.starts]
        hs, lasts = self.module(xs, tuple(starts) if self.kind == "lstm" else starts[0])
        lasts = lasts if self.kind == "lstm" else [lasts]
        loss = (hs * torch.tensor(self.dhs)).sum()
        for final, d in zip(lasts, self.dlasts, strict=True):
            loss = loss + (final[0] * torch.tensor(d)).sum()
        loss.backward()
        m = self.module
        dp = [m.weight_ih_l0.grad.T, m.weight_hh_l0.grad.T, m.bias_ih_l0.grad]
        if self.kind == "gru":
            dp.append(m.bias_hh_l0.grad[2 * len(self.p.W_h) :])
        out = [hs, *(final[0] for final in lasts), xs.grad, *(s.grad[0] for s in starts), *dp]
        return [tensor.detach().numpy() for tensor in out]


def agree(ours, theirs, tolerance):
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        scale = max(1.0, abs(b).max())  # a sum over steps is as exact as its largest terms
        assert abs(a - b).max() <= tolerance * scale


@settings(max_examples=60, deadline=None, derandomize=True)
@problems
@example(kind="lstm", shape=(50, 6, 7, 9), seed=0)
@example(kind="gru", shape=(50, 6, 7, 9), seed=0)
@example(kind="rnn", shape=(50, 6, 7, 9), seed=0)
def test_equals_stepping_the_textbook(kind, shape, seed):
    problem = Problem(kind, shape, seed)
    ours = problem.whole(problem.dhs, problem.starts, problem.dlasts)
    agree(ours, problem.stepped(), 1e-13)


@settings(max_examples=60, deadline=None, derandomize=True)
@problems
@example(kind="lstm", shape=(50, 6, 7, 9), seed=0)
@example(kind="gru", shape=(50, 6, 7, 9), seed=0)
@example(kind="relu", shape=(50, 6, 7, 9), seed=0)
def test_equals_torch_in_outputs_and_every_gradient(kind, shape, seed):
    problem = Problem(kind, shape, seed)
    ours = problem.whole(problem.dhs, problem.starts, problem.dlasts)
    agree(ours, problem.by_torch(), 1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_float32_in_float32_out_and_close_to_torch(kind):
    problem = Problem(kind, (20, 4, 6, 8), 0, np.float32)
    ours = problem.whole(problem.dhs, problem.starts, problem.dlasts)
    assert {array.dtype for array in ours} == {np.dtype(np.float32)}
    agree(ours, problem.by_torch(), 1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_none_means_zeros(kind):
    problem = Problem(kind, (5, 3, 4, 6), 0)
    zeros = [np.zeros_like(s) for s in problem.starts]
    none = [None] * len(zeros)
    agree(problem.whole(problem.dhs, none, none), problem.whole(problem.dhs, zeros, zeros), 0)
    only_last = problem.whole(None, problem.starts, problem.dlasts)
    agree(only_last, problem.whole(np.zeros_like(problem.dhs), problem.starts, problem.dlasts), 0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_input_reaches_the_last_state(kind):
    problem = Problem(kind, (7, 3, 4, 5), 0)
    forward = getattr(sequence, f"{kind}_forward")
    nudged = problem.xs.copy()
    nudged[0] += 1
    moved, still = (forward(xs, *problem.starts, problem.p)[0][-1] for xs in (nudged, problem.xs))
    assert not np.allclose(moved, still)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_may_be_cut_anywhere_if_the_state_is_carried(kind):
    problem = Problem(kind, (9, 3, 4, 5), 0)
    forward = getattr(sequence, f"{kind}_forward")
    hs, *_ = forward(problem.xs, *problem.starts, problem.p)
    first, *c_T, _ = forward(problem.xs[:4], *problem.starts, problem.p)
    second, *_ = forward(problem.xs[4:], first[-1], *c_T, problem.p)
    np.testing.assert_allclose(np.concatenate([first, second]), hs, rtol=0, atol=1e-14)


def test_every_gate_over_time_is_there_to_look_at():
    lstm, gru = Problem("lstm", (6, 3, 4, 5), 0), Problem("gru", (6, 3, 4, 5), 0)
    *_, seen = sequence.lstm_forward(lstm.xs, *lstm.starts, lstm.p)
    h, c = lstm.starts
    for t, x in enumerate(lstm.xs):
        h, c, cache = cells.lstm_step(x, h, c, lstm.p)
        for name in "ifgo":
            np.testing.assert_allclose(getattr(seen, name)[t], getattr(cache, name), atol=1e-14)
        np.testing.assert_allclose(seen.cs[t], c, atol=1e-14)
        np.testing.assert_allclose(seen.hs[t], h, atol=1e-14)
    *_, seen = sequence.gru_forward(gru.xs, *gru.starts, gru.p)
    (h,) = gru.starts
    for t, x in enumerate(gru.xs):
        h, cache = cells.gru_step(x, h, gru.p)
        for name in "rzn":
            np.testing.assert_allclose(getattr(seen, name)[t], getattr(cache, name), atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_passed_in_is_written_to_and_calls_do_not_share_memory(kind):
    problem = Problem(kind, (6, 3, 4, 5), 0)
    given = [problem.xs, problem.dhs, *problem.starts, *problem.dlasts, *problem.p]
    before = [array.copy() for array in given]
    first = problem.whole(problem.dhs, problem.starts, problem.dlasts)
    kept = [array.copy() for array in first]
    second = problem.whole(problem.dhs, problem.starts, problem.dlasts)
    for array in second:
        array[...] = 0
    for a, b in zip([*given, *first], [*before, *kept], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_need_not_be_contiguous(kind):
    problem = Problem(kind, (6, 3, 4, 5), 0)
    expected = problem.whole(problem.dhs, problem.starts, problem.dlasts)
    problem.xs = np.asfortranarray(problem.xs)
    problem.p = type(problem.p)(*(np.asfortranarray(array) for array in problem.p))
    agree(problem.whole(np.asfortranarray(problem.dhs), problem.starts, problem.dlasts),
          expected, 1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_a_backward_pass_needs_a_gradient_from_somewhere(kind):
    problem = Problem(kind, (6, 3, 4, 5), 0)
    with pytest.raises(ValueError, match="dhs .* all None"):
        problem.whole(None, problem.starts, [None] * len(problem.starts))
