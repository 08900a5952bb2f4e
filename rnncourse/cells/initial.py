"""Parameters to start from, distributed as torch's, and how many there are."""

import numpy as np

from rnncourse.cells.gru import GRUParams
from rnncourse.cells.lstm import LSTMParams
from rnncourse.cells.rnn import RNNParams


def init_rnn(rng, D, H, dtype=np.float64):
    """RNNParams drawn as torch.nn.RNN draws them: every number from U(-1/sqrt(H), 1/sqrt(H)).

    torch adds two bias vectors; b is the sum of two draws. ReLU cells use the same parameters.
    """
    return RNNParams(*draw(rng, D, H, 1, dtype))


def init_lstm(rng, D, H, forget_bias=0.0, dtype=np.float64):
    """LSTMParams drawn as torch.nn.LSTM draws them, with forget_bias added to the bias of f.

    At 0 the forget gate starts near 1/2 and halves the cell state at every step; 1 is the usual
    choice (Jozefowicz, Zaremba & Sutskever 2015), more helps longer lags.
    """
    W_x, W_h, b = draw(rng, D, H, 4, dtype)
    b[H : 2 * H] += forget_bias
    return LSTMParams(W_x, W_h, b)


def init_gru(rng, D, H, keep_bias=0.0, dtype=np.float64):
    """GRUParams drawn as torch.nn.GRU draws them, with keep_bias added to the bias of z.

    Positive keeps where z keeps (gru_step, torch); for the other polarity use flip_polarity.
    """
    W_x, W_h, b = draw(rng, D, H, 3, dtype)
    b_n = uniform(rng, H, (H,), dtype)
    b[2 * H :] = uniform(rng, H, (H,), dtype)  # here the two bias vectors stay apart
    b[H : 2 * H] += keep_bias
    return GRUParams(W_x, W_h, b, b_n)


def count_parameters(p):
    """How many numbers are in a NamedTuple of parameters."""
    return sum(array.size for array in p)


def draw(rng, D, H, gates, dtype):
    """W_x (D, gates*H), W_h (H, gates*H) and b (gates*H,), the sum of two bias vectors."""
    for name, size in (("D", D), ("H", H)):
        if not isinstance(size, (int, np.integer)) or size < 1:
            raise ValueError(f"{name} must be a whole number, at least 1; got {size!r}")
    W_x = uniform(rng, H, (D, gates * H), dtype)
    W_h = uniform(rng, H, (H, gates * H), dtype)
    b = uniform(rng, H, (gates * H,), dtype) + uniform(rng, H, (gates * H,), dtype)
    return W_x, W_h, b


def uniform(rng, H, shape, dtype):
    return rng.uniform(-1, 1, shape).astype(dtype) / np.sqrt(H).astype(dtype)
