# %% [markdown]
# # Start here
#
# How to use the course, what every symbol means, and a test that your installation works.
#
# ## What you will be able to do
#
# - run a lesson, and read it in the order it is meant;
# - name every letter the course uses, and say its shape;
# - tell the gates apart under any of the names they go by;
# - know that this computer runs everything that follows.
#
# **Time:** about 30 minutes. **You need:** Python, arrays, and the product of two matrices. No deep
# learning is assumed: each idea is defined where it first appears.
#
# ## The question
#
# A *neural network* is a formula with many numbers in it that are not written down but learnt from
# examples. A *recurrent* one reads a sequence, step by step, and carries a memory along. Before
# the first one: how do you read what follows, and how do you know that what it says is true?
#
# ## Contents
#
# <!-- contents -->

# %% [markdown]
# ## A lesson asks before it answers
#
# You are reading a *notebook*: text, and cells of Python that you can run and change. Click a cell
# and press Shift+Enter to run it and move on. *Restart Kernel and Run All Cells…* in the *Kernel*
# menu runs everything afresh, from the top. Nothing you do here can damage the course: this is
# your copy.
#
# Every section goes the same way: a claim, its equation, code that reads like the equation, what
# the code measured, and one sentence that reads the measurement. Before an experiment stands a
# question, **Guess first**. Write your answer down before you look. A guess that turns out wrong is
# the part of a lesson you will still know next month.
#
# The cells below a claim often end in `assert`, a line that stops with an error if its condition
# does not hold. So the notebook does not merely state its claims, it fails when they are false.
#
# Run the first cell now. It imports what this lesson uses and fixes the *seed*: the number from
# which every random number here is derived, so that your figures are those in the text. Later,
# set `SEED = 1` and run all cells again: the last figure changes, and no `assert` may fail.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from rnncourse import cells, checkpoint, convert, plots, sequence

plots.use_style()
SEED = 0
rng = np.random.default_rng(SEED)

# %% [markdown]
# ## A weight sets how steep, a bias sets where
#
# The smallest piece of every network in this course is one *unit*. It multiplies its input $x$ by a
# *weight* $w$, adds a *bias* $b$, and bends the result into the range from −1 to 1. The bend used
# most is $\tanh$, the hyperbolic tangent, `np.tanh`, whose graph is the S below:
#
# $$y = \tanh(x\,w + b)$$
#
# Here all four are single numbers. Weight and bias are the unit's *parameters*. *Training* means
# changing the parameters until the outputs are the wanted ones; lesson 01 says how.
#
# **Guess first:** raise $w$ from 1 to 4. Does the curve move sideways, grow taller or turn steeper?
# Then set $b = 2$. Which way does the curve move: left, right or up?

# %%
# alt: Two panels of tanh(x w + b) against x. Left: for w = 0.5, 1 and 4 the curve through the
#      origin turns steeper. Right: for b = -2, 0 and 2, at w = 1, it moves to the left.
fig, axes = plt.subplots(1, 2, figsize=(7, 3), sharey=True)
x = np.linspace(-4, 4, 201)
steeper = {f"w = {w}": np.tanh(x * w) for w in (0.5, 1, 4)}
moved = {f"b = {b}": np.tanh(x + b) for b in (-2, 0, 2)}
plots.lines(axes[0], steeper, x, title="The weight sets how steep", xlabel="x", ylabel="y")
plots.lines(axes[1], moved, x, title="The bias sets where", xlabel="x")
plt.show()

# %% [markdown]
# The weight turns the curve about its middle, and it never leaves the range from −1 to 1. The middle
# lies where $x\,w + b = 0$, at $x = -b/w$: a positive bias moves it to the *left*. The next cell
# holds us to that.
#
# This picture is the still form of the course's first slider. The slider itself, like those of
# the other lessons, comes with a later edition and will stand here.

# %%
def middle(w, b):
    """Where the unit's output changes sign."""
    x = np.linspace(-4, 4, 8001)
    return x[np.argmin(np.abs(np.tanh(x * w + b)))]


print(f"middle for w = 1, b = 2: {middle(1, 2):.2f}")
assert np.isclose(middle(1, 2), -2) and np.isclose(middle(4, 2), -0.5)

# %% [markdown]
# ## One letter has one meaning
#
# The same letters stand for the same things in every lesson, in the text and in the code.
#
# | Size | Counts |
# |---|---|
# | $B$ | the examples computed side by side, the *batch* |
# | $T$ | the steps of a sequence |
# | $D$ | the numbers in one input |
# | $H$ | the numbers in one hidden state, one per unit |
# | $V$ | the symbols a text is made of, its *vocabulary* |
#
# | Symbol | In code | Shape | Meaning |
# |---|---|---|---|
# | $x_t$ | `x` | $(B, D)$ | the input at step $t$ |
# | $h_t$ | `h` | $(B, H)$ | the *hidden state*: what the network remembers after step $t$ |
# | $h_{t-1}$ | `h_prev` | $(B, H)$ | the hidden state one step earlier |
# | $c_t$ | `c` | $(B, H)$ | the *cell state*: a second memory, in the LSTM of lesson 05 only |
# | $a_t$ | `a` | $(B, H)$ | the *pre-activation*: the sum before it is bent |
# | $W_x$ | `W_x` | $(D, H)$ | the weights from the input to the state |
# | $W_h$ | `W_h` | $(H, H)$ | the weights from the previous state to the state |
# | $b$ | `b` | $(H,)$ | the bias, the same for every example |
# | | `xs` | $(T, B, D)$ | a whole sequence of inputs, time first |
# | | `hs` | $(T, B, H)$ | the hidden states of a whole sequence |
# | $\partial L/\partial h_t$ | `dh` | $(B, H)$ | how fast the *loss* $L$, the number that training makes smaller, changes with each number in $h_t$; `dx`, `dW_h` and so on likewise (lesson 03) |
#
# An example is a **row**. So a batch of inputs is a matrix with one row per example, and $H$ units at
# once, a *layer*, are a product from the right:
#
# $$a_t = x_t W_x + h_{t-1} W_h + b, \qquad (B, H) = (B, D)(D, H) + (B, H)(H, H) + (H,)$$
#
# Read the shapes like dominoes: neighbours agree and vanish. The bias is added to every row. Many papers make an example a column
# and write $W x$; their $W$ is the transpose of this one. A *cell* is what computes one step. Where it
# has several pre-activations, their blocks stand side by side: $W_x$ is $(D, 4H)$ in the LSTM and
# $(D, 3H)$ in the GRU, two cells of lessons 05 and 06.
#
# **Guess first:** with $T = 5$ steps, $B = 2$ examples, $D = 3$ inputs and $H = 4$ units, what
# shapes have `xs[0]`, `W_x` and `hs`, and how many parameters are there in $W_x$, $W_h$ and $b$?
# (Below, `init_rnn` draws random weights, and `None` starts from a hidden state of zeros.)

# %%
T, B, D, H = 5, 2, 3, 4
xs = rng.normal(size=(T, B, D))
p = cells.init_rnn(rng, D, H)
hs, _ = sequence.rnn_forward(xs, None, p)
print("xs[0]", xs[0].shape, "  W_x", p.W_x.shape, "  hs", hs.shape)
print("parameters:", cells.count_parameters(p))
assert cells.count_parameters(p) == D * H + H * H + H

# %% [markdown]
# Neither $T$ nor $B$ enters the count: a recurrent network uses the same weights at every step and
# for every example.

# %% [markdown]
# ## A gate goes by its name, not by its place
#
# A *gate* is a number between 0 and 1 that multiplies a signal: 0 shuts it off, 1 lets it through.
# Lessons 05 and 06 build two cells out of gates, the **LSTM** (long short-term memory) and the **GRU**
# (gated recurrent unit). Here are only the names, so that you recognise them.
#
# | LSTM | Called | Decides |
# |---|---|---|
# | $i$ | input gate | how much of the candidate to write |
# | $f$ | forget gate | how much of the cell state to *keep* |
# | $g$ | candidate | nothing: it is the content to write, from −1 to 1 |
# | $o$ | output gate | how much of the cell state to show |
#
# That is **three gates and a candidate**, though many texts count four gates. The forget gate was
# not in the LSTM of 1997; it came in 2000.
#
# | GRU | Called | Decides |
# |---|---|---|
# | $r$ | reset gate | how much of the old state the candidate may see |
# | $z$ | keep gate | here, near 1 *keeps* the old state |
# | $n$ | candidate | nothing: it is the content that replaces what is not kept |
#
# Much of the literature calls $z$ the update gate and lets 1 *replace* the old state. This course
# follows PyTorch, the library that trains its networks, says *keep gate*, and names the convention
# wherever it matters.
#
# Libraries store the parameters of all gates side by side in one matrix, and do not agree on the
# order: PyTorch has $i, f, g, o$ for the LSTM and $r, z, n$ for the GRU; Keras, another library,
# $i, f, c, o$ for the LSTM (its $c$ is the candidate); ONNX, a file format for networks, $i, o, f, c$.
# Weights copied from one to another in the wrong order
# have the right shape and compute the wrong thing.
#
# So let the cell itself say which quarter is the forget gate. At every step an LSTM computes
#
# $$c_t = f_t\, c_{t-1} + i_t\, g_t, \qquad h_t = o_t \tanh(c_t) .$$
#
# Take one unit, $H = 1$, so that the bias has four numbers, one per quarter. Make every weight zero and
# every bias −20: each pre-activation is then −20, which bends to 0 in a gate and to −1 in the candidate.
# Start with a cell state of 1. Then give one quarter of the bias +20, which bends to 1, and take ten
# steps.
#
# **Guess first:** for which quarter is the cell state still 1 at the end? And where is it −1?

# %%
def cell_state_after(quarter, steps=10):
    lstm = torch.nn.LSTM(input_size=1, hidden_size=1)
    for tensor in lstm.parameters():
        tensor.data.fill_(0)
    lstm.bias_ih_l0.data.fill_(-20)
    lstm.bias_ih_l0.data[quarter] = 20
    one, zero = torch.ones(1, 1, 1), torch.zeros(1, 1, 1)
    _, (_, c) = lstm(torch.zeros(steps, 1, 1), (zero, one))
    return round(c.item(), 2) + 0.0  # no minus in front of a zero


ends = [cell_state_after(quarter) for quarter in range(4)]
for name, c in zip(["first", "second", "third", "fourth"], ends, strict=True):
    print(f"{name:8}{c:2.0f}")
assert ends == [-1, 1, 0, 0]

# %% [markdown]
# The second quarter keeps the 1, so it is the forget gate. The first writes the candidate's −1 over
# an erased cell, so it is the input gate. The other two change nothing that stays: with the input
# gate shut, the candidate is never written, and an output gate only shows.

# %% [markdown]
# ## Your installation passes this test
#
# Six things, none of which needs the internet. If one of them fails, run
# `python3 -m rnncourse doctor` where you started the course: it says what is wrong and how to mend
# it.
#
# **1. The libraries are there and new enough.**

# %%
from importlib.metadata import version

at_least = {"numpy": "2.0", "torch": "2.13", "matplotlib": "3.9", "jupyterlab": "4.4"}
for name, needed in at_least.items():
    have = tuple(int(part) for part in version(name).split(".")[:2])
    assert have >= tuple(map(int, needed.split("."))), f"{name} {version(name)} is too old"
print("present and new enough:", ", ".join(at_least))

# %% [markdown]
# **2. Three lines of NumPy equal PyTorch.** One step of a recurrent network takes the previous state
# and the input to the next state:
#
# $$h_t = \tanh(x_t W_x + h_{t-1} W_h + b), \qquad h_0 = 0$$
#
# PyTorch's `torch.nn.RNN` has the same equation inside. Its matrices are stored as transposes, and its
# bias as the sum of two vectors; `convert.from_torch` brings them into this course's form.
#
# **Guess first:** how far apart are the two results, over all steps?

# %%
torch.manual_seed(SEED)
rnn = torch.nn.RNN(D, H, dtype=torch.float64)
W_x, W_h, b = convert.from_torch(rnn)

h, ours = np.zeros((B, H)), []
for x in xs:
    h = np.tanh(x @ W_x + h @ W_h + b)
    ours.append(h)

theirs = rnn(torch.from_numpy(xs))[0].detach().numpy()
print("apart by less than 1e-12:", bool(np.abs(ours - theirs).max() < 1e-12))
np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)

# %% [markdown]
# They agree to the last few of the 16 digits that 64-bit numbers (`float64`) hold. Nothing is hidden inside
# PyTorch: lesson 02 takes this step apart, and from there you write every network yourself
# before you use a library's.

# %% [markdown]
# **3. A seed repeats.** The same seed gives the same random numbers, another seed others. That is how
# your results can be compared with those in the text, and how a claim is tested against luck: run
# it with several seeds.

# %%
def draws(seed):
    return np.random.default_rng(seed).normal(size=3)


assert (draws(SEED) == draws(SEED)).all() and (draws(SEED) != draws(SEED + 1)).all()
print("the same seed repeats, another differs")

# %% [markdown]
# **4. There is text to learn from.** Every Python brings half a megabyte of English with it, the
# reference text behind `help()`. Lesson 08 trains on it.

# %%
from rnncourse.data import text

corpus = text.load("python-docs")
print("more than 400,000 characters:", len(corpus.text) > 400_000)
assert len(corpus.text) > 400_000 and "lambda" in corpus.text

# %% [markdown]
# **5. A trained network came along.** Lesson 08 lets it write before you have trained your own. Here
# it only has to load, and to know the letters it needs.

# %%
trained = checkpoint.load(checkpoint.shipped())
print("knows more than 90 characters:", len(trained.vocab) > 90)
assert len(trained.vocab) > 90

# %% [markdown]
# **6. Figures appear.** The last test is for your eyes. Below you see the states of the small
# network above, one line per unit, as it reads five random inputs.

# %%
# alt: Four lines, one per hidden unit, over five steps. Each wanders within the dashed lines
#      at minus one and one.
fig, ax = plt.subplots()
units = {f"unit {k + 1}": theirs[:, 0, k] for k in range(H)}
plots.lines(ax, units, title="tanh keeps every state between −1 and 1", xlabel="step t")
for level in (-1, 1):
    plots.reference(ax, level, "")
ax.set(ylabel="hidden state h", xticks=range(1, T + 1))
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %%
assert np.abs(theirs).max() < 1

# %% [markdown]
# If you see four lines between two dashed ones, everything works.

# %% [markdown]
# ## Common mistakes
#
# - **Running cells out of order.** A cell sees what ran before it, not what stands above it. When a
#   result surprises you, restart the kernel and run all cells before you believe it.
# - **Time and batch exchanged.** `xs` is $(T, B, D)$, time first. A batch-first array has a shape
#   that fits just as well, and the network then reads across the examples instead of along the
#   sequence.
# - **A formula from a column-vector text typed as it stands.** $W x$ there is `x @ W.T` here.
# - **"Forget gate near 1 forgets."** It keeps. Say what a gate does, not what it is called.
# - **One run taken for a result.** Where luck decides, three seeds are the least; the lessons use them.

# %% [markdown]
# ## Summary
#
# - Claim, equation, code, measurement, one sentence: guess before each, and let `assert` judge.
# - Rows are examples, time comes first: `xs` is $(T, B, D)$, and $a_t = x_t W_x + h_{t-1} W_h + b$.
# - An LSTM has three gates and a candidate; the course says *keep gate* for the GRU's $z$.

# %% [markdown]
# ## Exercises
#
# Exercises come as notebooks of their own, linked in the bar above and below. You fill in a function
# and run `check(...)` on it. The check answers at once: *not attempted yet*, *right*, or *wrong*, with
# the mistake it recognised. It never stops the notebook. `hint(...)` opens hints one by one, and
# `solution(...)` comes after an attempt. Two warm-ups of five minutes each are ready in
# [exercises/00_start_here](../exercises/00_start_here.ipynb). Lessons 01 and 02 have theirs; those of
# the later lessons come with a later edition.

# %% [markdown]
# ## Quiz
#
# Each lesson will close with a quiz of at least eight questions, also with a later edition. Every
# option explains itself: why it is right, or which mistake it is. This lesson's asks about notation and
# shapes.

# %% [markdown]
# ## Sources
#
# - S. Hochreiter & J. Schmidhuber, *Long short-term memory*, Neural Computation 9(8):1735-1780,
#   1997: the LSTM, without a forget gate.
# - F. A. Gers, J. Schmidhuber & F. Cummins, *Learning to forget: continual prediction with LSTM*,
#   Neural Computation 12(10):2451-2471, 2000: the forget gate.
# - K. Cho et al., *Learning phrase representations using RNN encoder-decoder*, arXiv 1406.1078, 2014:
#   the GRU, $z$ near 1 keeps.
# - J. Chung et al., *Empirical evaluation of gated recurrent neural networks on sequence modeling*,
#   arXiv 1412.3555, 2014: the GRU with the roles of $z$ exchanged.
# - The documentation of `torch.nn.LSTM` and `torch.nn.GRU`, of Keras' `LSTM`, and of ONNX's `LSTM`
#   operator: the order of the gates.
#
# ## Where to go next
#
# Lesson 01 asks what a network needs in order to use something it read long ago, and shows that
# a large window is not the answer. The bar below leads there.
