"""Exercises of lesson 00: meet the checker."""

import numpy as np

from rnncourse import cells
from rnncourse.check.exercise import Exercise, Mistake


def unit(x, w, b):
    """The output of one unit: x (B,), numbers w and b -> (B,)."""
    return np.tanh(x * w + b)


def unit_inputs(rng):
    return rng.normal(size=rng.integers(3, 7)), rng.normal(), rng.normal()


def count_parameters(D, H):
    """How many numbers W_x (D, H), W_h (H, H) and b (H,) hold together."""
    return cells.count_parameters(cells.RNNParams(np.empty((D, H)), np.empty((H, H)), np.empty(H)))


def count_inputs(rng):
    return int(rng.integers(2, 30)), int(rng.integers(31, 60))


EXERCISES = [
    Exercise(
        unit, unit_inputs, results=("y",), points=1, minutes=5, difficulty="warm-up",
        terms=("x", "b"),
        hints=(
            "The formula has three parts: multiply by the weight, add the bias, bend.",
            "NumPy's name for the bend is `np.tanh`. It works on a whole array at once.",
            "`x * w + b` is the pre-activation. What is missing around it?",
        ),
        mistakes=(
            Mistake("no bend", lambda x, w, b: x * w + b,
                    "The bend is missing: this is the pre-activation $x w + b$ itself, a straight "
                    "line. Put it through `np.tanh`."),
            Mistake("bias subtracted", lambda x, w, b: np.tanh(x * w - b),
                    "Your bias is subtracted. It is added; that it moves the curve to the left "
                    "comes out by itself."),
            Mistake("bias multiplied too", lambda x, w, b: np.tanh((x + b) * w),
                    "Your weight multiplies the bias as well. Only the input is weighted: the "
                    "brackets belong around nothing."),
            Mistake("bias after the bend", lambda x, w, b: np.tanh(x * w) + b,
                    "Your bias is added after the bend, so the output can leave the range from "
                    "-1 to 1. It belongs inside."),
            Mistake("no bias", lambda x, w, b: np.tanh(x * w),
                    "The bias is missing: your curve always changes sign at x = 0."),
            Mistake("sigmoid", lambda x, w, b: cells.sigmoid(x * w + b),
                    "You bend with the sigmoid, whose values lie between 0 and 1. This unit uses "
                    "tanh, from -1 to 1."),
            Mistake("weight outside", lambda x, w, b: w * np.tanh(x + b),
                    "Your weight stands outside the bend and changes the height of the curve. "
                    "Inside, it changes the steepness."),
            Mistake("bent first", lambda x, w, b: np.tanh(x) * w + b,
                    "You bend the input, then weigh it. First comes the sum, then the bend."),
        ),
    ),
    Exercise(
        count_parameters, count_inputs, results=("count",), points=1, minutes=5,
        difficulty="warm-up",
        hints=(
            "Write down the shapes of W_x, W_h and b; the table of this lesson has them.",
            "A matrix of shape (D, H) holds D times H numbers. Add up the three.",
        ),
        mistakes=(
            Mistake("no bias", lambda D, H: D * H + H * H,
                    "You count the two matrices and leave out the bias, which has one number per "
                    "unit."),
            Mistake("no recurrent weights", lambda D, H: D * H + H,
                    "The recurrent weights W_h are missing: they take the state to the next "
                    "state, so their shape is (H, H)."),
            Mistake("W_h of shape (D, H)", lambda D, H: 2 * D * H + H,
                    "You count W_h as (D, H). It multiplies the state, which has H numbers: its "
                    "shape is (H, H)."),
            Mistake("W_x of shape (D, D)", lambda D, H: D * D + H * H + H,
                    "You count W_x as (D, D). It takes D inputs to H units: its shape is (D, H)."),
            Mistake("bias per input", lambda D, H: D * H + H * H + D,
                    "You count a bias per input. There is one per unit: H numbers."),
            Mistake("two biases", lambda D, H: D * H + H * H + 2 * H,
                    "You count two biases, as PyTorch stores them. The equation of this course "
                    "has one, their sum."),
            Mistake("a single bias", lambda D, H: D * H + H * H + 1,
                    "You count one number for the bias of all units. Each unit has its own."),
            Mistake("sizes added", lambda D, H: (D + H) + (H + H) + H,
                    "You add the sides of the matrices. A matrix of shape (D, H) holds D times H "
                    "numbers."),
        ),
    ),
]
