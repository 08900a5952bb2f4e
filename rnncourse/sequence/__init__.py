"""Whole sequences, forward and backward through time: the second form of the textbook.

Time first: xs (T, B, D), hs (T, B, H). The numbers are those of stepping rnncourse.cells; the
work is arranged for speed, in the way every fast implementation arranges it:

- what the inputs bring, x_t W_x + b, is one matrix product for all steps, before the loop;
- inside the loop stays only what has to wait for the step before: one product h W_h, and the
  elementwise equations, written in place into arrays made beforehand;
- going back, the loop carries dh (and dc), and the gradients of the weights, sums over steps,
  are one matrix product each after it.

h0, c0, dh_T, dc_T may be None for zeros, dhs None when only the final state has a gradient.
All functions are pure: nothing passed in is written to, and what comes out is fresh (hs is a
view into the cache). Reusing buffers between calls was tried and gained under 5 %.
"""

from rnncourse.sequence.gru import GRUSequence, gru_backward, gru_forward
from rnncourse.sequence.lstm import LSTMSequence, lstm_backward, lstm_forward
from rnncourse.sequence.rnn import (
    RNNSequence,
    relu_backward,
    relu_forward,
    rnn_backward,
    rnn_forward,
)

__all__ = [
    "GRUSequence", "LSTMSequence", "RNNSequence",
    "gru_backward", "gru_forward", "lstm_backward", "lstm_forward",
    "relu_backward", "relu_forward", "rnn_backward", "rnn_forward",
]
