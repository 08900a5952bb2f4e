# %% [markdown]
# # An open forget gate keeps the error alive
#
# Derive, write and initialise an LSTM, and see why the bias of one gate decides what it can remember.
#
# ## What you will be able to do
#
# - say why adding to a state keeps a gradient where multiplying it loses it;
# - write the LSTM's six equations and their backward pass, and prove both right;
# - name the direct path and the three through the gates, and say when a gradient still vanishes or explodes;
# - count an LSTM's parameters, and set its forget bias through PyTorch's two vectors;
# - read a cell's gates over time.
#
# **Time:** about 100 minutes. **You need:** lesson 03 (backpropagation through time) and lesson 04
# (why the gradient of a plain recurrent network vanishes).

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from rnncourse import cells, convert, gradcheck, models, plots, sequence
from rnncourse.data.tasks import recall

plots.use_style()
SEED = 0
rng = np.random.default_rng(SEED)

# %% [markdown]
# ## The question
#
# In the plain network $h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$, with states $h_t$ $(B, H)$ and inputs
# $x_t$ $(B, D)$, an error travels back through one Jacobian per step,
# $\partial h_t / \partial h_{t-1} = \mathrm{diag}(1 - h_t^2)\, W_h^\top$ $(H, H)$ for each example.
# Lesson 04 multiplied many of them: most products vanish, some explode, and a $W_h$ that starts
# in between is not kept there by training.
#
# The trouble is that the state is *rewritten* at every step, by a matrix and a squashing function.
# What if it were only *added to*?
#
# $$c_t = c_{t-1} + g_t \qquad\Longrightarrow\qquad \frac{\partial c_t}{\partial c_{t-1}} = I .$$
#
# Here $c_t$ $(B, H)$ is the new state, for $B$ sequences side by side and $H$ units, and $g_t$
# $(B, H)$ is what step $t$ contributes. The gradient is multiplied by exactly 1 per step and
# arrives whole after any number of steps. What is wrong with that?

# %% [markdown]
# ## A sum remembers everything, and so remembers nothing
#
# Give one such unit a signal to hold, a single $+1$ at step 4, and then a little noise.
#
# Do it in 1000 runs side by side, and take as *typical distance* from $+1$ the root of the mean squared one.
#
# **Guess first:** after 200 steps of noise with standard deviation 0.3, how far from $+1$ is the sum?

# %%
noise = rng.normal(0, 0.3, (200, 1000))
noise[3] += 1
gate = np.zeros((200, 1))
gate[3] = 1
summed, gated = np.cumsum(noise, axis=0), np.cumsum(gate * noise, axis=0)
blur = {"sum of all inputs": np.sqrt(np.mean((summed - 1) ** 2, axis=1)),
        "sum through a gate": np.sqrt(np.mean((gated - 1) ** 2, axis=1))}

# %%
# alt: Distance of the state from the value to be held, over 200 steps. The plain sum drifts away like the square root of time, the gated sum stays where it was.
fig, ax = plt.subplots()
plots.lines(ax, blur, xlabel="step t", ylabel="typical distance from +1",
            title="A sum drifts, a gated sum holds")
plt.show()

# %%
assert blur["sum of all inputs"][-1] > 3 and blur["sum through a gate"][-1] < 0.4
print(f"after 200 steps: {blur['sum of all inputs'][-1]:.0f} away, with a gate less than 0.4")

# %% [markdown]
# After 200 steps the sum is some four units away from the value it was to hold. Multiplying the contribution by a number
# that is 1 at step 4 and 0 afterwards keeps it. Such a number, between 0 (shut) and 1 (open), is a
# **gate**. You will want three: one for *what to write*, one for *what to keep*, since a memory must also be emptied, and one for
# *what to show*. And a network that learns must set them itself, from what it sees.

# %% [markdown]
# ## Three gates and a candidate, each from the same two inputs
#
# A gate's value comes from the **sigmoid**, $\sigma(a) = 1 / (1 + e^{-a})$: 0 far to the left, $\tfrac12$
# at $a = 0$, 1 far to the right. Its slope is
# $\sigma'(a) = e^{-a} / (1 + e^{-a})^2 = \sigma(a)\,(1 - \sigma(a))$, since $1 - \sigma(a) = e^{-a} / (1 + e^{-a})$. The **long
# short-term memory** cell, LSTM, carries two states, both $(B, H)$: the **cell state** $c_t$, which is
# the memory, and the **hidden state** $h_t$, which is what the rest of the network sees.
#
# At step $t$ it reads the input $x_t$ $(B, D)$ and its own $h_{t-1}$ $(B, H)$:
#
# $$
# \begin{aligned}
# i_t &= \sigma(x_t W_{xi} + h_{t-1} W_{hi} + b_i) && \text{input gate: what to write} \\
# f_t &= \sigma(x_t W_{xf} + h_{t-1} W_{hf} + b_f) && \text{forget gate: what to keep} \\
# g_t &= \tanh(x_t W_{xg} + h_{t-1} W_{hg} + b_g) && \text{candidate: the content to write} \\
# o_t &= \sigma(x_t W_{xo} + h_{t-1} W_{ho} + b_o) && \text{output gate: what to show} \\
# c_t &= f_t \odot c_{t-1} + i_t \odot g_t && \text{keep, and add} \\
# h_t &= o_t \odot \tanh(c_t) && \text{show}
# \end{aligned}
# $$
#
# | symbol | shape | meaning |
# |---|---|---|
# | $x_t$ | $(B, D)$ | input at step $t$; one row per sequence |
# | $i_t, f_t, o_t$ | $(B, H)$ | gates, each number between 0 and 1 |
# | $g_t$ | $(B, H)$ | candidate, between $-1$ and 1; not a gate |
# | $c_t, h_t$ | $(B, H)$ | cell state (unbounded), hidden state (between $-1$ and 1) |
# | $W_{xi}, W_{xf}, W_{xg}, W_{xo}$ | $(D, H)$ | input weights, side by side $W_x$ $(D, 4H)$ |
# | $W_{hi}, W_{hf}, W_{hg}, W_{ho}$ | $(H, H)$ | recurrent weights, side by side $W_h$ $(H, 4H)$ |
# | $b_i, b_f, b_g, b_o$ | $(H,)$ | biases, side by side $b$ $(4H,)$ |
# | $\odot$ | | elementwise product: unit $k$'s gate acts on unit $k$ alone |
#
# The four linear parts have the same two inputs, so the code computes them as one product with
# the weights side by side, and cuts the result in four. The order of the four is $i, f, g, o$, as in PyTorch.

# %%
def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def lstm_step(x, h_prev, c_prev, p):
    """Advance one step: (B, D), (B, H), (B, H) -> h, c, cache."""
    a_i, a_f, a_g, a_o = np.split(x @ p.W_x + h_prev @ p.W_h + p.b, 4, axis=1)
    i = sigmoid(a_i)              # what to write
    f = sigmoid(a_f)              # what to keep
    g = np.tanh(a_g)              # candidate content
    o = sigmoid(a_o)              # what to show
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c, (x, h_prev, c_prev, i, f, g, o, c)


# %% [markdown]
# Six equations, six lines. Step it through a short sequence from zero states, and hold the result against three
# others: the package's step, the package's fast form of a whole sequence, and PyTorch.

# %%
T, B, D, H = 7, 3, 5, 4
p = cells.init_lstm(rng, D, H)
xs = rng.normal(size=(T, B, D))
h = c = np.zeros((B, H))
hs, caches = [], []
for x in xs:
    h, c, cache = lstm_step(x, h, c, p)
    hs.append(h)
    caches.append(cache)
hs = np.array(hs)
print(f"hs {hs.shape}, c_T {c.shape}")

# %%
h_1, c_1, _ = cells.lstm_step(xs[0], np.zeros((B, H)), np.zeros((B, H)), p)
hs_fast, c_fast, cache_fast = sequence.lstm_forward(xs, None, None, p)
cell = convert.to_torch(p, torch.nn.LSTMCell(D, H).double())
layer = convert.to_torch(p, torch.nn.LSTM(D, H).double())
h_cell, c_cell = cell(torch.from_numpy(xs[0]))
hs_torch, (h_torch, c_torch) = layer(torch.from_numpy(xs))
pairs = [(hs[0], h_1), (caches[0][-1], c_1), (hs, hs_fast), (c, c_fast), (hs[0], h_cell),
         (caches[0][-1], c_cell), (hs, hs_torch), (hs[-1], h_torch[0]), (c, c_torch[0])]
difference = max(np.abs(ours - np.asarray(torch.as_tensor(theirs).detach())).max()
                 for ours, theirs in pairs)
assert difference < 1e-14
print("cells, sequence, nn.LSTMCell and nn.LSTM agree")

# %% [markdown]
# All four give the same numbers to 14 decimals. Note what `nn.LSTM` returns: first every $h_t$, then the pair
# $(h_T, c_T)$. The cell states in between are not handed out; the package's `cache.cs` has them.

# %% [markdown]
# ## The first LSTM could not forget
#
# The cell of 1997 (Hochreiter & Schmidhuber) had two gates, $i$ and $o$, and the plain sum:
# $c_t = c_{t-1} + i_t \odot g_t$. Its inventors called this path the *constant error carousel*. It was built for
# training sequences with a beginning and an end, at which the state was set to zero. On a stream without such marks
# the sum grows and $\tanh(c)$ saturates: what the cell holds no longer shows in $h$. The forget gate came three years later
# (Gers, Schmidhuber & Cummins 2000), and it is the reason one speaks of three gates today. The
# candidate $g$ is not a fourth: it is content, with a sign.
#
# A stream of positive candidates shows the difference, with $i = 1$, $g = 0.2$ at each step.
#
# **Guess first:** where does the cell stand after 60 steps, without a forget gate, and with $f = 0.9$?

# %%
c_1997 = np.cumsum(np.full(60, 0.2))
c_2000 = np.zeros(60)
for t in range(1, 60):
    c_2000[t] = 0.9 * c_2000[t - 1] + 0.2
slope_1997, slope_2000 = 1 - np.tanh(c_1997) ** 2, 1 - np.tanh(c_2000) ** 2
assert c_1997[-1] > 11 and slope_1997[-1] < 1e-8
assert c_2000[-1] < 2 and slope_2000[-1] > 0.05

# %%
# alt: Cell state over 60 steps. Without a forget gate it grows in a straight line to 12; with f = 0.9 it levels off at 2.
fig, ax = plt.subplots()
plots.lines(ax, {"1997: f = 1": c_1997, "2000: f = 0.9": c_2000}, xlabel="step t",
            ylabel="cell state c", title="Without a forget gate the cell fills up")
plt.show()

# %% [markdown]
# At $c = 12$ the slope of tanh is below $10^{-8}$: a step more or less makes no difference to $h$. With
# $f = 0.9$ the sum is a fading one and settles where it loses as much as it gains, $0.1\, c = 0.2$, at 2.

# %% [markdown]
# ## The direct path is the forget gate; three more run through the gates
#
# How does $c_t$ depend on $c_{t-1}$? In the line $c_t = f_t \odot c_{t-1} + i_t \odot g_t$ it
# stands once, multiplied by $f_t$: this is the **direct path**. But $f_t$, $i_t$ and $g_t$ read
# $h_{t-1} = o_{t-1} \odot \tanh(c_{t-1})$, which is made from $c_{t-1}$ too. The chain rule adds one term per way:
#
# $$
# \begin{aligned}
# \frac{\partial c_t}{\partial c_{t-1}} = {} & \mathrm{diag}(f_t) && \text{direct} \\
# {} + {} & \mathrm{diag}(c_{t-1} \odot f_t \odot (1 - f_t))\, W_{hf}^\top\, S_{t-1} && \text{through } f \\
# {} + {} & \mathrm{diag}(g_t \odot i_t \odot (1 - i_t))\, W_{hi}^\top\, S_{t-1} && \text{through } i \\
# {} + {} & \mathrm{diag}(i_t \odot (1 - g_t^2))\, W_{hg}^\top\, S_{t-1} && \text{through } g \\
# \text{with } S_{t-1} = \frac{\partial h_{t-1}}{\partial c_{t-1}} = {} & \mathrm{diag}(o_{t-1} \odot (1 - \tanh^2 c_{t-1})) && \text{what is shown of } c
# \end{aligned}
# $$
#
# for one sequence of the batch: entry $(j, k)$ is $\partial c_{t,j} / \partial c_{t-1,k}$, a matrix $(H, H)$. Each term is a
# factor you know: what multiplies the gate in the sum, the gate's slope, its recurrent
# weights. The output gate has no term of its own. It stands in $S_{t-1}$, the last factor of the other three, and decides how
# much of the cell they get to see.
#
# Along the direct path alone, $T$ steps multiply to
#
# $$\left.\frac{\partial c_T}{\partial c_0}\right|_{\text{direct}} = \mathrm{diag}\Big(\prod_{t=1}^{T} f_t\Big) .$$
#
# No matrix, no squashing: each unit has its own product of its own gates, and a gate at 1 loses nothing. Check the whole
# sum against a numeric Jacobian, at one step of the sequence above:

# %%
def jacobian(before, cache, p):
    """The paths of dc_t/dc_{t-1}, each (H, H), for the first sequence of the batch."""
    *_, o_prev, _ = (array[0] for array in before)
    _, _, c_prev, i, f, g, _, _ = (array[0] for array in cache)
    W_hi, W_hf, W_hg, _ = np.split(p.W_h, 4, axis=1)
    shown = np.diag(o_prev * (1 - np.tanh(c_prev) ** 2))
    return {"direct": np.diag(f),
            "through f": np.diag(c_prev * f * (1 - f)) @ W_hf.T @ shown,
            "through i": np.diag(g * i * (1 - i)) @ W_hi.T @ shown,
            "through g": np.diag(i * (1 - g**2)) @ W_hg.T @ shown}


# %%
paths = jacobian(caches[4], caches[5], p)
x, c_prev, o_prev = caches[5][0], caches[5][2].copy(), caches[4][6]


def c_next(k):
    return lstm_step(x, o_prev * np.tanh(c_prev), c_prev, p)[1][0, k]


rows = [gradcheck.numerical_grad(lambda k=k: c_next(k), c_prev)[0] for k in range(H)]
numeric = np.array(rows)
assert np.abs(sum(paths.values()) - numeric).max() < 1e-8
assert np.abs(paths["direct"] - numeric).max() > 1e-3
print("the sum of the paths is the numeric Jacobian; the direct path alone is not")

# %% [markdown]
# The four terms add up to the numeric Jacobian to eight decimals, and the direct one alone does not. So "the LSTM's
# gradient is the product of its forget gates" is true of one path, and the others are not zero.

# %% [markdown]
# ## Backward is the forward read upwards
#
# Let $L$ be the loss, and $dh_t$, $dc_t$ $(B, H)$ its gradients with respect to $h_t$ and $c_t$, as they arrive from above (the output at $t$) and from the right (step
# $t+1$). Read the equations from the last to the first, one rule each.
#
# 1. $h_t = o_t \odot \tanh(c_t)$ is a product: $\;do_t = dh_t \odot \tanh(c_t)$, and to what already arrived at $c_t$ comes
#    $\;dc_t \mathrel{+}= dh_t \odot o_t \odot (1 - \tanh^2 c_t)$.
# 2. $c_t = f_t \odot c_{t-1} + i_t \odot g_t$: $\;df_t = dc_t \odot c_{t-1}$, $\;di_t = dc_t \odot g_t$, $\;dg_t = dc_t \odot i_t$,
#    and on the direct path $\;dc_{t-1} = dc_t \odot f_t$.
# 3. Through the squashing functions to the pre-activations: $\;da_i = di \odot i (1 - i)$, $a_f$ and $a_o$ alike, and $\;da_g = dg \odot (1 - g^2)$. Side by side, in the order $i, f, g, o$, they are $da_t$ $(B, 4H)$.
# 4. $a_t = x_t W_x + h_{t-1} W_h + b$ as in lesson 03: $\;dW_x = x_t^\top da_t$, $\;dW_h = h_{t-1}^\top da_t$, $\;db$ the sum of the rows of $da_t$,
#    $\;dx_t = da_t W_x^\top$, $\;dh_{t-1} = da_t W_h^\top$.

# %%
def lstm_step_backward(dh, dc, cache, p):
    """Undo one step: dL/dh, dL/dc at t -> dx, dh_prev, dc_prev, dp."""
    x, h_prev, c_prev, i, f, g, o, c = cache
    # h = o * tanh(c)
    do = dh * np.tanh(c)
    dc = dc + dh * o * (1 - np.tanh(c) ** 2)
    # c = f * c_prev + i * g
    df, dc_prev = dc * c_prev, dc * f
    di, dg = dc * g, dc * i
    # through sigmoid and tanh to the pre-activations
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)])
    # a = x W_x + h_prev W_h + b
    dp = cells.LSTMParams(W_x=x.T @ da, W_h=h_prev.T @ da, b=da.sum(axis=0))
    return da @ p.W_x.T, da @ p.W_h.T, dc_prev, dp


# %% [markdown]
# Two gradients are carried from step to step now, `dh` and `dc`. Drop either and every shape stays right, as in
# lesson 03. The loss of the check is a weighted sum of all $h_t$ and of $c_T$, with fixed random weights, so that a gradient enters at every step and at
# the final cell:

# %%
dhs, dc_T = rng.normal(size=(T, B, H)), rng.normal(size=(B, H))


def backward(caches, carry_h=1, carry_c=1):
    """BPTT from dhs and dc_T: -> dxs (T, B, D), dp. The carries are 1; 0 cuts one of them."""
    dh, dc, dxs, dp = np.zeros((B, H)), dc_T, [], [0, 0, 0]
    for cache, dh_out in zip(reversed(caches), reversed(dhs), strict=True):
        dx, dh, dc, dp_t = lstm_step_backward(dh_out + carry_h * dh, dc, cache, p)
        dc = carry_c * dc
        dxs.insert(0, dx)
        dp = [total + step for total, step in zip(dp, dp_t, strict=True)]
    return np.array(dxs), cells.LSTMParams(*dp)


def loss():
    h, c, total = np.zeros((B, H)), np.zeros((B, H)), 0.0
    for x, dh_out in zip(xs, dhs, strict=True):
        h, c, _ = lstm_step(x, h, c, p)
        total += (dh_out * h).sum()
    return total + (dc_T * c).sum()


# %%
dxs, dp = backward(caches)
report = gradcheck.check_gradients(loss, {"xs": dxs, **dp._asdict()},
                                   {"xs": xs, **p._asdict()}, eps=1e-5)
assert report.passed
for cut in ({"carry_h": 0}, {"carry_c": 0}):
    _, wrong = backward(caches, **cut)
    assert np.abs(wrong.W_x - dp.W_x).max() > 1e-3
print("every gradient agrees with central differences; with a carry cut, none is right")

# %%
dxs_fast, _, _, dp_fast = sequence.lstm_backward(dhs, None, dc_T, cache_fast)
total = (hs_torch * torch.from_numpy(dhs)).sum() + (c_torch[0] * torch.from_numpy(dc_T)).sum()
total.backward()
by_torch = [layer.weight_ih_l0.grad.T, layer.weight_hh_l0.grad.T, layer.bias_ih_l0.grad]
for ours, fast, theirs in zip(dp, dp_fast, by_torch, strict=True):
    assert np.abs(ours - fast).max() < 1e-12
    assert np.abs(ours - theirs.numpy()).max() < 1e-12
assert np.abs(dxs - dxs_fast).max() < 1e-12
print("step by step, fast and torch: the same gradients")

# %% [markdown]
# From here on the lesson uses the package's forms, `cells` for one step and `sequence` for many.

# %% [markdown]
# ## Four times the parameters of a plain network
#
# Each of the four linear parts has input weights, recurrent weights and a bias. So with one bias vector
#
# $$4\,(D H + H^2 + H),$$
#
# and PyTorch, which adds a second bias vector, has $4\,(DH + H^2 + 2H)$. The second is redundant here: only the
# sum of the two enters. Count them for $D = 32$ inputs and $H = 64$ units:

# %%
def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


ours = cells.count_parameters(cells.init_lstm(rng, 32, 64))
in_torch = count(torch.nn.LSTM(32, 64))
assert ours == 4 * (32 * 64 + 64**2 + 64) == 24832
assert in_torch == 4 * (32 * 64 + 64**2 + 2 * 64) == 25088
assert in_torch == 4 * count(torch.nn.RNN(32, 64))
print(f"one bias {ours}, PyTorch {in_torch}")

# %% [markdown]
# ## The gradient still vanishes, and can explode
#
# A freshly made PyTorch LSTM draws every number from $U(-1/\sqrt H, 1/\sqrt H)$, so its pre-activations are
# near 0 and its gates near $\sigma(0) = \tfrac12$. The direct path then halves the gradient at every step:
# $2^{-30} \approx 10^{-9}$ after thirty. Add a constant to $b_f$, the **forget bias**, and $f$ moves towards
# $\sigma(1) = 0.73$, $\sigma(2) = 0.88$, $\sigma(3) = 0.95$, $\sigma(5) = 0.993$.
#
# Measure the whole gradient, all paths included: start with random $dc_T$ of root mean square (RMS) 1 in 64 sequences of random symbols,
# go back, and see what RMS is left.
#
# **Guess first:** 200 steps back, which of the biases 0, 1, 2, 3, 5 leave a useful gradient, between 0.01 and 100?

# %%
def left_over(bias, steps=200, H=64):
    """RMS of dc at each step back, all paths and the direct one alone, for unit RMS at the end."""
    draw = np.random.default_rng([SEED, 5])
    p = cells.init_lstm(draw, 4, H, forget_bias=bias)
    xs, _ = recall(draw, steps, 64)
    _, _, cache = sequence.lstm_forward(xs.astype(float), None, None, p)
    dh, dc, kept, rms = np.zeros((64, H)), draw.normal(size=(64, H)), 1.0, []
    for t in reversed(range(1, steps)):
        step = cells.LSTMCache(cache.xs[t], cache.hs[t - 1], cache.cs[t - 1], cache.i[t],
                               cache.f[t], cache.g[t], cache.o[t], cache.cs[t])
        _, dh, dc, _ = cells.lstm_step_backward(dh, dc, step, p)
        kept = kept * cache.f[t]
        rms.append([np.sqrt((dc**2).mean()), np.sqrt((kept**2).mean())])
    return np.array(rms).T


biases = (0, 1, 2, 3, 5)
whole, direct = np.transpose([left_over(bias) for bias in biases], (1, 0, 2))

# %%
# alt: RMS of the gradient of the cell state against steps back, log axis, for forget biases 0 to 5. Bias 0 falls below 1e-10 within 60 steps, bias 2 loses a little, bias 5 grows beyond 10. Thin lines show the direct path alone.
fig, ax = plt.subplots(figsize=(6, 3.6))
for k, bias in enumerate(biases):
    ax.semilogy(range(1, 200), whole[k], color=f"C{k}")
    ax.semilogy(range(1, 200), direct[k], color=f"C{k}", lw=0.9, ls=(0, (2, 2)))
    seen = np.flatnonzero(whole[k] > 1e-10)[-1]
    ax.annotate(f"bias {bias}", (seen + 1, whole[k, seen]), xytext=(5, 2),
                textcoords="offset points")
for width, dash, label in ((1.8, "-", "all paths"), (0.9, (0, (2, 2)), "forget gates alone")):
    ax.plot([], [], color="0.3", lw=width, ls=dash, label=label)
ax.set(ylim=(1e-11, 1e4), xlim=(0, 235), xlabel="steps back in time",
       ylabel="RMS of the gradient", title="One bias decides: it vanishes, lasts or explodes")
ax.legend(loc="upper left", ncols=2)
plt.show()

# %%
at = {bias: whole[k, [9, 49, 99, 198]] for k, bias in enumerate(biases)}
assert at[0][1] < 1e-8 and at[0][2] < 1e-15            # PyTorch's own start: gone by 50
assert at[1][2] < 1e-4                                 # bias 1: gone by 100
assert 1e-3 < at[2][2] < 10 and 0.05 < at[3][2] < 30   # 2 and 3: alive at 100
assert at[5][3] > 10                                   # 5: it has grown
assert (whole[2:, 50] > direct[2:, 50]).all()          # the direct path is not all
print("10, 50, 100, 199 steps back")
for bias, values in at.items():
    print(f"forget bias {bias}: ", *(f"{value:8.0e}" for value in values))

# %% [markdown]
# Biases 2 and 3 keep the gradient within the range for 200 steps; 0 and 1 lose it, and 5 is on its way out at the top. So
# both sentences one hears about the LSTM are wrong: that its gradient does not vanish (the default loses ten orders of magnitude in
# fifty steps), and that it cannot explode (bias 5 multiplies it by more than ten). The forget gates alone can only shrink it, so what grows
# are the paths through the gates. What the forget gate gives is a *knob*, and it sits in one number per unit.

# %% [markdown]
# ## In PyTorch the forget bias is the sum of two vectors
#
# `nn.LSTM` keeps `bias_ih_l0` and `bias_hh_l0`, both $(4H,)$, in the order $i, f, g, o$. Entries $H$ to
# $2H$ are the forget gate's, and the two vectors are added. Three traps lie here: set both to 1 and the bias is
# 2; set one to 1 and the random values of the other stay; set the wrong quarter and another gate opens. That the quarters differ between
# libraries makes the last one easy:
#
# | library | LSTM | GRU |
# |---|---|---|
# | PyTorch, this course | $i, f, g, o$ | $r, z, n$ |
# | Keras | $i, f, c, o$ ($c$ is our $g$) | $z, r, h$ ($h$ is our $n$) |
# | ONNX | $i, o, f, c$ | $z, r, h$ |

# %%
def set_forget_bias(lstm, value):
    """All of it in one vector, zero in the other: the sum is exact."""
    H = lstm.hidden_size
    with torch.no_grad():
        lstm.bias_ih_l0[H:2 * H] = value
        lstm.bias_hh_l0[H:2 * H] = 0


torch.manual_seed(SEED)
ours, package = torch.nn.LSTM(4, 8), torch.nn.LSTM(4, 8)
set_forget_bias(ours, 3.0)
models.set_forget_bias(package, 3.0)
for lstm in (ours, package):
    forget = np.split(convert.from_torch(lstm).b, 4)[1]
    assert (forget == 3).all()
print("forget bias in units 1 to 8:", forget)

# %% [markdown]
# `models.set_forget_bias` does the same for every layer and direction. A number per unit is allowed as well, and there is a
# recipe for it. If $f = \sigma(b)$ stays put, a unit forgets like $f^t$, over a time of about $1/(1 - f) = 1 + e^b$ steps. For a memory of
# $\tau$ steps, then, $b = \ln(\tau - 1)$, and after $\tau$ steps $(1 - 1/\tau)^\tau \approx 1/e$ is left.
# **Chrono initialisation** (Tallec & Ollivier 2018) draws a $\tau$ for each unit: $b_f = \ln U(1, T - 1)$, $b_i = -b_f$, where
# $U(1, T-1)$ is a uniformly drawn number and $T$ the longest memory needed.

# %%
def chrono(lstm, T):
    """Forget biases for memories of every length up to T, input biases opposite."""
    H = lstm.hidden_size
    with torch.no_grad():
        memory = torch.empty(H).uniform_(1, T - 1)
        lstm.bias_ih_l0[:2 * H] = torch.cat([-memory.log(), memory.log()])
        lstm.bias_hh_l0[:2 * H] = 0


# %% [markdown]
# ## The forget bias decides what can be learnt
#
# Now the experiment. The task is **recall**: $T = 30$ symbols out of four, drawn at random, one-hot, and after the last one
# the question which was the first. Guessing is right one time in four. Every network has $H = 32$ units, an output layer (`readout`) from $h_T$ to four scores,
# cross-entropy as loss, and 400 updates of Adam (lesson 03; learning rate 0.003) on fresh batches of 64; a run ends early when its loss is below 0.02.

# %%
def learn(cell, readout, seed, bar, T=30, updates=400):
    """Train cell and readout on recall; accuracy on 1000 fresh sequences."""
    draw = np.random.default_rng(seed)
    adam = torch.optim.Adam([*cell.parameters(), *readout.parameters()], lr=3e-3)
    for _ in range(updates):
        xs, ys = map(torch.from_numpy, recall(draw, T, 64))
        loss = torch.nn.functional.cross_entropy(readout(cell(xs)[0][-1]), ys)
        adam.zero_grad()
        loss.backward()
        adam.step()
        bar.update()
        if loss.item() < 0.02:
            break
    xs, ys = map(torch.from_numpy, recall(draw, T, 1000))
    return (readout(cell(xs)[0][-1]).argmax(dim=1) == ys).double().mean().item()


# %% [markdown]
# Six starts, three seeds each. The seed sets the weights and the batches; nothing else differs between the rows.
#
# **Guess first:** which of these get from 0.25 to 1.00: the plain tanh network, the LSTM as PyTorch makes
# it, forget bias 1, 2, 3, chrono?

# %%
from tqdm import tqdm


def with_start(start, value):
    lstm = torch.nn.LSTM(4, 32)
    start(lstm, value)
    return lstm


starts = {
    "tanh RNN": lambda: torch.nn.RNN(4, 32),
    "LSTM, PyTorch default": lambda: torch.nn.LSTM(4, 32),
    "LSTM, forget bias 1": lambda: with_start(set_forget_bias, 1.0),
    "LSTM, forget bias 2": lambda: with_start(set_forget_bias, 2.0),
    "LSTM, forget bias 3": lambda: with_start(set_forget_bias, 3.0),
    "LSTM, chrono": lambda: with_start(chrono, 30),
}

# %%
table, trained = {name: [] for name in starts}, {}


def train_rows(names):
    with tqdm(total=1200 * len(names), unit="update") as bar:
        for name in names:
            for seed in range(3 * SEED, 3 * SEED + 3):
                torch.manual_seed(seed)
                cell, readout = starts[name](), torch.nn.Linear(32, 4)
                trained[name, seed] = cell, readout
                table[name].append(learn(cell, readout, seed, bar))


# %% tags=["nbval-ignore-output"]
train_rows(list(starts)[:3])

# %% tags=["nbval-ignore-output"]
train_rows(list(starts)[3:])

# %% tags=["nbval-ignore-output"]
print(f"{'start':24}accuracy, three seeds   f^30 at the start")
opening = dict(zip(list(starts)[1:5], (0, 1, 2, 3), strict=True))
for name, accuracies in table.items():
    power = f"{sigmoid(opening[name]) ** 30:.0e}" if name in opening else ""
    print(f"{name:24}" + "".join(f"{a:6.2f}" for a in accuracies) + f"{power:>18}")

# %% tags=["nbval-ignore-output"]
# alt: Accuracy on recall of the first of 30 symbols, three dots per start. The tanh network, the default LSTM and forget bias 1 sit at chance, 0.25; forget bias 3 and chrono near 1; forget bias 2 depends on the seed.
fig, ax = plt.subplots(figsize=(6, 3))
for row, (name, accuracies) in enumerate(table.items()):
    ax.plot(accuracies, np.array([0.15, 0, -0.15]) - row, "o", ms=9, alpha=0.6, mec="0.2",
            color="C1" if "LSTM" in name else "C6")
ax.axvline(0.25, color="0.35", lw=1, ls=(0, (3, 2)))
ax.annotate("chance", (0.25, 0.6), xytext=(4, 0), textcoords="offset points", fontsize=9)
ax.set_yticks(range(0, -6, -1), list(table))
ax.set(xlim=(0, 1.05), ylim=(-5.5, 1), xlabel="accuracy after 400 updates",
       title="The forget bias decides, not the gates as such")
plt.show()

# %%
assert max(table["LSTM, PyTorch default"]) < 0.4
assert np.median(table["tanh RNN"]) < 0.4
assert min(table["LSTM, forget bias 3"]) > 0.6
assert np.median(table["LSTM, forget bias 3"]) > 0.9
assert np.median(table["LSTM, chrono"]) > 0.8
assert np.mean(table["LSTM, forget bias 1"]) < np.mean(table["LSTM, forget bias 3"]) - 0.2
print("default LSTM: chance on every seed; forget bias 3: far above it on every seed")

# %% [markdown]
# The LSTM as PyTorch makes it is no better than the plain network: it guesses, on every seed. It has all its gates, and could hold the symbol if they
# were set right, but *learning to set them* needs a gradient from step 30 to step 1, and with $f \approx \tfrac12$ the direct path
# brings $2^{-30} \approx 10^{-9}$ of it. With a forget bias of 3 it brings nearly a quarter, $0.953^{30} = 0.23$, and the same network learns on every seed.
# At 2 it is a matter of luck. So when someone shows that "LSTMs remember and RNNs do not", ask for the forget bias.
#
# (If you change the seed you may meet an accuracy near 0.75: that network tells three of the four symbols apart and takes two for one. In fifteen seeds
# forget bias 3 did so once. The plain network succeeded in one of the fifteen, the default LSTM in none.)
#
# Two limits. A longer $T$ needs more: over 120 steps a bias of 3 brings $0.953^{120} = 0.003$, and in our trials at $T = 120$ it guessed on all three seeds; with $\ln 119 = 4.8$ one of three had begun to learn after 400 updates. And a cell that keeps
# everything has to learn to forget. What that costs on a task with much to overwrite is not measured here; that the gradient can explode is, so clip it (lesson 04).

# %% [markdown]
# ## The trained cell is a latch, and only a cut shows it
#
# What did a trained network make of its gates? Take the best one with forget bias 3, run it on 512 new sequences, and look at
# the unit whose final cell state tells the first symbols apart best: the one whose mean differs most between first symbols, compared with
# its variance within one.
#
# **Guess first:** what will its gates look like over the thirty steps? Draw it: $i$, $f$, $g$ and $c$. (The letters under the picture, a to d, are the four symbols.)

# %%
best = 3 * SEED + int(np.argmax(table["LSTM, forget bias 3"]))
cell, readout = trained["LSTM, forget bias 3", best]
p = convert.from_torch(cell)
xs, ys = recall(rng, 30, 512)
hs, c_T, cache = sequence.lstm_forward(xs, None, None, p)
means = np.array([c_T[ys == symbol].mean(axis=0) for symbol in range(4)])
within = np.mean([c_T[ys == symbol].var(axis=0) for symbol in range(4)], axis=0)
unit = (means.var(axis=0) / within).argmax()
assert means.var(axis=0)[unit] > within[unit]     # differs more between than within
assert cache.f[1:, :, unit].mean() > 0.9          # its forget gate has stayed open

# %% tags=["nbval-ignore-output"]
# alt: Six rows over 30 steps for one unit of the trained network. The forget gate stays near 1 and the input gate open throughout; the candidate takes one sign within the first steps and keeps it; the cell state grows steadily to the end.
example = np.flatnonzero(ys == np.abs(means[:, unit]).argmax())[0]
signals = {letter: getattr(cache, letter)[:, example, unit] for letter in "ifgo"}
signals |= {"c": cache.cs[:, example, unit], "h": cache.hs[:, example, unit]}
fig, ax = plt.subplots(figsize=(7, 4))
plots.traces(ax, signals, steps=["abcd"[symbol] for symbol in xs[:, example].argmax(axis=1)])
ax.set_title("One trained unit on one sequence: it writes at every step")
plt.show()

# %% [markdown]
# If you drew one write at the first step and a shut input gate after it, so did the author. The unit does
# something else: $i$ stays open, $g$ keeps its sign, and $c$ *grows* for thirty steps. How much of the final cell was written when? Unroll
# $c_t = f_t \odot c_{t-1} + i_t \odot g_t$ from $c_0 = 0$:
#
# $$c_T = \sum_{t=1}^{T} \Big(\prod_{s=t+1}^{T} f_s\Big) \odot i_t \odot g_t .$$
#
# Each term is what step $t$ wrote, times what the forget gates after it left. The terms add up to $c_T$ exactly, so their sizes are an account.
#
# **Guess first:** of thirty steps, what share did the first five write? (Equal shares would be a sixth.)

# %%
later = np.cumprod(cache.f[:0:-1], axis=0)[::-1]          # product of all f after step t
written = cache.i * cache.g * np.concatenate([later, np.ones_like(later[:1])])
assert np.abs(written.sum(axis=0) - c_T).max() < 1e-4     # the account is complete
share = np.abs(written).mean(axis=(1, 2))
share /= share.sum()
assert share[:5].sum() < 5 / 30
print("the first five of thirty steps wrote less than their equal share of the final cell")

# %% tags=["nbval-ignore-output"]
# alt: Bars over 30 steps: the share of the final cell state that each step wrote, all units. The first steps wrote least; the share rises steeply over the first ten steps and keeps rising to the last.
fig, ax = plt.subplots()
ax.bar(range(1, 31), share, color=plots.GATE["c"], width=0.8)
plots.reference(ax, 1 / 30, "equal shares", where=0.3)
ax.set(xlabel="step t", ylabel="share of the final cell state",
       title="Most of the memory was written long after the symbol")
plt.show()

# %% [markdown]
# The symbol came at step 1, and almost all of the cell was written later, without it. Where did the later steps get it
# from? Only $h_{t-1}$ can tell them. The suspicion: the first symbol tips $c$ to one side, $h$ shows the side, and $g$ reads $h$ and writes more of the same. Such a circuit is a **latch**.
# Test it by cutting: set the block of $W_h$ through which $h$ reaches one gate, or the candidate, to zero, touch nothing else, and measure.
#
# **Guess first:** which of the four cuts destroys the memory?

# %%
def accuracy(p):
    hs, _, _ = sequence.lstm_forward(xs, None, None, p)
    return (readout(torch.from_numpy(hs[-1])).argmax(dim=1).numpy() == ys).mean()


cut = {"nothing": accuracy(p)}
for k, letter in enumerate("ifgo"):
    W_h = p.W_h.copy()
    W_h[:, 32 * k:32 * (k + 1)] = 0
    cut[letter] = accuracy(p._replace(W_h=W_h))
assert cut["nothing"] > 0.9 and cut["g"] < 0.5 and cut["f"] > 0.7
print("with h cut from g fewer than half are right; with h cut from f, most still are")

# %% tags=["nbval-ignore-output"]
# alt: Bars: accuracy of the trained network with the path from h to one gate cut. Whole, and cut at the forget gate, it stays near 1; cut at the candidate it falls to chance, 0.25.
fig, ax = plt.subplots()
ax.bar(["nothing", "h to i", "h to f", "h to g", "h to o"], list(cut.values()),
       color=["0.6", *(plots.GATE[letter] for letter in "ifgo")], width=0.6)
plots.reference(ax, 0.25, "chance")
ax.set(xlim=(-0.5, 5), xlabel="what is cut", ylabel="accuracy",
       title="The memory runs through the candidate")
plt.show()

# %% [markdown]
# Cut $h$ from the candidate and the network guesses; cut it from the forget gate and it hardly notices. So the open forget
# gate does two things here: it let the gradient reach step 1 while the network learnt, and it lets small writes pile up. *What* is written is
# decided in the loop $c \to h \to g \to c$. Gates look self-explanatory in a picture; only the cut told which of them carries the
# memory. Lesson 14 makes a method of that.

# %% [markdown]
# ## On real text, a forget gate learns where words end
#
# Recall never asks a cell to forget. Text does. Train a small LSTM, 64 units, to predict the next character of Python's own documentation (how that works, step by step, is
# lesson 08). It reads characters as vectors, nobody tells it what a word is, and every forget gate starts at $\sigma(1) = 0.73$.
#
# **Guess first:** is there a unit that forgets at the end of each word? How would you find it without fooling yourself?

# %% tags=["nbval-ignore-output"]
from rnncourse import training
from rnncourse.data.text import Vocabulary, load, split

corpus = load("python-docs")
vocab = Vocabulary.of(corpus.text)
train_text, _, test_text = split(corpus.text)
torch.manual_seed(SEED)
model = models.CharModel(len(vocab), "lstm", hidden=64, embed=32, gate_bias=1.0)
recipe = training.Recipe(steps=400, batch=32, chunk=48, seed=SEED, threads=1)
training.train(model, torch.as_tensor(vocab.encode(train_text)), recipe)
text = test_text[2000:6000]
vectors = model.embedding(torch.as_tensor(vocab.encode(text))).detach().numpy()
p = convert.from_torch(model.recurrent)
_, _, cache = sequence.lstm_forward(vectors[:, None], None, None, p)

# %% [markdown]
# Among 64 units some will fit any pattern by chance. So *choose* the unit on the first half of a text that it was not trained on, as the one whose forget gate differs most
# between letters and everything else, and *judge* it on the second half, which it was not chosen by:

# %%
letters = np.array([character.isalpha() for character in text])
first, second = slice(0, 2000), slice(2000, 4000)


def contrast(part):
    """Mean forget gate at letters minus at other characters, for each unit (H,)."""
    f, is_letter = cache.f[part, 0], letters[part]
    return f[is_letter].mean(axis=0) - f[~is_letter].mean(axis=0)


unit = contrast(first).argmax()
assert contrast(second)[unit] > 0.25
print("chosen on the first half, the unit keeps on letters and forgets elsewhere in the second")

# %% tags=["nbval-ignore-output"]
# alt: Rows over 48 characters of documentation text for one unit: the forget gate is near 1 inside words and drops at spaces and punctuation; the cell state is emptied there and builds up again within each word.
start = 2000 + text[2000:].index(" ") + 1
window = slice(start, start + 48)
fig, ax = plt.subplots(figsize=(9, 4))
signals = {letter: getattr(cache, letter)[window, 0, unit] for letter in "ifgo"}
signals |= {"c": cache.cs[window, 0, unit], "h": cache.hs[window, 0, unit]}
plots.traces(ax, signals, steps=[{" ": "␣", "\n": "↵"}.get(c, c) for c in text[window]])
ax.set_title("A unit that forgets at the end of each word")
plt.show()

# %% [markdown]
# Inside a word $f$ is high and the cell holds on; at a space, a stop or the end of a line it drops, and the memory is emptied: the network has found for itself
# that the spelling of one word says little about the next. The gate of 2000 at work, and the 1997 cell could not have done it.

# %% [markdown]
# ## Four things one unit can do
#
# You need no training to understand gates: set them by hand. One unit, one input, $D = H = 1$; each gate is then three
# numbers, $(w_x, w_h, b)$. A large weight makes the sigmoid a switch: with $w_x = 20$, $b = -12$ the input gate is
# $\sigma(8) \approx 1$ at $x = 1$ and $\sigma(-12) \approx 0$ at $x = 0$. `KEEP` stands for $(0, 0, 10)$, a gate that is open
# whatever comes.

# %%
from rnncourse.cells.presets import KEEP, PRESETS, scalar_lstm

remember = scalar_lstm(i=(20, 0, -12), f=KEEP, g=(3, 0, 0), o=KEEP)
assert all((a == b).all() for a, b in zip(remember, PRESETS["remember"].p, strict=True))
runs = {}
for name, preset in PRESETS.items():
    _, _, runs[name] = sequence.lstm_forward(preset.xs[:, None, None], None, None, preset.p)
    print(f"{name}: {preset.says}")

# %% [markdown]
# **Guess first:** cover the picture. For "remember", which gate opens at the noise, and what does $c$ do at step 31?

# %%
# alt: Four panels over 40 steps, each with rows for input, input gate, forget gate, candidate, cell state and hidden state. Remember: one write, then c stays at 1. Overwrite: c switches between plus and minus 1. Flush: c falls to 0 where the forget gate closes. Count: c climbs by one at each of eight pulses while h stays near 1.
titles = {"remember": "Remember: open i once", "overwrite": "Overwrite: close f as i opens",
          "flush": "Flush: close f, write nothing", "count": "Count: add one at each pulse"}
fig, axes = plt.subplots(2, 2, figsize=(11, 6.4), sharey=True)
for ax, (name, cache) in zip(axes.flat, runs.items(), strict=True):
    gates = {letter: getattr(cache, letter)[:, 0, 0] for letter in "ifgo"}
    states = {"c": cache.cs[:, 0, 0], "h": cache.hs[:, 0, 0]}
    plots.traces(ax, {"x": PRESETS[name].xs} | gates | states)
    ax.set_title(titles[name])
plt.show()

# %%
end = {name: cache.cs[:, 0, 0] for name, cache in runs.items()}
assert (end["remember"][4:] > 0.95).all()
assert (np.sign(end["overwrite"][[10, 20, 30, 39]]) == [1, -1, 1, -1]).all()
assert end["flush"][12] > 0.95 and np.abs(end["flush"][[20, 39]]).max() < 0.01
assert abs(end["count"][-1] - 8) < 0.05
print("remember, overwrite, flush and count: each does what it says")

# %% [markdown]
# (This is the still form of the gate explorer, in which you set the three numbers of each gate yourself.) *Remember*: the noise moves $x$ and $g$, and $i$ stays shut. *Overwrite*: $f$ closes in the very step in which $i$ opens, so the old value goes as the new one comes. *Flush*:
# $f$ closes and nothing is written. *Count*: $c$ climbs to 8; a plain network's state, squashed at every step, could not (lesson 06 shows that a GRU's cannot either). Its $h$ stays
# below 1, so a reader of $h$ sees *that* there were pulses, not how many: for that the output layer would have to read $c$, or a smaller $g$ keep $\tanh(c)$ off its flat end.

# %% [markdown]
# ## Common mistakes
#
# - **Leaving the forget bias at PyTorch's default** and concluding that LSTMs do not remember. Set it, through one of the two vectors.
# - **Calling $g$ a gate**, or putting it through a sigmoid: the cell could then only count upwards.
# - **Passing $c$ on to the next layer or to the output layer.** What others read is $h$ (lesson 07 stacks layers). The cell state is private.
# - **Dropping `dc` in the backward pass**, or the `+` in `dc = dc + ...`: shapes stay right, numbers do not.
# - **Reading weights of one library in the order of another.** ONNX's LSTM and Keras' GRU are not in PyTorch's order, and the shapes fit.

# %% [markdown]
# ## Summary
#
# - The cell state is added to instead of rewritten: along the direct path $\partial c_t / \partial c_{t-1} = \mathrm{diag}(f_t)$, a gate per unit and no matrix.
# - The gradient still vanishes where $f$ is small, $f^T$, and can explode through the gates; PyTorch starts at $f \approx \tfrac12$, which loses thirty steps.
# - A forget bias of 3, or chrono's spread of biases, through one of PyTorch's two vectors, turned chance into nearly 1 on recall over 30 steps.
#
# ## Exercises
#
# The graded exercises of this lesson, in `exercises/`, will ask for the cell forward and backward, parity with `nn.LSTMCell`, and the bias through PyTorch's two vectors.
#
# ## Quiz
#
# The questions of this lesson will ask about the gates, the cell state, whether the gradient still vanishes, and the parameter count.
#
# ## Sources
#
# - S. Hochreiter & J. Schmidhuber, *Long short-term memory*, Neural Computation 9(8):1735-1780, 1997: the cell, without a forget gate.
# - F. A. Gers, J. Schmidhuber & F. Cummins, *Learning to forget: continual prediction with LSTM*, Neural Computation 12(10):2451-2471, 2000: the forget gate.
# - R. Jozefowicz, W. Zaremba & I. Sutskever, *An empirical exploration of recurrent network architectures*, ICML 2015: a forget bias of 1 as the default one should set.
# - K. Greff, R. K. Srivastava, J. Koutník, B. R. Steunebrink & J. Schmidhuber, *LSTM: a search space odyssey*, arXiv 1503.04069, IEEE TNNLS 2017: which parts matter.
# - C. Tallec & Y. Ollivier, *Can recurrent neural networks warp time?*, ICLR 2018, arXiv 1804.11188: chrono initialisation.
# - R. Pascanu, T. Mikolov & Y. Bengio, *On the difficulty of training recurrent neural networks*, ICML 2013, arXiv 1211.5063: vanishing and exploding.
#
# ## Where to go next
#
# One of the three gates can be spared, and the two states can be one. Lesson 06 builds the GRU, and finds two conventions under its name.
