"""Tensors and text in one safetensors file: written whole or not at all, checked when read.

Nothing here can run code: a pickle can, so no file of this course is one. A SHA-256 over the
tensors' bytes lies in the header, because safetensors itself sees a file that was cut short but
not one whose numbers were damaged.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file


class CheckpointError(ValueError):
    """The file is damaged, or is not what was asked for."""


def write(path, kind, tensors, facts):
    """Write {name: tensor} and a JSON-able dict; an older file stays until the new one is whole."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
    header = {"kind": kind, "sha256": _digest(tensors), "facts": json.dumps(facts, sort_keys=True)}
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    try:
        save_file(tensors, temporary, metadata=header)
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def read(path, kind):
    """Read what `write` wrote -> tensors, facts. CheckpointError says what is wrong otherwise."""
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint at {path}")
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path} is not a whole safetensors file ({error}). It was cut short or is something "
            "else: copy it again, or train anew"
        ) from error
    if header.get("kind") != kind:
        raise CheckpointError(f"{path} holds {header.get('kind', 'unlabelled tensors')!r}, "
                              f"expected {kind!r}")
    if header.get("sha256") != _digest(tensors):
        raise CheckpointError(f"{path} is damaged: its numbers do not match the SHA-256 stored "
                              "with them. Copy it again, or train anew")
    return tensors, json.loads(header["facts"])


def _digest(tensors):
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tuple(tensors[name].shape)}".encode())
        digest.update(tensors[name].view(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
