"""Models in files: nothing lost, nothing damaged unseen, nothing that can run code."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from rnncourse import tensorfile
from rnncourse.checkpoint import CheckpointError, load, save, shipped
from rnncourse.data.vocabulary import Vocabulary
from rnncourse.generate import NumpyGenerator, generate
from rnncourse.models import CharModel
from rnncourse.training import evaluate

VOCAB = Vocabulary('\n ab"é√', unknown="√")
try:
    import resource
except ImportError:                                   # Windows
    resource = None

TOKENS = torch.arange(7).repeat(30)


def saved(tmp_path, dtype=None, **config):
    torch.manual_seed(0)
    model = CharModel(len(VOCAB), **({"hidden": 12} | config))
    path = tmp_path / "model.safetensors"
    save(path, model, VOCAB, dtype, corpus='"é" and more', bits=[1.5, 2.25])
    return model, path


@pytest.mark.parametrize("config", [
    {"kind": "rnn"}, {"kind": "lstm", "layers": 2, "dropout": 0.3}, {"kind": "gru", "tie": True}])
@pytest.mark.parametrize("double", [False, True])
def test_a_model_comes_back_whole(tmp_path, config, double):
    model, path = saved(tmp_path, **config)
    if double:
        model.double()
        save(path, model, VOCAB)
    again, vocab, facts = load(path)
    assert again.config == model.config and vocab == VOCAB and not again.training
    for ours, theirs in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(ours, theirs) and ours.dtype == theirs.dtype
    assert (again.embedding.weight is again.output.weight) == model.config["tie"]
    assert facts == ({} if double else {"corpus": '"é" and more', "bits": [1.5, 2.25]})


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_halves_the_file_and_hardly_moves_the_loss(tmp_path, dtype):
    model, path = saved(tmp_path, hidden=64)
    whole = path.stat().st_size
    save(path, model, VOCAB, dtype)
    assert path.stat().st_size < 0.6 * whole
    again = load(path).model
    assert again.output.weight.dtype == torch.float32
    assert abs(evaluate(again, TOKENS) - evaluate(model, TOKENS)) < 1e-3


def test_saving_leaves_the_model_as_it_was(tmp_path):
    model, path = saved(tmp_path)
    before = [p.clone() for p in model.parameters()]
    save(path, model, VOCAB, torch.float16)
    assert all(torch.equal(p, q) for p, q in zip(model.parameters(), before, strict=True))


def test_the_file_is_readable_without_this_package_and_holds_no_pickle(tmp_path):
    _, path = saved(tmp_path)
    with safe_open(path, "np") as file:
        about = json.loads(file.metadata()["facts"])
        assert file.get_tensor("output.weight").shape == (7, 12)
    assert about["chars"] == VOCAB.chars and about["config"]["kind"] == "lstm"
    assert not path.read_bytes().startswith((b"\x80", b"PK"))


@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.99])
def test_a_file_cut_short_is_refused(tmp_path, keep):
    _, path = saved(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:int(keep * len(whole))])
    with pytest.raises(CheckpointError, match="not a whole safetensors file"):
        load(path)


def test_a_single_damaged_bit_is_refused(tmp_path):
    _, path = saved(tmp_path)
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged"):
        load(path)


def test_other_things_are_refused_by_name(tmp_path):
    path = tmp_path / "other"
    path.write_text("a text, not a model, and long enough to look like one")
    with pytest.raises(CheckpointError, match="not a whole safetensors file"):
        load(path)
    save_file({"w": torch.zeros(3)}, path)
    with pytest.raises(CheckpointError, match="unlabelled tensors"):
        load(path)
    tensorfile.write(path, "rnncourse training run 1", {"w": torch.zeros(3)}, {})
    with pytest.raises(CheckpointError, match="training run 1', expected .*character model"):
        load(path)
    with pytest.raises(FileNotFoundError, match="missing"):
        load(tmp_path / "missing.safetensors")
    with pytest.raises(FileNotFoundError, match="no checkpoint of that name .*"):
        load("a-name-nobody-gave")


@pytest.mark.parametrize("change", [
    {"hidden": 13}, {"kind": "gru"}, {"kind": "transformer"}, {"colour": "red"}])
def test_a_description_that_does_not_fit_its_weights_is_refused(tmp_path, change):
    model, path = saved(tmp_path)
    tensors = model.state_dict()
    about = {"config": model.config | change, "chars": VOCAB.chars, "unknown": None, "facts": {}}
    tensorfile.write(path, "rnncourse character model 1", tensors, about)
    with pytest.raises(CheckpointError, match="describes no model of this course"):
        load(path)


def test_a_vocabulary_of_another_size_is_refused_when_saving(tmp_path):
    with pytest.raises(ValueError, match="vocab holds 3 characters, the model was made for 7"):
        save(tmp_path / "x", CharModel(7, hidden=4), Vocabulary("abc"))
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(resource is None, reason="needs POSIX limits to fill a disk in small")
def test_a_full_disk_leaves_the_older_file_and_nothing_half_made(tmp_path):
    _, path = saved(tmp_path)
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises((OSError, SafetensorError)):
            save(path, CharModel(7, hidden=64), VOCAB)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


# --- the shipped one -------------------------------------------------------------------------

def test_the_shipped_checkpoint_says_what_it_is_and_keeps_its_promises():
    model, vocab, facts = load("harbour-docs")
    assert set(map(chr, range(32, 127))) <= set(vocab.chars) and "\n" in vocab
    assert set(facts["corpora"]) == {"python-docs", "harbour"}
    assert all(len(corpus["sha256"]) == 64 for corpus in facts["corpora"].values())
    measured = facts["measured"]
    assert measured["docs_bits"] <= 0.95 * measured["docs_best_ngram_bits"]
    assert measured["harbour_bits"] <= 1.10 * measured["harbour_entropy_rate"]
    assert Path(shipped()).stat().st_size < 5_000_000


def test_the_shipped_checkpoint_reads_fresh_harbour_as_well_as_it_says():
    from rnncourse.data.text import load as corpus
    model, vocab, facts = load()
    fresh = corpus("harbour", size=20_000, seed=777)
    bits = evaluate(model, vocab.encode(fresh.text), streams=4) / 0.6931471805599453
    assert fresh.entropy_rate * 0.97 < bits < 1.12 * fresh.entropy_rate


def test_the_shipped_checkpoint_writes_the_same_by_torch_and_numpy():
    import numpy as np
    model, vocab, _ = load()
    texts = [generate(each, vocab, "The ", 120, rng=np.random.default_rng(1))
             for each in (model, NumpyGenerator(model, vocab))]
    assert texts[0] == texts[1] and " " in texts[0]
