"""Parameters from torch's recurrent modules and back: nn.RNN, nn.LSTM, nn.GRU and their cells.

torch keeps weights as (gates*H, D), ours are (D, gates*H): a transpose, same gate order. torch
adds two bias vectors, b_ih + b_hh. Coming in they are summed; going out the sum goes to b_ih and
b_hh becomes 0, so that a round trip is exact. Only the GRU candidate's part of b_hh is a number
of its own (it sits inside r * (...)) and is kept apart as b_n.
"""

import numpy as np
import torch
from torch import nn

from rnncourse.cells import GRUParams, LSTMParams, RNNParams

KINDS = {
    RNNParams: (nn.RNN, nn.RNNCell),
    LSTMParams: (nn.LSTM, nn.LSTMCell),
    GRUParams: (nn.GRU, nn.GRUCell),
}


def from_torch(module, layer=0, reverse=False):
    """The parameters of one layer and direction, as a fresh RNNParams, LSTMParams or GRUParams.

    module: nn.RNN (tanh or ReLU), nn.LSTM, nn.GRU or a Cell of these. layer counts from 0;
    reverse=True asks for the backward direction of a bidirectional module. Without bias
    (bias=False) b is zero. The dtype is the module's, float32 or float64.

    Raises TypeError for another kind of module or dtype, ValueError for a layer or direction the
    module does not have and for projections (proj_size), which the textbook cells lack.
    """
    kind = kind_of(module)
    W_ih, W_hh, b_ih, b_hh = tensors(module, layer, reverse)
    W_x, W_h = to_numpy(W_ih).T.copy(), to_numpy(W_hh).T.copy()
    b_x = to_numpy(b_ih) if b_ih is not None else np.zeros(W_x.shape[1], W_x.dtype)
    b_h = to_numpy(b_hh) if b_hh is not None else np.zeros(W_h.shape[1], W_h.dtype)
    if kind is not GRUParams:
        return kind(W_x, W_h, b_x + b_h)
    H = len(W_h)
    outside = np.concatenate([b_h[: 2 * H], np.zeros(H, b_h.dtype)])
    return GRUParams(W_x, W_h, b_x + outside, b_h[2 * H :].copy())


def to_torch(params, module, layer=0, reverse=False):
    """Write params into one layer and direction of a torch module, in place; returns the module.

    Everything is checked before anything is written: kind, sizes and dtype must match
    (TypeError, ValueError); a module built with bias=False takes only zero biases.
    """
    kind = kind_of(module)
    if not isinstance(params, kind):
        raise TypeError(f"params is {type(params).__name__}; expected {kind.__name__} for "
                        f"nn.{type(module).__name__}")
    b_x, b_h = params.b, np.zeros_like(params.b)
    if kind is GRUParams:
        b_h[2 * len(params.W_h) :] = params.b_n
    arrays = [params.W_x.T, params.W_h.T, b_x, b_h]
    targets = tensors(module, layer, reverse)
    for name, array, target in zip(("W_x.T", "W_h.T", "b", "b"), arrays, targets, strict=True):
        if target is None:
            if np.any(array):
                raise ValueError("params have a bias, but the module was built with bias=False")
        elif array.shape != tuple(target.shape):
            raise ValueError(f"params.{name} has shape {array.shape}; the module expects "
                             f"{tuple(target.shape)}")
        elif torch.from_numpy(array[:0]).dtype != target.dtype:
            raise TypeError(f"params are {array.dtype}, the module is {target.dtype}: convert one, "
                            "for example with module.double() or module.float()")
    with torch.no_grad():
        for array, target in zip(arrays, targets, strict=True):
            if target is not None:
                target.copy_(torch.from_numpy(np.ascontiguousarray(array)))
    return module


def kind_of(module):
    for kind, classes in KINDS.items():
        if isinstance(module, classes):
            return kind
    raise TypeError(f"module is {type(module).__name__}; expected nn.RNN, nn.LSTM, nn.GRU or one "
                    "of nn.RNNCell, nn.LSTMCell, nn.GRUCell")


def tensors(module, layer, reverse):
    """weight_ih, weight_hh, bias_ih, bias_hh of a layer and direction; None where no bias."""
    layers = getattr(module, "num_layers", 1)
    if isinstance(layer, bool) or not isinstance(layer, int) or not 0 <= layer < layers:
        raise ValueError(f"layer is {layer!r}; the module has layers 0 to {layers - 1}")
    if reverse and not getattr(module, "bidirectional", False):
        raise ValueError("reverse=True, but the module was not built with bidirectional=True")
    if getattr(module, "proj_size", 0):
        raise ValueError(f"the module projects its state to proj_size={module.proj_size}; these "
                         "cells have no projection: build it with proj_size=0")
    cell = isinstance(module, nn.RNNCellBase)
    ending = "" if cell else f"_l{layer}{'_reverse' if reverse else ''}"
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return [getattr(module, name + ending, None) for name in names]


def to_numpy(tensor):
    if tensor.dtype not in (torch.float32, torch.float64):
        raise TypeError(f"the module is {tensor.dtype}; expected float32 or float64: convert a "
                        "copy with module.float()")
    return tensor.detach().cpu().numpy().copy()
