# %% [markdown]
# # One carried line sends the error back through time
#
# Derive backpropagation through time from the chain rule, write it in ten lines, and check every number.
#
# ## What you will be able to do
#
# - measure any slope numerically, and say how far to trust the number;
# - derive every gradient of a recurrent network from three rules, with its shape;
# - write backpropagation through time and prove that it is right;
# - say what it costs in arithmetic and in memory.
#
# **Time:** about 90 minutes. **You need:** lesson 02 (the equations, rows as examples), and the
# derivative of a function of *one* variable. Everything about several variables is defined here.

# %%
import matplotlib.pyplot as plt
import numpy as np

from rnncourse import cells, gradcheck, plots, sequence

plots.use_style()
SEED = 0
rng = np.random.default_rng(SEED)

# %% [markdown]
# ## The question
#
# The network of lesson 02 turns inputs into outputs by the same matrices at every step:
#
# $$a_t = x_t W_x + h_{t-1} W_h + b, \qquad h_t = \tanh(a_t), \qquad \hat y_t = h_t W_y .$$
#
# Rows are examples. For a batch of $B$ sequences, $x_t$ is $(B, D)$; the pre-activation $a_t$
# and the state $h_t$ are $(B, H)$; the output $\hat y_t$ is $(B, K)$. The parameters are
# $W_x$ $(D, H)$, $W_h$ $(H, H)$, $b$ $(H,)$ and $W_y$ $(H, K)$. (The output's own bias is left out here: it behaves like $b$.)
#
# Learning moves each parameter a little in the direction that makes the loss $L$ smaller (lesson 01).
# So for each single number in $W_h$ you need the **slope** of $L$: how fast $L$ changes when that
# number changes. There PyTorch delivered it; here you compute it. But that number acted at step 1, again at step 2, and at
# every step after, each time on a state that already depended on it. What is its slope?

# %% [markdown]
# ## A slope can be measured, with a step that is neither too large nor too small
#
# The derivative of $f$ at $a$ says how far $f(a)$ moves for a small move of $a$. So move $a$ and
# look. There are two ways, with a small step $\varepsilon$:
#
# $$\text{forward: } \frac{f(a+\varepsilon) - f(a)}{\varepsilon}, \qquad\qquad
#   \text{central: } \frac{f(a+\varepsilon) - f(a-\varepsilon)}{2\varepsilon} .$$
#
# How wrong are they? With $f'$ for the derivative at $a$, $f''$ for the derivative of $f'$, and so on, Taylor's formula gives
# $f(a \pm \varepsilon) = f(a) \pm \varepsilon f' + \tfrac12 \varepsilon^2 f'' \pm \tfrac16 \varepsilon^3 f''' + \dots$
# Put it in. The forward difference is $f' + \tfrac12 \varepsilon f'' + \dots$: wrong by a multiple
# of $\varepsilon$. In the central one the $f''$ terms cancel, and what remains is
# $f' + \tfrac16 \varepsilon^2 f''' + \dots$: wrong by a multiple of $\varepsilon^2$ only.
#
# That speaks for a tiny $\varepsilon$. But a computer rounds every number, in float64 to about 16
# digits. Two nearly equal losses are subtracted, the rounding stays, and dividing by
# $\varepsilon$ enlarges it to about $10^{-16}/\varepsilon$.

# %%
def forward_difference(f, a, eps):
    return (f(a + eps) - f(a)) / eps


def central_difference(f, a, eps):
    return (f(a + eps) - f(a - eps)) / (2 * eps)


# %% [markdown]
# Try them where the answer is known. The slope of tanh will be needed all through this course, so
# derive it. With $\sinh a = (e^a - e^{-a})/2$ and $\cosh a = (e^a + e^{-a})/2$ you have $\tanh a = \sinh a / \cosh a$,
# $\sinh' = \cosh$, $\cosh' = \sinh$ and $\cosh^2 a - \sinh^2 a = 1$. By the quotient rule,
#
# $$\tanh'(a) = \frac{\cosh^2 a - \sinh^2 a}{\cosh^2 a} = 1 - \tanh^2 a .$$
#
# **Guess first:** from $\varepsilon = 0.1$ down to $10^{-12}$, where is the central difference
# best: at the smallest $\varepsilon$, or somewhere between? And with float32, which keeps 7 digits?

# %%
points = rng.uniform(-2, 2, 200)
steps = 10.0 ** np.arange(-12, 0, 0.25)


def errors(difference, dtype):
    a, slope = points.astype(dtype), 1 - np.tanh(points) ** 2
    return np.array([np.sqrt(np.mean((difference(np.tanh, a, dtype(eps)) - slope) ** 2))
                     for eps in steps])


wrong = {"forward, float64": errors(forward_difference, np.float64),
         "central, float64": errors(central_difference, np.float64),
         "central, float32": errors(central_difference, np.float32)}

# %%
# alt: Error of a numeric slope against the step eps, both axes logarithmic: three V shapes. The
#      central difference in float64 reaches the lowest point, near eps = 1e-5.
fig, ax = plt.subplots()
plots.lines(ax, wrong, x=steps, xlabel=r"step $\varepsilon$", ylabel="error of the slope",
            title="Too large a step bends, too small a step rounds")
ax.set(xscale="log", yscale="log", ylim=(1e-15, 30))
ax.legend(loc="lower left")
plt.show()

# %%
best = {name: steps[error.argmin()] for name, error in wrong.items()}
least = {name: error.min() for name, error in wrong.items()}
assert 1e-6 < best["central, float64"] < 1e-4 and least["central, float64"] < 1e-9
assert least["forward, float64"] > 10 * least["central, float64"]
assert least["central, float32"] > 1e-6 and wrong["central, float32"][0] > 0.1
print(f"central differences are best near {best['central, float64']:.0e} in float64")

# %% [markdown]
# On the right of each V the error is the curve's bend, on the left it is rounding. In float64 any
# step between $10^{-6}$ and $10^{-4}$ is good for 8 digits or more; in float32 nothing is. So
# gradients are checked in float64, with central differences and $\varepsilon = 10^{-5}$.

# %% [markdown]
# ## Every slope of a network can be measured, at two forward passes each
#
# Now a whole network. With several variables, the slope with respect to one of them while all others
# stay fixed is a **partial derivative**, written $\partial L / \partial W_{ij}$. Collected in an
# array of the same shape as $W$, they are the **gradient** of $L$ with respect to $W$. This
# course writes it $dW$:
#
# $$dW_{ij} = \frac{\partial L}{\partial W_{ij}}, \qquad
#   dW \text{ has the shape of } W, \qquad
#   \text{the same for } dh_t, \ dx_t, \ db \text{ and every other array.}$$
#
# The loss here is half the squared error, summed over steps, examples and outputs, with targets, the wanted
# outputs, $y_t$ $(B, K)$. One number comes out of it all:
#
# $$L = \sum_{t=1}^{T} L_t, \qquad L_t = \tfrac12 \sum_{n=1}^{B} \sum_{k=1}^{K} (\hat y_{t,nk} - y_{t,nk})^2 .$$

# %%
def forward(xs, h_0, p, W_y):
    """(T, B, D), (B, H) -> states hs (T, B, H) and outputs (T, B, K)."""
    hs, h = [], h_0
    for x in xs:
        h = np.tanh(x @ p.W_x + h @ p.W_h + p.b)
        hs.append(h)
    return np.array(hs), np.array(hs) @ W_y


# %%
T, B, D, H, K = 6, 3, 2, 4, 2
p = cells.init_rnn(rng, D, H)                         # W_x (D, H), W_h (H, H), b (H,)
W_y, h_0 = rng.normal(size=(H, K)), rng.normal(size=(B, H))
xs, targets = rng.normal(size=(T, B, D)), rng.normal(size=(T, B, K))


def loss():
    _, outputs = forward(xs, h_0, p, W_y)
    return 0.5 * np.sum((outputs - targets) ** 2)


# %% [markdown]
# To measure a gradient, move one entry at a time, and put it back:

# %%
def numeric_gradient(f, array, eps=1e-5):
    """dL/d(array) by central differences; f() is the loss and reads the array, moved in place."""
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + eps
        above = f()
        array[index] = value - eps
        below = f()
        array[index] = value
        gradient[index] = (above - below) / (2 * eps)
    return gradient


# %%
arrays = {**p._asdict(), "W_y": W_y, "xs": xs, "h_0": h_0}
numeric = {name: numeric_gradient(loss, array) for name, array in arrays.items()}
for name, array in arrays.items():
    assert numeric[name].shape == array.shape
    assert np.allclose(numeric[name], gradcheck.numerical_grad(loss, array), atol=1e-7)
print(f"one slope of {numeric['W_h'].size} in dW_h: {numeric['W_h'][1, 2]:.3f}")

# %% [markdown]
# That is the whole truth, in any network, with no derivation at all (`gradcheck.numerical_grad` is
# the course's own version, which also refuses float32). Why not train with it? Count: a layer
# with $H = 256$ has $256^2 = 65{,}536$ numbers in $W_h$ alone, and each costs two forward passes.
# You want all of them for about the price of *two*. So measure to check, and derive to compute.

# %% [markdown]
# ## Three rules are enough
#
# ### Rule 1: slopes multiply along a path, and paths add
#
# Suppose $L$ depends on $u$ only through $v$. Nudge $u$ by a small $\delta$: $v$ moves by
# $\delta \, \partial v / \partial u$, and $L$ by $\partial L / \partial v$ times that. Slopes multiply.
# Now let $L$ depend on $u$ through several quantities $v_1, \dots, v_m$. The nudge moves each of
# them, and to first order $L$ moves by the sum of what each brings:
#
# $$\frac{\partial L}{\partial u} = \sum_{k=1}^{m} \frac{\partial L}{\partial v_k} \, \frac{\partial v_k}{\partial u} .$$
#
# This is the chain rule. Read backwards it says: **a quantity collects the gradient from everyone who reads it.**
#
# ### Rule 2: an elementwise function multiplies by its slope
#
# If $h = \tanh(a)$, entry by entry, then $h_{nj}$ depends on $a_{nj}$ only, and rule 1 has one term:
#
# $$da = dh \odot (1 - h^2),$$
#
# where $\odot$ multiplies entry by entry. All shapes are $(B, H)$. The slope needs $h$, not $a$.
#
# ### Rule 3: a matrix product sends back two matrix products
#
# Let $Y = XW + b$ with $X$ $(B, D)$, $W$ $(D, H)$, $b$ $(H,)$ added to each row, $Y$ $(B, H)$. Entry by entry,
#
# $$Y_{nj} = \sum_{i=1}^{D} X_{ni} W_{ij} + b_j .$$
#
# Who reads $X_{ni}$? All of row $n$ of $Y$: $Y_{nj}$ for each $j$, with slope $W_{ij}$. Who reads
# $W_{ij}$? Column $j$ of $Y$, once per example: $Y_{nj}$ for each $n$, with slope $X_{ni}$. Who reads
# $b_j$? The same column, with slope 1. Rule 1 turns each answer into a sum:
#
# $$dX_{ni} = \sum_j dY_{nj} W_{ij}, \qquad dW_{ij} = \sum_n X_{ni} \, dY_{nj}, \qquad db_j = \sum_n dY_{nj} .$$
#
# Each sum is a matrix product, with one factor transposed so that the summed index meets itself:
#
# $$dX = dY \, W^\top, \qquad dW = X^\top dY, \qquad db = \text{the sum of the rows of } dY .$$
#
# Check the shapes: $(B, H)(H, D) = (B, D)$ and $(D, B)(B, H) = (D, H)$. Unless sizes happen to be equal,
# no other product of these arrays has the right shapes, which is how to remember the rule. Notice the sum over $n$ in $dW$:
# the examples of a batch share $W$, so their gradients add.

# %%
X, W, bias, R = (rng.normal(size=shape) for shape in [(3, 2), (2, 4), (4,), (3, 4)])


def product_loss():
    return np.sum(R * np.tanh(X @ W + bias))            # any loss will do; here dL/dh is R


dY = R * (1 - np.tanh(X @ W + bias) ** 2)               # rule 2
for array, gradient in [(X, dY @ W.T), (W, X.T @ dY), (bias, dY.sum(axis=0))]:   # rule 3
    assert np.allclose(gradient, numeric_gradient(product_loss, array), atol=1e-8)

# %% [markdown]
# ## Each state is read twice, so its gradient has two parts
#
# Unroll the network: one copy of the cell per step. Follow the solid arrows to see who reads what, then
# the dashed arrows to see what comes back.

# %%
# alt: The unrolled network over four steps: inputs below, states in a row, outputs and losses
#      above. Dashed arrows run back from each loss to its state and from each state to the one
#      before.
fig, ax = plt.subplots(figsize=(6, 4.6))
plots.unrolled(ax, T=4, loss=True, backward=True)
ax.set_title("Every state hears from above and from the right")
plt.show()

# %% [markdown]
# Start at the outputs. By the loss, $d\hat y_t = \hat y_t - y_t$, shape $(B, K)$.
#
# **The state $h_t$**, for $t = 1, \dots, T$, has exactly two readers: the output $\hat y_t = h_t W_y$ above it, and the next
# pre-activation $a_{t+1} = x_{t+1} W_x + h_t W_h + b$ to its right. Rule 1 adds them, rule 3 says what each is:
#
# $$dh_t = \underbrace{d\hat y_t \, W_y^\top}_{\text{direct: from } L_t}
#        \; + \; \underbrace{da_{t+1} \, W_h^\top}_{\text{carried: from every later loss}},
#   \qquad da_{T+1} = 0. \tag{1}$$
#
# Both terms are $(B, H)$. The last state has no right-hand neighbour, so it starts with no carried part.
#
# **The pre-activation $a_t$** has one reader, $h_t$. Rule 2:
#
# $$da_t = dh_t \odot (1 - h_t^2). \tag{2}$$
#
# **The input $x_t$ and the initial state $h_0$** have one reader each, $a_t$ and $a_1$. Rule 3:
#
# $$dx_t = da_t \, W_x^\top \quad (B, D), \qquad\qquad dh_0 = da_1 \, W_h^\top \quad (B, H). \tag{3}$$
#
# **The weight $W_h$** is read at every step. Pretend for a moment that each step had its own copy
# $W_h^{(t)}$. By rule 3 that copy's gradient is $h_{t-1}^\top da_t$. In truth all copies are
# the same matrix: nudging one entry of $W_h$ nudges that entry of every copy. $W_h$ reaches $L$ by $T$
# paths, and paths add. The same for $W_x$ and $b$:
#
# $$dW_h = \sum_{t=1}^{T} h_{t-1}^\top \, da_t \quad (H, H), \qquad
#   dW_x = \sum_{t=1}^{T} x_t^\top \, da_t \quad (D, H), \qquad
#   db = \sum_{t=1}^{T} \sum_{n=1}^{B} da_{t,n} \quad (H,). \tag{4}$$
#
# That is all. Equation (1) needs $da_{t+1}$ before $dh_t$, so the computation runs from $t = T$
# down to $1$: the forward pass read backwards. It is called **backpropagation through time**, BPTT (Werbos 1990).

# %% [markdown]
# ## The code is the four equations, from the last step to the first
#
# One step back takes $dh_t$ and undoes $h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$: equation (2), then one
# line for each of its five ingredients.

# %%
def step_back(dh, x, h_prev, h, p):
    """dL/dh_t (B, H) -> dx (B, D), dh_prev (B, H) and this step's share of dp."""
    da = dh * (1 - h**2)                                                          # (2)
    dp = cells.RNNParams(W_x=x.T @ da, W_h=h_prev.T @ da, b=da.sum(axis=0))       # (4)
    return da @ p.W_x.T, da @ p.W_h.T, dp                                         # (3), (1)


# %% [markdown]
# The loop hands what one step sends back to the step before it. `dhs` $(T, B, H)$ holds the direct
# parts; the caller computes them, so the loop works for any loss.

# %%
def bptt(dhs, xs, hs, h_0, p):
    """Direct dL/dhs (T, B, H) -> dxs (T, B, D), dh_0 (B, H), dp."""
    h_prevs = [h_0, *hs[:-1]]
    dxs, dp, carried = np.empty_like(xs), [0, 0, 0], 0
    for t in reversed(range(len(xs))):
        dh = dhs[t] + carried                                                     # (1)
        dxs[t], carried, share = step_back(dh, xs[t], h_prevs[t], hs[t], p)
        dp = [total + part for total, part in zip(dp, share, strict=True)]        # (4)
    return dxs, carried, cells.RNNParams(*dp)


# %% [markdown]
# The addition in `dhs[t] + carried` is the line that makes this backpropagation *through time*. Everything
# else would be there in a network without recurrence.
#
# **Guess first:** the loss above has 84 slopes, counting the inputs and $h_0$. To how
# many digits will ten lines agree with all of the measured ones?

# %%
def gradients_by(backward):
    """Every gradient of the loss above, by a backward pass with bptt's arguments."""
    hs, outputs = forward(xs, h_0, p, W_y)
    dys = outputs - targets
    dxs, dh_0, dp = backward(dys @ W_y.T, xs, hs, h_0, p)
    dW_y = sum(h.T @ dy for h, dy in zip(hs, dys, strict=True))
    return {**dp._asdict(), "W_y": dW_y, "xs": dxs, "h_0": dh_0}


# %% tags=["nbval-ignore-output"]
report = gradcheck.check_gradients(loss, gradients_by(bptt), arrays, eps=1e-5)
print(report)

# %%
assert sum(array.size for array in arrays.values()) == 84
assert report.passed and report.error < 1e-6

# %% [markdown]
# The **relative error** is the difference over the larger of the two values; the line shows the entry of each
# array that agrees least. Six digits or more in every one of them: what remains is the error of the *measured*
# slope, not of the derived one. Below $10^{-6}$ in float64 is a pass; a real mistake shows as $10^{-2}$ or more.

# %% [markdown]
# ## Four programs, one gradient
#
# Two are yours: the measured slopes and `bptt`. The package has the same step with checked arguments
# (`cells.rnn_step_backward`), and the same loop arranged for speed (`sequence.rnn_backward`): since the sums in (4) are over steps *and* examples, it stacks all
# $T \cdot B$ rows and computes each of them as one large product after the loop.

# %%
hs, outputs = forward(xs, h_0, p, W_y)
dhs = (outputs - targets) @ W_y.T
dxs, dh_0, dp = bptt(dhs, xs, hs, h_0, p)

carried, stepped = np.zeros_like(h_0), [0, 0, 0]
for t in reversed(range(T)):
    cache = cells.RNNCache(xs[t], hs[t - 1] if t else h_0, hs[t])
    dx, carried, share = cells.rnn_step_backward(dhs[t] + carried, cache, p)
    stepped = [total + part for total, part in zip(stepped, share, strict=True)]
    assert np.allclose(dx, dxs[t], rtol=0, atol=1e-12)

fast_hs, cache = sequence.rnn_forward(xs, h_0, p)
fast_dxs, fast_dh_0, fast_dp = sequence.rnn_backward(dhs, None, cache)
for mine, step, fast in zip([*dp, dh_0], [*stepped, carried], [*fast_dp, fast_dh_0], strict=True):
    assert np.allclose(mine, step, rtol=0, atol=1e-12)
    assert np.allclose(mine, fast, rtol=0, atol=1e-12)
assert np.allclose(fast_hs, hs, rtol=0, atol=1e-12)
assert np.allclose(fast_dxs, dxs, rtol=0, atol=1e-12)

# %% [markdown]
# PyTorch records every operation of the forward pass and then applies the same three rules in reverse. This is
# called automatic differentiation, or **autograd**. Mark the arrays whose gradient you want by
# `requires_grad`, write the loss, and call `.backward()`:

# %%
import torch

from rnncourse import convert

layer = torch.nn.RNN(D, H, dtype=torch.float64)
convert.to_torch(p, layer)
x, h, W_out = (torch.tensor(a, requires_grad=True) for a in (xs, h_0, W_y))
states, _ = layer(x, h[None])
(0.5 * ((states @ W_out - torch.tensor(targets)) ** 2).sum()).backward()

pairs = [(dp.W_x, layer.weight_ih_l0.grad.T), (dp.W_h, layer.weight_hh_l0.grad.T),
         (dp.b, layer.bias_ih_l0.grad), (dp.b, layer.bias_hh_l0.grad),
         (dxs, x.grad), (dh_0, h.grad), (gradients_by(bptt)["W_y"], W_out.grad)]
for mine, torchs in pairs:
    assert np.allclose(mine, torchs, rtol=0, atol=1e-12)

# %% [markdown]
# All agree to 12 decimals. (torch stores $W^\top$ and splits $b$ into two vectors; both receive the gradient $db$.) From
# here on you can call `.backward()` and know what it does.

# %% [markdown]
# ## Cut the carried line: every shape is right and the numbers are wrong
#
# Here is `bptt` with `+ carried` removed. Nothing else changes.

# %%
def bptt_cut(dhs, xs, hs, h_0, p):
    """Wrong on purpose: what step t+1 sends back is thrown away."""
    h_prevs = [h_0, *hs[:-1]]
    dxs, dp, carried = np.empty_like(xs), [0, 0, 0], 0
    for t in reversed(range(len(xs))):
        dh = dhs[t]
        dxs[t], carried, share = step_back(dh, xs[t], h_prevs[t], hs[t], p)
        dp = [total + part for total, part in zip(dp, share, strict=True)]
    return dxs, carried, cells.RNNParams(*dp)


# %% [markdown]
# **Guess first:** does it raise an error? Which of the six gradients stay right?

# %%
right, cut = gradients_by(bptt), gradients_by(bptt_cut)


def cosine(u, v):
    """1 where two gradients point the same way, 0 at a right angle, -1 where they are opposed."""
    return np.sum(u * v) / (np.linalg.norm(u) * np.linalg.norm(v))


print("array  shape      largest relative error   cosine with the true gradient")
for name in arrays:
    error = gradcheck.relative_error(cut[name], right[name]).max()
    print(f"{name:6} {cut[name].shape!s:11} {error:21.0%} {cosine(cut[name], right[name]):31.2f}")

# %%
failed = gradcheck.check_gradients(loss, cut, arrays, eps=1e-5)
for name in arrays:
    assert cut[name].shape == right[name].shape
    assert (failed.worst[name].error < 1e-6) == (name == "W_y")
assert np.allclose(cut["xs"][-1], right["xs"][-1])      # the last step had nothing to carry

# %% [markdown]
# No error, and six shapes as they should be. The gradient check fails on all but $W_y$, which no carried
# gradient passes through. But read each gradient as one long row: its **cosine** with the true one, the angle between
# the two in one number, is well above zero, and that is the trap: **the cut gradient still
# points roughly downhill**, so a training run with it can make progress and look healthy. Shapes do not test
# a gradient, and neither does a falling loss. A gradient check does.
#
# What exactly is missing? Put a loss on the last step only and look at what arrives at each state.

# %%
def arriving(dhs, hs, p, cut=()):
    """dL/dh_t for t = 0..T, (T+1, B, H); for t in `cut`, nothing flows from h_t to h_{t-1}."""
    dh = np.zeros((len(hs) + 1, *hs.shape[1:]))
    dh[1:] = dhs
    for t in reversed(range(1, len(dh))):
        if t not in cut:
            dh[t - 1] += dh[t] * (1 - hs[t - 1] ** 2) @ p.W_h.T
    return dh


last = np.zeros_like(hs)
last[-1] = dhs[-1]
assert np.allclose(arriving(last, hs, p)[0], bptt(last, xs, hs, h_0, p)[1])
norms = {cut: np.linalg.norm(arriving(last, hs, p, cut), axis=(1, 2))
         for cut in [(), (4,), tuple(range(1, T + 1))]}

# %%
# alt: Three rows of states h0 to h6 with one loss at the last. In the first row the gradient
#      reaches every state and fades; in the second one cut edge leaves zeros to its left; in the
#      third all edges are cut and only h6 receives anything.
fig, axes = plt.subplots(3, 1, figsize=(6, 6.2))
titles = ["All edges open: every state hears of the error", "One edge cut: nothing passes it",
          "The carried line deleted: only the last step learns"]
for ax, (edges, values), title in zip(axes, norms.items(), titles, strict=True):
    plots.gradient_flow(ax, values, losses=[T], cut=edges)
    ax.set_title(title)
plt.show()

# %%
assert all(norms[()] > 0)
assert all(norms[(4,)][:4] == 0) and np.allclose(norms[(4,)][4:], norms[()][4:])
assert np.count_nonzero(norms[tuple(range(1, T + 1))]) == 1

# %% [markdown]
# The number under each state is the norm $\lVert dh_t \rVert$, the root of the sum of squares of its entries.
# This picture is the still form of a player in which you cut edges by clicking them. With the carried line gone, the
# matrices are told only how they should have acted at the last step, given whatever state happened to arrive
# there. No weight is ever told what to *store*. (The numbers also shrink from right to left. That is lesson 04.)

# %% [markdown]
# ## With the carried line the network learns to remember; without it, it does not
#
# Does it matter for learning? Take a task with an adjustable need for memory: of a row of random symbols A or B, name
# the **first**, after the last was read (`tasks.recall`). With a row of length $T$, the answer lies $T - 1$ steps
# back. Guessing is right half of the time.
#
# Two things of lesson 01, now with their derivative. The output $\hat y_T$ $(B, 2)$ becomes two probabilities per example
# by the **softmax**, $q_k = e^{\hat y_k} / \sum_j e^{\hat y_j}$ ($p_k$ in lesson 01; here `p` holds the parameters), and the loss is the **cross-entropy**,
# $-\ln q_{\text{right}}$, averaged over the batch. Its gradient is short. From $\ln q_k = \hat y_k - \ln \sum_j e^{\hat y_j}$, whose last
# term has the slope $e^{\hat y_k} / \sum_j e^{\hat y_j} = q_k$ with respect to $\hat y_k$,
# $\partial(-\ln q_{\text{right}})/\partial \hat y_k = q_k - 1$ for the right symbol and $q_k$ for the other.

# %%
from tqdm import trange

from rnncourse.data import tasks


def recall_gradients(xs, ys, p, W_y, backward):
    """Gradients of the mean cross-entropy for recall, and the share of right answers."""
    hs, _ = sequence.rnn_forward(xs, None, p)
    q = np.exp(hs[-1] @ W_y)
    q /= q.sum(axis=1, keepdims=True)
    rows = np.arange(len(ys))
    accuracy = np.mean(q.argmax(axis=1) == ys)
    q[rows, ys] -= 1                                    # softmax and cross-entropy in one
    dy = q / len(ys)
    dhs = np.zeros_like(hs)
    dhs[-1] = dy @ W_y.T
    _, _, dp = backward(dhs, xs, hs, np.zeros_like(hs[0]), p)
    return [*dp, hs[-1].T @ dy], accuracy


# %% [markdown]
# Training repeats: draw a fresh batch, compute the gradients, move every parameter a little against its gradient.
# The size of the move is chosen by **Adam** (Kingma & Ba 2015, Algorithm 1), met in lesson 01 and here in full. For each single
# number it keeps a running mean of the gradient, $m$, and of its square, $v$, and moves by
# $-\eta \, m / (\sqrt v + 10^{-8})$, where $\eta$ is the **learning rate**. Both means start at 0 and are too small at first;
# dividing them by $1 - 0.9^k$ and $1 - 0.999^k$ at update $k$ makes up for that. A number whose gradient keeps its sign
# moves by about $\eta$ per update, however small that gradient is.

# %%
def adam(parameters, gradients, m, v, k, rate=3e-3):
    """Update number k (from 1), in place."""
    for w, g, mean, square in zip(parameters, gradients, m, v, strict=True):
        mean += 0.1 * (g - mean)
        square += 0.001 * (g**2 - square)
        w -= rate * (mean / (1 - 0.9**k)) / (np.sqrt(square / (1 - 0.999**k)) + 1e-8)


# %%
def learning(seed, T, backward, updates=300):
    """Train with H = 32 on 64 fresh rows of length T at a time; yield what each update knows."""
    rng = np.random.default_rng(seed)
    p, W_y = cells.init_rnn(rng, 2, 32), rng.uniform(-1, 1, (32, 2)) / np.sqrt(32)
    m, v = ([np.zeros_like(w) for w in (*p, W_y)] for _ in range(2))
    for k in range(1, updates + 1):
        xs, ys = tasks.recall(rng, T, 64, symbols=2)
        batch = xs.astype(np.float64), ys, p, W_y
        gradients, accuracy = recall_gradients(*batch, backward)
        yield batch, gradients, accuracy
        adam([*p, W_y], gradients, m, v, k)


def train_recall(seed, T, backward):
    """The share of right answers over the last 50 updates."""
    return np.mean([accuracy for _, _, accuracy in learning(seed, T, backward)][-50:])


# %% [markdown]
# **Guess first:** with the carried line deleted, how far back can the network still answer: not at all, one step,
# several? Both networks start from the same weights and see the same rows; three seeds each.

# %% tags=["nbval-ignore-output"]
lags, seeds = [0, 4, 8, 12], [3 * SEED + k for k in range(3)]
accuracy = {name: np.zeros((3, len(lags))) for name in ("with the carried line", "without it")}
for n in trange(3 * len(lags), desc="training 2 x 12 networks"):
    run, column = divmod(n, len(lags))
    for name, backward in zip(accuracy, (bptt, bptt_cut), strict=True):
        accuracy[name][run, column] = train_recall(seeds[run], lags[column] + 1, backward)
for name, table in accuracy.items():
    print(f"{name:21}", *[f"lag {lag}: {right:.2f}" for lag, right in
                          zip(lags, np.median(table, axis=0), strict=True)], sep="   ")

# %%
# alt: Accuracy of recalling the first symbol against how many steps back it lies. With the
#      carried line it stays at 1 up to lag 12; without it it falls towards chance, 0.5.
fig, ax = plt.subplots()
styles = [{"color": "C0"}, {"color": "C1", "ls": (0, (5, 1.5))}]
for (name, table), style in zip(accuracy.items(), styles, strict=True):
    plots.spread(ax, lags, table, label=name, **style)
plots.reference(ax, 0.5, "guessing", where=0.3)
ax.set(xlabel="steps back to the symbol", ylabel="share of right answers", ylim=(0.35, 1.05),
       title="Only the carried gradient teaches memory")
plt.show()

# %%
full, cut = accuracy.values()
assert np.all(full > 0.95)                             # every lag, every seed
assert np.all(cut[:, 0] > 0.95)                        # no memory needed: nothing is missing
assert np.all(cut[:, -1] < 0.75)                       # twelve steps back: near guessing

# %% [markdown]
# With the true gradient all lags are learnt. Without the carried line the network still answers when the symbol is
# near: even random weights let an input echo for a few steps, and the output layer learns to read the echo. (Networks
# that rely on this on purpose are called echo state networks; Jaeger 2001.) What fades before the end stays lost,
# because no gradient ever asks the weights to hold it.

# %% [markdown]
# But did the cosines above not say that the cut gradient points almost the right way? They belonged to a fresh network.
# Follow the cosine *while* a network learns to recall over 12 steps with the true gradient: at each update compute the cut one as
# well, and compare the directions of all of $dW_x$, $dW_h$, $db$ stacked into one row.
#
# **Guess first:** does the cosine rise towards 1 as the network learns, stay, or fall?

# %%
def stacked(gradients):
    return np.concatenate([g.ravel() for g in gradients[:3]])          # dW_x, dW_h, db


turned = np.array([[cosine(stacked(gradients), stacked(recall_gradients(*batch, bptt_cut)[0]))
                    for batch, gradients, _ in learning(seed, 13, bptt)] for seed in seeds])

# %%
# alt: Cosine between the cut and the true gradient against updates, three seeds: it begins near 0.9
#      and falls to 0.3 or less while the network learns to remember.
fig, ax = plt.subplots()
smooth = [np.convolve(curve, np.ones(10) / 10, mode="valid") for curve in turned]
plots.lines(ax, {f"seed {seed}": curve for seed, curve in zip(seeds, smooth, strict=True)},
            xlabel="update", ylabel="cosine (mean of 10 updates)",
            title="Where memory is learnt, the cut gradient turns away")
ax.axhline(0, color="0.35", lw=1)
plt.show()

# %%
assert np.all(turned[:, 0] > 0.5)                      # fresh: roughly the same direction
assert np.all(turned.min(axis=1) < 0.35)               # on the way: nearly a right angle

# %% [markdown]
# At the start little is carried, so little is lost by cutting. When memory begins to form, most of the true gradient *is* carried,
# and what the cut leaves is nearly at a right angle to it: just when the gradient matters, the cut one points elsewhere. (The cosine can rise again
# later, when the memory stands.)

# %% [markdown]
# ## BPTT costs two forward passes, and memory that grows with the length
#
# **Arithmetic.** Count multiplications per example and step. Forward: $x_t W_x$ takes $D H$ and
# $h_{t-1} W_h$ takes $H^2$. Backward: rule 3 sends back two products for each of those, of the same size, so
# $2 (D H + H^2)$. Everything elementwise is small beside it. Backward costs twice forward, for *all* slopes at once.
# PyTorch can count its own:

# %%
from torch.utils.flop_counter import FlopCounterMode

weights = [torch.tensor(w, requires_grad=True) for w in (p.W_x, p.W_h, p.b)]
h = h_start = torch.tensor(h_0, requires_grad=True)
with FlopCounterMode(display=False) as forward_count:
    for step in x:                                      # x carries a gradient too
        h = torch.tanh(step @ weights[0] + h @ weights[1] + weights[2])
with FlopCounterMode(display=False) as backward_count:
    h.sum().backward()
ratio = backward_count.get_total_flops() / forward_count.get_total_flops()
assert forward_count.get_total_flops() == 2 * T * B * (D * H + H * H)   # one x and one + each
assert ratio == 2
print(f"backward / forward = {ratio:.0f}")

# %% [markdown]
# **Memory.** Equations (2) and (4) need $h_t$ and $x_t$ of *every* step, so all of them must be kept until the
# backward pass comes by.
#
# **Guess first:** for $B = 8$, $D = 16$, $H = 64$, at which length do the kept states outweigh the weights: 10 steps, 1000, a million?

# %%
lengths = [10, 100, 1000, 2000]
p_64 = cells.init_rnn(rng, 16, 64)
kept = []
for length in lengths:
    _, cache = sequence.rnn_forward(rng.normal(size=(length, 8, 16)), None, p_64)
    kept.append(cache.xs.nbytes + cache.states.nbytes)
    assert kept[-1] == 8 * 8 * (length * 16 + (length + 1) * 64)         # 8 bytes x B x numbers
held = sum(w.nbytes for w in p_64)
for length, size in zip(lengths, kept, strict=True):
    print(f"T = {length:5}: {size / 1e6:6.2f} MB kept, {held / 1e6:.2f} MB of weights")
assert kept[0] > held and 19 < kept[-1] / kept[1] < 21

# %%
# alt: Memory kept for the backward pass against the length T: a straight line through the origin,
#      while the weights stay flat near zero.
fig, ax = plt.subplots()
plots.lines(ax, {"states and inputs kept": np.array(kept) / 1e6,
                 "weights": np.full(4, held / 1e6)}, x=lengths,
            xlabel="length T of the sequence", ylabel="megabytes",
            title="The past must be kept until it is needed")
plt.show()

# %% [markdown]
# After ten steps the states already outweigh the weights, and the line is straight: twice the length, twice the memory. A text of a million characters therefore does not go
# through BPTT in one piece. The usual way out is **truncated BPTT**: cut the text into chunks, hand the state on
# from chunk to chunk, and cut the carried gradient at each chunk's edge: the middle row of the
# flow picture, done on purpose. Lesson 07 does it, and measures what it can no longer learn. Two others: keep only some of
# the states and compute the rest again when needed (Chen et al. 2016), or carry $\partial h_t / \partial W_h$ forward with the
# state, whose memory does not grow with $T$ but holds $H \cdot H^2$ numbers per example (Williams & Zipser 1989).

# %% [markdown]
# ## Common mistakes
#
# - **Dropping the carried part**, or overwriting it: `dh = carried` forgets the loss at step $t$, `dh = dhs[t]` forgets all later ones.
# - **`hs[t]` instead of `h_prevs[t]` in $dW_h$.** The matrix acted on the state *before* the step. The shapes are the same.
# - **Overwriting instead of adding** in the loop: $dW_h$ of the first step only. Shared weights sum.
# - **$1 - a_t^2$ instead of $1 - h_t^2$.** The slope of tanh is written with its output.
# - **Checking in float32**, or with $\varepsilon = 10^{-12}$: the check then fails on a right gradient.
# - **Not calling `zero_grad`** in PyTorch: `.backward()` *adds* to `.grad`, for the very reason that paths add.
#
# The first four leave all shapes right. The gradient check finds each of them:

# %%
def sums_wrongly(dhs, xs, hs, h_0, p):
    dxs, dh_0, dp = bptt(dhs, xs, hs, h_0, p)
    return dxs, dh_0, step_back(arriving(dhs, hs, p)[1], xs[0], h_0, hs[0], p)[2]   # step 1 only


def wrong_state(dhs, xs, hs, h_0, p):
    dxs, dh_0, dp = bptt(dhs, xs, hs, h_0, p)
    das = arriving(dhs, hs, p)[1:] * (1 - hs**2)
    return dxs, dh_0, dp._replace(W_h=sum(h.T @ da for h, da in zip(hs, das, strict=True)))


def takes_a_for_h(dhs, xs, hs, h_0, p):
    return bptt(dhs, xs, np.arctanh(hs), h_0, p)


for mistake in (bptt_cut, sums_wrongly, wrong_state, takes_a_for_h):
    found = gradcheck.check_gradients(loss, gradients_by(mistake), arrays, eps=1e-5)
    assert not found.passed and found.worst["W_h"].error > 1e-2
    print(f"{mistake.__name__:13} caught")

# %% [markdown]
# ## Summary
#
# - A state is read by its own output and by the next step, so $dh_t = \text{direct} + \text{carried}$; a shared weight sums its gradient over all steps.
# - Cut the carried part and every shape is still right, the loss can still fall, and nothing that needs memory is learnt: check gradients against central differences in float64.
# - BPTT computes all slopes for two forward passes' work, and keeps every state of the sequence to do so.
#
# ## Exercises
#
# The graded exercises of this lesson, in `exercises/`, will ask for $dW_h$, $dx$ and $dh_0$ in float64, against numeric gradients.
#
# ## Quiz
#
# The questions of this lesson will ask about summed gradients, cost and memory.
#
# ## Sources
#
# - P. J. Werbos, *Backpropagation through time: what it does and how to do it*, Proceedings of the IEEE 78(10):1550-1560, 1990.
# - D. E. Rumelhart, G. E. Hinton & R. J. Williams, *Learning representations by back-propagating errors*, Nature 323:533-536, 1986.
# - R. J. Williams & D. Zipser, *A learning algorithm for continually running fully recurrent neural networks*, Neural Computation 1(2):270-280, 1989: the gradient carried forward.
# - R. J. Williams & J. Peng, *An efficient gradient-based algorithm for on-line training of recurrent network trajectories*, Neural Computation 2(4):490-501, 1990: truncation.
# - H. Jaeger, *The "echo state" approach to analysing and training recurrent neural networks*, GMD Report 148, 2001.
# - D. P. Kingma & J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015, arXiv 1412.6980, Algorithm 1.
# - T. Chen, B. Xu, C. Zhang & C. Guestrin, *Training deep nets with sublinear memory cost*, arXiv 1604.06174, 2016.
#
# ## Where to go next
#
# The carried gradient is multiplied by $W_h^\top$ and by a slope at most 1, once per step. Lesson 04 asks what is left of it after fifty.
