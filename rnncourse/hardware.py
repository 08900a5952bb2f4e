"""How many threads, and which number format, is fastest for a model on this machine."""

import contextlib
import os

import torch

SMALL_HIDDEN = 64     # units up to which a second thread costs more than it brings (measured)
BF16_HIDDEN = 64      # units from which bfloat16 pays: 0.75 of the time, at 256 0.6 (measured)


def threads_for(model):
    """1 for small cells; above, as many threads as torch may use and the machine has idle."""
    if _hidden(model) <= SMALL_HIDDEN:
        return 1
    idle = _cores() - (os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0)
    return max(1, min(torch.get_num_threads(), round(idle)))


def bf16_helps(model):
    """True where oneDNN's LSTM runs bfloat16 natively and the cell is large enough to gain."""
    has_units = any(torch.cpu.get_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16"))
    lstm = any(isinstance(module, torch.nn.LSTM) for module in model.modules())
    return bool(has_units) and lstm and _hidden(model) >= BF16_HIDDEN


@contextlib.contextmanager
def limited_threads(count):
    """Run torch with `count` threads inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _cores():
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _hidden(model):
    return max((m.hidden_size for m in model.modules() if hasattr(m, "hidden_size")), default=0)
