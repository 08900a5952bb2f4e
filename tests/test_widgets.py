"""The explorer's state, its NumPy truth and its goals; test_widgets_browser.py opens it."""

import gzip
import json
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn
from traitlets import TraitError

from rnncourse import cells, gradcheck, sequence
from rnncourse.widgets import CellExplorer, base, goals, single
from rnncourse.widgets.presets import PRESETS, START

plt.switch_backend("Agg")
KINDS = ["rnn", "lstm", "gru"]
TORCH = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
PLAIN = {"polarity": "keeps", "reset": "after", "activation": "tanh"}


def random_numbers(rng, scale=2.0):
    return {name: float(rng.normal(0, scale)) for name in START}


# --- the truth: one unit by NumPy ---------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_unit_does_what_the_sequence_does(kind):
    rng = np.random.default_rng(0)
    numbers, xs = random_numbers(rng), rng.normal(size=12)
    p = single.as_params(kind, numbers)
    start = (None, None) if kind == "lstm" else (None,)
    hs = getattr(sequence, f"{kind}_forward")(xs[:, None, None], *start, p)[0]
    np.testing.assert_allclose(single.trace(kind, numbers, xs, PLAIN)["h"], hs[:, 0, 0], rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [
    PLAIN, {"polarity": "replaces", "reset": "before", "activation": "relu"},
])
def test_the_gradient_to_an_input_is_the_slope_of_the_state(kind, options):
    rng = np.random.default_rng(1)
    numbers, xs = random_numbers(rng, 1), rng.normal(size=9)
    found = single.gradients(kind, numbers, xs, 7, options)["x"]
    slope = gradcheck.numerical_grad(lambda: single.trace(kind, numbers, xs, options)["h"][6], xs)
    np.testing.assert_allclose(found, slope[:7], rtol=1e-5, atol=1e-9)


def test_the_gradient_to_the_cell_state_is_the_product_of_forget_gates():
    """With no weight on the state before, nothing but f and the last step's slope is left."""
    explorer = CellExplorer("count", gradient="state")
    trace, slopes = explorer.trace("lstm"), explorer.gradients("lstm")["c"]
    last = trace["o"][-1] * (1 - np.tanh(trace["c"][-1]) ** 2)
    kept = np.append(np.cumprod(trace["f"][:0:-1])[::-1], 1)
    np.testing.assert_allclose(slopes, last * kept, rtol=1e-10)


# --- a learner's own cell -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_unit_of_a_torch_module_does_what_it_does_there(kind):
    torch.manual_seed(0)
    module = TORCH[kind](3, 4).double()
    xs = np.random.default_rng(0).normal(size=(15, 3))
    with torch.no_grad():
        wanted = module(torch.from_numpy(xs))[0].numpy()
    explorer = CellExplorer()
    explorer.load(module, xs, column=1)
    assert explorer.kinds == [kind] and explorer.xs == xs[:, 1].tolist()
    for k in range(4):
        explorer.unit = k
        np.testing.assert_allclose(explorer.trace(kind)["h"], wanted[:, k], rtol=1e-12, atol=1e-15)


def test_the_rest_of_the_cell_sees_an_edited_input():
    torch.manual_seed(0)
    module = nn.GRU(2, 3).double()
    xs = np.random.default_rng(0).normal(size=(10, 2))
    explorer = CellExplorer()
    explorer.load(module, xs, unit=2)
    xs[3, 0] = -2
    explorer.xs = xs[:, 0]
    with torch.no_grad():
        wanted = module(torch.from_numpy(xs))[0][:, 2].numpy()
    np.testing.assert_allclose(explorer.trace("gru")["h"], wanted, rtol=1e-12)


@pytest.mark.parametrize("reset, step", [
    ("after", cells.gru_update_step), ("before", cells.gru_update_reset_before_step),
])
def test_a_numpy_gru_follows_both_switches(reset, step):
    rng = np.random.default_rng(0)
    p, xs = cells.init_gru(rng, 2, 3), rng.normal(size=(10, 2))
    explorer = CellExplorer(polarity="replaces")
    explorer.load(p, xs)
    explorer.reset = reset
    h = np.zeros((1, 3))
    for t, x in enumerate(xs):
        h, _ = step(x[None], h, p)
        assert explorer.trace("gru")["h"][t] == pytest.approx(h[0, 0], rel=1e-12)


def test_a_relu_module_brings_its_activation():
    module = nn.RNN(1, 2, nonlinearity="relu").double()
    explorer = CellExplorer()
    explorer.load(module, unit=1)
    with torch.no_grad():
        wanted = module(torch.tensor(explorer.xs).double()[:, None])[0][:, 1].numpy()
    np.testing.assert_allclose(explorer.trace("rnn")["h"], wanted, rtol=1e-12, atol=1e-15)


def test_letting_go_of_a_cell_lets_go_of_its_drive():
    explorer = CellExplorer()
    explorer.load(cells.init_rnn(np.random.default_rng(0), 1, 3))
    assert explorer.drive("rnn")
    explorer.loaded = {}
    explorer.xs = [1.0, 2.0]
    assert explorer.loaded == {} and explorer.drive("rnn") == {}


def exploding():
    """A ReLU module whose state grows beyond every float."""
    module = nn.RNN(1, 2, nonlinearity="relu").double()
    with torch.no_grad():
        for weight in module.parameters():
            weight.fill_(1e40)
    return module


@pytest.mark.parametrize("call, says", [
    (lambda e: e.load("weights"), "the cell is a str; expected RNNParams"),
    (lambda e: e.load(nn.Linear(1, 1)), "module is Linear; expected nn.RNN"),
    (lambda e: e.load(nn.LSTM(2, 3), np.zeros((5, 3))), r"shape \(5, 3\).*expects \(T, 2\)"),
    (lambda e: e.load(nn.LSTM(1, 3), np.full(5, np.nan)), "xs holds NaN"),
    (lambda e: e.load(nn.LSTM(1, 3), unit=3), "unit is 3; expected .* 0 to 2"),
    (lambda e: e.load(nn.LSTM(1, 3), np.zeros(500)), "xs has 500 steps"),
    (lambda e: e.load(exploding(), np.ones(20)), "infinit"),
])
def test_a_cell_that_does_not_fit_is_told_and_changes_nothing(call, says):
    explorer = CellExplorer("flush")
    before = json.dumps(explorer.state())
    with pytest.raises((TypeError, ValueError, TraitError), match=says):
        call(explorer)
    assert json.dumps(explorer.state()) == before


# --- state that cannot be shown -----------------------------------------------------------------


@pytest.mark.parametrize("name, value, says", [
    ("xs", [0, float("nan")], "xs at step 2 is nan; expected a finite number"),
    ("xs", [float("inf")], "xs at step 1 is inf"),
    ("xs", [], "xs has 0 steps; expected 1 to 200"),
    ("xs", [0.0] * 201, "xs has 201 steps"),
    ("xs", np.zeros((2, 2)), r"xs is shape \(2, 2\)"),
    ("xs", ["one"], "xs at step 1 is 'one', a str"),
    ("xs", 12, "xs is int; expected a list"),
    ("step", 0, "step is 0; expected a whole number from 1"),
    ("step", 41, "step is 41; the sequence has 40 steps"),
    ("step", 2.5, "step is 2.5"),
    ("gradient_from", True, "gradient_from is True"),
    ("kinds", ["lsmt"], "expected one or more of rnn, lstm, gru"),
    ("kinds", [], "expected one or more"),
    ("kinds", 3, "'kinds' trait .* expected a list"),
    ("polarity", "drops", "polarity is 'drops'; expected one of keeps, replaces"),
    ("goal", "win", "goal is 'win'; expected one of"),
    ("unit", 1, "unit is 1; there are units 0 to 0"),
    ("params", {"b_f": 1}, "params lacks w_x"),
    ("params", [1], "'params' trait .* expected a dict"),
    ("params", START | {"b_x": 1}, "params has no 'b_x'; the names are"),
    ("params", START | {"b_f": None}, r"params\['b_f'\] is None, a NoneType"),
])
def test_what_cannot_be_shown_is_refused_with_a_sentence(name, value, says):
    explorer = CellExplorer("remember")
    before = json.dumps(explorer.state())
    with pytest.raises(TraitError, match=says):
        setattr(explorer, name, value)
    assert json.dumps(explorer.state()) == before


def test_one_number_is_set_by_its_name():
    explorer = CellExplorer()
    held = explorer.params
    held["b_f"] = 2
    held["b_i"] = np.float32(1)
    assert (explorer.params["b_f"], explorer.params["b_i"], held["b_f"]) == (2, 1, 2)
    with pytest.raises(TraitError, match="is nan"):
        explorer.params["b_f"] = np.nan
    with pytest.raises(TraitError, match="has no 'b_q'"):
        explorer.params["b_q"] = 1
    with pytest.raises(TypeError, match="names in params are fixed"):
        del explorer.params["b_f"]
    assert explorer.params["b_f"] == 2


def test_a_shorter_input_takes_the_step_along():
    explorer = CellExplorer(step=30)
    explorer.xs = [1.0, 2.0]
    assert (explorer.step, explorer.gradient_from) == (2, 2)


def test_an_unknown_preset_is_told():
    with pytest.raises(ValueError, match="no preset 'forget'; there are remember, overwrite"):
        CellExplorer("forget")


def test_two_explorers_share_nothing():
    one, other = CellExplorer(), CellExplorer()
    one.params["b_f"] = 7
    one.xs = [1.0]
    assert other.params["b_f"] == START["b_f"] and len(other.xs) == 40


# --- presets and goals --------------------------------------------------------------------------


def test_the_saturated_unit_has_no_gradient_though_its_cell_state_goes_on():
    trace = CellExplorer("saturate").trace("lstm")
    assert trace["h"][19] > 0.999 and trace["c"][19] > 19
    assert abs(trace["c"][-1]) < 0.5
    middle = CellExplorer("saturate", gradient_from=20)
    assert abs(middle.gradients("lstm")["c"]).max() < 1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_remember_holds_the_pulse_in_every_kind(kind):
    assert CellExplorer("remember").trace(kind)["h"][-1] > 0.7


PRESET = {preset.name: START | preset.params for preset in PRESETS}
SOLUTIONS = {
    "hold": PRESET["remember"],
    "hold through noise": PRESET["remember"],
    "overwrite": PRESET["overwrite"],
    "forget on -1": PRESET["flush"],
    "count to five": PRESET["count"],
    "reach back": START | {"b_i": 10, "b_f": 10, "b_o": 10, "w_xg": 3},
    "hold without a gate": START | {"w_x": 4, "w_h": 3},
    "vanish": START | {"w_x": 3, "w_h": 3},
    "flip": START | {"w_x": 4, "w_h": -3},
    "hold with one gate": PRESET["remember"] | {"w_xz": 30, "b_z": -18},
}


def solve(name, numbers, **options):
    return goals.GOALS[name].verdict(numbers, PLAIN | options)


@pytest.mark.parametrize("name", goals.GOALS)
def test_a_goal_can_be_reached_and_is_not_reached_at_the_start(name):
    switch = {"polarity": "replaces"} if name == "hold with one gate" else {}
    assert solve(name, SOLUTIONS[name], **switch) == {"solved": True, "says": "Solved."}
    start = solve(name, START, **switch)
    assert not start["solved"] and re.search("to be|to exceed", start["says"])


@pytest.mark.parametrize("name, numbers, says", [
    ("hold", PRESET["remember"] | {"b_f": 3.0}, "c is 0.8. at step .*within 0.1 of 1"),
    ("forget on -1", PRESET["remember"], "c is 0.99 at step 14; .* of 0"),
    ("count to five", PRESET["overwrite"], "c is 0.96 at step 8; .* of 2"),
    ("vanish", START | {"w_h": 1.9, "w_x": 9}, "w_h is 1.9"),
])
def test_a_near_miss_is_told_which_step_fails(name, numbers, says):
    found = solve(name, numbers)
    assert not found["solved"] and re.search(says, found["says"]), found["says"]


def test_an_overflowing_state_is_told():
    numbers = START | {"w_x": 1.0, "w_h": 1e60, "b": 1.0}
    assert "overflows" in solve("flip", numbers, activation="relu")["says"]


def test_the_verdict_follows_the_weights():
    explorer = CellExplorer(goal="count to five")
    assert explorer.verdict["solved"] is False
    explorer.params = PRESET["count"]
    assert explorer.verdict["solved"] is True
    explorer.goal = ""
    assert explorer.verdict == {}


# --- what is sent ---------------------------------------------------------------------------------


def test_the_module_is_one_text_under_15_kb():
    text = base.bundle("cell_explorer.js")
    assert "./" not in text and "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert text.count("export default") == 1 and text.count("export function make") == 0
    assert len(gzip.compress(text.encode())) <= 15 * 1024


def test_an_interaction_is_under_2_kb():
    """What travels when a weight moves (all of params) and when an input moves (all of xs)."""
    rng = np.random.default_rng(0)
    explorer = CellExplorer(params=random_numbers(rng), xs=rng.normal(size=40))
    for name in ("params", "xs"):
        assert len(json.dumps(explorer.get_state(name))) < 2048


def test_the_stored_text_is_the_same_in_every_run():
    assert repr(CellExplorer()) == repr(CellExplorer("count")) == "CellExplorer()"


def test_the_static_form_asks_for_nothing(root):
    page = CellExplorer("flush").static_html(height=500)
    assert page.startswith("<iframe") and "sandbox=\"allow-scripts\"" in page
    assert "src=" not in page and len(page) < 100_000
    with pytest.raises(ValueError, match="height is 'tall'; expected a whole number"):
        CellExplorer().static_html("tall")


def test_the_picture_shows_the_strips():
    fig, ax = plt.subplots()
    CellExplorer("remember").draw(ax)
    labels = [text.get_text() for text in ax.get_yticklabels()]
    plt.close(fig)
    assert labels == ["x", "i", "f", "g", "o", "c", "h"]
    with pytest.raises(ValueError, match="kind is 'lstn'"):
        CellExplorer().draw(ax, "lstn")
