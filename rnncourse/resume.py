"""Keep a training run in a file and go on from it: the same weights as without the interruption.

Held: weights, AdamW's moments, the carried state, the random generator, the number format, the
number of threads, and the history, whose length is the position in the text. All of it is numbers,
so safetensors holds it and no pickle is needed.
"""

import hashlib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from rnncourse import tensorfile
from rnncourse.recipe import History

KIND = "rnncourse training run 1"


def save(run):
    """Write the run to `run.recipe.checkpoint`, replacing the interval before."""
    tensors = {f"model.{name}": value for name, value in run.model.state_dict().items()}
    for index, moments in run.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{name}": value for name, value in moments.items()}
    tensors |= {f"state.{i}": value for i, value in enumerate(_as_tuple(run.state))}
    tensors["random"] = torch.get_rng_state()
    facts = {"recipe": run.recipe.as_dict(), "history": asdict(run.history),
             "text": run.fingerprint, "state": _form(run.state), "bf16": run.bf16,
             "threads": torch.get_num_threads()}
    tensorfile.write(run.recipe.checkpoint, KIND, tensors, facts)


def load(run):
    """Bring `run` to where its checkpoint file left it; without such a file, leave it as it is."""
    path = run.recipe.checkpoint
    if not Path(path).exists():
        return
    tensors, facts = tensorfile.read(path, KIND)
    run.recipe.must_equal(facts["recipe"])
    if facts["text"] != run.fingerprint:
        raise ValueError(f"the run in {path} was trained on another text. Name another "
                         "checkpoint, or delete that file")
    _load_model(run.model, _under("model.", tensors), path)
    moments = run.optimiser.state_dict()
    moments["state"] = _nested(_under("optimiser.", tensors))
    run.optimiser.load_state_dict(moments)
    carried = tuple(_under("state.", tensors).values())
    run.state = carried if facts["state"] == "tuple" else carried[0] if carried else None
    torch.set_rng_state(tensors["random"])
    run.history = History(**facts["history"])
    run.bf16 = facts["bf16"]
    if run.recipe.threads is None:
        torch.set_num_threads(facts["threads"])       # sums are rounded in another order otherwise


def fingerprint(tokens):
    """SHA-256 of the text's tokens: a run goes on only with the text it began with."""
    return hashlib.sha256(np.asarray(tokens, dtype=np.int64).tobytes()).hexdigest()


def _load_model(model, weights, path):
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError(f"the run in {path} trains a model of another size or kind. Name another "
                         f"checkpoint, or delete that file. ({error})") from error


def _under(prefix, tensors):
    return {name.removeprefix(prefix): tensors[name] for name in sorted(tensors)
            if name.startswith(prefix)}


def _nested(flat):
    nested = {}
    for name, value in flat.items():
        index, moment = name.split(".")
        nested.setdefault(int(index), {})[moment] = value
    return nested


def _form(state):
    return "tuple" if isinstance(state, tuple) else "tensor"


def _as_tuple(state):
    return () if state is None else state if isinstance(state, tuple) else (state,)
