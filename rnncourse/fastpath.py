"""The same model in NumPy, one matrix product per layer and character.

The recurrent part of the next step, h W_h, does not wait for the next character, so one product
h [W_h | W_next] gives it together with the next layer's input or, on top, the logits. The first
layer's input part is a table, embedding W_x + b, with one row per character. All gates go
through one tanh: sigmoid(a) = (1 + tanh(a / 2)) / 2, the halves folded into the weights.
"""

import numpy as np

from rnncourse.convert import from_torch, to_numpy

SQUASHED = {"rnn": "", "lstm": "ifo", "gru": "rz"}     # the gates that pass a sigmoid
ORDER = {"rnn": "h", "lstm": "ifgo", "gru": "rzn"}     # torch's order of the blocks
OURS = {"rnn": "h", "lstm": "ifog", "gru": "rzn"}      # sigmoids side by side


class FastModel:
    """step(ids (B,), state) -> logits (B, V) float32, state; state None is zeros.

    model: a CharModel; its weights are copied, so later training does not reach this one.
    """

    def __init__(self, model):
        self.kind = model.config["kind"]
        self.V, self.H = model.config["vocab_size"], model.config["hidden"]
        self.advance = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}[self.kind]
        layers = [_arranged(from_torch(model.recurrent, layer), self.kind)
                  for layer in range(model.config["layers"])]
        output = _float32(model.output.weight).T, _float32(model.output.bias)
        W_x, b = layers[0].into
        self.table = _float32(model.embedding.weight) @ W_x + b
        self.starts = [layer.b_h for layer in layers]
        self.products = []
        for layer, (W_next, b_next) in zip(layers, [*(up.into for up in layers[1:]), output],
                                           strict=True):
            self.products.append((np.hstack([layer.W_h, W_next]),
                                  np.concatenate([layer.b_h, b_next])))

    def step(self, ids, state=None):
        if state is None:
            state = [(np.tile(b_h, (len(ids), 1)), np.zeros((len(ids), self.H), np.float32))
                     for b_h in self.starts]
        signal, after = self.table.take(ids, axis=0), []
        for (recurrent, memory), (W, b) in zip(state, self.products, strict=True):
            h, memory = self.advance(signal, recurrent, memory)
            both = h @ W
            both += b
            G = recurrent.shape[1]
            after.append((both[:, :G], memory))
            signal = both[:, G:]
        return signal, after

    def pick(self, state, rows):
        """The state of the given rows of the batch: what beam search does at every step."""
        return [(recurrent[rows], memory[rows]) for recurrent, memory in state]


def _float32(tensor):
    return to_numpy(tensor).astype(np.float32)


class _Layer:
    """Weights with sigmoid gates first and halved; b goes with the input, b_h with the state."""

    def __init__(self, W_x, W_h, b, b_h):
        self.into, self.W_h, self.b_h = (W_x, b), W_h, b_h


def _arranged(params, kind):
    H = len(params.W_h)
    b_h = np.zeros_like(params.b)
    if kind == "gru":
        b_h[2 * H:] = params.b_n
    blocks = [ORDER[kind].index(gate) for gate in OURS[kind]]
    columns = np.concatenate([np.arange(block * H, (block + 1) * H) for block in blocks])
    scale = np.repeat([0.5 if gate in SQUASHED[kind] else 1.0 for gate in OURS[kind]], H)
    arrays = (params.W_x, params.W_h, params.b, b_h)
    return _Layer(*((array[..., columns] * scale).astype(np.float32) for array in arrays))


def _rnn(signal, recurrent, memory):
    return np.tanh(signal + recurrent), memory


def _lstm(signal, recurrent, c):
    H = c.shape[1]
    signal += recurrent                                # a fresh array each step: ours to use
    a = np.tanh(signal, out=signal)
    gates, g = a[:, :3 * H], a[:, 3 * H:]
    gates *= 0.5
    gates += 0.5
    g *= gates[:, :H]                                  # i * g
    c = c * gates[:, H:2 * H]                          # f * c
    c += g
    h = np.tanh(c)
    h *= gates[:, 2 * H:]                              # o * tanh(c)
    return h, c


def _gru(signal, recurrent, h):
    H = h.shape[1]
    gates = np.tanh(signal[:, :2 * H] + recurrent[:, :2 * H])
    gates *= 0.5
    gates += 0.5
    r, z = gates[:, :H], gates[:, H:]
    n = np.tanh(signal[:, 2 * H:] + r * recurrent[:, 2 * H:])
    h = n + z * (h - n)                                # torch's z keeps
    return h, h
