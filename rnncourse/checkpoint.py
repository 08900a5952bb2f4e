"""A trained model in one file: weights, alphabet, sizes, and how it was made. Never a pickle.

    save("mine.safetensors", model, vocab, corpus="my diary", bits=1.9)
    model, vocab, facts = load("mine.safetensors")
    model, vocab, facts = load("harbour-docs")  # the one trained for lessons 08 and 09
"""

from pathlib import Path
from typing import NamedTuple

import torch

from rnncourse import tensorfile
from rnncourse.data.vocabulary import Vocabulary
from rnncourse.models import CharModel
from rnncourse.tensorfile import CheckpointError

__all__ = ["CheckpointError", "Loaded", "load", "save", "shipped"]

KIND = "rnncourse character model 1"
FOLDER = Path(__file__).parent / "checkpoints"


class Loaded(NamedTuple):
    """What a checkpoint holds: a CharModel in eval mode, its Vocabulary, and a dict of facts."""

    model: CharModel
    vocab: Vocabulary
    facts: dict


def save(path, model, vocab, dtype=None, **facts):
    """Write a CharModel and its vocabulary; an older file stays until the new one is whole.

    dtype: torch.float16 or torch.bfloat16 halves the file; None keeps the weights' own. facts:
    anything JSON holds: corpora, recipe, figures measured. ValueError where sizes disagree.
    """
    if len(vocab) != model.config["vocab_size"]:
        raise ValueError(f"vocab holds {len(vocab)} characters, the model was made for "
                         f"{model.config['vocab_size']}")
    tensors = {name: value.to(dtype) if dtype else value
               for name, value in model.state_dict().items()}
    if model.config["tie"]:
        del tensors["embedding.weight"]               # it is output.weight
    about = {"config": model.config, "chars": vocab.chars, "unknown": vocab.unknown, "facts": facts}
    tensorfile.write(path, KIND, tensors, about)


def load(path=None):
    """Read a checkpoint -> Loaded(model, vocab, facts).

    path: a file, or the bare name of a checkpoint that comes with the package ("harbour-docs");
    default `shipped()`. FileNotFoundError where there is no file; CheckpointError where it is
    damaged, cut short or holds something else.
    """
    path = shipped() if path is None else Path(path)
    if path.parent == Path() and not path.suffix and not path.exists():
        path = _named(path)
    tensors, about = tensorfile.read(path, KIND)
    try:
        model = CharModel(**about["config"])
        tensors = {name: value.float() if value.dtype.itemsize == 2 else value
                   for name, value in tensors.items()}
        if model.config["tie"]:
            tensors["embedding.weight"] = tensors["output.weight"]
        if any(value.dtype == torch.float64 for value in tensors.values()):
            model.double()
        model.load_state_dict(tensors)
        vocab = Vocabulary(about["chars"], about["unknown"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path} describes no model of this course: {error}") from error
    return Loaded(model.eval(), vocab, about["facts"])


def shipped():
    """The path of the checkpoint that comes with the package."""
    return FOLDER / "harbour-docs.safetensors"


def _named(name):
    path = FOLDER / f"{name}.safetensors"
    if not path.exists():
        known = ", ".join(sorted(each.stem for each in FOLDER.glob("*.safetensors"))) or "none"
        raise FileNotFoundError(f"there is no file {name} here, and no checkpoint of that name "
                                f"comes with the package ({known})")
    return path
