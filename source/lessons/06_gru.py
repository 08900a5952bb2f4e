# %% [markdown]
# # A GRU keeps with one gate, and its name covers two conventions
#
# Derive, write, convert and time a GRU, and learn to ask which of its conventions is meant.
#
# ## What you will be able to do
#
# - write the GRU's equations and their backward pass, and prove both right;
# - recognise its two conventions for $z$ and its two places for the reset, and convert between polarities;
# - say why PyTorch's GRU needs its second bias vector where the LSTM does not;
# - count its parameters, and say what it costs, and where, and why;
# - choose between GRU and LSTM for a reason.
#
# **Time:** about 80 minutes. **You need:** lesson 05 (the LSTM, its direct path, the forget bias).

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from tqdm import tqdm

from rnncourse import cells, convert, gradcheck, models, plots, sequence

plots.use_style()
SEED = 0
rng = np.random.default_rng(SEED)

# %% [markdown]
# ## The question
#
# The LSTM of lesson 05 has three gates, two states and four times the weights of a plain network. It holds a memory by
# (all arrays $(B, H)$, for $B$ sequences and $H$ units)
#
# $$c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t) .$$
#
# Is all of that needed? Two things look like luxury. First, $f$ and $i$ are separate, though a
# memory that is to be replaced wants $f = 0$ and $i = 1$, and one to be kept wants $f = 1$ and $i = 0$: why not let one gate do both, with $i = 1 - f$?
# Second, the memory $c$ and the visible state $h$ are separate: why not show the memory itself?
# In 2014 Cho and colleagues built that cell, the **gated recurrent unit**, GRU.

# %% [markdown]
# ## One gate keeps, one looks back
#
# With the input $x_t$ $(B, D)$ and the single state $h_{t-1}$ $(B, H)$, in the form PyTorch computes:
#
# $$
# \begin{aligned}
# r_t &= \sigma(x_t W_{xr} + h_{t-1} W_{hr} + b_r) && \text{reset gate: how much the candidate sees of the past} \\
# z_t &= \sigma(x_t W_{xz} + h_{t-1} W_{hz} + b_z) && \text{keep gate: how much of the past stays} \\
# m_t &= h_{t-1} W_{hn} + b_{hn} && \text{what the past says} \\
# n_t &= \tanh(x_t W_{xn} + b_n + r_t \odot m_t) && \text{candidate: the new content} \\
# h_t &= z_t \odot h_{t-1} + (1 - z_t) \odot n_t && \text{keep, and replace the rest}
# \end{aligned}
# $$
#
# | symbol | shape | meaning |
# |---|---|---|
# | $x_t$ | $(B, D)$ | input; one row per sequence |
# | $r_t, z_t$ | $(B, H)$ | gates, between 0 and 1 |
# | $m_t$ | $(B, H)$ | the past's share of the candidate, before the reset |
# | $n_t, h_t$ | $(B, H)$ | candidate and state, between $-1$ and 1 |
# | $W_{xr}, W_{xz}, W_{xn}$ | $(D, H)$ | input weights, side by side $W_x$ $(D, 3H)$ |
# | $W_{hr}, W_{hz}, W_{hn}$ | $(H, H)$ | recurrent weights, side by side $W_h$ $(H, 3H)$ |
# | $b_r, b_z, b_n$ | $(H,)$ | biases, side by side $b$ $(3H,)$ |
# | $b_{hn}$ | $(H,)$ | the bias inside $r_t \odot (\dots)$; `p.b_n` in the code |
# | $\sigma$, $\odot$ | | sigmoid, elementwise product, as in lesson 05 |
#
# There are two gates and a candidate. The order in the weights is $r, z, n$, as in PyTorch. The last line is a weighted mean of the old state and the new content,
# with weights $z$ and $1 - z$.

# %%
def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def gru_step(x, h_prev, p):
    """Advance one step: (B, D), (B, H) -> h, cache. z keeps, reset after the matmul."""
    W_hr, W_hz, W_hn = np.split(p.W_h, 3, axis=1)
    a_r, a_z, a_n = np.split(x @ p.W_x + p.b, 3, axis=1)
    r = sigmoid(a_r + h_prev @ W_hr)      # how much the candidate sees of the past
    z = sigmoid(a_z + h_prev @ W_hz)      # how much of the past stays
    m = h_prev @ W_hn + p.b_n             # what the past says
    n = np.tanh(a_n + r * m)              # candidate content
    h = z * h_prev + (1 - z) * n
    return h, (x, h_prev, r, z, n, m)


# %%
T, B, D, H = 7, 3, 5, 4
p = cells.init_gru(rng, D, H)
xs = rng.normal(size=(T, B, D))
h, hs, caches = np.zeros((B, H)), [], []
for x in xs:
    h, cache = gru_step(x, h, p)
    hs.append(h)
    caches.append(cache)
hs = np.array(hs)

# %%
h_1, _ = cells.gru_step(xs[0], np.zeros((B, H)), p)
hs_fast, cache_fast = sequence.gru_forward(xs, None, p)
cell = convert.to_torch(p, torch.nn.GRUCell(D, H).double())
layer = convert.to_torch(p, torch.nn.GRU(D, H).double())
hs_torch, h_torch = layer(torch.from_numpy(xs))
pairs = [(hs[0], h_1), (hs, hs_fast), (hs[0], cell(torch.from_numpy(xs[0]))),
         (hs, hs_torch), (hs[-1], h_torch[0])]
difference = max(np.abs(ours - np.asarray(torch.as_tensor(theirs).detach())).max()
                 for ours, theirs in pairs)
assert difference < 1e-14
print("cells, sequence, nn.GRUCell and nn.GRU agree")

# %% [markdown]
# The function above, the package's step, its fast form of a sequence and PyTorch give the same numbers to 14 decimals.

# %% [markdown]
# ## The direct path is the keep gate
#
# As for the LSTM, ask how $h_t$ depends on $h_{t-1}$. It stands in the last line directly, multiplied by $z_t$, and it
# enters $z_t$, $r_t$ and $m_t$. One term per way, for one sequence of the batch, an $(H, H)$ matrix:
#
# $$
# \begin{aligned}
# \frac{\partial h_t}{\partial h_{t-1}} = {} & \mathrm{diag}(z_t) && \text{direct} \\
# {} + {} & \mathrm{diag}\big((h_{t-1} - n_t) \odot z_t \odot (1 - z_t)\big)\, W_{hz}^\top && \text{through } z \\
# {} + {} & N_t\, \mathrm{diag}(r_t)\, W_{hn}^\top && \text{through } m \\
# {} + {} & N_t\, \mathrm{diag}(m_t \odot r_t \odot (1 - r_t))\, W_{hr}^\top && \text{through } r \\
# \text{with } N_t = {} & \mathrm{diag}\big((1 - z_t) \odot (1 - n_t^2)\big) && \text{what the candidate counts for}
# \end{aligned}
# $$
#
# The factor $h_{t-1} - n_t$ is what $z$ multiplies in $h_t = n_t + z_t \odot (h_{t-1} - n_t)$, the last line written another way.
# With $z$ near 1 everything but $\mathrm{diag}(z_t)$ is small, and a gradient passes whole.

# %%
def jacobian(cache, p):
    """The paths of dh_t/dh_{t-1}, each (H, H), for the first sequence of the batch."""
    _, h_prev, r, z, n, m = (array[0] for array in cache)
    W_hr, W_hz, W_hn = np.split(p.W_h, 3, axis=1)
    into_n = np.diag((1 - z) * (1 - n**2))
    return {"direct": np.diag(z),
            "through z": np.diag((h_prev - n) * z * (1 - z)) @ W_hz.T,
            "through m": into_n @ np.diag(r) @ W_hn.T,
            "through r": into_n @ np.diag(m * r * (1 - r)) @ W_hr.T}


paths = jacobian(caches[5], p)
x, h_prev = caches[5][0], caches[5][1].copy()
rows = [gradcheck.numerical_grad(lambda k=k: gru_step(x, h_prev, p)[0][0, k], h_prev)[0]
        for k in range(H)]
numeric = np.array(rows)
assert np.abs(sum(paths.values()) - numeric).max() < 1e-8
print("the sum of the paths is the numeric Jacobian")

# %% [markdown]
# Again one gate per unit and no matrix on the direct path, and again three more paths, through what reads the state.
#
# ## Backward is the forward read upwards
#
# Let $dh_t$ be the gradient of the loss $L$ with respect to $h_t$, $(B, H)$. From the last equation to the first:
#
# 1. $h_t = z_t \odot h_{t-1} + (1 - z_t) \odot n_t$: $\;dz = dh \odot (h_{t-1} - n)$, $\;dn = dh \odot (1 - z)$, and on the direct path $\;dh_{t-1} = dh \odot z$.
# 2. $n_t = \tanh(a_n + r_t \odot m_t)$, with $a_n = x_t W_{xn} + b_n$: $\;da_n = dn \odot (1 - n^2)$, $\;dr = da_n \odot m$, $\;dm = da_n \odot r$.
# 3. Through the sigmoids: $\;da_r = dr \odot r (1 - r)$, $\;da_z = dz \odot z (1 - z)$.
# 4. The linear parts. Towards the input, the three gradients are $da = (da_r, da_z, da_n)$, side by side $(B, 3H)$: $\;dW_x = x_t^\top da$, $\;db$ the sum of its rows, $\;dx_t = da\, W_x^\top$.
#    Towards the past the third is another, $da_h = (da_r, da_z, dm)$, since the reset stands between: $\;dW_h = h_{t-1}^\top da_h$, $\;db_{hn}$ the sum of the rows of $dm$, and to $dh_{t-1}$ comes $da_h W_h^\top$.

# %%
def gru_step_backward(dh, cache, p):
    """Undo one step: dL/dh at t -> dx, dh_prev, dp."""
    x, h_prev, r, z, n, m = cache
    # h = z * h_prev + (1 - z) * n
    dz, dn, dh_prev = dh * (h_prev - n), dh * (1 - z), dh * z
    # n = tanh(a_n + r * m)
    da_n = dn * (1 - n**2)
    dr, dm = da_n * m, da_n * r
    # r = sigmoid(a_r), z = sigmoid(a_z)
    da_r, da_z = dr * r * (1 - r), dz * z * (1 - z)
    # a = x W_x + b; (a_r, a_z, m) += h_prev W_h + (0, 0, b_n)
    da, da_h = np.hstack([da_r, da_z, da_n]), np.hstack([da_r, da_z, dm])
    dp = cells.GRUParams(x.T @ da, h_prev.T @ da_h, da.sum(axis=0), dm.sum(axis=0))
    return da @ p.W_x.T, dh_prev + da_h @ p.W_h.T, dp


# %%
dhs = rng.normal(size=(T, B, H))
carried, dxs, dp = np.zeros((B, H)), [], [0, 0, 0, 0]
for cache, dh_out in zip(reversed(caches), reversed(dhs), strict=True):
    dx, carried, dp_t = gru_step_backward(dh_out + carried, cache, p)
    dxs.insert(0, dx)
    dp = [total + step for total, step in zip(dp, dp_t, strict=True)]
dxs, dp = np.array(dxs), cells.GRUParams(*dp)


def loss():
    h, total = np.zeros((B, H)), 0.0
    for x, dh_out in zip(xs, dhs, strict=True):
        h, _ = gru_step(x, h, p)
        total += (dh_out * h).sum()
    return total


# %%
report = gradcheck.check_gradients(loss, {"xs": dxs, **dp._asdict()},
                                   {"xs": xs, **p._asdict()}, eps=1e-5)
assert report.passed
dxs_fast, _, dp_fast = sequence.gru_backward(dhs, None, cache_fast)
(hs_torch * torch.from_numpy(dhs)).sum().backward()
by_torch = [layer.weight_ih_l0.grad.T, layer.weight_hh_l0.grad.T, layer.bias_ih_l0.grad,
            layer.bias_hh_l0.grad[2 * H:]]
for ours, fast, theirs in zip(dp, dp_fast, by_torch, strict=True):
    assert np.abs(ours - fast).max() < 1e-12
    assert np.abs(ours - theirs.numpy()).max() < 1e-12
assert np.abs(dxs - dxs_fast).max() < 1e-12
print("central differences, step by step, fast and torch: the same gradients")

# %% [markdown]
# ## Half the world writes $z$ the other way round
#
# Two papers of the same year, with authors in common, disagree on the meaning of $z$:
#
# | | last line | $z$ near 1 | who |
# |---|---|---|---|
# | **keep** | $h_t = z_t \odot h_{t-1} + (1 - z_t) \odot n_t$ | keeps the old state | Cho et al. 2014 (1406.1078), PyTorch, this course |
# | **replace** | $h_t = (1 - z_t) \odot h_{t-1} + z_t \odot n_t$ | writes the new content | Chung et al. 2014 (1412.3555), much teaching material |
#
# Both call $z$ the *update gate*, which hides the difference; say *keep gate*, as here, or say which. They are the same family of cells, because the sigmoid
# is symmetric:
#
# $$1 - \sigma(a) = \frac{e^{-a}}{1 + e^{-a}} = \frac{1}{e^{a} + 1} = \sigma(-a) .$$
#
# So change the sign of everything that makes $a_z$, that is $W_{xz}$, $W_{hz}$ and $b_z$, and one cell becomes the other:

# %%
def flip_polarity(p):
    """The same cell in the other polarity: z becomes 1 - z."""
    sign = np.repeat([1, -1, 1], len(p.W_h))
    return p._replace(W_x=p.W_x * sign, W_h=p.W_h * sign, b=p.b * sign)


keeps, _ = cells.gru_step(xs[1], hs[0], p)
replaces, _ = cells.gru_update_step(xs[1], hs[0], flip_polarity(p))
unflipped, _ = cells.gru_update_step(xs[1], hs[0], p)
assert np.abs(keeps - replaces).max() < 1e-15 and np.abs(keeps - unflipped).max() > 1e-2
for ours, package in zip(flip_polarity(p), cells.flip_polarity(p), strict=True):
    assert (ours == package).all()
print("flipped, the two polarities are one cell; unflipped, they are not")

# %% [markdown]
# ## The reset stands before the product or after it
#
# The second difference is not a matter of names. Cho et al. (version 3) reset the state, *then* multiply; PyTorch, and cuDNN, NVIDIA's library for graphics processors (GPUs),
# multiply, then reset, since $h_{t-1} W_h$ can then be one product for all three:
#
# $$
# \begin{aligned}
# \text{before: } n_t &= \tanh\big(x_t W_{xn} + b_n + (r_t \odot h_{t-1})\, W_{hn} + b_{hn}\big) \\
# \text{after: } n_t &= \tanh\big(x_t W_{xn} + b_n + r_t \odot (h_{t-1} W_{hn} + b_{hn})\big)
# \end{aligned}
# $$
#
# With one unit and $b_{hn} = 0$ they are the same, $(r h)\, w = r\, (h w)$: numbers commute. So a
# one-unit example, which is how the cell is often taught, cannot tell them apart. With more units $r_t$ scales the rows of $W_{hn}$ in one and its columns
# in the other; since $r_t$ changes from step to step, no fixed change of the weights makes up for that.
#
# **Guess first:** the same weights, the same inputs, ten steps. By how much do the states of the two differ, at most, on a scale from $-1$ to 1?

# %%
def apart(p, steps=10, batch=32):
    """Largest difference in h between the two reset positions after some random steps."""
    D, H = len(p.W_x), len(p.W_h)
    draw = np.random.default_rng([SEED, 6])
    after = before = np.zeros((batch, H))
    for x in draw.normal(size=(steps, batch, D)):
        after, _ = cells.gru_step(x, after, p)
        before, _ = cells.gru_reset_before_step(x, before, p)
    return np.abs(after - before).max()


def larger(p, factor=3):
    return cells.GRUParams(*(factor * array for array in p))


# %%
fresh = cells.init_gru(rng, 8, 16)
scalar = larger(cells.init_gru(rng, 1, 1))
no_bias = scalar._replace(b_n=np.zeros(1))
assert apart(no_bias) < 1e-14 and apart(scalar) > 1e-3
assert 0.05 < apart(fresh) < 0.6 and apart(larger(fresh)) > 0.3
print(f"one unit 0; 16 units {apart(fresh):.1f}; weights three times as large "
      f"{apart(larger(fresh)):.1f}")

# %% [markdown]
# Freshly drawn weights already make a visible difference, and weights three times as large make the two cells strangers. Weights from a
# framework that resets before (Keras with `reset_after=False`) do not work in one that resets after. One GRU and two
# switches make four cells, here on one input that wanders at random:

# %%
# alt: State of one unit over 40 steps for the four GRUs that share one set of weights: two polarities times two reset positions. The four curves start together at zero and separate within a few steps.
variants = {"keep, reset after (PyTorch)": cells.gru_step,
            "keep, reset before (Cho 2014)": cells.gru_reset_before_step,
            "replace, reset after": cells.gru_update_step,
            "replace, reset before (Chung 2014)": cells.gru_update_reset_before_step}
shared, inputs = larger(fresh), np.cumsum(rng.normal(0, 0.4, (40, 1, 8)), axis=0)
curves = {name: [np.zeros((1, 16))] for name in variants}
for name, step in variants.items():
    for x in inputs:
        curves[name].append(step(x, curves[name][-1], shared)[0])
states = np.array([curves[name] for name in variants])[:, :, 0]          # (4, 41, 16)
unit = states.std(axis=0).mean(axis=0).argmax()
fig, ax = plt.subplots(figsize=(7, 3.6))
plots.lines(ax, dict(zip(variants, states[:, :, unit], strict=True)), x=range(41),
            xlabel="step t", ylabel="state h of one unit",
            title="Same weights, same input, four cells called GRU")
ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2)
plt.show()

# %%
gaps = [np.abs(states[j] - states[k]).max() for j in range(4) for k in range(j)]
assert min(gaps) > 0.2
print("every two of the four differ by more than 0.2 somewhere")

# %% [markdown]
# (This is the still form of the lesson's widget: two switches, and the curves part.) Before you copy a formula, a weight file or a claim about $z$, ask which of the four is meant.

# %% [markdown]
# ## Three quarters of the LSTM's parameters, and one bias that cannot be spared
#
# There are three linear parts where the LSTM has four. With one bias vector each, then
#
# $$3\,(DH + H^2 + H) \quad\text{against}\quad 4\,(DH + H^2 + H) .$$
#
# PyTorch adds two bias vectors, `bias_ih` and `bias_hh`. For the plain network, the LSTM, and the GRU's $r$ and $z$ only
# their sum matters. For the candidate it is different: `bias_hh`'s last third is $b_{hn}$, inside $r_t \odot (\dots)$. As long as $r$ is not
# constant, no $b_n$ outside can do the same. This course keeps that one: $3\,(DH + H^2 + H) + H$.

# %%
def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


D_, H_ = 32, 64
one_bias = [gates * (D_ * H_ + H_**2 + H_) for gates in (1, 4, 3)]
two_biases = [count(kind(D_, H_)) for kind in (torch.nn.RNN, torch.nn.LSTM, torch.nn.GRU)]
assert one_bias == [6208, 24832, 18624] and two_biases == [6272, 25088, 18816]
assert two_biases == [gates * (D_ * H_ + H_**2 + 2 * H_) for gates in (1, 4, 3)]
assert cells.count_parameters(cells.init_gru(rng, D_, H_)) == one_bias[2] + H_
print("RNN, LSTM, GRU with one bias:", one_bias)
print("RNN, LSTM, GRU in PyTorch:   ", two_biases)

# %% [markdown]
# Does $b_{hn}$ matter? Move a constant from $b_{hn}$ to $b_n$. For $r$ and $z$ such a move between the two vectors would change nothing; here the states change.

# %%
shift = np.full(H, 0.5)
moved = p._replace(b=p.b + np.concatenate([np.zeros(2 * H), shift]), b_n=p.b_n - shift)
hs_moved, _ = sequence.gru_forward(xs, None, moved)
assert np.abs(hs_moved - hs).max() > 1e-2
print("the two biases of the candidate are not one")

# %% [markdown]
# ## The sign of one bias decides whether it remembers
#
# Lesson 05 showed that an LSTM learns to remember only if its forget gate starts open. The GRU's direct path is $\mathrm{diag}(z_t)$, so the same
# must hold for the bias of $z$. And here polarity bites: someone who has learnt "z near 1 replaces" will set the bias to $-2$ to make the network
# remember. Do both, and PyTorch's own start, on lesson 05's recall task: thirty symbols, name the first; chance is 0.25. `learn_recall` is lesson 05's training loop, now
# in the package.
#
# **Guess first:** with a keep-bias of $+2$ the direct path keeps $\sigma(2)^{30} = 0.02$ of the gradient. With $-2$? With PyTorch's, near 0?

# %% tags=["nbval-ignore-output"]
from rnncourse.experiments import learn_recall

starts = {"keep-bias +2": 2.0, "PyTorch's start": None, "keep-bias −2": -2.0}
table = {name: [] for name in starts}
with tqdm(total=9 * 400, unit="update") as bar:
    for name, bias in starts.items():
        for seed in range(3 * SEED, 3 * SEED + 3):
            torch.manual_seed(seed)
            gru, readout = torch.nn.GRU(4, 32), torch.nn.Linear(32, 4)
            if bias is not None:
                models.set_keep_bias(gru, bias)
            table[name].append(learn_recall(gru, readout, seed, bar))

# %% tags=["nbval-ignore-output"]
# alt: Accuracy on recall, three dots per start. With keep-bias plus 2 all three seeds are near 1; with PyTorch's start and with minus 2 they are at chance, 0.25.
fig, ax = plt.subplots(figsize=(5, 2.6))
for row, accuracies in enumerate(table.values()):
    ax.plot(accuracies, np.array([0.12, 0, -0.12]) - row, "o", color=plots.GATE["z"], ms=9,
            alpha=0.6, mec="0.2")
ax.axvline(0.25, color="0.35", lw=1, ls=(0, (3, 2)))
ax.annotate("chance", (0.25, 0.3), xytext=(4, 0), textcoords="offset points", fontsize=9)
ax.set_yticks([0, -1, -2], list(table))
ax.set(xlim=(0, 1.05), ylim=(-2.5, 0.6), xlabel="accuracy",
       title="The same GRU, the sign of one bias")
plt.show()

# %%
assert min(table["keep-bias +2"]) > 0.8 and max(table["keep-bias −2"]) < 0.4
assert np.median(table["PyTorch's start"]) < 0.4
print("keep-bias +2: learnt on every seed; −2: chance on every seed")

# %% [markdown]
# With $-2$ the path keeps $\sigma(-2)^{30} \approx 10^{-28}$, and all three seeds guess. PyTorch's start, with $2^{-30} \approx 10^{-9}$, does no better. As in the LSTM, `models.set_keep_bias` puts
# the value into one of the two vectors and zero into the other. In a *replace* convention, the signs change places.

# %% [markdown]
# ## A GRU cannot count
#
# Its last line is a weighted mean with weights $z$ and $1 - z$. A mean lies between the things it averages, and $|n_t| < 1$, so
#
# $$|h_{t}| \le \max(|h_{t-1}|, 1) \qquad\text{and from } h_0 = 0: \quad |h_t| < 1 \text{ for ever.}$$
#
# The LSTM's $c_t = f_t \odot c_{t-1} + i_t \odot g_t$ has two separate gates, both may be 1, and $c$ grows by one per pulse without bound. Give the hand-set counter
# of lesson 05 and a GRU the same pulses. The GRU does what it can: keep between pulses ($z \approx 1$), and at each pulse move a tenth of the way to 1 ($z = 0.9$).
#
# **Guess first:** where are the LSTM's $c$ and the GRU's $h$ after fifty pulses?

# %%
from rnncourse.cells.presets import PRESETS

pulses = np.zeros((200, 1, 1))
pulses[2::4] = 1
gru_counter = cells.GRUParams(
    W_x=np.array([[0, np.log(9) - 12, 10.0]]), W_h=np.zeros((1, 3)),
    b=np.array([0.0, 12, 0]), b_n=np.zeros(1))             # sigmoid(ln 9) = 0.9
_, _, lstm_trace = sequence.lstm_forward(pulses, None, None, PRESETS["count"].p)
hs_counter, gru_trace = sequence.gru_forward(pulses, None, gru_counter)

# %%
# alt: Two panels, the same 50 pulses. The LSTM's cell state climbs in even steps to 50. The GRU's state climbs in shrinking steps towards 1.
fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
left.step(range(1, 201), lstm_trace.cs[:, 0, 0], color=plots.GATE["c"])
left.set(xlabel="step t", ylabel="LSTM, cell state c", title="The LSTM counts")
right.step(range(1, 201), hs_counter[:, 0, 0], color=plots.GATE["h"], ls=plots.DASH["h"])
right.set(xlabel="step t", ylabel="GRU, state h", title="The GRU fills up")
plt.show()

# %%
c_end, steps_of_h = lstm_trace.cs[-1, 0, 0], np.diff(hs_counter[2::4, 0, 0])
assert abs(c_end - 50) < 0.5 and np.abs(hs_counter).max() <= 1
assert steps_of_h[0] > 0.05 and steps_of_h[-1] < 0.001
print("the LSTM's count after 50 pulses is within 0.5; the GRU's fiftieth step is below 0.001")

# %% [markdown]
# The fiftieth pulse moves the GRU by less than a thousandth. With exact numbers one could still read the count off; with a little noise one cannot. This is
# a difference in kind, not in training (Weiss, Goldberg & Yahav 2018). The same pulses through both cells, signal by signal, for the first 40 steps:

# %%
# alt: Rows over 40 steps for both cells on the same pulses. LSTM: the input gate opens at each pulse, the forget gate stays open, the cell state climbs. GRU: the keep gate dips a little at each pulse, the state approaches 1.
fig, axes = plt.subplots(1, 2, figsize=(11, 3.6))
of_lstm = {"x": pulses, **{letter: getattr(lstm_trace, letter) for letter in "ifgo"},
           "c": lstm_trace.cs, "h": lstm_trace.hs}
of_gru = {"x": pulses, **{letter: getattr(gru_trace, letter) for letter in "rzn"},
          "h": gru_trace.hs}
for ax, signals in zip(axes, (of_lstm, of_gru), strict=True):
    plots.traces(ax, {letter: values[:40, 0, 0] for letter, values in signals.items()})
axes[0].set_title("LSTM: f and i may both be open")
axes[1].set_title("GRU: what is kept and what is new add up to 1")
plt.show()

# %% [markdown]
# ## Three quarters of the arithmetic need not be three quarters of the time
#
# Per step and sequence the matrix products cost $3H(D + H)$ multiplications and additions for the GRU, $4H(D + H)$ for the LSTM: three quarters, as with the parameters.
# A program's time is another matter. Measure forward and backward, in NumPy and in PyTorch, on one thread. The two cells take turns, so that a busy moment of the
# machine meets both, and the fastest of nine turns counts, since other programs can only add time.
#
# **Guess first:** GRU time over LSTM time: 0.75 in NumPy? 0.75 in PyTorch?

# %%
from time import perf_counter


def fastest(jobs, turns=9):
    """Seconds of the fastest of some turns, {name: seconds}; the jobs take turns."""
    times = {name: [] for name in jobs}
    for _ in range(turns + 1):
        for name, job in jobs.items():
            start = perf_counter()
            job()
            times[name].append(perf_counter() - start)
    return {name: min(seconds[1:]) for name, seconds in times.items()}    # the first warms up


T, B, D, H = 64, 32, 64, 128
xs = rng.normal(size=(T, B, D)).astype(np.float32)
torch.set_num_threads(1)

# %%
def lstm_in_numpy():
    _, _, cache = sequence.lstm_forward(xs, None, None, p_lstm)
    sequence.lstm_backward(ones, None, None, cache)


def gru_in_numpy():
    _, cache = sequence.gru_forward(xs, None, p_gru)
    sequence.gru_backward(ones, None, cache)


ones = np.ones((T, B, H), np.float32)
p_lstm = cells.init_lstm(rng, D, H, dtype=np.float32)
p_gru = cells.init_gru(rng, D, H, dtype=np.float32)
numpy_time = fastest({"LSTM": lstm_in_numpy, "GRU": gru_in_numpy})

# %%
def in_torch(module):
    module.zero_grad()
    module(torch.from_numpy(xs))[0].sum().backward()


modules = {"LSTM": torch.nn.LSTM(D, H), "GRU": torch.nn.GRU(D, H)}
jobs = {name: lambda module=module: in_torch(module) for name, module in modules.items()}
torch_time = fastest(jobs)
with torch.backends.mkldnn.flags(enabled=False, allow_tf32=None):
    plain_time = fastest(jobs)
ratios = {"multiplications": 3 / 4} | {
    name: seconds["GRU"] / seconds["LSTM"] for name, seconds in
    [("NumPy", numpy_time), ("PyTorch", torch_time), ("PyTorch,\noneDNN off", plain_time)]}

# %% tags=["nbval-ignore-output"]
# alt: Bars: time of a GRU training step over that of an LSTM. Multiplications 0.75, NumPy about 0.75, PyTorch well above 1, PyTorch with oneDNN off again near 0.8 to 1.
fig, ax = plt.subplots()
ax.bar(list(ratios), list(ratios.values()), color=["0.6", "C0", "C1", "C5"], width=0.6)
for k, ratio in enumerate(ratios.values()):
    ax.annotate(f"{ratio:.2f}", (k, ratio), ha="center", va="bottom")
ax.axhline(1, color="0.35", lw=1, ls=(0, (3, 2)))
ax.margins(y=0.12)
ax.set(ylabel="GRU over LSTM", title="Fewer products, and yet slower in PyTorch")
plt.show()

# %% [markdown]
# On the machine that made this page the GRU is cheaper in NumPy and clearly slower in PyTorch. How can the cell with less work take longer? Look at what PyTorch actually
# ran: every operation leaves a node in the graph that `.backward()` walks. Count them.

# %%
def graph(module):
    """The names of all nodes that backward() would walk."""
    todo, seen = [module(torch.from_numpy(xs))[0].sum().grad_fn], {}
    while todo:
        node = todo.pop()
        if node is not None and node not in seen:
            seen[node] = node.name()
            todo += [parent for parent, _ in node.next_functions]
    return list(seen.values())


nodes = {name: graph(module) for name, module in modules.items()}
with torch.backends.mkldnn.flags(enabled=False, allow_tf32=None):
    plain = {name: graph(module) for name, module in modules.items()}
fused = any("Mkldnn" in name for name in nodes["LSTM"])

# %% tags=["nbval-ignore-output"]
for name in modules:
    print(f"{name:4}: {len(nodes[name]):4} nodes; with oneDNN off {len(plain[name]):4}")
print("the LSTM ran as one fused operation" if fused else "no fused LSTM on this machine")

# %% [markdown]
# That is the whole contradiction. PyTorch's CPU build hands the LSTM to the library oneDNN, which runs all 64 steps as *one* operation, forward and backward: it **fuses** them. PyTorch has no such path for the GRU, which therefore runs
# as hundreds of small operations, each with its own overhead, memory and node. Switch oneDNN off, and the LSTM is in the same position: the
# arithmetic shows again. Where PyTorch does not use that library, the two columns above are alike, and so are the two ratios. On an NVIDIA GPU cuDNN fuses both cells.
#
# What holds on every machine is asserted; the times are only held to what the mechanism implies, with a wide margin:

# %%
assert ratios["NumPy"] < 1
assert len(plain["LSTM"]) > 300 and len(plain["GRU"]) > 300            # step by step: hundreds
assert not any("Mkldnn" in name for name in nodes["GRU"])              # the GRU is never fused
if fused:
    assert len(nodes["LSTM"]) < len(nodes["GRU"]) / 10
    assert ratios["PyTorch"] > 1.15 * ratios["PyTorch,\noneDNN off"]    # fusing helps the LSTM
print("cheaper in arithmetic; in time, only where both are computed the same way")

# %% [markdown]
# So say "a GRU is cheaper" only with the reason and the place: in parameters and arithmetic always, in time where the implementation treats both alike.

# %% [markdown]
# ## No cell wins everywhere: the task and the machine decide
#
# There is no universal winner, and the papers that looked for one say so:
#
# | evidence | finding |
# |---|---|
# | Chung et al. 2014 (1412.3555) | on music and speech both gated cells beat the plain network; between the two, no clear winner |
# | Jozefowicz et al. 2015 | over ten thousand architectures searched; the GRU beat the LSTM on most tasks but not on language modelling, and a forget bias of 1 closed the gap to the GRU |
# | Greff et al. 2017 (1503.04069) | eight LSTM variants: none clearly better; coupling $i = 1 - f$, as the GRU does, cost little; the forget gate and the output activation mattered most |
# | Weiss et al. 2018 (1805.04908) | LSTMs learn to count and generalise, GRUs do not |
#
# As a rule: **an LSTM** when something must be counted or accumulated, or when you train with PyTorch on a CPU that fuses it. **A GRU** when parameters or memory are
# scarce, in your own NumPy or on an embedded device, or where both are fused. For either: set the bias of the gate that keeps before you judge it, compare at equal parameters or equal time, and say which; and try both, since data decides.
# Why either at all? For long sequences both have what the plain network lacks: a path along which a gradient is multiplied by a gate that can stay near 1.

# %% [markdown]
# ## Common mistakes
#
# - **Setting the keep-bias with the wrong sign**, because the formula came from the other convention.
# - **Comparing your GRU with PyTorch's and finding "almost" agreement.** The reset is in the other place, or $b_{hn}$ was folded into $b_n$.
# - **Testing a GRU with one unit.** It cannot see the reset's position.
# - **Loading weights across libraries by shape.** Keras orders $z, r, h$, PyTorch $r, z, n$: the shapes fit, the gates do not.
# - **Claiming speed from a parameter count.** Time it, with turns, where it will run.
# - **Expecting $h$ to exceed 1.** It is a mean of numbers below 1; scale the targets or let the output layer do it.
#
# ## Summary
#
# - One gate $z$ keeps and replaces, one gate $r$ looks back; the direct path is $\mathrm{diag}(z_t)$, and its bias must start on the keeping side.
# - "GRU" names four cells: $z$ keeps (Cho, PyTorch) or replaces (Chung), reset before or after the product; polarity converts exactly, reset position does not.
# - Three quarters of the LSTM's parameters and arithmetic; in time it depends on who computes; and it cannot count.
#
# ## Exercises
#
# The graded exercises of this lesson, in `exercises/`, will ask you to convert between conventions, to count parameters, and to write the cell forward and backward.
#
# ## Quiz
#
# The questions of this lesson will ask about polarity, $b_{hn}$, when to choose which, and why gated cells are preferred for long sequences.
#
# ## Sources
#
# - K. Cho, B. van Merriënboer, C. Gulcehre, D. Bahdanau, F. Bougares, H. Schwenk & Y. Bengio, *Learning phrase representations using RNN encoder-decoder for statistical machine translation*, EMNLP 2014, arXiv 1406.1078, version 3: the cell; $z$ keeps, reset before.
# - J. Chung, C. Gulcehre, K. Cho & Y. Bengio, *Empirical evaluation of gated recurrent neural networks on sequence modeling*, arXiv 1412.3555, 2014: $z$ replaces, reset before.
# - R. Jozefowicz, W. Zaremba & I. Sutskever, *An empirical exploration of recurrent network architectures*, ICML 2015.
# - K. Greff, R. K. Srivastava, J. Koutník, B. R. Steunebrink & J. Schmidhuber, *LSTM: a search space odyssey*, IEEE Transactions on Neural Networks and Learning Systems, 2017, arXiv 1503.04069.
# - G. Weiss, Y. Goldberg & E. Yahav, *On the practical computational power of finite precision RNNs for language recognition*, ACL 2018, arXiv 1805.04908.
# - PyTorch's documentation of `torch.nn.GRU`: the equations used here, and a note on its difference from the paper.
#
# ## Where to go next
#
# You have three cells and know what each does with a gradient. Lesson 07 is about everything around the cell: batches of unequal length, carrying state, clipping, dropout, and two bugs found by their symptoms.
