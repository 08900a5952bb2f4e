# %% [markdown]
# # A window forgets, a state does not
#
# Why recurrence: one running question that no fixed window can answer and a net with a state can.
#
# ## What you will be able to do
#
# - say exactly which inputs a feedforward net on a window can use, and which a recurrent net can;
# - write both in a few lines, count their parameters, and set a recurrent net's weights by hand;
# - train both in PyTorch and name every part of the training: loss, gradient, optimiser, batch;
# - say when a window is enough, so that you do not use a recurrent net for nothing.
#
# **Time:** about 60 minutes. **You need:** Python, arrays and matrix products; lesson 00 for the
# notation. No deep learning: every term is defined where it first appears.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from rnncourse import cells, convert, plots, sequence

plots.use_style()
SEED = 0

# %% [markdown]
# ## The question
#
# Bits arrive one at a time. After each, say whether the number of ones *so far* is odd. This is
# **running parity**. You need no memory for the list: remember one bit, and flip it at every one.
#
# Now give the task to a network (a *net*, for short) that sees the last ten bits. Then to one that sees the last bit
# and *its own previous state*. Both practise on sequences of ten bits. What do they do with
# two hundred?

# %%
from rnncourse.data.tasks import echo, parity

xs, ys = parity(np.random.default_rng(SEED), T=10, B=3)
print("xs", xs.shape, " ys", ys.shape)
print("bits  ", xs[:, 0, 0].astype(int))
print("parity", ys[:, 0])

# %% [markdown]
# Time comes first: `xs` is $(T, B, D)$, with $T = 10$ steps, $B = 3$ sequences side by side and
# $D = 1$ number per step; `ys` is $(T, B)$. The answer $y_t$, `ys[t]`, is 1 for odd and 0 for even, at every step.
# A bit is one number. An input that is one of $D$ *symbols* is given as a **one-hot** row of $D$ numbers: 1 in
# the symbol's place, 0 in all others; later lessons do so with letters.
#
# Both answers are equally frequent, so guessing is right half of the time: **chance** is 0.5.
# **Accuracy** is the share of right answers, and means nothing until you know chance.

# %% [markdown]
# ## One layer draws one line, and parity needs two
#
# A **layer** multiplies a row of $K$ inputs $x$ $(1, K)$ by a **weight** matrix $W$ $(K, H)$ and adds a
# **bias** $b$ $(H,)$: $a = x W + b$. Each of the $H$ columns is a **unit**. With two input bits and
# one unit, $a = x_1 w_1 + x_2 w_2 + b$, and the answer changes where $a = 0$: on a line in the plane.
#
# **Guess first:** can a line separate the two odd corners of the square from the two even ones?

# %%
# alt: The four corners of the unit square. The odd ones, (0,1) and (1,0), are crosses; the even
#      ones, (0,0) and (1,1), are circles. Two parallel diagonal lines have both crosses between
#      them; one line could not.
fig, ax = plt.subplots(figsize=(4, 3))
corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
odd = corners.sum(axis=1) % 2 == 1
ax.plot(*corners[odd].T, "x", ms=10, mew=2, color="C1", label="odd")
ax.plot(*corners[~odd].T, "o", ms=9, color="C0", label="even")
for level in (0.5, 1.5):
    ax.plot([level - 1.3, 1.3], [1.3, level - 1.3], ls="--", color="0.35")
ax.set(xlim=(-0.3, 1.3), ylim=(-0.3, 1.3), xlabel="first bit", ylabel="second bit", aspect="equal",
       title="No single line parts odd from even", xticks=[0, 1], yticks=[0, 1])
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# It cannot. Suppose $a$ is positive at both odd corners, $w_2 + b > 0$ and $w_1 + b > 0$, and negative
# at both even ones, $b < 0$ and $w_1 + w_2 + b < 0$. The first two add up to $w_1 + w_2 + 2b > 0$,
# the last two to $w_1 + w_2 + 2b < 0$: a contradiction. (With the signs exchanged, likewise.)
#
# Two units draw two lines, and a second layer reads off "between them". Between the layers
# the numbers must be *bent*, or the two layers would be one: $(xW)W' = x(WW')$, whatever the second
# matrix $W'$. Two common
# bends, applied to each number by itself, are
#
# $$\sigma(a) = \frac{1}{1 + e^{-a}} \in (0, 1) \quad \text{(the \textbf{sigmoid})}, \qquad
#   \tanh(a) = \frac{e^a - e^{-a}}{e^a + e^{-a}} = 2\,\sigma(2a) - 1 \in (-1, 1) .$$
#
# Where $|a|$ is large both are flat: the unit is **saturated**, and behaves like a switch.

# %%
# alt: The sigmoid rises from 0 to 1 and tanh from -1 to 1; both are flat beyond about 3 to either
#      side.
fig, ax = plt.subplots()
a = np.linspace(-5, 5, 201)
plots.lines(ax, {"sigmoid": cells.sigmoid(a), "tanh": np.tanh(a)}, x=a, xlabel="a", ylabel="output",
            title="Steep in the middle, a switch at the ends")
plt.show()

# %% [markdown]
# Layers with bends between them are a **multilayer perceptron** (MLP), the plainest **feedforward**
# net: the numbers go forward from input to output once, and nothing stays behind.

# %% [markdown]
# ## A window makes a sequence fit for a feedforward net
#
# An MLP takes a row of fixed length $K$. To give it a sequence, cut out the last $K$ inputs at every
# step, with zeros before the start. With $[\dots]$ for a row of numbers set side by side,
#
# $$w_t = [x_{t-K+1}, \dots, x_t] \;\; (B, K), \qquad
#   \hat y_t = \tanh(w_t W_1 + b_1)\, W_2 + b_2 \;\; (B, 2),$$
#
# where $W_1$ is $(K, H)$, $b_1$ $(H,)$, $W_2$ $(H, 2)$ and $b_2$ $(2,)$. The two numbers of $\hat y_t$
# are scores, called **logits**, one for "even" and one for "odd": the larger is the answer. (The
# matrix $w_t$ holds inputs; it is no weight.)

# %%
def windows(xs, K):
    """(T, B, 1) -> (T, B, K): at each step the last K inputs, zeros before the start."""
    padded = torch.cat([torch.zeros(K - 1, *xs.shape[1:], dtype=xs.dtype), xs])
    return padded.unfold(0, K, 1).flatten(2)


print(windows(torch.from_numpy(xs), 4)[:5, 0].int().numpy())

# %% [markdown]
# In PyTorch, the library that trains our nets, a layer is `nn.Linear` and a net is a class with a
# `forward` method. Is there anything in it beyond the equation? Write the equation in NumPy and compare.

# %%
class WindowNet(nn.Module):
    """A multilayer perceptron on the last K inputs: (T, B, 1) -> logits (T, B, 2)."""

    def __init__(self, K, H=64):
        super().__init__()
        self.K = K
        self.net = nn.Sequential(nn.Linear(K, H), nn.Tanh(), nn.Linear(H, 2))

    def forward(self, xs):
        return self.net(windows(xs, self.K))


torch.manual_seed(SEED)
model = WindowNet(10).double()
W_1, b_1, W_2, b_2 = [p.detach().numpy().T for p in model.parameters()]
w = windows(torch.from_numpy(xs).double(), 10)
by_hand = np.tanh(w.numpy() @ W_1 + b_1) @ W_2 + b_2
np.testing.assert_allclose(by_hand, model(torch.from_numpy(xs).double()).detach(), atol=1e-12)

# %% [markdown]
# Nothing is hidden. (`nn.Linear` keeps its matrix transposed, therefore the `.T`. `double` asks for 64-bit
# numbers, where PyTorch would use 32. `detach` hands out the bare numbers, without the record that PyTorch
# keeps for its slopes.) The weights are random so far, so the answers are worthless.

# %% [markdown]
# ## Learning is going downhill on the loss
#
# **Training** needs a number that says how wrong the net is and changes smoothly with the weights.
# Accuracy does not: it jumps. Turn the two logits of one example, $\hat y_k$ for even ($k = 0$) and odd
# ($k = 1$), into probabilities with the **softmax**,
#
# $$p_k = \frac{e^{\hat y_k}}{\sum_j e^{\hat y_j}}, \qquad\text{all positive, with sum 1,}$$
#
# and charge $-\ln p_y$ for the right answer $y$. This is the **cross-entropy**. Its mean over
# all steps and examples is the **loss** $L$: 0 for a net that is sure and right, $\ln 2 = 0.69$
# for one that says 50 : 50, and large for one that is sure and wrong.
#
# The **gradient** is, for each weight, the slope of $L$: how much $L$ rises per unit that this weight
# rises. Lesson 03 derives how to compute all slopes at once; until then PyTorch does it
# (`loss.backward()` puts them into `weight.grad`). You can check any of them: nudge one weight both ways and
# see what $L$ does. (`no_grad`: we only look, PyTorch need keep no record.)

# %%
def loss_of(model, xs, ys):
    return nn.functional.cross_entropy(model(xs).flatten(0, 1), ys.flatten())


inputs, answers = torch.from_numpy(xs).double(), torch.from_numpy(ys)
loss = loss_of(model, inputs, answers)
loss.backward()
weight, nudge, seen = model.net[0].weight, 1e-6, []
with torch.no_grad():
    for step in (nudge, -2 * nudge, nudge):
        weight[0, -1] += step
        seen.append(loss_of(model, inputs, answers).item())
slope = (seen[0] - seen[1]) / (2 * nudge)
print(f"loss {loss.item():.2f}, one slope: nudged {slope:.6f}, PyTorch {weight.grad[0, -1]:.6f}")
assert abs(slope - weight.grad[0, -1].item()) < 1e-8

# %% [markdown]
# Step every weight a little *against* its slope and $L$ falls: gradient descent. The rule that turns
# slopes into steps is the **optimiser**, and its step size is the **learning rate**. Ours is **Adam**:
# gradient descent with running averages of the slopes, each weight's step scaled by how large its
# slopes usually are. Each **update** uses a fresh **batch** of random sequences. Lastly
# the gradient's length, the root of the sum of all squared slopes, is limited (`clip_grad_norm_`), so that
# one odd batch cannot throw the weights far off; lesson 04 says why recurrent nets need that.

# %%
def train(model, T, updates, rate, B, seed):
    """Train on running parity over T steps, the loss taken at every step; returns the model."""
    rng = np.random.default_rng(seed)
    optimiser = torch.optim.Adam(model.parameters(), rate)
    for _ in range(updates):
        xs, ys = map(torch.from_numpy, parity(rng, T, B))
        loss = loss_of(model, xs, ys)
        optimiser.zero_grad()                                  # forget the slopes of last time
        loss.backward()                                        # the slope of every weight
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)      # no step too far
        optimiser.step()                                       # downhill
    return model


# %% [markdown]
# The data that a net learns from are the **training** data. What it has learnt is measured on **test**
# data that it has not seen: here, fresh sequences, and longer ones. We count the answer at the *last*
# step only, the one that depends on everything before it.

# %%
@torch.no_grad()
def accuracy(model, T, seed, B=1000):
    """Share of right answers at step T, on B fresh sequences."""
    xs, ys = map(torch.from_numpy, parity(np.random.default_rng([seed, T]), T, B))
    return (model(xs)[-1].argmax(dim=1) == ys[-1]).double().mean().item()


# %% [markdown]
# ## A state remembers what the window has lost
#
# A **recurrent** net (RNN, recurrent neural network) keeps a row of numbers for each example, its
# **hidden state** $h_t$ $(B, H)$. At every step it makes the new state from the new input and the old state, with the same weights each time:
#
# $$h_t = \tanh(x_t W_x + h_{t-1} W_h + b), \qquad \hat y_t = h_t W_y + b_y ,$$
#
# with $W_x$ $(D, H)$, $W_h$ $(H, H)$, $b$ $(H,)$, $W_y$ $(H, 2)$, $b_y$ $(2,)$ and $h_0 = 0$. Through
# $h_{t-1}$, the state at step $t$ depends on *every* input up to $t$.

# %%
# alt: Three rows of 30 boxes, one per input. For a window of 10 only the last ten are filled, for
#      a window of 20 the last twenty, for the recurrent net all thirty.
fig, ax = plt.subplots(figsize=(7, 1.9))
plots.reach(ax, 30, {"window of 10": 10, "window of 20": 20, "recurrent net": 30})
ax.set_title("Which inputs can change the answer at step 30")
plt.show()

# %% [markdown]
# The filled boxes are what each model sees at step 30. (This is the still form of a slider over the
# sequence length.) Make the sequence longer, and the boxes of a window stay ten; those of the
# recurrent net grow with it. Whether a *trained* net makes use of all that it can see is another
# matter, and the subject of lessons 03 to 05.
#
# ### Two units are enough for parity, with weights set by hand
#
# Let $s_t$ be the parity after step $t$. The new parity is 1 exactly when $x_t + s_{t-1}$ is 1: above 0.5 and
# below 1.5. Those are the two lines of the square. So let one unit switch on when $x_t + s_{t-1} > 0.5$, the
# other when $x_t + s_{t-1} > 1.5$, and read the parity from the state as $s_t = (h_{t,1} - h_{t,2})/2$. With
# 5 as steepness,
#
# $$a_{t,1} = 5\,(x_t + s_{t-1} - 0.5), \qquad a_{t,2} = 5\,(x_t + s_{t-1} - 1.5), \qquad
#   h_t = \tanh(a_t) .$$
#
# Put $s_{t-1} = (h_{t-1,1} - h_{t-1,2})/2$ in, and read the weights off:

# %%
p = cells.RNNParams(W_x=np.array([[5.0, 5.0]]),
                    W_h=np.array([[2.5, 2.5], [-2.5, -2.5]]),
                    b=np.array([-2.5, -7.5]))


def parity_states(bits, h=(0.0, 0.0), p=p):
    """Bits (T,) -> states (T, 2), one step after the other."""
    hs = []
    for x in bits:
        h = np.tanh(np.array([x]) @ p.W_x + h @ p.W_h + p.b)
        hs.append(h)
    return np.array(hs)


bits, wanted = xs[:, 0, 0], ys[:, 0]
print("  t  x    h_1    h_2      s   parity")
for t, h in enumerate(parity_states(bits)):
    print(f"{t + 1:3} {bits[t]:2.0f} {h[0]:6.2f} {h[1]:6.2f} {(h[0] - h[1]) / 2:6.2f} {wanted[t]:5}")

# %% [markdown]
# **Guess first:** $s$ is not exactly 0 and 1 but 0.01 and 0.99. Do such errors add up over 10 000 steps?

# %%
long_bits, long_parity = parity(np.random.default_rng(SEED), T=10_000, B=1)
hs = parity_states(long_bits[:, 0, 0])
s = (hs[:, 0] - hs[:, 1]) / 2
print(f"largest error over 10 000 steps: {np.abs(s - long_parity[:, 0]).max():.3f}")
assert np.abs(s - long_parity[:, 0]).max() < 0.02

fast, _ = sequence.rnn_forward(long_bits.astype(float), None, p)
np.testing.assert_allclose(fast[:, 0], hs, rtol=0, atol=1e-12)
rnn = convert.to_torch(p, nn.RNN(1, 2).double())
theirs = rnn(torch.from_numpy(long_bits).double())[0].detach()
np.testing.assert_allclose(theirs[:, 0], hs, rtol=0, atol=1e-12)

# %% [markdown]
# They do not: over all 10 000 steps $s$ stays within 0.02 of the parity. (The loop above, the package's fast
# form and PyTorch's `nn.RNN`, given these weights, agree over all 10 000 steps to $10^{-12}$.) The
# reason is saturation. Each step pushes the state back to one of two places. To see it, push
# it away.
#
# **Guess first:** at step 10, add 0.3 to $s$ in one copy and 0.7 in another. What is left at step 20?

# %%
def nudged_parity(push, T=25, at=10):
    """The parity s over T steps of zeros, pushed by `push` at step `at`."""
    before = parity_states(np.zeros(at))
    before[-1] += [push, -push]
    after = parity_states(np.zeros(T - at), before[-1])
    hs = np.concatenate([before, after])
    return (hs[:, 0] - hs[:, 1]) / 2


pushed = {f"pushed by {push}": nudged_parity(push) for push in (0.3, 0.7)}

# %%
# alt: The state s over 25 steps of zeros. Pushed to 0.3 at step 10 it is back at 0 within three
#      steps; pushed to 0.7 it rises to 1 and stays.
fig, ax = plt.subplots()
plots.lines(ax, pushed, xlabel="step t", ylabel="state s",
            title="A small push is repaired, a large one flips the bit")
plt.show()

# %%
calm = nudged_parity(0)
assert abs(pushed["pushed by 0.3"][-1] - calm[-1]) < 1e-6
assert pushed["pushed by 0.7"][-1] > 0.9

# %% [markdown]
# Less than half a bit is repaired; more becomes the other bit. So the rule holds for any length.

# %% [markdown]
# ## Trained on 10 steps, one answers at 200 and the other guesses
#
# Now let both learn it. `nn.RNN` is the equation above; training finds the weights.

# %%
class RecurrentNet(nn.Module):
    """A tanh RNN with an output layer: (T, B, 1) -> logits (T, B, 2)."""

    def __init__(self, H=16):
        super().__init__()
        self.rnn = nn.RNN(1, H)
        self.out = nn.Linear(H, 2)

    def forward(self, xs):
        hs, _ = self.rnn(xs)          # (T, B, H)
        return self.out(hs)


# %% [markdown]
# **Guess first:** both train on 10 steps only. What accuracies do you expect at 10, 50 and 200?
#
# A net's random first weights decide much, so each is trained three times, from three seeds. First
# the window.

# %% tags=["nbval-ignore-output"]
lengths = [5, 10, 20, 50, 100, 200]
seeds = [3 * SEED, 3 * SEED + 1, 3 * SEED + 2]


def window_run(seed):
    torch.manual_seed(seed)
    model = train(WindowNet(10), T=10, updates=1000, rate=0.02, B=256, seed=seed)
    return [accuracy(model, T, seed) for T in lengths]


window = np.array([window_run(seed) for seed in tqdm(seeds, desc="window nets")])

# %% [markdown]
# Then the recurrent net. Some starts (2 of 39 in our trials) find a rule that works for ten steps only: their two
# places are not quite stable, and the state drifts off later. On the lengths it was trained on nothing
# shows. So we *look* at 50 steps, and start again with new weights if fewer than 99 % are right
# there. Data used to choose between nets are called **validation** data; the lengths 100 and 200 stay
# untouched by the choice.

# %% tags=["nbval-ignore-output"]
def recurrent_run(seed):
    for start in range(5):
        torch.manual_seed(1000 * start + seed)
        model = train(RecurrentNet(), T=10, updates=800, rate=0.01, B=64, seed=1000 * start + seed)
        if accuracy(model, 50, seed=10**6 + seed) > 0.99:
            break
    return [accuracy(model, T, seed) for T in lengths]


recurrent = np.array([recurrent_run(seed) for seed in tqdm(seeds, desc="recurrent nets")])

# %%
# alt: Accuracy against sequence length, 5 to 200 on a log axis, three runs each. Both models are
#      near 1 up to length 10. The recurrent net stays at 1; the window of 10 is at chance, 0.5,
#      from length 20 on.
fig, ax = plt.subplots()
plots.spread(ax, lengths, recurrent, label="recurrent net")
plots.spread(ax, lengths, window, label="window of 10", ls="--")
plots.reference(ax, 0.5, "chance", where=0.12)
ax.axvline(10, color="0.35", lw=1)
ax.annotate("trained\non 10", (10, 0.7), textcoords="offset points", xytext=(-4, 0), ha="right",
            fontsize=9)
ax.set(xscale="log", xlabel="length T of the test sequences", ylabel="accuracy at step T",
       title="The state carries on where the window ends", ylim=(0.42, 1.04))
ax.set_xticks(lengths, lengths)
ax.minorticks_off()
ax.legend(loc="center right", bbox_to_anchor=(1, 0.68))
plt.show()

# %%
within, beyond = lengths.index(10), lengths.index(20)
assert (window[:, within] > 0.9).all() and (abs(window[:, beyond:] - 0.5) < 0.1).all()
assert (recurrent > 0.98).all()

# %% [markdown]
# In all three runs the recurrent net is right at 200 steps, twenty times the length it has seen, and
# the window of 10, right more than nine times in ten at the length it was trained on, guesses from 20 steps on.
#
# The window's failure is exact, not bad training. At step 20 the answer is the parity of the ten bits it
# sees *plus* that of the ten it does not. The latter is odd with probability ½ whatever the window holds. So
# **every** rule that sees ten bits, trained or not, is right with probability exactly ½.

# %% [markdown]
# ## A wider window costs parameters and examples
#
# Then take a window of 200. Count what that costs. The window net has $K H + H$ parameters in its first
# layer and $2H + 2$ in its second, together $(K + 3)H + 2$. The recurrent net has $D H$ in $W_x$,
# $H^2$ in $W_h$, $H$ in $b$ and $2H + 2$ in the output layer; PyTorch keeps *two* bias vectors and
# adds them, so one more $H$. The length $T$ does not occur: the same weights act at every step. That is
# **weight sharing**.

# %%
def count(model):
    return sum(p.numel() for p in model.parameters())


H = 64
for K in (10, 50, 200):
    assert count(WindowNet(K, H)) == (K + 3) * H + 2
H = 16
assert count(RecurrentNet(H)) == 1 * H + H * H + 2 * H + 2 * H + 2
sizes = {"window net, K = T": [count(WindowNet(T)) for T in lengths],
         "recurrent net": [count(RecurrentNet()) for T in lengths]}
print("at T = 200:", {name: values[-1] for name, values in sizes.items()})

# %%
# alt: Number of parameters against sequence length. The window net's line rises to about 13000 at
#      length 200; the recurrent net's stays flat at 338.
fig, ax = plt.subplots()
plots.lines(ax, sizes, x=lengths, xlabel="length T to be covered", ylabel="parameters",
            title="A window grows with the length, a state need not")
plt.show()

# %% [markdown]
# A window does share its weights as it slides: the same net is used at every step. But *inside* it each
# place has weights of its own, and what it learns about the third bit from the end says nothing about the
# fourth. With ten bits there are $2^{10} = 1024$ patterns, and training shows each of them many times.
# Does the net find the rule, or fill in a table? Show it a quarter of the patterns only, and see.
#
# **Guess first:** trained on 256 of the 1024 patterns, what share of the other 768 does it get right?

# %%
patterns = (np.arange(1024)[:, None] >> np.arange(10)) % 2
bits = torch.tensor(patterns.T[..., None], dtype=torch.float32)      # (10, 1024, 1)
answers = bits.sum(dim=0)[:, 0].long() % 2


def seen_and_hidden(seed, updates=300):
    torch.manual_seed(seed)
    model, order = WindowNet(10), torch.randperm(1024)
    optimiser = torch.optim.Adam(model.parameters(), 0.02)
    for _ in range(updates):
        logits = model(bits[:, order[:256]])[-1]
        optimiser.zero_grad()
        nn.functional.cross_entropy(logits, answers[order[:256]]).backward()
        optimiser.step()
    right = (model(bits)[-1].argmax(dim=1) == answers).double()[order]
    return right[:256].mean().item(), right[256:].mean().item()


# %% tags=["nbval-ignore-output"]
seen, hidden = np.array([seen_and_hidden(seed) for seed in seeds]).T
print("seen  ", seen.round(2), " hidden", hidden.round(2))

# %%
assert (seen > 0.98).all() and (hidden < 0.5).all()

# %% [markdown]
# All that it has seen, and of the rest fewer than half, in all three runs: a table, not a rule. Fewer,
# probably because it answers as it did for the most similar patterns it knows, and a pattern that differs in one bit has the other parity.
# Twenty bits have a million patterns; two hundred have more than there are atoms in the earth.

# %% [markdown]
# ## When the answer lies in the window, a window is enough
#
# Ask for less: repeat the bit of three steps ago (`echo`, delay 3). The answer depends on one input, at
# a known distance.
#
# **Guess first:** windows of 1 to 6. Which are at chance, and which are right, also at 200 steps?

# %%
def echo_run(K, seed, delay=3):
    torch.manual_seed(seed)
    model, rng = WindowNet(K, H=8), np.random.default_rng(seed)
    optimiser = torch.optim.Adam(model.parameters(), 0.03)
    for _ in range(150):
        xs, ys = map(torch.from_numpy, echo(rng, 10, 64, delay))
        optimiser.zero_grad()
        loss_of(model, xs, ys).backward()
        optimiser.step()
    xs, ys = map(torch.from_numpy, echo(rng, 200, 1000, delay))
    return (model(xs)[-1].argmax(dim=1) == ys[-1]).double().mean().item()


widths = [1, 2, 3, 4, 5, 6]
enough = np.array([[echo_run(K, seed) for K in widths] for seed in seeds])

# %%
# alt: Accuracy at step 200 on echo with delay 3, against the width of the window, three runs each:
#      at chance for widths 1 to 3, at 1 for widths 4 to 6.
fig, ax = plt.subplots()
plots.spread(ax, widths, enough)
plots.reference(ax, 0.5, "chance")
ax.set(xlabel="width K of the window", ylabel="accuracy at step 200", ylim=(0.42, 1.04),
       title="Echo with delay 3: a window of 4 is exactly enough")
plt.show()

# %%
assert (abs(enough[:, :3] - 0.5) < 0.1).all() and (enough[:, 3:] > 0.99).all()

# %% [markdown]
# A window of 4 holds the bit of three steps ago, and is right at any length. So ask of a task: *is there a
# $K$ such that the last $K$ inputs settle the answer?* If there is, and it is small, a window is simpler,
# trains faster and computes all steps at once. If what matters may lie any distance back, you need a state.

# %% [markdown]
# ## Common mistakes
#
# - **"An RNN is deeper, so it is better."** What it has and a feedforward net lacks is a *state*: a result
#   that depends on every earlier input, at a cost per step that does not depend on how many there were.
# - **Testing at the training length only.** Both nets look equal at 10 steps.
# - **An accuracy without its chance.** 0.5 is nothing here; with four answers chance is 0.25.
# - **Reading "can see" as "will use".** The state *may* depend on every input. Training may fail to make
#   use of it: this is what lessons 03 to 05 are about.
# - **"Any recurrent net can do parity."** The state update must mix input and state *before* a bend.
#   Several newer recurrent nets keep it linear for speed, and pay with parity: lesson 15.

# %% [markdown]
# ## Summary
#
# - A window of $K$ sees $K$ inputs; what lies before them cannot change its answer, so parity falls to chance.
# - A recurrent net makes its state from the input and its previous state, with the same weights at each step.
# - If the last few inputs settle the answer, use a window; if not, you need a state.

# %% [markdown]
# ## Exercises
#
# Six exercises, about 75 minutes, in [exercises/01_why_recurrence](../exercises/01_why_recurrence.ipynb):
# windows, the window net, the loss, accuracy at the last step, what a state costs, and weights set by
# hand that keep the parity of inputs $-1$ and $+1$.

# %% [markdown]
# ## Quiz
#
# The questions of this lesson will ask how a recurrent net differs from a feedforward one, what
# weight sharing saves, and for which tasks a window is enough.

# %% [markdown]
# ## Sources
#
# - M. I. Jordan, *Serial order: a parallel distributed processing approach*, ICS Report 8604, UC San
#   Diego, 1986: outputs fed back as inputs.
# - J. L. Elman, *Finding structure in time*, Cognitive Science 14(2):179-211, 1990: the hidden state fed
#   back, tried first on XOR in time (section *Exclusive-Or*).
# - M. Minsky & S. Papert, *Perceptrons*, MIT Press, 1969: parity and the limits of one layer.
# - D. P. Kingma & J. Ba, *Adam: a method for stochastic optimization*, arXiv 1412.6980, 2014,
#   Algorithm 1.
# - S. Shalev-Shwartz, O. Shamir & S. Shammah, *Failures of gradient-based deep learning*, arXiv
#   1703.07950, 2017: why parities of many bits defeat gradient descent on a whole window.
# - W. Merrill, J. Petty & A. Sabharwal, *The illusion of state in state-space models*, arXiv 2404.08819,
#   2024: which recurrent nets can track a state.
#
# ## Where to go next
#
# Lesson 02 takes the recurrent equation apart, symbol by symbol and shape by shape, and writes it for a
# batch.
