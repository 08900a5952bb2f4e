"""What a training run is told, and what it tells: `Recipe` and `History`."""

import math
from dataclasses import asdict, dataclass, field, fields

from rnncourse.metrics import bits_per_character


@dataclass(frozen=True)
class Recipe:
    """How to train. Give a budget: `steps` (repeats exactly) or `seconds` (fits a lesson).

    batch, chunk: B streams are read side by side, T tokens a step (truncated BPTT).
    rate: the highest learning rate; it rises over the first `warmup` share of the budget and
        falls to zero along a half cosine (1608.03983), whichever way the budget is given.
    clip: largest global norm of the gradient (Pascanu, Mikolov & Bengio 2013).
    weight_decay, beta2: AdamW's (1711.05101); matrices decay, biases do not.
    bf16: True, False, or None: where this machine and this model gain from it.
    restart: share of the streams whose carried state is set to zeros at each step, for a model that
        will be asked to write from a cold start.
    seed: of the dropout and the restarts. threads: None lets `training.py` decide.
    checkpoint: a file to keep the run in, every `interval` steps; an existing one is resumed.
    interval: also the steps between two validations.
    """

    steps: int | None = None
    seconds: float | None = None
    batch: int = 32
    chunk: int = 64
    rate: float = 8e-3
    warmup: float = 0.05
    clip: float = 1.0
    weight_decay: float = 0.01
    beta2: float = 0.99
    restart: float = 0.0
    bf16: bool | None = None
    seed: int = 0
    threads: int | None = None
    checkpoint: str | None = None
    interval: int = 200

    def __post_init__(self):
        if (self.steps is None) == (self.seconds is None):
            raise ValueError("a Recipe needs one budget: either steps=2000 or seconds=35")
        for name in ("steps", "batch", "chunk", "interval", "threads"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or value != int(value) or value < 1):
                raise ValueError(f"{name} is {value!r}, expected a whole number of at least 1")
        for name in ("seconds", "rate", "clip"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{name} is {value!r}, expected a positive number")
        for name in ("warmup", "weight_decay", "beta2", "restart"):
            value = getattr(self, name)
            if not 0 <= value < 1:
                raise ValueError(f"{name} is {value!r}, expected a number in [0, 1)")

    def rate_at(self, share):
        """The learning rate when `share` of the budget, 0 to 1, is spent."""
        if share < self.warmup:
            return self.rate * share / self.warmup
        return self.rate * 0.5 * (1 + math.cos(math.pi * (share - self.warmup) / (1 - self.warmup)))

    def must_equal(self, stored):
        """ValueError unless the run stored as a dict was made by this recipe."""
        for each in fields(self):
            ours, theirs = getattr(self, each.name), stored.get(each.name)
            if each.name not in ("checkpoint", "interval", "threads") and ours != theirs:
                raise ValueError(
                    f"the run in {self.checkpoint} was started with {each.name}={theirs!r}, this "
                    f"recipe says {ours!r}. Name another checkpoint, delete that file, or restore "
                    f"{each.name}={theirs!r}"
                )

    def as_dict(self):
        """Every field but the file's name, as numbers a header can hold."""
        return {name: value for name, value in asdict(self).items() if name != "checkpoint"}


@dataclass
class History:
    """What happened: one loss per step, one validation per interval, in nats per character."""

    losses: list = field(default_factory=list)        # of each step's batch
    rates: list = field(default_factory=list)         # the learning rate of each step
    norms: list = field(default_factory=list)         # the gradient's global norm before clipping
    valid_steps: list = field(default_factory=list)   # steps done when `valid` was measured
    valid: list = field(default_factory=list)
    tokens: int = 0                                   # trained on, repeats counted
    seconds: float = 0.0                              # spent, over all resumes
    finished: bool = False                            # False after Ctrl-C

    @property
    def steps(self):
        """1, 2, ... the step of each loss."""
        return list(range(1, len(self.losses) + 1))

    @property
    def bits(self):
        """The last validation in bits per character; NaN where there was none."""
        return bits_per_character(self.valid[-1]) if self.valid else math.nan
