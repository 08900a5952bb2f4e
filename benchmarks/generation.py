"""Characters per second: the NumPy path against nn.LSTM called once per character.

One layer, H 256, batch 1, one thread, drawing from the whole distribution. Theirs is the shortest
honest loop in torch: embedding, nn.LSTM with its state carried, output layer, softmax, multinomial,
in inference mode.
"""

import numpy as np
import torch

from benchmarks.harness import Row, cpu_clock, ratio, say
from rnncourse.data.text import Vocabulary
from rnncourse.generate import NumpyGenerator, generate
from rnncourse.models import CharModel

VOCAB = Vocabulary("\n" + "".join(map(chr, range(32, 127))))
LENGTH = 200


def run():
    torch.set_num_threads(1)
    rows = []
    for kind, goal in [("lstm", 8), ("gru", None), ("rnn", None)]:
        say(f"      {kind}")
        torch.manual_seed(0)
        model = CharModel(len(VOCAB), kind, hidden=256).eval()
        fast = NumpyGenerator(model, VOCAB)
        rng = np.random.default_rng(0)
        speed = ratio(lambda m=model: torch_loop(m), lambda f=fast, r=rng: f.generate(
            "\n", LENGTH, rng=r), repeats=31, clock=cpu_clock())
        rows.append(Row(f"sampling, {kind} H256: speed of the NumPy path against nn."
                        f"{kind.upper()} per step", speed, goal, better="higher"))
    model = CharModel(len(VOCAB), hidden=256).eval()
    same = ratio(lambda: generate(model, VOCAB, "\n", LENGTH, rng=np.random.default_rng(0)),
                 lambda: torch_loop(model), clock=cpu_clock())
    rows.append(Row("sampling, lstm H256: time of generate() in torch against the bare loop", same))
    return rows


def torch_loop(model):
    """Draw LENGTH characters, and nothing else."""
    ids, state = torch.tensor([[0]]), None
    with torch.inference_mode():
        for _ in range(LENGTH):
            hs, state = model.recurrent(model.embedding(ids), state)
            probabilities = torch.softmax(model.output(hs)[0, 0], dim=0)
            ids = torch.multinomial(probabilities, 1)[None]
