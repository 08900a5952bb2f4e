"""What a state costs, and weights set by hand that keep one."""

import numpy as np

from rnncourse import cells, sequence
from rnncourse.check.exercise import Exercise, Mistake
from rnncourse.data.tasks import parity

TURN = np.array([[1.0, 1.0], [-1.0, -1.0]])


def recurrent_size(D, H, K):
    """Parameters of a recurrent net (one bias) with an output layer of K numbers."""
    return H * (D + H + 1) + (H + 1) * K


def size_inputs(rng):
    return tuple(int(n) for n in (rng.integers(2, 9), rng.integers(20, 40), rng.integers(10, 18)))


def parity_weights(k):
    """Weights that keep the parity of inputs -1 and +1: W_x (1, 2), W_h (2, 2), b (2,)."""
    return (np.full((1, 2), k / 2),
            k / 2 * np.array([[1.0, 1.0], [-1.0, -1.0]]),
            np.array([0.0, -k]))


def weights_inputs(rng):
    return (float(rng.uniform(5, 8)),)


def keeps_parity(weights, k):
    """"" when the weights answer running parity on 300 steps of inputs -1 and +1."""
    bits, wanted = parity(np.random.default_rng(0), T=300, B=8)
    hs, _ = sequence.rnn_forward(2 * bits.astype(float) - 1, None, cells.RNNParams(*weights))
    read = (hs[..., 0] - hs[..., 1]) / 2
    wrong = (np.abs(read - wanted) > 0.25).any(axis=1)
    if not wrong.any():
        return ""
    t = int(wrong.argmax())
    n = int(np.abs(read - wanted)[t].argmax())
    last = [f"{2 * bit - 1:+.0f}" for bit in bits[max(0, t - 5):t + 1, n, 0]]
    return (f"At step {t + 1} of a test, after the inputs {', '.join(last)}, the state says "
            f"{read[t, n]:.2f}; the parity is {wanted[t, n]}.")


EXERCISES = [
    Exercise(
        recurrent_size, size_inputs, results=("size",), points=1, minutes=5,
        difficulty="warm-up",
        hints=(
            "Five arrays hold the parameters: W_x, W_h, b, W_y and b_y. What are their shapes?",
            "The recurrent part has DH + H^2 + H numbers. The output layer takes H to K.",
        ),
        mistakes=(
            Mistake("no output layer", lambda D, H, K: D * H + H * H + H,
                    "The output layer is missing: W_y of shape (H, K) and b_y of shape (K,)."),
            Mistake("no output bias", lambda D, H, K: H * (D + H + 1) + H * K,
                    "The bias of the output layer, b_y, is missing: K numbers."),
            Mistake("no state bias", lambda D, H, K: H * (D + H) + (H + 1) * K,
                    "The bias of the state, b, is missing: H numbers."),
            Mistake("no biases", lambda D, H, K: H * (D + H) + H * K,
                    "Both biases are missing: b has H numbers, b_y has K."),
            Mistake("no recurrent weights", lambda D, H, K: H * (D + 1) + (H + 1) * K,
                    "The recurrent weights W_h are missing, H times H: without them nothing is "
                    "remembered."),
            Mistake("two biases", lambda D, H, K: H * (D + H + 2) + (H + 1) * K,
                    "You count PyTorch's two biases. The equation has one, their sum."),
            Mistake("output from input", lambda D, H, K: H * (D + H + 1) + (D + 1) * K,
                    "Your output layer reads the input. It reads the state: W_y is (H, K)."),
            Mistake("weights per output", lambda D, H, K: K * H * (D + H + 1),
                    "You multiply all by K. The state is the same for all outputs; only the "
                    "output layer grows with K."),
        ),
    ),
    Exercise(
        parity_weights, weights_inputs, results=("W_x", "W_h", "b"), points=3, minutes=25,
        difficulty="hard", observe=keeps_parity, cases=8,
        hints=(
            "The bit is $(x + 1)/2$. Put that where the lesson's two pre-activations have $x$.",
            "They become $k(x/2 + s)$ and $k(x/2 + s - 1)$. Put $s = (h_1 - h_2)/2$ in.",
            "W_x takes the factor of x for each unit; row j of W_h the factors of $h_j$; b what "
            "is left.",
        ),
        mistakes=(
            Mistake("the lesson's weights",
                    lambda k: (np.full((1, 2), k), k / 2 * TURN, np.array([-k / 2, -1.5 * k])),
                    "These are the lesson's weights, for inputs 0 and 1. Here the inputs are -1 "
                    "and +1: put the bit $(x + 1)/2$ in for x."),
            Mistake("input not halved",
                    lambda k: (np.full((1, 2), k), k / 2 * TURN, np.array([0.0, -k])),
                    "Your W_x is twice too large: the bit is $(x + 1)/2$, so x itself has the "
                    "factor k/2."),
            Mistake("bias kept",
                    lambda k: (np.full((1, 2), k / 2), k / 2 * TURN,
                               np.array([-k / 2, -1.5 * k])),
                    "Your b is still that for inputs 0 and 1. The 1/2 of $(x + 1)/2$ adds k/2 to "
                    "each bias."),
            Mistake("W_h transposed",
                    lambda k: (np.full((1, 2), k / 2), k / 2 * TURN.T, np.array([0.0, -k])),
                    "Your W_h is transposed. Row j says where $h_j$ goes: the first row holds "
                    "the factors of $h_1$, both positive."),
            Mistake("state not halved",
                    lambda k: (np.full((1, 2), k / 2), k * TURN, np.array([0.0, -k])),
                    "Your W_h is twice too large: $s = (h_1 - h_2)/2$ has a 1/2 in it."),
            Mistake("second unit added",
                    lambda k: (np.full((1, 2), k / 2), k / 2 * np.ones((2, 2)),
                               np.array([0.0, -k])),
                    "Your W_h adds the two units. The parity is their difference, "
                    "$s = (h_1 - h_2)/2$: the second row is negative."),
            Mistake("biases swapped",
                    lambda k: (np.full((1, 2), k / 2), k / 2 * TURN, np.array([-k, 0.0])),
                    "Your biases are exchanged: the first unit switches at one half, the second "
                    "at one and a half, so the second has the lower bias."),
            Mistake("bias with the wrong sign",
                    lambda k: (np.full((1, 2), k / 2), k / 2 * TURN, np.array([0.0, k])),
                    "The second unit's bias has the wrong sign: it switches on later than the "
                    "first, so its bias is negative."),
        ),
    ),
]
