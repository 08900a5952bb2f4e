"""One step, tanh and ReLU."""

import numpy as np

from rnncourse import cells
from rnncourse.check.exercise import Exercise, Mistake
from rnncourse.check.lesson02.inputs import BY_HAND, step_inputs


def rnn_step(x, h_prev, W_x, W_h, b):
    """One step of the tanh cell: (B, D), (B, H) -> (B, H)."""
    return cells.rnn_step(x, h_prev, cells.RNNParams(W_x, W_h, b))[0]


def relu_step(x, h_prev, W_x, W_h, b):
    """One step of the ReLU cell: (B, D), (B, H) -> (B, H)."""
    return cells.relu_step(x, h_prev, cells.RNNParams(W_x, W_h, b))[0]


def relu_inputs(rng):
    x, h_prev, *p = step_inputs(rng)
    return x, 3 * np.abs(h_prev), *p


def step_mistakes(bend):
    """The mistakes of any step, with the bend of this one."""
    return (
        Mistake("W_h transposed",
                lambda x, h_prev, W_x, W_h, b: bend(x @ W_x + h_prev @ W_h.T + b),
                "Your W_h is transposed. Rows are examples here, so it is `h_prev @ W_h`; column "
                "forms of the equation have the transpose."),
        Mistake("no bend", lambda x, h_prev, W_x, W_h, b: x @ W_x + h_prev @ W_h + b,
                "The bend is missing: this is the pre-activation $a_t$. Without it all steps "
                "collapse into one matrix."),
        Mistake("no bias", lambda x, h_prev, W_x, W_h, b: bend(x @ W_x + h_prev @ W_h),
                "The bias b is missing."),
        Mistake("bias after the bend",
                lambda x, h_prev, W_x, W_h, b: bend(x @ W_x + h_prev @ W_h) + b,
                "Your bias is added after the bend. It is part of the pre-activation: inside."),
        Mistake("bias twice", lambda x, h_prev, W_x, W_h, b: bend(x @ W_x + h_prev @ W_h + 2 * b),
                "The bias is added twice. PyTorch has two bias vectors; here b is already their "
                "sum."),
        Mistake("state unused", lambda x, h_prev, W_x, W_h, b: bend(x @ W_x + b),
                "Your step does not use h_prev: it is feedforward and remembers nothing."),
        Mistake("input unused", lambda x, h_prev, W_x, W_h, b: bend(h_prev @ W_h + b),
                "Your step does not use the input x."),
        Mistake("state unweighted", lambda x, h_prev, W_x, W_h, b: bend(x @ W_x + h_prev + b),
                "You add the old state without its weights: it is `h_prev @ W_h`."),
        Mistake("elementwise product",
                lambda x, h_prev, W_x, W_h, b: bend(x @ W_x + h_prev * W_h.diagonal() + b),
                "Each unit sees only its own old state, as if W_h were a diagonal. "
                "`h_prev @ W_h` lets every unit see all."),
        Mistake("bent apart",
                lambda x, h_prev, W_x, W_h, b: bend(x @ W_x) + bend(h_prev @ W_h) + bend(b),
                "You bend each term and then add. Add first: one bend around the whole sum."),
        Mistake("old state added",
                lambda x, h_prev, W_x, W_h, b: h_prev + bend(x @ W_x + h_prev @ W_h + b),
                "You add the old state to the new one. Here the step replaces the state: what is "
                "kept comes through W_h."),
    )


EXERCISES = [
    Exercise(
        rnn_step, step_inputs, results=("h",), points=2, minutes=10, difficulty="warm-up",
        terms=("x", "h_prev", "b"), rules=(BY_HAND,),
        hints=(
            "Three terms are added, then bent. Which shapes have they? All come to (B, H).",
            "The input's term is `x @ W_x`. The state's is built in the same way.",
            "One `np.tanh` goes around the whole sum, the bias included.",
        ),
        mistakes=(
            *step_mistakes(np.tanh),
            Mistake("sigmoid", lambda x, h_prev, W_x, W_h, b: cells.sigmoid(
                        x @ W_x + h_prev @ W_h + b),
                    "You bend with the sigmoid. The state of this cell lies between -1 and 1: "
                    "`np.tanh`."),
            Mistake("ReLU", lambda x, h_prev, W_x, W_h, b: np.maximum(
                        x @ W_x + h_prev @ W_h + b, 0),
                    "You bend with max(0, a). That is the next exercise; here it is `np.tanh`."),
        ),
    ),
    Exercise(
        relu_step, relu_inputs, results=("h",), points=1, minutes=5, difficulty="warm-up",
        terms=("x", "h_prev", "b"), rules=(BY_HAND,),
        hints=(
            "It is your `rnn_step` with another bend.",
            "`np.maximum(0, a)` compares each number with 0; `np.max` would look for the largest "
            "of all.",
        ),
        mistakes=(
            *step_mistakes(lambda a: np.maximum(a, 0)),
            Mistake("tanh", lambda x, h_prev, W_x, W_h, b: np.tanh(x @ W_x + h_prev @ W_h + b),
                    "You bend with tanh. ReLU is max(0, a), and has no ceiling."),
            Mistake("minimum", lambda x, h_prev, W_x, W_h, b: np.minimum(
                        x @ W_x + h_prev @ W_h + b, 0),
                    "You keep what is negative. ReLU passes what is positive and cuts the rest to "
                    "zero."),
            Mistake("absolute value", lambda x, h_prev, W_x, W_h, b: np.abs(
                        x @ W_x + h_prev @ W_h + b),
                    "You turn negative numbers round. ReLU cuts them to zero."),
            Mistake("ceiling", lambda x, h_prev, W_x, W_h, b: np.clip(
                        x @ W_x + h_prev @ W_h + b, 0, 1),
                    "You cut off above 1 too. ReLU has no ceiling: that is what sets it apart "
                    "from tanh."),
            Mistake("largest of all", lambda x, h_prev, W_x, W_h, b: np.max(
                        x @ W_x + h_prev @ W_h + b),
                    "`np.max` gives the largest number of the array. `np.maximum(0, a)` compares "
                    "each number with 0."),
            Mistake("one where positive", lambda x, h_prev, W_x, W_h, b: np.where(
                        x @ W_x + h_prev @ W_h + b > 0, 1.0, 0.0),
                    "You give 1 where the sum is positive. That is the slope of ReLU; its value "
                    "is the sum itself."),
        ),
    ),
]
