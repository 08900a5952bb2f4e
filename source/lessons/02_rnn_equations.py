# %% [markdown]
# # One equation, the same at every step
#
# The recurrent network written out: every symbol, every shape, and three codes, yours, the package's and PyTorch's, that agree to 1e-12.
#
# ## What you will be able to do
#
# - write $h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$ in NumPy for a batch and for a whole sequence;
# - give the shape of everything in it, and count the parameters, PyTorch's extra bias included;
# - build many-to-one, one-to-many and many-to-many nets from the same step;
# - say what is lost without the tanh, and catch the three mistakes that keep every shape right.
#
# **Time:** about 60 minutes. **You need:** lesson 01 (the recurrent net, layers, training).

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from rnncourse import cells, convert, plots, sequence

plots.use_style()
SEED = 0
rng = np.random.default_rng(SEED)

# %% [markdown]
# ## The question
#
# A recurrent net is one line of mathematics. Yet a program for it can be wrong with every shape right and no
# error raised: it trains, a little worse than it should, and nobody notices. So: what *exactly* does the line
# say, for a batch, over a sequence, and how would you know that your code computes it?

# %% [markdown]
# ## The new state is the input and the old state, mixed and bent
#
# $$a_t = x_t W_x + h_{t-1} W_h + b, \qquad h_t = \tanh(a_t), \qquad t = 1, \dots, T .$$
#
# | symbol | code | shape | meaning |
# |---|---|---|---|
# | $x_t$ | `x` | $(B, D)$ | the input at step $t$: $B$ examples, one per row, of $D$ numbers |
# | $h_{t-1}$, $h_t$ | `h_prev`, `h` | $(B, H)$ | the hidden state before and after: $H$ units; $h_0 = 0$ unless given |
# | $a_t$ | `a` | $(B, H)$ | the pre-activation: what goes into the tanh |
# | $W_x$ | `W_x` | $(D, H)$ | input weights; column $j$ says what unit $j$ takes from the input |
# | $W_h$ | `W_h` | $(H, H)$ | recurrent weights; column $j$ says what unit $j$ takes from the state |
# | $b$ | `b` | $(H,)$ | the bias, added to every row |
#
# Read the shapes from left to right: $(B, D)(D, H) + (B, H)(H, H) + (H,) = (B, H)$. The inner sizes meet and
# vanish; $W_h$ must be square because its output is its next input. The weights carry no index $t$: they are
# the same at every step.

# %%
def rnn_step(x, h_prev, W_x, W_h, b):
    """Advance one step: (B, D), (B, H) -> (B, H)."""
    a = x @ W_x + h_prev @ W_h + b
    return np.tanh(a)


# %% [markdown]
# Smallest case first: one unit, one input, one example, $W_x = 1$, $W_h = 0.8$, $b = 0$. Feed a single 1 and then
# zeros.
#
# **Guess first:** after the input has gone, does the state stay, fall to zero at once, or fade?

# %%
W_x, W_h, b = np.array([[1.0]]), np.array([[0.8]]), np.array([0.0])
pulse, small = [1.0, 0.0, 0.0, 0.0], [np.zeros((1, 1))]
for t, x in enumerate(pulse, start=1):
    small.append(rnn_step(np.array([[x]]), small[-1], W_x, W_h, b))
    print(f"h_{t} = tanh({x:.0f} * 1 + {small[-2].item():.2f} * 0.8 + 0) = {small[-1].item():.2f}")

# %%
# alt: The unrolled graph over four steps. Boxes x_1 to x_4 hold 1, 0, 0, 0. Arrows labelled W_x
#      lead up to the states h_1 to h_4, which hold 0.76, 0.54, 0.41, 0.32; arrows labelled W_h
#      lead from each state to the next, starting at h_0 = 0.
fig, ax = plt.subplots(figsize=(6, 2.9))
states = [h.item() for h in small]
plots.unrolled(ax, T=4, outputs=[], values={"x": pulse, "h": states})
ax.set_title("The same two weights at every step")
plt.show()
assert (np.diff(states[1:]) < 0).all()

# %% [markdown]
# It fades: each step keeps a part. The picture is the loop **unrolled**, one copy of the cell per step. Copies of the
# *picture*: there is one $W_x$ and one $W_h$. (This is the still form of a step-through player in which you change
# weights and inputs.)

# %% [markdown]
# ## A batch is many sequences that never meet
#
# Rows are examples. Row $n$ of $h_t$ uses row $n$ of $x_t$ and row $n$ of $h_{t-1}$, and the weights; never another row. So a
# batch gives what its examples give alone, in one matrix product instead of many: that is what makes it fast.

# %%
B, D, H = 4, 3, 5
p = cells.init_rnn(rng, D, H)          # random W_x (D, H), W_h (H, H), b (H,)
x, h_prev = rng.normal(size=(B, D)), rng.normal(size=(B, H))
together = rnn_step(x, h_prev, *p)
alone = [rnn_step(x[n:n + 1], h_prev[n:n + 1], *p) for n in range(B)]
np.testing.assert_allclose(together, np.concatenate(alone), rtol=0, atol=1e-14)
print("x", x.shape, " h_prev", h_prev.shape, " ->  h", together.shape)

# %% [markdown]
# The package checks shapes where NumPy would guess. A state for another batch size, for instance:

# %%
try:
    cells.rnn_step(x, h_prev[:1], p)
except ValueError as error:
    print(error)

# %% [markdown]
# NumPy alone would have *broadcast* the one row: used the same state for all four examples, without a word.

# %% [markdown]
# ## A sequence is the step in a loop, with the state carried over
#
# Time comes first: `xs` is $(T, B, D)$, and `for x in xs` walks through time. Keep every state; they are
# `hs`, $(T, B, H)$.

# %%
def rnn_forward(xs, h, W_x, W_h, b):
    """All states of a sequence: (T, B, D), (B, H) -> (T, B, H)."""
    hs = []
    for x in xs:
        h = rnn_step(x, h, W_x, W_h, b)     # the state just made is the next step's h_prev
        hs.append(h)
    return np.array(hs)


T = 20
xs, h_0 = rng.normal(size=(T, B, D)), np.zeros((B, H))
hs = rnn_forward(xs, h_0, *p)
print("xs", xs.shape, " hs", hs.shape)

# %% [markdown]
# **The first input reaches the last state.** That is the point of it, so test it: nudge $x_1$ and see which states
# move.
#
# **Guess first:** will $h_{20}$ change? By more or by less than $h_1$?

# %%
nudged = xs.copy()
nudged[0] += 0.1
moved = np.abs(rnn_forward(nudged, h_0, *p) - hs).max(axis=(1, 2))
cut = p._replace(W_h=np.zeros((H, H)))
moved_cut = np.abs(rnn_forward(nudged, h_0, *cut) - rnn_forward(xs, h_0, *cut)).max(axis=(1, 2))

# %%
# alt: Change of the state after a nudge of the first input, log axis, over 20 steps: a fading line
#      for the recurrent net; a single point at step 1 for the net with W_h = 0.
fig, ax = plt.subplots()
steps = np.arange(1, T + 1)
ax.semilogy(steps, moved, label="with $W_h$")
ax.semilogy(steps[:1], moved_cut[:1], "s", label="$W_h = 0$: gone after step 1")
ax.set(xlabel="step t", ylabel="change of $h_t$ (log scale)",
       title="A nudge of $x_1$ arrives at every later state")
ax.set_xticks([1, 5, 10, 15, 20])
ax.legend()
plt.show()

# %%
assert (moved > 0).all() and (moved_cut[1:] == 0).all() and moved[-1] < moved[0]

# %% [markdown]
# It arrives, and fades on the way. With random first weights it nearly always fades: lesson 04 says how fast, and what
# to do. With $W_h = 0$ the net is feedforward and forgets at once.
#
# The state is also *all* the net remembers. So you can stop after any step, keep $h$, and go on later; nothing
# earlier need be kept. This is how a recurrent net reads a stream of any length, and writes text at a fixed
# cost per character (lesson 08).

# %%
first = rnn_forward(xs[:12], h_0, *p)
rest = rnn_forward(xs[12:], first[-1], *p)
np.testing.assert_array_equal(np.concatenate([first, rest]), hs)

# %% [markdown]
# ## The output layer reads the state
#
# The state is the net's own notation. What you want from it is made by a linear layer:
#
# $$\hat y_t = h_t W_y + b_y ,$$
#
# with $W_y$ $(H, K)$, $b_y$ $(K,)$ and $\hat y_t$ $(B, K)$ for $K$ outputs. It, too, is the same at every step, so
# all steps can be done in one product: $(T, B, H)(H, K) = (T, B, K)$.
#
# Which steps have an input and which an output is your choice. Three patterns cover most uses.

# %%
# alt: Three unrolled graphs over three steps. Many-to-many has an input and an output at every
#      step; many-to-one has inputs at every step and one output at the last; one-to-many has one
#      input at the first step and outputs at every step.
fig, axes = plt.subplots(1, 3, figsize=(9.5, 2.9))
plots.unrolled(axes[0], T=3)
plots.unrolled(axes[1], T=3, outputs=[3])
plots.unrolled(axes[2], T=3, inputs=[1])
for ax, title in zip(axes, ["many-to-many", "many-to-one", "one-to-many"], strict=True):
    ax.set(title=title, ylim=(-1.5, 1.5))
plt.show()

# %%
def many_to_many(xs, p, W_y, b_y):
    """(T, B, D) -> (T, B, K): an answer at every step. Running parity; the next character."""
    hs = rnn_forward(xs, np.zeros((xs.shape[1], len(p.W_h))), *p)
    return hs @ W_y + b_y


def many_to_one(xs, p, W_y, b_y):
    """(T, B, D) -> (B, K): one answer after the last step. The mood of a sentence."""
    hs = rnn_forward(xs, np.zeros((xs.shape[1], len(p.W_h))), *p)
    return hs[-1] @ W_y + b_y


def one_to_many(x, T, p, W_y, b_y):
    """(B, D) -> (T, B, K): input at step 1 only, zeros after it. A caption from a picture."""
    xs = np.zeros((T, *x.shape))
    xs[0] = x
    return many_to_many(xs, p, W_y, b_y)


# %% [markdown]
# **Guess first:** with $K = 2$ outputs, what shapes come out for 20 steps? Which two of the three must agree, and where?

# %%
K = 2
W_y, b_y = rng.normal(size=(H, K)), rng.normal(size=K)
every, last = many_to_many(xs, p, W_y, b_y), many_to_one(xs, p, W_y, b_y)
made = one_to_many(xs[0], T, p, W_y, b_y)
print("many-to-many", every.shape, " many-to-one", last.shape, " one-to-many", made.shape)
np.testing.assert_allclose(every[-1], last, rtol=0, atol=1e-12)
np.testing.assert_allclose(every[0], made[0], rtol=0, atol=1e-12)

# %% [markdown]
# Many-to-one is the last output of many-to-many; one-to-many starts like it, from the same first input. A text generator is
# one-to-many with a twist: what it writes at one step becomes its input at the next. Input and output of *different*
# lengths, as in translation, take two recurrent nets in a row, many-to-one and then one-to-many: lesson 12.

# %% [markdown]
# ## Three codes, one equation: equal to 1e-12 over a whole sequence
#
# Now the test that the lesson stands on: your loop; the package's code, once step by step (`cells.rnn_step`)
# and once in its fast form (`sequence.rnn_forward`: all $x_t W_x$ in one product before the loop); and
# PyTorch's `torch.nn.RNN`. All over 200 steps from a random $h_0$. (What `rnn_step` and `rnn_forward` return
# besides the state is kept for lesson 03.)
#
# PyTorch stores $W_x$ and $W_h$ transposed, and adds **two** biases of shape $(H,)$: $b = b_{ih} + b_{hh}$. Only the sum matters: add 1 to one
# and take 1 from the other, and no output changes. `convert.from_torch` adds them up.
# PyTorch's $h_0$ has one more axis in front, for stacked layers: `[None]` puts it there.
#
# **Guess first:** float64 keeps 16 digits, and each step rounds. After 200 steps: a difference of 1e-16, 1e-14, 1e-10?

# %%
torch.manual_seed(SEED)
T, B, D, H = 200, 3, 4, 8
rnn = nn.RNN(D, H).double()
p = convert.from_torch(rnn)
xs, h_0 = rng.normal(size=(T, B, D)), rng.normal(size=(B, H))

ours = rnn_forward(xs, h_0, *p)
fast, _ = sequence.rnn_forward(xs, h_0, p)
h, stepped = h_0, []
for x in xs:
    h, _ = cells.rnn_step(x, h, p)
    stepped.append(h)
with torch.no_grad():
    theirs, h_T = rnn(torch.from_numpy(xs), torch.from_numpy(h_0)[None])
theirs = theirs.numpy()

# %%
for other in (stepped, fast, theirs):
    np.testing.assert_allclose(other, ours, rtol=0, atol=1e-12)
np.testing.assert_array_equal(h_T[0], theirs[-1])        # the second result is the last state

with torch.no_grad():
    rnn.bias_ih_l0 += 1
    rnn.bias_hh_l0 -= 1
    shifted, _ = rnn(torch.from_numpy(xs), torch.from_numpy(h_0)[None])
np.testing.assert_allclose(shifted, ours, rtol=0, atol=1e-12)
print("equal at every one of the 200 steps: largest difference under 1e-12")

# %% [markdown]
# How sharp is this test? Spoil one number of $W_h$ by a millionth and look again.

# %%
spoilt = p.W_h.copy()
spoilt[0, 0] += 1e-6
difference = {"one weight wrong by $10^{-6}$": rnn_forward(xs, h_0, p.W_x, spoilt, p.b) - theirs,
              "your loop": ours - theirs}
difference = {name: np.abs(d).max(axis=(1, 2)) for name, d in difference.items()}
assert difference["one weight wrong by $10^{-6}$"].min() > 1e-10

# %%
# alt: Largest difference from torch.nn.RNN at each of 200 steps, log axis. The loop stays between
#      1e-17 and 1e-15, below the line at 1e-12; with one weight wrong by 1e-6 the difference is
#      around 1e-7 at every step.
fig, ax = plt.subplots()
plots.lines(ax, {name: np.maximum(d, 1e-17) for name, d in difference.items()}, xlabel="step t",
            ylabel="difference (log scale)", title="Equal to the last digits, at every step")
ax.set(yscale="log", ylim=(1e-18, 1e-3))
plots.reference(ax, 1e-12, "allowed")
plt.show()

# %% [markdown]
# The rounding does not add up: each step shrinks what came before it, errors included, as it did the nudge above.
#
# ### Counting what is learnt
#
# $W_x$ has $D H$ numbers, $W_h$ has $H^2$, $b$ has $H$: together $H(D + H + 1)$. PyTorch's second bias makes it
# $H(D + H + 2)$. For $D = 32$, $H = 64$:

# %%
D, H = 32, 64
ours_count = cells.count_parameters(cells.init_rnn(rng, D, H))
torch_count = sum(w.numel() for w in nn.RNN(D, H).parameters())
print("one bias:", ours_count, "  PyTorch, two:", torch_count)
assert ours_count == H * (D + H + 1) == 6208
assert torch_count == H * (D + H + 2) == 6272

# %% [markdown]
# The second bias changes the count and nothing that this net can compute. (In the GRU of lesson 06 one part of it does.)

# %% [markdown]
# ## ReLU has no ceiling
#
# Another bend is the **ReLU** (rectified linear unit), $\max(0, a)$: it passes what is positive and cuts the rest to zero. The step
# stays the same but for that word. Tanh keeps every state between $-1$ and $1$. ReLU keeps it from falling below 0, and has no upper
# end. Where a unit is active, above 0, the bend has slope 1: it shrinks nothing and limits nothing. What shrinks or grows is up to $W_h$. (Le, Jaitly &
# Hinton 2015 therefore start such nets from $W_h = I$, the identity, which does neither.)

# %%
def relu_forward(xs, h, W_x, W_h, b):
    hs = []
    for x in xs:
        h = np.maximum(0, x @ W_x + h @ W_h + b)
        hs.append(h)
    return np.array(hs)


torch.manual_seed(SEED)
relu = nn.RNN(4, 8, nonlinearity="relu").double()
q = convert.from_torch(relu)
by_hand = relu_forward(xs, h_0, *q)
np.testing.assert_allclose(sequence.relu_forward(xs, h_0, q)[0], by_hand, rtol=0, atol=1e-12)
theirs_relu = relu(torch.from_numpy(xs), torch.from_numpy(h_0)[None])[0].detach()
np.testing.assert_allclose(theirs_relu, by_hand, rtol=0, atol=1e-12)

# %% [markdown]
# Equal again. Now one unit with an input of 1 at every step, $W_x = 1$ and $W_h = 1$.
#
# **Guess first:** where is each after 20 steps, tanh and ReLU?

# %%
ones, one, none = np.ones((20, 1, 1)), np.array([[1.0]]), np.zeros(1)
grown = {"ReLU": relu_forward(ones, np.zeros((1, 1)), one, one, none)[:, 0, 0],
         "tanh": rnn_forward(ones, np.zeros((1, 1)), one, one, none)[:, 0, 0]}
print({name: round(values[-1].item(), 2) for name, values in grown.items()})
assert grown["ReLU"][-1] == 20 and grown["tanh"][-1] < 1

# %%
# alt: State of one unit under a constant input of 1, W_x = W_h = 1, over 20 steps: the ReLU unit
#      rises in a straight line to 20, the tanh unit stays just below 1.
fig, ax = plt.subplots()
plots.lines(ax, grown, xlabel="step t", ylabel="state h", title="ReLU counts, tanh saturates")
ax.set(xticks=[1, 5, 10, 15, 20])
plt.show()

# %% [markdown]
# The ReLU unit counts its inputs; the tanh unit is nearly full after two. Which is better depends on what you need to keep, and growth
# has its price: lesson 04.

# %% [markdown]
# ## Without the bend, all steps collapse into one matrix
#
# Leave out the tanh (and the bias, for short), and put the equation into itself, step after step:
#
# $$h_1 = x_1 W_x, \qquad h_2 = x_2 W_x + x_1 W_x W_h, \qquad h_3 = x_3 W_x + x_2 W_x W_h + x_1 W_x W_h^2, \qquad \dots$$
#
# $$h_T = \sum_{t=1}^{T} x_t\, W_x W_h^{T-t} = [x_1, \dots, x_T]\, M, \qquad
#   M = \begin{bmatrix} W_x W_h^{T-1} \\ \vdots \\ W_x W_h \\ W_x \end{bmatrix} .$$
#
# The whole sequence, laid side by side as one row per example $(B, T D)$, times one fixed matrix $M$ $(T D, H)$. Each block of $M$
# is $(D, H)$.

# %%
T, B, D, H = 12, 3, 4, 8
xs = rng.normal(size=(T, B, D))
h = np.zeros((B, H))
for x in xs:
    h = x @ p.W_x + h @ p.W_h                       # no tanh

M = np.concatenate([p.W_x @ np.linalg.matrix_power(p.W_h, T - t) for t in range(1, T + 1)])
side_by_side = xs.transpose(1, 0, 2).reshape(B, T * D)
print("M", M.shape)
np.testing.assert_allclose(side_by_side @ M, h, rtol=0, atol=1e-12)

# %%
# alt: Heat map of the matrix M, its 48 rows drawn from left to right in 12 blocks of 4, one block
#      per step. The last blocks are strongly coloured, the first are nearly white.
fig, ax = plt.subplots(figsize=(6, 2.6))
image = ax.imshow(M.T, aspect="auto", **plots.diverging(M))
ax.set(xlabel="input, from $x_1$ (left) to $x_{12}$ (right)", ylabel="unit",
       title="All twelve steps, in one matrix", xticks=np.arange(T) * D - 0.5, xticklabels=[])
ax.grid(False)
fig.colorbar(image, label="weight in M")
plt.show()

# %% [markdown]
# Each step back multiplies a block by $W_h$ once more; with these small weights the early blocks fade to white.
# So a linear recurrent net is *one* linear layer over all inputs, and linear means: the state of a sum is the sum of the
# states. Parity is out of reach whatever the weights, by the four corners of lesson 01.
#
# **Guess first:** feed $x$, feed $x'$, feed $x + x'$ from a zero state. By how much does the state of the sum differ from the
# sum of the states, without and with tanh?

# %%
def gap(bend):
    """How far the final state of a sum is from the sum of the final states."""
    def last(xs):
        h = np.zeros((B, H))
        for x in xs:
            h = bend(x @ p.W_x + h @ p.W_h)
        return h
    other = np.random.default_rng(SEED + 1).normal(size=xs.shape)
    return np.abs(last(xs + other) - last(xs) - last(other)).max()


linear, bent = gap(lambda a: a), gap(np.tanh)
print(f"with tanh they differ by {bent:.1f}, without it by rounding only")
assert linear < 1e-12 and bent > 0.05

# %% [markdown]
# The bend lets what the net does with an input *depend on its state*. Without it, every input is treated alike, forever.

# %% [markdown]
# ## Three mistakes keep every shape right
#
# Each of these runs without an error and returns $(T, B, H)$. Compare with the right states at each step.

# %%
T, B = 8, 8                              # equal, so that batch first goes unnoticed
xs, h_0 = rng.normal(size=(T, B, D)), np.zeros((B, H))


def right(xs):
    return rnn_forward(xs, h_0, *p)


def not_carried(xs):
    return np.array([rnn_step(x, h_0, *p) for x in xs])


def transposed(xs):
    return rnn_forward(xs, h_0, p.W_x, p.W_h.T, p.b)


def batch_first(xs):
    return right(xs.swapaxes(0, 1)).swapaxes(0, 1)


# %%
wrong = {"state not carried": not_carried, "W_h transposed": transposed,
         "batch first": batch_first}
errors = {name: np.abs(run(xs) - right(xs)).max(axis=(1, 2)) for name, run in wrong.items()}
print("shapes:", [run(xs).shape for run in wrong.values()], " right:", right(xs).shape)

# %% [markdown]
# **Guess first:** which of the three would a test over *one* step from $h_0 = 0$ catch?

# %%
# alt: Largest error of the states at steps 1 to 8 for three mistakes. State not carried and W_h
#      transposed are exactly right at step 1 and wrong from step 2 on; batch first is wrong from
#      step 1.
fig, ax = plt.subplots()
plots.lines(ax, errors, xlabel="step t", ylabel="largest error of $h_t$",
            title="From step 2 on all three are wrong")
plt.show()

# %%
for name in ("state not carried", "W_h transposed"):
    assert errors[name][0] < 1e-12 and (errors[name][1:] > 0.01).all()
assert (errors["batch first"] > 0.01).all()
assert all(run(xs).shape == right(xs).shape for run in wrong.values())

# %% [markdown]
# Only one of them. At step 1 from a zero state $W_h$ does nothing, so a test over one step passes two of the three. Test over
# *several* steps, from a random $h_0$. Each mistake also has a symptom of its own, with no reference needed:
#
# - **state not carried**: nudge the first input, and the last state does not move;
# - **batch first**: nudge one example, and *another* example's states move;
# - **$W_h$ transposed**: no such symptom. Only numbers to compare with show it: here PyTorch's, or those of a small case by hand.

# %%
def moves(run, step, row):
    """Does a nudge of example 0 at the first step move the state of example `row` at `step`?"""
    nudged = xs.copy()
    nudged[0, 0] += 1
    return not np.allclose(run(nudged)[step, row], run(xs)[step, row])


for name, run in {"right": right, **wrong}.items():
    print(f"{name:18} reaches the last step: {moves(run, T - 1, 0)!s:6} "
          f"reaches another example: {moves(run, 0, 1)}")
assert moves(right, T - 1, 0) and not moves(right, 0, 1)
assert not moves(not_carried, T - 1, 0) and moves(batch_first, 0, 1)
assert moves(transposed, T - 1, 0) and not moves(transposed, 0, 1)

# %% [markdown]
# ## Common mistakes
#
# - **One weight matrix per step.** The unrolled picture shows $T$ cells; the net has one.
# - **`hs[:, -1]` for the last state.** With time first that is the last *example*; the last step is `hs[-1]`.
# - **A formula in column form typed as it stands.** $W_h h$ there is `h @ W_h.T` here, or `h @ W_h` with the matrix stored
#   transposed once, as `convert` does.
# - **Taking `output` and `h_T` of `nn.RNN` for different things.** The second is the last step of the first, in one layer and
#   one direction. Lesson 07 says where they part.
# - **Counting PyTorch's two biases as extra freedom.** For this net they are one.

# %% [markdown]
# ## Summary
#
# - $h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$: shapes $(B,D)(D,H) + (B,H)(H,H) + (H,)$, the same weights at every step.
# - The output layer reads the state; which steps have inputs and outputs makes many-to-one, one-to-many, many-to-many.
# - Without the bend all steps are one matrix; and right shapes prove nothing: compare numbers over several steps.

# %% [markdown]
# ## Exercises
#
# Eight exercises, about 85 minutes, in [exercises/02_rnn_equations](../exercises/02_rnn_equations.ipynb): one
# step, with tanh and with ReLU; a batch; a sequence; the output layer; many to one; one to many; and the
# one matrix that is left without the bend.

# %% [markdown]
# ## Quiz
#
# The questions of this lesson will ask about the terms of the equation, the shapes, and what a missing nonlinearity does.

# %% [markdown]
# ## Sources
#
# - J. L. Elman, *Finding structure in time*, Cognitive Science 14(2):179-211, 1990: this network, with states between 0 and 1.
# - I. Goodfellow, Y. Bengio & A. Courville, *Deep Learning*, MIT Press, 2016, sections 10.1 (unrolling) and 10.2 (the patterns
#   of inputs and outputs).
# - Q. V. Le, N. Jaitly & G. E. Hinton, *A simple way to initialize recurrent networks of rectified linear units*, arXiv
#   1504.00941, 2015: ReLU with the identity.
# - The documentation of `torch.nn.RNN`: the equation with its two biases, and the shapes.
#
# ## Where to go next
#
# Lesson 03 goes back through the same graph: how much does each weight have to do with the loss at the end?
