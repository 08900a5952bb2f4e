"""The output layer, many-to-one and one-to-many."""

import numpy as np

from rnncourse import cells, sequence
from rnncourse.check.exercise import Exercise, Mistake
from rnncourse.check.lesson02.inputs import (
    BY_HAND,
    first_input,
    states,
    to_one_inputs,
    zero_state,
)
from rnncourse.check.rules import without


def output_layer(hs, W_y, b_y):
    """An output at every step: (T, B, H) -> (T, B, K)."""
    return hs @ W_y + b_y


def output_inputs(rng):
    T, B, H, K = rng.integers(8, 10), rng.integers(5, 7), rng.integers(3, 5), 2
    return rng.uniform(-1, 1, (T, B, H)), rng.normal(size=(H, K)), rng.normal(size=K)


def softmax(a):
    exps = np.exp(a)
    return exps / exps.sum(axis=-1, keepdims=True)


def many_to_one(xs, W_x, W_h, b, W_y, b_y):
    """One output after the last step: (T, B, D) -> (B, K), from a zero state."""
    p = cells.RNNParams(W_x, W_h, b)
    return sequence.rnn_forward(xs, None, p)[0][-1] @ W_y + b_y


def one_to_many(x, T, W_x, W_h, b, W_y, b_y):
    """T outputs from one input at step 1, zeros after it: (B, D) -> (T, B, K)."""
    xs = np.zeros((T, *x.shape))
    xs[0] = x
    return sequence.rnn_forward(xs, None, cells.RNNParams(W_x, W_h, b))[0] @ W_y + b_y


def to_many_inputs(rng):
    xs, *p = to_one_inputs(rng)
    return xs[0], len(xs), *p


EXERCISES = [
    Exercise(
        output_layer, output_inputs, results=("ys",), points=1, minutes=5, difficulty="warm-up",
        terms=("hs", "b_y"), rules=(without("torch"),),
        hints=(
            "It is a linear layer, the same at every step: weights and a bias, no bend.",
            "`@` works on the last axis, so all T steps and B examples go in one product.",
        ),
        mistakes=(
            Mistake("no bias", lambda hs, W_y, b_y: hs @ W_y, "The bias b_y is missing."),
            Mistake("bent", lambda hs, W_y, b_y: np.tanh(hs @ W_y + b_y),
                    "You bend the output. A linear layer is not bent: an output may be any "
                    "number."),
            Mistake("state bent again", lambda hs, W_y, b_y: np.tanh(hs) @ W_y + b_y,
                    "You bend the state once more. It came bent out of its step."),
            Mistake("last step only", lambda hs, W_y, b_y: hs[-1] @ W_y + b_y,
                    "You read the last state only. Here every step has an output."),
            Mistake("softmax", lambda hs, W_y, b_y: softmax(hs @ W_y + b_y),
                    "You turn the outputs into probabilities. This layer gives the logits; the "
                    "softmax belongs to the loss."),
            Mistake("flattened", lambda hs, W_y, b_y: hs.reshape(-1, hs.shape[2]) @ W_y + b_y,
                    "The numbers are right, in one long row of T times B. Keep the axes: "
                    "(T, B, K)."),
            Mistake("summed over steps", lambda hs, W_y, b_y: hs.sum(axis=0) @ W_y + b_y,
                    "You add up the states of all steps. Every step has an output of its own."),
            Mistake("running mean", lambda hs, W_y, b_y: np.cumsum(hs, axis=0) / np.arange(
                        1, len(hs) + 1)[:, None, None] @ W_y + b_y,
                    "You read the mean of the states so far. Step t reads h_t alone: it holds "
                    "what the net remembers."),
        ),
    ),
    Exercise(
        many_to_one, to_one_inputs, results=("y",), points=2, minutes=10, difficulty="medium",
        terms=("xs", "b", "b_y"), rules=(BY_HAND,),
        hints=(
            "Run the whole sequence, from a state of zeros (B, H), and read one state.",
            "With time first, the last step is `hs[-1]`.",
        ),
        mistakes=(
            Mistake("last example", lambda xs, W_x, W_h, b, W_y, b_y: states(
                        xs, zero_state(xs, (W_x, W_h)), (W_x, W_h, b))[:, -1] @ W_y + b_y,
                    "`hs[:, -1]` is the last example at all steps. Time comes first: the last "
                    "step is `hs[-1]`."),
            Mistake("every step", lambda xs, W_x, W_h, b, W_y, b_y: states(
                        xs, zero_state(xs, (W_x, W_h)), (W_x, W_h, b)) @ W_y + b_y,
                    "You give an output at every step. One is asked for, after the last."),
            Mistake("first step", lambda xs, W_x, W_h, b, W_y, b_y: states(
                        xs, zero_state(xs, (W_x, W_h)), (W_x, W_h, b))[0] @ W_y + b_y,
                    "You read the first state, which has seen one input. The last has seen all."),
            Mistake("mean of states", lambda xs, W_x, W_h, b, W_y, b_y: states(
                        xs, zero_state(xs, (W_x, W_h)), (W_x, W_h, b)).mean(axis=0) @ W_y + b_y,
                    "You read the mean of all states. That is a net of its own; this one reads "
                    "the last state."),
            Mistake("sum of states", lambda xs, W_x, W_h, b, W_y, b_y: states(
                        xs, zero_state(xs, (W_x, W_h)), (W_x, W_h, b)).sum(axis=0) @ W_y + b_y,
                    "You read the sum of all states. This net reads the last state."),
            Mistake("state not carried", lambda xs, W_x, W_h, b, W_y, b_y: np.tanh(
                        xs[-1] @ W_x + b) @ W_y + b_y,
                    "Your answer depends on the last input only: the state is not carried from "
                    "step to step."),
            Mistake("bent", lambda xs, W_x, W_h, b, W_y, b_y: np.tanh(states(
                        xs, zero_state(xs, (W_x, W_h)), (W_x, W_h, b))[-1] @ W_y + b_y),
                    "You bend the output. The state is bent; the output layer is linear."),
            Mistake("no output bias", lambda xs, W_x, W_h, b, W_y, b_y: states(
                        xs, zero_state(xs, (W_x, W_h)), (W_x, W_h, b))[-1] @ W_y,
                    "The output's bias b_y is missing."),
            Mistake("the state itself", lambda xs, W_x, W_h, b, W_y, b_y: states(
                        xs, zero_state(xs, (W_x, W_h)), (W_x, W_h, b))[-1],
                    "You return the last state. The output layer W_y, b_y is still to come."),
        ),
    ),
    Exercise(
        one_to_many, to_many_inputs, results=("ys",), points=2, minutes=15, difficulty="medium",
        terms=("x", "b", "b_y"), rules=(BY_HAND,),
        hints=(
            "There are T steps. Only the first has an input; the others get zeros.",
            "A step with input zero still has `h @ W_h` and the bias b.",
            "Make `xs = np.zeros((T, *x.shape))`, set `xs[0] = x`, and run it from a zero state.",
        ),
        mistakes=(
            Mistake("input repeated", lambda x, T, W_x, W_h, b, W_y, b_y: states(
                        np.repeat(x[None], T, axis=0), np.zeros((len(x), len(W_h))),
                        (W_x, W_h, b)) @ W_y + b_y,
                    "You feed x at every step. It comes at step 1 only; after it the net is on "
                    "its own."),
            Mistake("input last", lambda x, T, W_x, W_h, b, W_y, b_y: states(
                        first_input(x, T)[::-1], np.zeros((len(x), len(W_h))),
                        (W_x, W_h, b)) @ W_y + b_y,
                    "Your input comes at the last step. At step 1, all outputs can depend on it."),
            Mistake("no bias after step 1", lambda x, T, W_x, W_h, b, W_y, b_y: np.concatenate(
                        [np.tanh(x @ W_x + b)[None], states(
                            np.zeros((T - 1, *x.shape)), np.tanh(x @ W_x + b),
                            (W_x, W_h, 0 * b))]) @ W_y + b_y,
                    "After step 1 you leave out the bias b. Only the input is zero then; the bias "
                    "is added at every step."),
            Mistake("state not carried", lambda x, T, W_x, W_h, b, W_y, b_y: np.tanh(
                        first_input(x, T) @ W_x + b) @ W_y + b_y,
                    "The state is not carried, so from step 2 on nothing of x is left."),
            Mistake("the same output T times", lambda x, T, W_x, W_h, b, W_y, b_y: np.repeat(
                        (np.tanh(x @ W_x + b) @ W_y + b_y)[None], T, axis=0),
                    "All your outputs are that of step 1. The state goes on changing, with inputs "
                    "of zero."),
            Mistake("x as the state", lambda x, T, W_x, W_h, b, W_y, b_y: states(
                        np.zeros((T, *x.shape)), x @ W_x, (W_x, W_h, b)) @ W_y + b_y,
                    "You make x the state h_0. It is the input of step 1, from a state of zeros."),
            Mistake("one step too many", lambda x, T, W_x, W_h, b, W_y, b_y: states(
                        first_input(x, T + 1), np.zeros((len(x), len(W_h))),
                        (W_x, W_h, b)) @ W_y + b_y,
                    "You make T + 1 steps. The step that reads x is one of the T."),
            Mistake("last output only", lambda x, T, W_x, W_h, b, W_y, b_y: states(
                        first_input(x, T), np.zeros((len(x), len(W_h))),
                        (W_x, W_h, b))[-1] @ W_y + b_y,
                    "You return the last output only. All T are asked for."),
            Mistake("no output bias", lambda x, T, W_x, W_h, b, W_y, b_y: states(
                        first_input(x, T), np.zeros((len(x), len(W_h))), (W_x, W_h, b)) @ W_y,
                    "The output's bias b_y is missing."),
        ),
    ),
]
