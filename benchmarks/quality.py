"""How well the models predict: the 60 s budget, and the shipped checkpoint against two limits.

Bits per character on text the model was not trained on, the state carried all through. The budget
is 60 s of one core, counted as processor time (wall time where that ticks too coarsely), for the
default recipe and a model of 256 units; evaluation is outside it.
"""

import torch

from benchmarks.harness import Row, cpu_clock, quick, say
from rnncourse import checkpoint
from rnncourse.data.text import Vocabulary, load, split
from rnncourse.make_checkpoint import bits, measure, texts
from rnncourse.models import CharModel
from rnncourse.training import Recipe, train


def run():
    return [budget(), *shipped()]


def budget():
    """python-docs: train on the first 90 %, measure on the last 10 %."""
    seconds = 10 if quick() else 60
    say(f"      python-docs, {seconds} s of one core")
    corpus = load("python-docs").text
    docs, held_out = split(corpus, (0.9, 0.1))
    vocab = Vocabulary.of(corpus)
    torch.manual_seed(0)
    model = CharModel(len(vocab), hidden=256)
    recipe = Recipe(seconds=seconds, threads=1)
    history = train(model, vocab.encode(docs), recipe, progress=False, clock=cpu_clock())
    note = f"{history.tokens / len(docs):.1f} passes, {len(docs)} characters"
    return Row(f"python-docs after {seconds} s: bits per character", bits(model, vocab, held_out),
               1.80, note=note if not quick() else f"{note}; the goal is for 60 s")


def shipped():
    """The checkpoint that comes with the package, measured now, not read from its header."""
    say("      the shipped checkpoint")
    docs, docs_test, _, harbour_test, entropy_rate = texts()
    now = measure(checkpoint.load(), docs, docs_test, harbour_test, entropy_rate)
    docs, counted, harbour = (now[name] for name in
                              ("docs_bits", "docs_best_ngram_bits", "harbour_bits"))
    return [
        Row("shipped checkpoint, python-docs: bits over the best n-gram's", docs / counted, 0.95,
            note=f"{docs:.3f} against {counted:.3f} ({now['docs_best_ngram']})"),
        Row("shipped checkpoint, harbour: bits over the entropy rate", harbour / entropy_rate, 1.10,
            note=f"{harbour:.3f} against {entropy_rate:.3f}"),
    ]
