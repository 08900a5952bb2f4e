# %% [markdown]
# # Most training bugs have the right shapes
#
# The loop around the cell: how it is fed, where its gradient is cut, which state is read; each mistake by its symptom.
#
# ## What you will be able to do
#
# - train on a long stream, and choose the length of a chunk;
# - batch sequences of unequal lengths, and read the right state from a padded, stacked or two-directional network;
# - mask a loss, place dropout, and let the rate rise and fall;
# - tell the usual bugs by their symptoms.
#
# **Time:** about 75 minutes. **You need:** lessons 03 (backpropagation through time), 04 (clipping)
# and 05 (LSTM).

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from rnncourse import plots, training

plots.use_style()
SEED = 0

# %% [markdown]
# ## The question
#
# You have a cell that is right to the last digit, and a gradient that passes every check. You
# train it and it learns nothing, or it learns and is wrong on every short sentence. Nothing
# raises an error: in the loop around the cell, a mistake has the right shapes. This lesson walks
# around that loop. At each place it shows the mistake, its symptom, and the line that mends it.
#
# The letters: $T$ steps, $B$ sequences in a batch, $D$ inputs and $H$ units, so that inputs are
# $(T, B, D)$ and states $(B, H)$. Time comes first throughout.
#
# ## A chunk shorter than the delay cannot learn it
#
# A text of a million characters is too long to backpropagate through: every step's cache would
# have to be kept (lesson 03). *Truncated backpropagation through time* cuts the stream into
# chunks of $T$ steps. With $x^{(k)}$ $(T, B, D)$ the inputs of chunk $k$, $h^{(k)}$ $(B, H)$ the state
# after it and $L_k$ the loss on it,
#
# $$h^{(k)} = \mathrm{run}\big(x^{(k)},\ \mathrm{detach}(h^{(k-1)})\big), \qquad
# \frac{\partial L_k}{\partial h^{(k-1)}} := 0,$$
#
# where $\mathrm{run}$ takes the cell through the $T$ steps and $\mathrm{detach}$ hands on the numbers
# without their history.
#
# The number $h^{(k-1)}$ goes on into the next chunk, so forward nothing is lost. The gradient stops
# there: no weight is ever told what it should have kept for a later chunk. In the loop, that is
# one word, `detach`.

# %%
def train_on_stream(model, readout, xs, ys, chunk, updates, carry=True, rate=5e-3):
    """Truncated BPTT over one long stream: xs (length, B, D), ys (length, B) -> accuracies."""
    weights = [*model.parameters(), *readout.parameters()]
    optimiser, h, right = torch.optim.Adam(weights, rate), None, []
    for k in range(updates):
        x, y = xs[k * chunk:(k + 1) * chunk], ys[k * chunk:(k + 1) * chunk]
        hs, h = model(x, h.detach() if carry and h is not None else None)
        logits = readout(hs)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)             # lesson 04
        optimiser.step()
        right.append((logits.argmax(dim=2) == y).float().mean().item())
    return right

# %% [markdown]
# The task is an echo: random bits come in, and at every step the network must say the bit of six
# steps ago. A tanh RNN with 32 units can do it easily: six bits fit.
#
# **Guess first:** chunks of 2, 4, 8 and 16 steps, the state always carried, 500 updates each.
# Which of them learn? And what do chunks of 8 reach when the state starts from zero in each?

# %% tags=["nbval-ignore-output"]
from tqdm import tqdm

from rnncourse.data.tasks import echo

DELAY, UPDATES = 6, 500
runs = {(chunk, True): [] for chunk in (2, 4, 8, 16)} | {(8, False): []}
for (chunk, carry), curves in tqdm(runs.items()):
    for seed in range(3 * SEED, 3 * SEED + 3):
        torch.manual_seed(seed)
        xs, ys = echo(np.random.default_rng(seed), UPDATES * chunk, 32, DELAY)
        xs, ys = torch.as_tensor(xs), torch.as_tensor(ys)
        model, readout = nn.RNN(1, 32), nn.Linear(32, 2)
        curves.append(train_on_stream(model, readout, xs, ys, chunk, UPDATES, carry))

# %%
# alt: Accuracy over 500 updates. Chunks of 8 and 16 rise to one within 200 updates; chunks of 2 and 4 stay near one half; windows of 8 from a zero state stop near 0.63.
fig, ax = plt.subplots()
names = {(2, True): "chunk 2", (4, True): "chunk 4", (8, True): "chunk 8",
         (16, True): "chunk 16", (8, False): "window 8, state reset"}
smooth = {names[key]: np.median(curves, axis=0).reshape(-1, 20).mean(axis=1)
          for key, curves in runs.items()}
plots.lines(ax, smooth, x=np.arange(20, UPDATES + 1, 20))
plots.reference(ax, 0.5, "chance", side="below")
ax.set(xlabel="updates", ylabel="accuracy", ylim=(0.4, 1.03),
       title="The chunk must be longer than the delay of 6")
ax.legend(fontsize=8, loc="upper right", bbox_to_anchor=(1, 0.92))
plt.show()

# %%
final = {key: [np.mean(curve[-50:]) for curve in curves] for key, curves in runs.items()}
assert max(final[2, True] + final[4, True]) < 0.7
assert min(final[8, True] + final[16, True]) > 0.98

# %% [markdown]
# All four networks that carry their state *could* carry the bit: forward, nothing is cut. Only where a chunk holds
# both the bit and its echo is there a gradient that says so (Williams & Peng 1990). The short chunks
# end a little above chance: a random network echoes some of the past by accident, and the output layer
# makes the most of it. (The picture is the still form of two sliders, one for the chunk and one for
# the delay.)
#
# The remaining line is a popular substitute: windows, each read from a zero state. The first six answers in a window of eight ask for bits from before the window, so half of
# them are wrong whatever the weights: $\frac{6}{8} \cdot \frac{1}{2} + \frac{2}{8} = 0.625$.

# %%
assert all(abs(accuracy - 0.625) < 0.04 for accuracy in final[8, False])

# %% [markdown]
# ## One text makes many streams, and each goes on where it stopped
#
# The echo came in 32 streams. A text is one, a row of $N$ *tokens*: whole numbers, one per character.
# To read it as a batch, cut it into $B$ stretches of equal length. Column $b$ of every chunk comes
# from stretch $b$, and the next chunk goes on where this one ends, so that the state carried from
# chunk to chunk is always the right one. The target at each step is the token that follows.
#
# **Guess first:** the "text" 0, 1, 2, …, 24 in $B = 2$ streams and chunks of $T = 4$. What is the
# first row of the second chunk?

# %%
def chunks(tokens, B, T):
    """Tokens (N,) -> inputs and targets, each (T, B), chunk after chunk."""
    length = (len(tokens) - 1) // B
    inputs = tokens[:B * length].reshape(B, length).T
    targets = tokens[1:B * length + 1].reshape(B, length).T
    for start in range(0, length - T + 1, T):
        yield inputs[start:start + T], targets[start:start + T]


counted = torch.arange(25)
ours = list(chunks(counted, B=2, T=4))
for (x, y), (x_package, y_package) in zip(
        ours, training.stateful_batches(counted, batch=2, chunk=4), strict=True):
    assert torch.equal(x, x_package) and torch.equal(y, y_package)
print("the second chunk's inputs:\n", ours[1][0].numpy())

# %% [markdown]
# The second chunk starts with 4 and 16: row by row, each stream goes on. Shuffle the chunks, as one
# does with independent examples, and the carried state belongs to another place of the text.

# %% [markdown]
# ## The last row of a padded batch is not the last state
#
# Sentences have unequal lengths. To stand in one array they are *padded*: filled up with zeros to
# the longest. Below, `lengths` says how many steps are real. The recurrence does not stop at the
# padding. It runs on, over zeros, and the last row of the output is the state *after* that.
#
# **Guess first:** three sequences of 9, 4 and 2 steps. Whose last row is wrong?

# %%
torch.manual_seed(SEED)
lengths = torch.tensor([9, 4, 2])
x = torch.randn(9, 3, 5, dtype=torch.float64)
x[torch.arange(9)[:, None] >= lengths] = 0                    # the padding
cell = nn.LSTM(5, 8).double()
hs, _ = cell(x)
alone = torch.stack([cell(x[:n, b:b + 1])[0][-1, 0] for b, n in enumerate(lengths)])

wrong = hs[-1]
right = hs[lengths - 1, torch.arange(3)]
print("last row against the sequence alone: ", (wrong - alone).abs().amax(dim=1).detach().numpy().round(2))
assert torch.allclose(right, alone, atol=1e-12)

# %% [markdown]
# The longest sequence is right and hides the bug. For the others, take row $n_b - 1$ of sequence
# $b$. Or let PyTorch skip the padding: a *packed* batch holds real steps only, and the final state
# that comes back is each sequence's own. (`enforce_sorted=False` allows lengths in any order.)

# %%
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
packed_hs, (h_last, _) = cell(packed)
assert torch.allclose(h_last[0], alone, atol=1e-12)
unpacked, back = pad_packed_sequence(packed_hs)
assert back.tolist() == lengths.tolist() and unpacked[4:, 1].abs().max() == 0

# %% [markdown]
# ## You know the bug by its company
#
# Nothing crashes, and training even makes progress, since a network can learn to hold a state
# through some padding. What gives it away: **the same sentence gets another answer in another
# batch**, because the batch decides how much padding follows it.
#
# The experiment asks for the last real symbol of a sequence of 3 to 30, one of four. The task needs
# no memory at all. **Guess first:** how accurate is the network that reads the last row?

# %%
def ragged(rng, longest, B, symbols=4):
    """Padded one-hot sequences (longest, B, symbols), lengths (B,), last real symbol (B,)."""
    lengths, drawn = rng.integers(3, longest + 1, B), rng.integers(0, symbols, (longest, B))
    xs = np.eye(symbols, dtype=np.float32)[drawn]
    xs[np.arange(longest)[:, None] >= lengths] = 0
    ys = drawn[lengths - 1, np.arange(B)]
    return torch.as_tensor(xs), torch.as_tensor(lengths), torch.as_tensor(ys)


def last_row(hs, lengths):
    return hs[-1]


def last_real(hs, lengths):
    return hs[lengths - 1, torch.arange(len(lengths))]

# %%
def train_reader(pick, seed, updates=150):
    """An RNN whose answer is read by `pick` -> the trained classifier (xs, lengths) -> class."""
    torch.manual_seed(seed)
    rng, cell, readout = np.random.default_rng(seed), nn.RNN(4, 32), nn.Linear(32, 4)
    optimiser = torch.optim.Adam([*cell.parameters(), *readout.parameters()], 5e-3)
    for _ in range(updates):
        xs, lengths, ys = ragged(rng, 30, 64)
        logits = readout(pick(cell(xs)[0], lengths))
        loss = nn.functional.cross_entropy(logits, ys)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return lambda xs, lengths: readout(pick(cell(xs)[0], lengths)).argmax(dim=1)

# %%
xs, lengths, ys = ragged(np.random.default_rng(SEED + 1000), 30, 400)
accuracy, changed = {}, {}
for pick in (last_row, last_real):
    for seed in range(3 * SEED, 3 * SEED + 3):
        answer = train_reader(pick, seed)
        together = answer(xs, lengths)
        apart = torch.cat([answer(xs[:n, b:b + 1], lengths[b:b + 1])
                           for b, n in enumerate(lengths)])
        accuracy.setdefault(pick, []).append((together == ys).float().mean().item())
        changed.setdefault(pick, []).append((together != apart).float().mean().item())

# %%
assert min(accuracy[last_real]) > 0.99 and max(changed[last_real]) == 0
assert max(accuracy[last_row]) < 0.9 and min(changed[last_row]) > 0.1

# %%
# alt: Two pairs of bars over three seeds. Reading the last row gives an accuracy well below one and many answers that change with the batch; reading the last real row gives one and none.
fig, (left, right) = plt.subplots(1, 2, figsize=(6, 3), sharey=True)
for ax, values, title in ((left, accuracy, "accuracy in the batch"),
                          (right, changed, "answers that change alone")):
    for place, pick in enumerate((last_row, last_real)):
        ax.bar(place, np.median(values[pick]), color=("C1", "C0")[place], width=0.6)
        ax.plot([place] * 3, values[pick], "k.")
    ax.set_xticks([0, 1], ["last row", "last real row"])
    ax.set_title(title)
fig.suptitle("The last row answers differently in other company", x=0.01, ha="left")
left.set(ylabel="share of 400 sequences", ylim=(0, 1.05))
plt.show()

# %% [markdown]
# Read at the last row, many answers are wrong, and many change when a sequence stands alone. Read at
# the last real row, nearly all are right, and none changes. The test for your own code follows: run one short sequence alone, then in a batch with a
# long one. If the answers differ, padding leaks.
#
# ## The loss must not count the padding
#
# The same holds one level up. Averaged over all $T \cdot B$ places, a loss counts padding as if it
# were text. With the mask $m$ $(T, B)$, $m_{tb} = 1$ where step $t$ of sequence $b$ is real and 0
# elsewhere, and the losses $\ell$ $(T, B)$, one at each place,
#
# $$L = \frac{\sum_{t,b} m_{tb}\,\ell_{tb}}{\sum_{t,b} m_{tb}}.$$

# %%
def masked_mean(losses, lengths):
    """Mean of losses (T, B) over real steps only; lengths (B,)."""
    mask = torch.arange(len(losses))[:, None] < lengths
    return (losses * mask).sum() / mask.sum()


losses = torch.full((9, 3), 2.0)
losses[torch.arange(9)[:, None] >= torch.tensor([9, 4, 2])] = 0.0     # padding is easy to predict
print(f"mean over all places {losses.mean():.2f}, over real steps "
      f"{masked_mean(losses, torch.tensor([9, 4, 2])):.2f}")
assert masked_mean(losses, torch.tensor([9, 4, 2])) == 2.0

# %% [markdown]
# Every real step costs 2 here. The plain mean looks better, and it changes with the padding: two
# runs with other batches can no longer be compared.
#
# ## Stacked layers pass on $h$, and dropout sits between them
#
# In a stack, layer 2 reads the states of layer 1 as its inputs. An LSTM passes on $h_t$; its cell
# state $c_t$ stays private. Two layers by hand, one on top of the other, are PyTorch's stack:

# %%
stack = nn.LSTM(5, 8, num_layers=2).double()
first, second = nn.LSTM(5, 8).double(), nn.LSTM(8, 8).double()
with torch.no_grad():
    for name, weights in stack.named_parameters():
        layer = first if name.endswith("l0") else second
        getattr(layer, name[:-1] + "0").copy_(weights)
assert torch.allclose(second(first(x)[0])[0], stack(x)[0], atol=1e-12)

# %% [markdown]
# *Dropout* sets each number to zero with probability $p$ while training and scales the rest by
# $1/(1-p)$, so that no unit can rely on one certain other. PyTorch's `dropout` argument acts on what goes
# from one layer up to the next, and nowhere else: not along time, and not after the last layer.
# So it leaves the first layer's states alone, and a single layer has none.
#
# **Guess first:** run one input twice in training mode. Which layers' last states differ?

# %%
import warnings

stack = nn.LSTM(5, 8, num_layers=2, dropout=0.5).double()
(_, (h_a, _)), (_, (h_b, _)) = stack(x), stack(x)
assert torch.equal(h_a[0], h_b[0]) and not torch.allclose(h_a[1], h_b[1])

with warnings.catch_warnings():
    warnings.simplefilter("ignore")                       # PyTorch says so too
    single = nn.LSTM(5, 8, dropout=0.5).double()
assert torch.equal(single(x)[0], single(x)[0])

stack.eval()
assert torch.equal(stack(x)[0], stack(x)[0])

# %% [markdown]
# Two passes over one input differ in the second layer only. The last line is the other half of
# the rule: `model.eval()` before you measure or generate, `model.train()` before you go on.
#
# ## Read backwards, the last row has seen one step
#
# A *bidirectional* network runs a second cell from the end to the beginning and puts both states
# side by side: the output is $(T, B, 2H)$. Row $t$ of the backward half has read steps $T, T-1, \dots, t$.
# So its *first* row has read everything, and its last row the last step only. Nudge the first
# input and see who notices.
#
# **Guess first:** of nine steps, at how many does the backward half change?

# %%
both = nn.LSTM(5, 8, bidirectional=True).double()
nudged = x.clone()
nudged[0] += 1
out, (h_n, _) = both(x)
out_nudged, (h_n_nudged, _) = both(nudged)
backward = (out_nudged - out)[..., 8:].abs().amax(dim=(1, 2))
assert backward[-1] == 0 and backward[0] > 0
assert (h_n_nudged - h_n)[1].abs().max() > 0                # h_n[1]: the backward cell's own end
assert torch.equal(h_n[1], out[0, :, 8:])

# %%
# alt: Change of the two halves at each of nine steps after a nudge of the first input. The forward half changes everywhere, shrinking; the backward half changes at step 1 only.
fig, ax = plt.subplots()
forward = (out_nudged - out)[..., :8].abs().amax(dim=(1, 2))
halves = {"forward half": forward.detach(), "backward half": backward.detach()}
plots.lines(ax, halves, xlabel="step", ylabel="largest change",
            title="Step 1 reaches the backward half at step 1 only")
plt.show()

# %% [markdown]
# For one summary of the whole sequence take `h_n` $(2, B, H)$, which holds each direction's own last
# state, or row $T$ of the forward half and row 1 of the backward half. `out[-1]` looks right, has the
# right shape, and throws half of the network away. And a network that reads the future cannot
# write: generation is forward only.
#
# ## A falling rate buys the last part
#
# Adam moves each number by about the rate (lesson 03), however close the minimum is. At the start,
# long steps get there sooner. At the end, they jump about it: each batch pulls its own way, and the
# weights follow. So the rate falls to zero over the last part of the training. (It also *rises*
# over the first few steps, the *warm-up*, while Adam's averages of the gradient are still young.)
#
# The experiment trains a small LSTM to predict the next character of `harbour`, small stories made
# for this course, for 400 updates. Then it goes on twice from the very same weights: 100 updates at
# the same rate, and 100 while the rate falls to zero in a straight line. What it measures is the
# cross-entropy on text held back from the training, divided by $\ln 2$ and then called *bits per
# character*. (`CharModel` is an LSTM between two tables, `evaluate` this measure with the state
# carried; lesson 08 opens both.)
#
# **Guess first:** the rates of the second run add up to half those of the first. Which one ends lower?

# %%
from rnncourse.data.text import Vocabulary, load, split

corpus = load("harbour", size=200_000, seed=SEED)
vocab = Vocabulary.of(corpus.text)
text, held_out = (torch.as_tensor(vocab.encode(part)) for part in split(corpus.text, (0.9, 0.1)))

# %%
def continue_training(model, optimiser, state, batches, rate_at):
    """Stateful training over pairs (k, (x, y)) at the rate rate_at(k) -> the last state."""
    for k, (x, y) in batches:
        optimiser.param_groups[0]["lr"] = rate_at(k)
        logits, state = model(x, state)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        state = tuple(part.detach() for part in state)
    return state

# %%
from copy import deepcopy

from rnncourse.models import CharModel
from rnncourse.training import evaluate

RATE = 0.02
RATES = {"constant": lambda k: RATE, "falling": lambda k: RATE * (500 - k) / 100}
batches = list(enumerate(chunks(text, B=16, T=16)))

# %% tags=["nbval-ignore-output"]
bits = {"constant": [], "falling": []}
for seed in tqdm(range(3 * SEED, 3 * SEED + 3)):
    torch.manual_seed(seed)
    model = CharModel(len(vocab), hidden=48, embed=16)
    optimiser = torch.optim.Adam(model.parameters())
    state = continue_training(model, optimiser, None, batches[:400], RATES["constant"])
    middle = evaluate(model, held_out, streams=16) / np.log(2)
    for name, rate_at in RATES.items():
        copy, copied_optimiser = deepcopy((model, optimiser))
        continue_training(copy, copied_optimiser, state, batches[400:500], rate_at)
        bits[name].append([middle, evaluate(copy, held_out, streams=16) / np.log(2)])

# %%
# alt: Held-out bits per character at 400 and 500 updates for three seeds. Both lines fall from the same point; the one with the falling rate ends lower for every seed.
fig, ax = plt.subplots()
plots.spread(ax, [400, 500], bits["constant"], label="rate constant", ls=(0, (5, 1.5)))
plots.spread(ax, [400, 500], bits["falling"], label="rate falling to zero")
ax.set(xlabel="updates", ylabel="bits per character, held out",
       title="Same weights, same batches: the falling rate settles")
ax.set_xticks([400, 500])
plt.show()

# %%
gains = np.array(bits["constant"])[:, 1] - np.array(bits["falling"])[:, 1]
assert gains.min() > 0.02

# %% [markdown]
# It ends lower for every seed. The package's own loop lets the rate rise in a straight line and fall
# along half a cosine (Loshchilov & Hutter 2017).
#
# ## The whole loop is five lines
#
# What the lesson has gathered, in the order in which it happens. `training.train` does it for text,
# where nothing is padded, with a progress bar, a checkpoint and a seed, and lesson 08 uses it.
#
# 1. Next chunk of every stream, time first; pad, and keep the lengths.
# 2. State from the chunk before, detached; zeros only where a stream begins.
# 3. Forward in training mode; loss over real steps only.
# 4. Backward; clip the global norm; step; rate up, then down.
# 5. Now and then: evaluation mode, held-out data, state carried; keep the best.
#
# ## Common mistakes
#
# - **The state is not carried**, or is carried from a shuffled batch to one that does not follow
#   it. Symptom: the loss is higher at the start of each chunk.
# - **The graph is carried too** (`detach` forgotten). Symptom: PyTorch says that you are
#   backpropagating a second time.
# - **`output[-1]` of a padded batch.** Symptom: short sequences are worse, and answers depend on
#   the batch.
# - **`output[-1]` of a two-directional network.** Symptom: it is hardly better than one direction.
# - **The plain mean over padding.** Symptom: the loss looks better when the batch is more uneven.
# - **Dropout on in evaluation.** Symptom: two evaluations of one model differ.
# - **Batch first and time first mixed.** Symptom: the network reads across the sequences instead
#   of along them, and learns nothing that needs order.
#
# ## Summary
#
# - Carry the state, cut the gradient; and make the chunk longer than what must be remembered.
# - Padding goes on changing the state: read the last real row or pack, and mask the loss.
# - Know which row has read what: stacks pass $h$, dropout acts between layers, the backward half
#   is complete at step 1.
#
# ## Exercises
#
# The graded exercises of this lesson, in `exercises/`, will ask for the masked loss, the stateful
# batches, and packing and unpacking.
#
# ## Quiz
#
# The questions of this lesson will ask about truncation, carried state and padding.
#
# ## Sources
#
# - R. J. Williams and J. Peng, *An Efficient Gradient-Based Algorithm for On-Line Training of
#   Recurrent Network Trajectories*, Neural Computation 2(4), 1990: truncated backpropagation.
# - M. Schuster and K. K. Paliwal, *Bidirectional Recurrent Neural Networks*, IEEE Transactions on
#   Signal Processing 45(11), 1997.
# - W. Zaremba, I. Sutskever and O. Vinyals, *Recurrent Neural Network Regularization*, 2014,
#   arXiv 1409.2329: dropout between the layers only.
# - D. P. Kingma and J. Ba, *Adam: A Method for Stochastic Optimization*, ICLR 2015,
#   arXiv 1412.6980.
# - I. Loshchilov and F. Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts*, ICLR 2017,
#   arXiv 1608.03983: the cosine schedule.
#
# ## Where to go next
#
# Lesson 08 puts the loop to work: a network that reads text and writes it.
