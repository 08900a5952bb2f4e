"""The training loop: what it reads, what it learns, and how it stops and goes on."""

import math
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from rnncourse.hardware import bf16_helps, limited_threads, threads_for
from rnncourse.models import CharModel
from rnncourse.training import History, Recipe, evaluate, stateful_batches, train

PROGRAM = textwrap.dedent("""
    import sys
    import numpy as np, torch
    from rnncourse.models import CharModel
    from rnncourse.training import Recipe, train

    def run(checkpoint, watch=None, kind="lstm"):
        torch.manual_seed(3)
        model = CharModel(7, kind, hidden=12, layers=2, dropout=0.3)
        tokens = np.random.default_rng(0).integers(7, size=700)
        recipe = Recipe(steps=60, batch=4, chunk=8, rate=0.01, interval=10, threads=1,
                        checkpoint=checkpoint)
        return model, train(model, tokens, recipe, tokens[:50], progress=False, watch=watch)
""")
exec(PROGRAM)  # the same `run` here and in the process that is killed


def text(length=600):
    """A cycle of 5 characters: learnable in seconds, to nearly nothing."""
    return np.tile([0, 1, 2, 1, 3], length // 5)


def small(**changes):
    return Recipe(**({"steps": 20, "batch": 4, "chunk": 8, "threads": 1} | changes))


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


# --- reading ---------------------------------------------------------------------------------

def test_streams_follow_the_text_and_targets_are_the_next_character():
    tokens = np.arange(50)
    batches = list(stateful_batches(tokens, batch=3, chunk=5))
    inputs = torch.cat([x for x, _ in batches])
    targets = torch.cat([y for _, y in batches])
    assert all(x.shape == (5, 3) for x, _ in batches)
    assert torch.equal(targets, inputs + 1)
    assert torch.equal(inputs[1:], inputs[:-1] + 1)                  # each row follows the last
    assert inputs[0].tolist() == [0, 16, 32]


def test_the_shortest_text_gives_one_batch_and_a_shorter_one_an_error():
    assert len(list(stateful_batches(np.arange(16), batch=3, chunk=5))) == 1
    with pytest.raises(ValueError, match="15 tokens are too few .* takes 16"):
        list(stateful_batches(np.arange(15), batch=3, chunk=5))


def test_the_state_is_carried_and_the_graph_is_cut():
    seen = []

    class Watched(CharModel):
        def forward(self, tokens, state=None):
            logits, after = super().forward(tokens, state)
            seen.append((state, after))
            return logits, after

    train(Watched(4, hidden=6), text(70), small(steps=5, batch=2, chunk=8), progress=False)
    assert seen[0][0] is None and seen[4][0] is None                  # 4 chunks are one pass
    for (_, (h, c)), ((h_next, c_next), _) in zip(seen[:3], seen[1:4], strict=True):
        assert torch.equal(h, h_next) and torch.equal(c, c_next)
        assert h.requires_grad and not h_next.requires_grad and not c_next.requires_grad


def test_restarts_clear_whole_streams_about_as_often_as_asked():
    cleared = []

    class Watched(CharModel):
        def forward(self, tokens, state=None):
            if state is not None:
                zero = [(part == 0).all(dim=2)[0] for part in state]
                assert torch.equal(*zero)                            # h and c together
                cleared.append(zero[0].float().mean().item())
            return super().forward(tokens, state)

    train(Watched(4, hidden=4), text(6000), small(steps=60, batch=50, chunk=2, restart=0.3),
          progress=False)
    assert abs(np.mean(cleared) - 0.3) < 0.04                        # 5 standard errors


# --- learning --------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_a_cycle_is_learnt(kind):
    torch.manual_seed(0)
    model = CharModel(4, kind, hidden=16)
    history = train(model, text(), small(steps=150, rate=0.02), text(), progress=False)
    assert history.losses[0] > 1.2 and history.valid[-1] < 0.05
    assert history.finished and history.bits == history.valid[-1] / math.log(2)


def test_same_seed_same_weights_and_the_callers_random_state_is_left_alone():
    results, after = [], []
    for seed in (1, 1, 2):
        torch.manual_seed(0)
        model = CharModel(4, hidden=8, layers=2, dropout=0.5)
        before = torch.get_rng_state()
        train(model, text(), small(seed=seed), progress=False)
        after.append(torch.equal(torch.get_rng_state(), before))
        results.append(weights(model))
    assert torch.equal(results[0], results[1]) and not torch.equal(results[0], results[2])
    assert all(after)


def test_the_rate_warms_up_peaks_and_falls_to_nothing():
    history = train(CharModel(4, hidden=4), text(), small(steps=100, rate=0.1, warmup=0.2),
                    progress=False)
    assert np.argmax(history.rates) == 20 and max(history.rates) == 0.1
    assert np.all(np.diff(history.rates[:20]) > 0) and np.all(np.diff(history.rates[21:]) < 0)
    assert history.rates[0] == 0 and history.rates[-1] < 1e-4


def test_clipping_bounds_the_global_norm_and_keeps_the_direction():
    seen = {}

    def kept_step(self, closure=None):
        seen["gradient"] = torch.cat([p.grad.flatten() for p in model.parameters()])
        return original(self, closure)

    original = torch.optim.AdamW.step
    gradients = []
    try:
        torch.optim.AdamW.step = kept_step
        for clip in (1e9, 1e-3):
            torch.manual_seed(0)
            model = CharModel(4, hidden=8)
            history = train(model, text(), small(steps=1, clip=clip), progress=False)
            gradients.append(seen["gradient"])
    finally:
        torch.optim.AdamW.step = original
    free, clipped = gradients
    assert math.isclose(clipped.norm(), 1e-3, rel_tol=1e-3)
    assert math.isclose(history.norms[0], free.norm(), rel_tol=1e-5)
    torch.testing.assert_close(clipped / clipped.norm(), free / free.norm())


def test_a_budget_in_seconds_is_honoured_by_its_clock():
    now = [0.0]

    def clock():
        now[0] += 0.01
        return now[0]

    history = train(CharModel(4, hidden=4), text(), small(steps=None, seconds=2.0),
                    progress=False, clock=clock)
    assert history.finished and 2.0 <= history.seconds < 2.2
    assert history.rates[-1] < 0.01 * max(history.rates)


def test_bf16_trains_as_well():
    torch.manual_seed(0)
    model = CharModel(4, hidden=32)
    history = train(model, text(), small(steps=150, rate=0.02, bf16=True), text(), progress=False)
    assert all(p.dtype == torch.float32 for p in model.parameters())
    assert history.valid[-1] < 0.05


def test_any_module_with_a_state_can_be_trained():
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.out = nn.GRU(4, 4), nn.Linear(4, 4)

        def forward(self, tokens, state=None):
            hs, state = self.rnn(nn.functional.one_hot(tokens, 4).float(), state)
            return self.out(hs), state

    history = train(Bare(), text(), small(), progress=False)
    assert history.losses[-1] < history.losses[0]


def test_mode_is_restored_after_training_and_evaluation():
    model = CharModel(4, hidden=4)
    for mode in (True, False):
        model.train(mode)
        train(model, text(), small(steps=2), progress=False)
        evaluate(model, text())
        assert model.training is mode


def test_threads_are_restored_and_small_cells_get_one():
    before = torch.get_num_threads()
    with limited_threads(before + 1):
        assert torch.get_num_threads() == before + 1
        assert threads_for(CharModel(4, hidden=64)) == 1
        assert 1 <= threads_for(CharModel(4, hidden=128)) <= before + 1
        train(CharModel(4, hidden=4), text(), small(steps=1), progress=False)
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


def test_bf16_is_left_to_large_lstms_on_processors_that_have_it():
    native = torch.cpu.get_capabilities()
    has_it = bool(native.get("avx512_bf16") or native.get("amx_bf16"))
    assert bf16_helps(CharModel(4, "lstm", 256)) == has_it
    assert not bf16_helps(CharModel(4, "lstm", 32)) and not bf16_helps(CharModel(4, "gru", 256))


# --- measuring -------------------------------------------------------------------------------

def surprise(model, tokens, start=0):
    """Summed loss of tokens[start + 1:], read from zeros at `start`: the plain way."""
    logits, _ = model(torch.as_tensor(tokens)[start:-1, None])
    return nn.functional.cross_entropy(logits[:, 0], torch.as_tensor(tokens)[start + 1:],
                                       reduction="sum").item()


def test_evaluation_carries_the_state_or_resets_it():
    torch.manual_seed(0)
    model, tokens = CharModel(4, hidden=8), np.random.default_rng(0).integers(4, size=1203)
    model.eval()
    assert math.isclose(evaluate(model, tokens), surprise(model, tokens) / 1202, rel_tol=1e-6)
    windows = [tokens[start:start + 51] for start in range(0, 1202, 50)]
    reset = sum(surprise(model, window) for window in windows) / 1202
    assert math.isclose(evaluate(model, tokens, reset_every=50), reset, rel_tol=1e-6)
    assert not math.isclose(reset, evaluate(model, tokens), rel_tol=1e-4)
    assert math.isclose(evaluate(model, tokens, streams=4), evaluate(model, tokens), rel_tol=0.01)
    assert evaluate(model, tokens, reset_every=5000) == evaluate(model, tokens)


def test_memory_beyond_the_reset_helps():
    torch.manual_seed(0)
    model = CharModel(4, hidden=16)
    train(model, text(), small(steps=150, rate=0.02), progress=False)
    assert evaluate(model, text()) < evaluate(model, text(), reset_every=2)


# --- stopping and going on -------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_a_killed_run_goes_on_to_exactly_the_same_weights(kind, tmp_path):
    whole, expected = run(str(tmp_path / "whole"), kind=kind)  # noqa: F821
    path = tmp_path / "killed"
    script = PROGRAM + textwrap.dedent(f"""
        import time
        def watch(history):
            print(len(history.losses), flush=True)
            if len(history.losses) == 40:
                time.sleep(600)                       # in the middle: killed here
        run({str(path)!r}, watch, {kind!r})
    """)
    root = str(Path(__file__).parent.parent)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True,
                          env=os.environ | {"PYTHONPATH": root}) as process:
        while process.stdout.readline().strip() != "40":
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    seen = []
    model, history = run(str(path), lambda h: seen.append(len(h.losses)), kind)  # noqa: F821
    assert seen == [40, 50, 60]                       # went on from 30: one interval was lost
    assert history.losses == expected.losses and history.valid == expected.valid
    assert torch.equal(weights(model), weights(whole))


def test_a_finished_run_is_read_back_without_training(tmp_path):
    model, history = run(str(tmp_path / "run"))  # noqa: F821
    again, same = run(str(tmp_path / "run"))  # noqa: F821
    assert torch.equal(weights(model), weights(again)) and same == history


def test_going_on_and_stopping_are_said(tmp_path, capfd):
    recipe = small(checkpoint=str(tmp_path / "run"), interval=5)
    watch = lambda history: len(history.losses) == 10 and os.kill(os.getpid(), 2)  # noqa: E731
    train(CharModel(4, hidden=4), text(), recipe, watch=watch)
    assert "stopped after step 10; the model keeps what it learnt" in capfd.readouterr().err
    train(CharModel(4, hidden=4), text(), recipe)
    said = capfd.readouterr().err
    assert "going on from step 10" in said and "20/20 step" in said


def test_ctrl_c_returns_the_history_and_the_run_can_go_on(tmp_path):
    whole, _ = run(str(tmp_path / "whole"))  # noqa: F821

    def interrupt(history):
        if len(history.losses) == 20:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)

    before = signal.getsignal(signal.SIGINT)
    model, history = run(str(tmp_path / "run"), interrupt)  # noqa: F821
    assert len(history.losses) == 20 and not history.finished
    assert signal.getsignal(signal.SIGINT) is before
    went_on, history = run(str(tmp_path / "run"))  # noqa: F821
    assert len(history.losses) == 60 and history.finished
    assert torch.equal(weights(went_on), weights(whole))


def test_a_run_is_not_resumed_with_another_recipe_text_or_model(tmp_path):
    kept = {"checkpoint": str(tmp_path / "run")}
    train(CharModel(4, hidden=8), text(), small(**kept), progress=False)
    with pytest.raises(ValueError, match="was started with rate=0.008, this recipe says 0.1"):
        train(CharModel(4, hidden=8), text(), small(rate=0.1, **kept), progress=False)
    with pytest.raises(ValueError, match="another text"):
        train(CharModel(4, hidden=8), text()[1:], small(**kept), progress=False)
    with pytest.raises(ValueError, match="another size or kind"):
        train(CharModel(4, hidden=9), text(), small(**kept), progress=False)


def test_a_loss_that_is_no_number_stops_before_the_weights_are_lost():
    class Bursts(CharModel):
        def forward(self, tokens, state=None):
            logits, state = super().forward(tokens, state)
            self.calls = getattr(self, "calls", 0) + 1
            return logits * (float("inf") if self.calls == 6 else 1), state

    model = Bursts(4, hidden=4)
    with pytest.raises(FloatingPointError, match="at step 6 .*lower rate .it is 0.008.*clip"):
        train(model, text(), small(), progress=False)
    assert torch.isfinite(weights(model)).all() and model.calls == 6


# --- bad input -------------------------------------------------------------------------------

@pytest.mark.parametrize("changes, message", [
    ({"steps": None}, "one budget"), ({"seconds": 3}, "one budget"), ({"steps": 0}, "steps is 0"),
    ({"batch": 1.5}, "batch is 1.5"), ({"rate": -1}, "rate is -1"), ({"clip": 0}, "clip is 0"),
    ({"warmup": 1}, "warmup is 1"), ({"beta2": 1}, "beta2 is 1"),
    ({"restart": -0.1}, "restart is -0.1"),
])
def test_a_recipe_out_of_range_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        small(**changes)


@pytest.mark.parametrize("tokens", [np.zeros((3, 3), int), np.zeros(9), []])
def test_tokens_must_be_one_row_of_whole_numbers(tokens):
    for call in (lambda: train(CharModel(4), tokens, small(), progress=False),
                 lambda: evaluate(CharModel(4), tokens)):
        with pytest.raises(ValueError, match="tokens"):
            call()


def test_the_bits_of_a_run_without_validation_are_unknown():
    assert math.isnan(History().bits)
