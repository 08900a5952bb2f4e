"""Train the checkpoint that comes with the package: `python -m rnncourse.make_checkpoint`.

One model for two worlds: `python-docs`, whose first nine tenths are read again in every pass, and
`harbour`, of which every pass brings fresh text. The last tenth of the docs and the harbour text
of another seed are never trained on; the figures stored with the weights are measured there. It
takes some twenty minutes of two idle cores, can be stopped with Ctrl-C, and goes on where it was.
"""

import argparse
import hashlib
import platform
import random
from pathlib import Path

import torch

from rnncourse import ngrams
from rnncourse.checkpoint import load, save, shipped
from rnncourse.data import text as corpora
from rnncourse.metrics import bits_per_character
from rnncourse.models import CharModel
from rnncourse.recipe import Recipe
from rnncourse.training import evaluate, train

PASSES = 11                      # over the docs
HARBOUR = 1_100_000              # fresh characters of harbour in each pass
PIECE = 4_000                    # characters read in one go before the text changes
TEST_SEED = 1_000_003            # of the harbour text for measuring
ASCII = "\n" + "".join(map(chr, range(32, 127)))  # the docs of other Pythons hold all of it
MODEL = {"kind": "lstm", "hidden": 512, "dropout": 0.45}
RECIPE = {"batch": 16, "chunk": 64, "rate": 4e-3, "weight_decay": 0.05, "restart": 0.01, "seed": 0,
          "interval": 500, "threads": 2}


def main(arguments=None):
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--out", type=Path, default=shipped())
    options.add_argument("--run", type=Path, help="where the unfinished run is kept")
    options.add_argument("--passes", type=int, default=PASSES)
    options = options.parse_args(arguments)
    run = options.run or options.out.with_suffix(".run")
    make(options.out, run, options.passes)


def make(out, run, passes):
    docs, docs_test, harbour, harbour_test, rate = texts()
    vocab = corpora.Vocabulary.of(ASCII + docs + docs_test + harbour(0))
    tokens = vocab.encode(mixture(docs, harbour, passes))
    steps = len(tokens) // (RECIPE["batch"] * RECIPE["chunk"])
    torch.manual_seed(RECIPE["seed"])
    model = CharModel(len(vocab), **MODEL)
    recipe = Recipe(steps=steps, checkpoint=str(run), **RECIPE)
    history = train(model, tokens, recipe, valid_tokens=vocab.encode(docs_test)[:20_000])
    if not history.finished:
        raise SystemExit(f"stopped at step {len(history.losses)} of {steps}; run it again to go on")
    facts = {
        "command": "python -m rnncourse.make_checkpoint",
        "recipe": recipe.as_dict(),
        "mixture": {"passes": passes, "harbour_per_pass": HARBOUR, "piece": PIECE},
        "corpora": {"python-docs": about(docs), "harbour": about(harbour(0))},
        "python": platform.python_version(),
        "torch": torch.__version__,
    }
    save(out, model, vocab, dtype=torch.float16, **facts)
    facts["measured"] = measure(load(out), docs, docs_test, harbour_test, rate)
    save(out, model, vocab, dtype=torch.float16, **facts)
    run.unlink()
    print(f"wrote {out}: {facts['measured']}")


def texts():
    """Docs to train on and held out, harbour by pass number, harbour held out, its entropy rate."""
    docs = corpora.load("python-docs").text
    docs, docs_test = docs[: len(docs) * 9 // 10], docs[len(docs) * 9 // 10 :]
    test = corpora.load("harbour", size=100_000, seed=TEST_SEED)

    def harbour(number):
        return corpora.load("harbour", size=HARBOUR, seed=number).text

    return docs, docs_test, harbour, test.text, test.entropy_rate


def mixture(docs, harbour, passes):
    """Every pass: the docs and fresh harbour, cut into pieces and shuffled.

    So that at any time some of the streams read docs, each at another place, and some harbour.
    """
    order = random.Random(RECIPE["seed"])
    mixed = []
    for number in range(passes):
        pieces = [text[start:start + PIECE] for text in (docs, harbour(number))
                  for start in range(0, len(text), PIECE)]
        order.shuffle(pieces)
        mixed += pieces
    return "".join(mixed)


def measure(loaded, docs, docs_test, harbour_test, entropy_rate):
    """Bits per character of the stored file where it was not trained, and what to hold it to."""
    model, vocab, _ = loaded
    baseline = ngrams.best_ngram(vocab.encode(docs), vocab.encode(docs_test), len(vocab))
    return {
        "docs_bits": bits(model, vocab, docs_test),
        "docs_best_ngram": f"{baseline.name}, order {baseline.order}",
        "docs_best_ngram_bits": baseline.bits_per_character,
        "harbour_bits": bits(model, vocab, harbour_test),
        "harbour_entropy_rate": entropy_rate,
    }


def bits(model, vocab, text):
    """Bits per character of `text`, the state carried all through."""
    return bits_per_character(evaluate(model, vocab.encode(text)))


def about(text):
    return {"characters": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}


if __name__ == "__main__":
    main()
