"""A character model in torch, and the two biases that decide whether a gated cell remembers.

`CharModel` is embedding -> recurrent layers -> one score per character. Tokens are time first,
`(T, B)`; the state is an argument and a return value, so that nothing has to be reset.
"""

import torch
from torch import nn

RECURRENT = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class CharModel(nn.Module):
    """Score the next character at every step: tokens (T, B) -> logits (T, B, V).

    vocab_size: V, the number of characters.
    kind: "rnn" (tanh), "lstm" or "gru".
    hidden: H, units per layer. embed: D, size of a character's vector (64 unless tied).
    dropout: rate between the layers and before the output layer (Zaremba, Sutskever & Vinyals
        2014, 1409.2329: never along time).
    tie: one matrix is both embedding and output layer (Press & Wolf 2017, 1608.05859); a
        character's vector then has the size of the state, D = H.
    gate_bias: where the LSTM's forget gate or the GRU's keep gate starts; None leaves torch's own
        draw. A plain RNN has no gate and ignores it.
    """

    def __init__(self, vocab_size, kind="lstm", hidden=256, embed=None, layers=1, dropout=0.0,
                 tie=False, gate_bias=1.0):
        super().__init__()
        if kind not in RECURRENT:
            raise ValueError(f"kind is {kind!r}, expected one of {', '.join(RECURRENT)}")
        embed = embed if embed is not None else (hidden if tie else 64)
        _check_sizes(vocab_size=vocab_size, hidden=hidden, embed=embed, layers=layers)
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout is {dropout}, expected a rate in [0, 1)")
        if tie and embed != hidden:
            raise ValueError(
                f"tie=True shares one (V, D) matrix between input and output, so embed must equal "
                f"hidden; embed is {embed}, hidden {hidden}. Leave embed out, or set tie=False"
            )
        self.config = {"vocab_size": vocab_size, "kind": kind, "hidden": hidden, "embed": embed,
                       "layers": layers, "dropout": dropout, "tie": tie, "gate_bias": gate_bias}
        self.embedding = nn.Embedding(vocab_size, embed)
        self.recurrent = RECURRENT[kind](embed, hidden, layers,
                                         dropout=dropout if layers > 1 else 0.0)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden, vocab_size)
        if tie:
            self.embedding.weight = self.output.weight
        if gate_bias is not None and kind == "lstm":
            set_forget_bias(self.recurrent, gate_bias)
        if gate_bias is not None and kind == "gru":
            set_keep_bias(self.recurrent, gate_bias)

    def forward(self, tokens, state=None):
        """(T, B) int64, state or None (zeros) -> logits (T, B, V), state after the last step.

        The state is torch's own: h of shape (layers, B, H), for the LSTM the pair (h, c).
        """
        if tokens.dim() != 2 or tokens.shape[0] == 0 or tokens.shape[1] == 0:
            raise ValueError(f"tokens has shape {tuple(tokens.shape)}, expected (T, B), "
                             "time first, with T and B at least 1")
        try:
            xs = self.embedding(tokens)
        except IndexError:
            raise ValueError(f"tokens run from {tokens.min()} to {tokens.max()}, expected 0 to "
                             f"{self.config['vocab_size'] - 1}: were they encoded with another "
                             "vocabulary?") from None
        hs, state = self.recurrent(xs, state)
        return self.output(self.dropout(hs)), state


def set_forget_bias(module, value):
    """Start every forget gate of an nn.LSTM or nn.LSTMCell at `value`, a number or H numbers.

    torch adds two bias vectors. The whole value goes into `bias_ih` and zero into `bias_hh`, so
    that their sum is `value` to the last bit. (Gers, Schmidhuber & Cummins 2000; Jozefowicz,
    Zaremba & Sutskever 2015.) H numbers allow the chrono initialisation (1804.11188).
    """
    _set_gate(module, (nn.LSTM, nn.LSTMCell), gate=1, value=value)     # order i, f, g, o


def set_keep_bias(module, value):
    """Start every update gate z of an nn.GRU or nn.GRUCell at `value`, a number or H numbers.

    In torch z near 1 keeps the old state (as in Cho et al. 2014, 1406.1078), so a positive value
    remembers. As for the LSTM, `bias_ih` gets the value and `bias_hh` zero: the sum is exact.
    """
    _set_gate(module, (nn.GRU, nn.GRUCell), gate=1, value=value)       # order r, z, n


def _set_gate(module, kinds, gate, value):
    if not isinstance(module, kinds):
        names = " or ".join(f"nn.{kind.__name__}" for kind in kinds)
        raise TypeError(f"module is a {type(module).__name__}, expected {names}")
    if not module.bias:
        raise ValueError(f"this {type(module).__name__} was built with bias=False: "
                         "it has no bias to set")
    H = module.hidden_size
    value = torch.as_tensor(value)
    if value.shape not in ((), (H,)) or not torch.isfinite(value).all():
        raise ValueError(f"value has shape {tuple(value.shape)}, expected a finite number or "
                         f"{H} of them, one for each unit")
    with torch.no_grad():
        for name, vector in module.named_parameters():
            if name.startswith("bias_"):
                part = vector[gate * H:(gate + 1) * H]
                part.copy_(value) if name.startswith("bias_ih") else part.zero_()


def _check_sizes(**sizes):
    for name, size in sizes.items():
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise ValueError(f"{name} is {size!r}, expected a whole number of at least 1")
