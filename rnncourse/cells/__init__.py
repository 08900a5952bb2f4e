"""One step of each recurrent cell, forward and backward, one line per equation: the textbook.

Rows are examples: `x` is (B, D), a state is (B, H), so x_t W_x is `x @ W_x`. Parameters and
caches are NamedTuples, a step is a pure function, and gates stand in torch's order: i, f, g, o
for the LSTM, r, z, n for the GRU. Every backward is its forward read upwards. Arguments are
checked (rnncourse/shapes.py): a wrong shape, dtype, NaN or empty batch raises a TypeError or
ValueError that names the argument.

Whole sequences, fast, are in rnncourse.sequence; it equals stepping these functions.
"""

from rnncourse.cells.gru import (
    GRUCache,
    GRUParams,
    flip_polarity,
    gru_reset_before_step,
    gru_reset_before_step_backward,
    gru_step,
    gru_step_backward,
    gru_update_reset_before_step,
    gru_update_reset_before_step_backward,
    gru_update_step,
    gru_update_step_backward,
)
from rnncourse.cells.initial import count_parameters, init_gru, init_lstm, init_rnn
from rnncourse.cells.lstm import LSTMCache, LSTMParams, lstm_step, lstm_step_backward
from rnncourse.cells.rnn import (
    RNNCache,
    RNNParams,
    relu_step,
    relu_step_backward,
    rnn_step,
    rnn_step_backward,
)
from rnncourse.cells.sigmoid import sigmoid

__all__ = [
    "GRUCache", "GRUParams", "LSTMCache", "LSTMParams", "RNNCache", "RNNParams",
    "count_parameters", "flip_polarity",
    "gru_reset_before_step", "gru_reset_before_step_backward",
    "gru_step", "gru_step_backward",
    "gru_update_reset_before_step", "gru_update_reset_before_step_backward",
    "gru_update_step", "gru_update_step_backward",
    "init_gru", "init_lstm", "init_rnn",
    "lstm_step", "lstm_step_backward",
    "relu_step", "relu_step_backward", "rnn_step", "rnn_step_backward",
    "sigmoid",
]
