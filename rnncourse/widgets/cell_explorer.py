"""Play with one recurrent unit: every gate visible, every equation with its numbers."""

import numpy as np
import traitlets
from traitlets import TraitError

from rnncourse.widgets import goals, single, strips
from rnncourse.widgets.base import Widget
from rnncourse.widgets.presets import PRESETS, START
from rnncourse.widgets.traits import Choice, Series, Whole, checked_numbers

KINDS = tuple(single.GATES)
NAMES = [name for kind in KINDS for name in single.NAMES[kind]]


class CellExplorer(Widget):
    """RNN, LSTM and GRU of one unit on one input sequence, side by side or alone.

    State, each readable and settable from Python while the page shows it:
    kinds        which cells are shown, of "rnn", "lstm", "gru"
    xs           the input, one number per step (at most 200); assign a whole list
    params       25 numbers by name: explorer.params["b_f"] = 2
    step         the step that is read, from 1
    gradient     "none", "state" (d h_T'/d h_s, for the LSTM d h_T'/d c_s) or "input" (d h_T'/d x_s)
    gradient_from  the step T' that the gradient starts from
    polarity     the GRU's z near 1 "keeps" (torch) or "replaces" (Chung 2014)
    reset        the GRU's reset gate acts "after" (torch) or "before" the product with w_hn
    activation   the RNN's "tanh" or "relu"
    goal         the puzzle that is tried, a key of rnncourse.widgets.goals.GOALS, or ""
    unit         which unit of the loaded cell is shown, from 0 (see load)

    A value that cannot be shown (NaN, infinity, a wrong length, type or name) raises a TraitError
    that says which, and changes nothing.
    """

    module = "cell_explorer.js"
    title = "Cell explorer"

    kinds = traitlets.List(["lstm"]).tag(sync=True)
    xs = Series(PRESETS[0].xs).tag(sync=True)
    params = traitlets.Dict().tag(sync=True)
    step = Whole(4, least=1).tag(sync=True)
    gradient = Choice(["none", "state", "input"], "none").tag(sync=True)
    gradient_from = Whole(40, least=1).tag(sync=True)
    polarity = Choice(["keeps", "replaces"], "keeps").tag(sync=True)
    reset = Choice(["after", "before"], "after").tag(sync=True)
    activation = Choice(["tanh", "relu"], "tanh").tag(sync=True)
    goal = Choice(["", *goals.GOALS], "").tag(sync=True)
    unit = Whole(0, least=0).tag(sync=True)
    loaded = traitlets.Dict().tag(sync=True)
    verdict = traitlets.Dict().tag(sync=True)
    presets = traitlets.List([preset._asdict() for preset in PRESETS]).tag(sync=True)
    goals = traitlets.List(goals.listed()).tag(sync=True)

    def __init__(self, preset=None, **state):
        """preset: "remember", "overwrite", "flush", "count" or "saturate"; state: any trait."""
        self.source = None
        state.setdefault("params", START)
        if preset is not None:
            found = named(preset)
            state["params"] = state["params"] | found.params
            state.setdefault("xs", found.xs)
        length = len(state["xs"]) if hasattr(state.get("xs"), "__len__") else len(self.xs)
        state.setdefault("gradient_from", max(1, length))
        state.setdefault("step", min(self.step, max(1, length)))
        super().__init__(**state)

    @property
    def options(self):
        """The three switches, as single.trace takes them."""
        return {name: getattr(self, name) for name in ("polarity", "reset", "activation")}

    def trace(self, kind):
        """The strips of a kind by NumPy, {signal: (T,)}: what the page must show."""
        return single.trace(kind, self.params, self.xs, self.options, self.drive(kind))

    def gradients(self, kind):
        """d h / d x_s, h_s and c_s from gradient_from back, {name: (gradient_from,)}, by NumPy."""
        return single.gradients(kind, self.params, self.xs, self.gradient_from, self.options,
                              self.drive(kind))

    def drive(self, kind):
        """What the rest of the loaded cell adds to each gate, {gate: T numbers}; {} without one."""
        return self.loaded["drive"] if self.loaded.get("kind") == kind else {}

    def draw(self, ax, kind=None):
        """The strips of a kind (by default the first shown) as a picture, for who has no kernel."""
        kind = self.kinds[0] if kind is None else kind
        if kind not in KINDS:
            raise ValueError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}")
        strips.draw(ax, {"x": np.array(self.xs), **self.trace(kind)})

    def load(self, cell, xs=None, unit=0, column=0):
        """Show a learner's own cell, one unit at a time; the trait `unit` then chooses which.

        cell: RNNParams, LSTMParams, GRUParams, or a torch nn.RNN, nn.LSTM, nn.GRU or Cell of
        these. xs (T, D), or (T,) where D = 1: the inputs, of which `column` can be edited; by
        default the present xs in that column and zeros beside it. What the other units and
        inputs add to the unit's gates goes in as it is, so the unit does exactly what it does in
        its cell; while you edit its weights, the others stay as they were. A preset or a goal
        chosen in the page lets go of it.

        Raises TypeError or ValueError, and changes nothing, where cell, xs, unit or column do
        not fit together or the cell overflows on xs.
        """
        p, activation = own_params(cell)
        kind, (D, H) = single.kind_of(p), (len(p.W_x), len(p.W_h))
        column = within("column", column, D)
        unit = within("unit", unit, H)
        if xs is None:
            xs = np.zeros((len(self.xs), D))
            xs[:, column] = self.xs
        xs = np.array(xs, float)
        xs = xs[:, None] if xs.ndim == 1 else xs
        if xs.ndim != 2 or xs.shape[1] != D:
            raise ValueError(f"xs has shape {xs.shape}; this cell expects (T, {D})")
        if not np.isfinite(xs).all():
            raise ValueError("xs holds NaN or infinity; expected finite numbers")
        type(self).xs.validate(self, xs[:, column])
        switches = self.options | ({"activation": activation} if activation else {})
        single.drive_of(p, xs, unit, column, switches)  # refuses a cell that overflows on xs
        self.loaded = {}
        self.source = (p, xs, column)
        with self.hold_sync():
            self.activation, self.kinds = activation or self.activation, [kind]
            self.step, self.gradient_from = 1, 1
            self.xs = xs[:, column]
            self.gradient_from = len(xs)
            self.unit = unit
            self.take_unit()

    def take_unit(self):
        """Put the chosen unit's numbers, and what the rest of its cell adds, into the page."""
        p, _, column = self.source
        self.params.update(single.taken_out(p, self.unit, column))
        self.drive_anew()

    @traitlets.observe("loaded")
    def _unloaded(self, _):
        if not self.loaded:
            self.source, self.unit = None, 0

    @traitlets.observe("unit")
    def _unit_changed(self, _):
        if self.source:
            self.take_unit()

    @traitlets.observe("xs", "polarity", "reset", "activation")
    def drive_anew(self, _=None):
        """The rest of the loaded cell sees the same input and the same switches."""
        if not self.source:
            return
        p, xs, column = self.source
        full = np.zeros((len(self.xs), xs.shape[1]))
        full[: len(xs)] = xs[: len(full)]
        full[:, column] = self.xs
        self.loaded = {"kind": single.kind_of(p), "units": len(p.W_h),
                       "drive": single.drive_of(p, full, self.unit, column, self.options)}

    @traitlets.validate("params")
    def _params_checked(self, proposal):
        return checked_numbers(self, "params", proposal["value"], NAMES)

    @traitlets.validate("kinds")
    def _kinds_checked(self, proposal):
        kinds = proposal["value"]
        wrong = [kind for kind in kinds if kind not in KINDS]
        if wrong or not kinds:
            raise TraitError(f"kinds is {kinds!r}; expected one or more of {', '.join(KINDS)}")
        return [kind for kind in KINDS if kind in kinds]

    @traitlets.validate("step", "gradient_from")
    def _step_checked(self, proposal):
        if proposal["value"] > len(self.xs):
            raise TraitError(f"{proposal['trait'].name} is {proposal['value']}; the sequence has "
                             f"{len(self.xs)} steps")
        return proposal["value"]

    @traitlets.validate("unit")
    def _unit_checked(self, proposal):
        units = len(self.source[0].W_h) if self.source else 1
        if proposal["value"] >= units:
            raise TraitError(f"unit is {proposal['value']}; there are units 0 to {units - 1}")
        return proposal["value"]

    @traitlets.observe("xs")
    def _steps_kept_inside(self, _):
        for name in ("step", "gradient_from"):
            if getattr(self, name) > len(self.xs):
                setattr(self, name, len(self.xs))

    @traitlets.observe("goal", "params", "xs", "polarity", "reset", "activation", "loaded")
    def _judge(self, _):
        if self.goal:
            self.verdict = goals.GOALS[self.goal].verdict(self.params, self.options)
        elif self.verdict:
            self.verdict = {}


def named(preset):
    """The preset of a name; ValueError lists those there are."""
    found = {start.name: start for start in PRESETS}
    if preset not in found:
        raise ValueError(f"there is no preset {preset!r}; there are {', '.join(found)}")
    return found[preset]


def within(name, value, size):
    """value, a whole number in 0..size-1; ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value < size:
        raise ValueError(f"{name} is {value!r}; expected a whole number from 0 to {size - 1}")
    return int(value)


def own_params(cell):
    """A learner's cell as parameters in float64, and for an RNN of torch its activation."""
    activation = getattr(cell, "nonlinearity", None)
    if type(cell).__module__.startswith("torch.") or hasattr(cell, "named_parameters"):
        from rnncourse.convert import from_torch  # torch is loaded already, by whoever made it

        cell = from_torch(cell)
    single.kind_of(cell)
    return type(cell)(*(np.array(array, float) for array in cell)), activation
