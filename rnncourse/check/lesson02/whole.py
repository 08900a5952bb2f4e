"""A batch, a whole sequence, and the one matrix that is left of it without the bend."""

import numpy as np

from rnncourse import cells, sequence
from rnncourse.check.exercise import Exercise, Mistake
from rnncourse.check.lesson02.inputs import BY_HAND, sequence_inputs, states, weights
from rnncourse.check.rules import without


def batch_of(sequences):
    """A list of B sequences, each (T, D), as one array xs (T, B, D)."""
    return np.stack(sequences, axis=1)


def batch_inputs(rng):
    T, D = rng.integers(3, 6), rng.integers(7, 9)
    return ([rng.normal(size=(T, D)) for _ in range(rng.integers(10, 13))],)


def own_rows(sequences):
    """The rows in memory order, cut into another shape: examples and steps get mixed."""
    xs = np.stack(sequences)
    return xs.reshape(xs.shape[1], xs.shape[0], xs.shape[2])


def rnn_forward(xs, h0, W_x, W_h, b):
    """All states of a sequence: (T, B, D), (B, H) -> (T, B, H)."""
    return sequence.rnn_forward(xs, h0, cells.RNNParams(W_x, W_h, b))[0].copy()


def linear_map(W_x, W_h, T):
    """The matrix M (T*D, H) of the net without tanh: h_T = [x_1, ..., x_T] M."""
    return np.concatenate([W_x @ np.linalg.matrix_power(W_h, T - t) for t in range(1, T + 1)])


def linear_inputs(rng):
    W_x, W_h, _ = weights(rng)
    return W_x, W_h, int(rng.integers(4, 7))


def blocks(W_x, W_h, powers):
    return np.concatenate([W_x @ np.linalg.matrix_power(W_h, k) for k in powers])


EXERCISES = [
    Exercise(
        batch_of, batch_inputs, results=("xs",), points=1, minutes=5, difficulty="warm-up",
        rules=(without("torch"),),
        hints=(
            "Each sequence is (T, D). Where does the new axis, B, belong in (T, B, D)?",
            "`np.stack` puts sequences side by side along a new axis; its `axis` says which.",
        ),
        mistakes=(
            Mistake("batch first", lambda sequences: np.stack(sequences),
                    "Your batch comes first: this is (B, T, D). Time comes first in this course."),
            Mistake("reshaped", own_rows,
                    "The shape is right and the numbers are mixed: `reshape` cuts memory anew, "
                    "so steps of one sequence land in another. Exchange the axes instead."),
            Mistake("one after the other", lambda sequences: np.concatenate(sequences),
                    "You put the sequences one after the other, as a single long one of T times "
                    "B steps."),
            Mistake("side by side", lambda sequences: np.concatenate(sequences, axis=1),
                    "You made one sequence whose inputs have B times D numbers. The batch is an "
                    "axis of its own."),
            Mistake("batch last", lambda sequences: np.stack(sequences, axis=2),
                    "Your batch comes last: this is (T, D, B). An example is a row: B stands "
                    "before D."),
            Mistake("time reversed", lambda sequences: np.stack(sequences, axis=1)[::-1],
                    "Your sequences run backwards."),
            Mistake("examples reversed", lambda sequences: np.stack(sequences[::-1], axis=1),
                    "Your examples come in reverse order: example 0 is the first of the list."),
            Mistake("first sequence only", lambda sequences: np.stack(
                        [sequences[0]] * len(sequences), axis=1),
                    "Every example is the first sequence."),
        ),
    ),
    Exercise(
        rnn_forward, sequence_inputs, results=("hs",), points=3, minutes=15, difficulty="medium",
        terms=("xs", "h0", "b"), rules=(BY_HAND,),
        hints=(
            "`for x in xs` walks through time. Start with h = h0 and an empty list.",
            "In the loop: h becomes the step of x and h. Append it.",
            "`np.array(hs)` makes (T, B, H) of the list.",
        ),
        mistakes=(
            Mistake("state not carried", lambda xs, h0, *p: np.array(
                        [states(x[None], h0, p)[0] for x in xs]),
                    "The state is not carried: every step starts from h0 again, so the first "
                    "input never reaches the last state."),
            Mistake("h0 ignored", lambda xs, h0, *p: states(xs, np.zeros_like(h0), p),
                    "You start from zeros instead of from h0. Then nobody can stop after a step "
                    "and go on later."),
            Mistake("h0 included", lambda xs, h0, *p: np.concatenate([h0[None], states(xs, h0, p)]),
                    "Your result has T + 1 states: h0 is in it. hs holds h_1 to h_T."),
            Mistake("h0 instead of h_T", lambda xs, h0, *p: np.concatenate(
                        [h0[None], states(xs, h0, p)[:-1]]),
                    "You keep the state before each step, not the one after it: append after "
                    "the step."),
            Mistake("last state only", lambda xs, h0, *p: states(xs, h0, p)[-1],
                    "You return the last state only. All T of them are asked for."),
            Mistake("the same array T times", lambda xs, h0, *p: np.array(
                        [states(xs, h0, p)[-1]] * len(xs)),
                    "All your states are the last one: you appended the same array T times and "
                    "wrote into it. Make a new one at each step."),
            Mistake("time reversed", lambda xs, h0, *p: states(xs[::-1], h0, p)[::-1],
                    "Your loop runs from the end to the start."),
            Mistake("W_h transposed", lambda xs, h0, W_x, W_h, b: states(xs, h0, (W_x, W_h.T, b)),
                    "W_h is transposed, at every step: it is `h @ W_h`. A test over one step from "
                    "zeros would not see it."),
            Mistake("no bend", lambda xs, h0, *p: states(xs, h0, p, bend=lambda a: a),
                    "The bend is missing: without tanh all steps are one matrix."),
            Mistake("no bias", lambda xs, h0, W_x, W_h, b: states(xs, h0, (W_x, W_h, 0 * b)),
                    "The bias b is missing in your loop."),
            Mistake("the input before", lambda xs, h0, *p: states(
                        np.concatenate([np.zeros_like(xs[:1]), xs[:-1]]), h0, p),
                    "Step t reads the input of step t - 1: your inputs are shifted by one."),
            Mistake("batch first", lambda xs, h0, *p: states(xs, h0, p).swapaxes(0, 1),
                    "Your result is (B, T, H). Time comes first: hs[t] is the state after step t."),
        ),
    ),
    Exercise(
        linear_map, linear_inputs, results=("M",), points=3, minutes=20, difficulty="hard",
        rules=(without("torch"),),
        hints=(
            "M is a stack of T blocks (D, H), one per step. What does $x_T$ meet on its way into "
            "$h_T$? And $x_{T-1}$?",
            "$x_t$ meets W_x once, then W_h once at each of the T - t later steps.",
            "`np.linalg.matrix_power(W_h, n)` is W_h multiplied n times; with n = 0 it is the "
            "identity.",
        ),
        mistakes=(
            Mistake("order reversed", lambda W_x, W_h, T: blocks(W_x, W_h, range(T)),
                    "Your blocks are in reverse order: the first belongs to $x_1$, which has met "
                    "W_h most often."),
            Mistake("one power too many", lambda W_x, W_h, T: blocks(
                        W_x, W_h, range(T, 0, -1)),
                    "Each block has one W_h too many: the last input meets W_x only."),
            Mistake("elementwise power", lambda W_x, W_h, T: np.concatenate(
                        [W_x @ W_h ** n for n in range(T - 1, -1, -1)]),
                    "`W_h ** n` raises each number by itself. The product of n matrices is "
                    "`np.linalg.matrix_power(W_h, n)`."),
            Mistake("elementwise, identity mended", lambda W_x, W_h, T: np.concatenate(
                        [W_x @ W_h ** n if n else W_x for n in range(T - 1, -1, -1)]),
                    "`W_h ** n` raises each number by itself, which your special case for n = 0 "
                    "hides at one step only. Use `np.linalg.matrix_power(W_h, n)`."),
            Mistake("W_h transposed", lambda W_x, W_h, T: blocks(
                        W_x, W_h.T, range(T - 1, -1, -1)),
                    "Your W_h is transposed."),
            Mistake("no powers", lambda W_x, W_h, T: np.concatenate([W_x] * T),
                    "Every block is W_x: as if each input reached the last state at once, "
                    "without passing the steps between."),
            Mistake("W_h once", lambda W_x, W_h, T: np.concatenate(
                        [W_x @ W_h] * (T - 1) + [W_x]),
                    "Each earlier input meets W_h once. It meets it at every later step: T - t "
                    "times."),
            Mistake("side by side", lambda W_x, W_h, T: np.concatenate(
                        [W_x @ np.linalg.matrix_power(W_h, T - t) for t in range(1, T + 1)],
                        axis=1),
                    "Your blocks stand side by side, (D, T*H). Stacked, they are (T*D, H): one "
                    "block of rows per step."),
            Mistake("blocks apart", lambda W_x, W_h, T: np.stack(
                        [W_x @ np.linalg.matrix_power(W_h, T - t) for t in range(1, T + 1)]),
                    "You return (T, D, H): the blocks, not yet one matrix. `np.concatenate` "
                    "stacks them."),
        ),
    ),
]
