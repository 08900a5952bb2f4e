# %% [markdown]
# # Fifty steps erase the gradient, or blow it up
#
# Predict whether a gradient vanishes, explodes or neither, and know what clipping repairs and what it does not.
#
# ## What you will be able to do
#
# - read from $W_h$ what a gradient will do, and say what you cannot read from it;
# - tell the spectral radius from the norm, and give an example where they disagree;
# - clip a gradient by its global norm, and say what that will never do;
# - start a network so that its gradient survives fifty steps.
#
# **Time:** about 90 minutes. **You need:** lesson 03 (the carried gradient).
# Eigenvalues and singular values are recalled where they are used.

# %%
import matplotlib.pyplot as plt
import numpy as np

from rnncourse import cells, plots, sequence

plots.use_style()
SEED = 0
rng = np.random.default_rng(SEED)

# %% [markdown]
# ## The question
#
# In lesson 03 a network learnt to name a symbol twelve steps back, because a gradient was carried back to it. The
# method has no limit: carry the gradient back a hundred steps, or a thousand. Why, then, do plain recurrent networks
# fail to learn what lies thirty steps back? The gradient is there, and every digit of it is right.
#
# ## One step back is one multiplication by the Jacobian
#
# Take one example, so $h_t$ is a row of $H$ numbers, $h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$, with
# $W_h$ $(H, H)$. The **Jacobian** $J_t$ $(H, H)$ holds the slope of each number of the new state with respect to each
# number of the old one. By the chain rule through $a_t = x_t W_x + h_{t-1} W_h + b$,
#
# $$(J_t)_{ij} = \frac{\partial h_{t,i}}{\partial h_{t-1,j}}
#   = \frac{\partial h_{t,i}}{\partial a_{t,i}} \, \frac{\partial a_{t,i}}{\partial h_{t-1,j}}
#   = (1 - h_{t,i}^2) \, (W_h)_{ji},
#   \qquad\text{that is,}\qquad J_t = \mathrm{diag}(1 - h_t^2) \, W_h^\top ,$$
#
# where $\mathrm{diag}(v)$ is the matrix with $v$ on its diagonal. The carried gradient of lesson 03,
# $dh_{t-1} = (dh_t \odot (1 - h_t^2)) \, W_h^\top$, is exactly $dh_t \, J_t$. Do it $k$ times:
#
# $$dh_{t-k} = dh_t \; J_t \, J_{t-1} \cdots J_{t-k+1}. \tag{1}$$
#
# A gradient $k$ steps back is a product of $k$ matrices. Everything in this lesson follows from that.

# %%
def jacobian(h, W_h):
    """dh_t/dh_{t-1} (H, H) of the tanh cell, from the state h_t (H,)."""
    return (1 - h**2)[:, None] * W_h.T


p = cells.init_rnn(rng, 3, 8)
hs, cache = sequence.rnn_forward(rng.normal(size=(20, 1, 3)), None, p)
dh_T = rng.normal(size=(1, 8))
dh = dh_T
for h in reversed(hs[:, 0]):
    dh = dh @ jacobian(h, p.W_h)
_, dh_0, _ = sequence.rnn_backward(None, dh_T, cache)
assert np.allclose(dh, dh_0, rtol=1e-10, atol=0)

# %% [markdown]
# Twenty Jacobians multiplied give what backpropagation through time gives.
#
# ## Two numbers describe a matrix: how far it stretches once, and how fast its powers grow
#
# The length of a row $v$ is its **norm** $\lVert v \rVert = \sqrt{\sum_i v_i^2}$. The most a matrix $M$ can stretch
# any row is its **spectral norm**,
#
# $$\lVert M \rVert = \max_{v \neq 0} \frac{\lVert v M \rVert}{\lVert v \rVert} = \sigma_1(M),$$
#
# which equals its largest **singular value** $\sigma_1$: every matrix turns a sphere into an ellipsoid, and the singular values are
# the half axes. Stretching twice stretches at most by the product, so $\lVert M N \rVert \le \lVert M \rVert \, \lVert N \rVert$.
#
# An **eigenvalue** $\lambda$, real or complex, of a square $M$ belongs to a row whose direction $M$ keeps: $v M = \lambda v$. The largest
# $|\lambda|$ is the **spectral radius** $\rho(M)$. Along that row $M^k$ stretches by $\rho^k$, and in the long run nothing
# grows faster: $\lVert M^k \rVert^{1/k} \to \rho$ (Gelfand's formula). One step is a matter of $\sigma_1$, a
# thousand equal steps one of $\rho$, and always $\rho \le \sigma_1$, because $|\lambda| \, \lVert v \rVert = \lVert v M \rVert \le \sigma_1 \lVert v \rVert$.
#
# ## At radius 1.1 a linear network explodes and a tanh network vanishes
#
# Make a random $W_h$ with $H = 64$, scale it to a chosen radius, run the network for 100 steps of random input, and
# follow the norm of the Jacobian product (1): the most that any gradient can keep over $k$ steps. Once with tanh, once without any
# nonlinearity, where $J_t = W_h^\top$ at every step.

# %%
CELLS = {  # the function, and its slope written with its output
    "linear": (lambda a: a, lambda h: np.ones_like(h)),
    "tanh": (np.tanh, lambda h: 1 - h**2),
    "sigmoid": (cells.sigmoid, lambda h: h * (1 - h)),
    "ReLU": (lambda a: np.maximum(a, 0), lambda h: (h > 0).astype(float)),
}


def left(W_h, inputs, kind="tanh"):
    """Norm of the Jacobian product 0..T steps back from the last; inputs (T, H): x_t W_x + b."""
    function, slope = CELLS[kind]
    h, slopes, product, norms = np.zeros(len(W_h)), [], np.eye(len(W_h)), [1.0]
    for push in inputs:
        h = function(push + h @ W_h)
        slopes.append(slope(h))
    for s in reversed(slopes):
        product = product @ (s[:, None] * W_h.T)
        norms.append(np.linalg.norm(product, 2))
    return np.array(norms)


# %%
def with_radius(rng, H, radius):
    W = rng.normal(size=(H, H))
    return W * (radius / abs(np.linalg.eigvals(W)).max())


# %% [markdown]
# **Guess first:** $1.1^{60} \approx 304$. With radius 1.1, what is left after 60 steps with tanh: about 300 as well, about 1, or far less?

# %%
radii = [0.5, 0.7, 0.9, 1.0, 1.1, 1.3, 1.5]
weights = {radius: with_radius(rng, 64, radius) for radius in radii}
inputs = rng.normal(0, 0.5, (100, 64))
curves = {kind: {radius: left(W, inputs, kind) for radius, W in weights.items()}
          for kind in ("linear", "tanh")}
for kind in curves:
    print(f"{kind:6} radius 1.1, 60 steps back: {curves[kind][1.1][60]:.0e}")

# %%
# alt: Two panels of gradient norm against steps back, log axis, radii 0.5 to 1.5. Linear:
#      straight lines, rising above radius 1. tanh: every line lies lower, and those up to radius
#      1.3 fall.
fig, axes = plt.subplots(1, 2, figsize=(8, 3.6), sharey=True)
for ax, kind in zip(axes, curves, strict=True):
    plots.lines(ax, {f"radius {r}": norms for r, norms in curves[kind].items()}, x=np.arange(101),
                xlabel="steps back in time", title=kind)
    ax.set(yscale="log", ylim=(1e-20, 1e20))
    ax.get_legend().remove()
axes[0].set_ylabel("norm of the Jacobian product")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside right")
fig.suptitle("Radius 1.1 explodes without tanh and vanishes with it", x=0.01, ha="left")
plt.show()

# %% [markdown]
# A straight line on a log axis is a power: what is left is multiplied by the same factor at each step, so no learning rate
# repairs it. A learning rate multiplies the *whole* gradient by one number; this shrinks step 60 against step 1.
# Without a nonlinearity the radius decides. With tanh every slope $1 - h^2$ is below 1 and the lines tilt down. The stronger the
# input drives the units to the flat ends of tanh (they **saturate**, lesson 01), the more. One network is one draw, so ask three more, and vary the size of the input:

# %%
factor = {}
for seed in (3 * SEED, 3 * SEED + 1, 3 * SEED + 2):
    draw = np.random.default_rng(seed)
    W, noise = with_radius(draw, 64, 1.1), draw.normal(size=(100, 64))
    tanh = [left(W, size * noise)[60] for size in (0.1, 0.5, 1.0)]
    factor[seed] = linear, weak, medium, strong = [left(W, noise, "linear")[60], *tanh]
    assert linear > 50 and weak < linear / 20 and medium < 1e-3 and strong < 1e-7
    assert strong < medium < weak < linear
middle = np.exp(np.mean(np.log(list(factor.values())), axis=0))
names = ["linear", "tanh, input 0.1", "tanh, input 0.5", "tanh, input 1.0"]
for name, value in zip(names, middle, strict=True):
    print(f"{name:16} radius 1.1, lag 60: {value:.0e}")

# %%
for radius in radii:
    lin, tanh = curves["linear"][radius], curves["tanh"][radius]
    assert (lin[100] > 1) == (radius >= 1.0) or radius == 1.0
    assert tanh[60] < lin[60] / 100
assert curves["tanh"][1.3][60] < 0.1 and curves["tanh"][0.9][60] < 1e-6

# %% [markdown]
# Same weights, same lag: hundreds without tanh, and with it from about 1 down to less than a ten-millionth, as the input alone decides. **The radius of $W_h$ does not say
# what a nonlinear network's gradient will do.** What does?

# %% [markdown]
# ## The exact statement is about the norm
#
# Let $\gamma$ be the largest slope of the nonlinearity. For tanh, $1 - h^2 \le 1$, so $\gamma = 1$. For the sigmoid
# $s(a) = 1/(1 + e^{-a})$ of lesson 01 (there $\sigma$, a letter here taken) the slope is $s(1-s)$, a parabola in $s$ that peaks at $s = \tfrac12$, so $\gamma = \tfrac14$. Then
# $\lVert J_t \rVert \le \lVert \mathrm{diag}(\text{slopes}) \rVert \, \lVert W_h^\top \rVert \le \gamma \, \sigma_1(W_h)$ at every step, whatever the input: a diagonal
# matrix stretches by its largest entry at most, and a transpose has the singular values of the original. So by (1)
#
# $$\lVert dh_{t-k} \rVert \;\le\; \bigl(\gamma \, \sigma_1(W_h)\bigr)^k \, \lVert dh_t \rVert . \tag{2}$$
#
# Pascanu, Mikolov & Bengio (2013, Section 2.1) put it so:
#
# - $\sigma_1(W_h) < 1/\gamma$ is **sufficient for vanishing**: below 1 for tanh, below 4 for the sigmoid, the gradient decays exponentially for every input.
# - $\sigma_1(W_h) > 1/\gamma$ is **necessary for exploding, and not sufficient**. (Nor is a small $\sigma_1$ necessary for vanishing.)
#
# The statement is about the largest *singular value*. So says the ICML paper; the arXiv version of the same section says *eigenvalue*, as much teaching material
# still does.
#
# **Guess first:** can you find an input that makes the gradient of a tanh network with $\sigma_1 = 0.95$ grow? Check all of it, with random matrices and random inputs:

# %%
bound, below = 0.95 ** np.arange(101), {}
for kind, limit in (("tanh", 1.0), ("sigmoid", 4.0)):
    for scale in (0.1, 1.0, 3.0):
        W = rng.normal(size=(64, 64))
        W *= 0.95 * limit / np.linalg.norm(W, 2)                  # sigma_1 just below 1 / gamma
        norms = left(W, rng.normal(0, scale, (100, 64)), kind)
        assert np.all(norms <= bound * (1 + 1e-9))
        below[f"{kind}, input {scale}"] = norms

W = weights[1.1]                                                  # far above 1 ...
assert np.linalg.norm(W, 2) > 1.5 and curves["tanh"][1.1][100] < 1e-4   # ... and vanishing
assert left(4 * np.eye(64), np.zeros((30, 64)), "tanh")[30] > 1e15       # exploding is possible

# %%
# alt: Norm of the Jacobian product against steps back, log axis, for tanh and sigmoid networks with
#      a singular value just below 1 / gamma and inputs of three sizes: six falling lines, all
#      far below the straight line of the bound.
fig, ax = plt.subplots(figsize=(7, 3.4))
plots.lines(ax, {"bound (2)": bound} | below, x=np.arange(101), xlabel="steps back in time",
            ylabel="norm of the Jacobian product", title="No input lifts a gradient above the bound")
ax.set(yscale="log", ylim=(1e-20, 10))
ax.get_legend().remove()
fig.legend(loc="outside right")
plt.show()

# %% [markdown]
# No input did. All six networks stay far below the bound, which would be reached only if every step met the direction that is stretched most. The last line of the check has tanh units that never leave zero:
# there the slope is 1, and with $W_h = 4I$ the gradient explodes. As soon as the units move, they saturate and it falls.

# %% [markdown]
# ## A radius below 1 can still grow, for a while
#
# Between "sufficient" and "necessary" lies a gap, and the matrix that lives in it is not exotic:
#
# $$W = \begin{pmatrix} 0.9 & 5 \\ 0 & 0.9 \end{pmatrix}, \qquad
#   W^k = \begin{pmatrix} 0.9^k & 5 k \, 0.9^{k-1} \\ 0 & 0.9^k \end{pmatrix}.$$
#
# (Multiply $W^k$ by $W$: the corner becomes $0.9^k \cdot 5 + 5k \, 0.9^{k-1} \cdot 0.9 = 5 (k+1) \, 0.9^k$.) Both eigenvalues are 0.9, so
# in the end it vanishes. But the corner carries the factor $k$: it grows while $\frac{k+1}{k} \cdot 0.9 > 1$, that is, for $k < 9$.
#
# **Guess first:** how large does the norm of $W^k$ get on the way to zero: 1, 5, or 20?

# %%
normal = 0.9 * np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])
shear = np.array([[0.9, 5.0], [0.0, 0.9]])
growth = [np.linalg.norm(np.linalg.matrix_power(shear, k), 2) for k in range(101)]
print(f"radius {abs(np.linalg.eigvals(shear)).max():.1f}, singular value {growth[1]:.2f}, "
      f"peak {max(growth):.1f} at k = {np.argmax(growth)}, {growth[100]:.3f} at k = 100")
assert np.argmax(growth) == 9 and 19 < max(growth) < 20 and growth[100] < 0.02
assert np.isclose(np.linalg.matrix_power(shear, 9)[0, 1], 5 * 9 * 0.9**8)

# %%
# alt: Two rows of three panels, for a rotation scaled by 0.9 and for a shear with eigenvalues
#      0.9. Left: the unit circle and its image, a smaller circle above, a long thin ellipse
#      below. Middle: eigenvalues, all at distance 0.9 from zero. Right: the norm of the powers,
#      falling at once above, rising to 19 before falling below.
fig, axes = plt.subplots(2, 3, figsize=(9, 5.6))
for (circle, spectrum, power), W in zip(axes, (normal, shear), strict=True):
    plots.unit_circle(circle, W)
    plots.eigenvalues(spectrum, W)
    plots.powers(power, W)
axes[0, 0].set_ylabel("a turn, times 0.9")
axes[1, 0].set_ylabel("a shear")
plt.show()

# %% [markdown]
# This is the still form of a playground in which you drag the four numbers of $W$. Left: the unit circle (dashed) and its image, with
# the half axes $\sigma_1$ and $\sigma_2$ as arrows and the directions the matrix keeps as dotted lines. Middle: the eigenvalues. Right:
# the norm of $W^k$ between what one step suggests ($\sigma_1^k$) and what the long run suggests ($\rho^k$). Both rows have radius 0.9.
#
# A matrix is called **normal** when its eigenvectors, complex ones included, are at right angles to one another; then $\sigma_1 = \rho$ and the two curves are one. The shear keeps
# only one direction, $\sigma_1$ is 5.16, and for nine steps its gradient *explodes* before it vanishes. Random matrices
# are not normal either: for a large one, $\sigma_1$ approaches twice $\rho$. Ours are not so large:

# %%
ratios = [np.linalg.norm(W, 2) / r for r, W in weights.items()]
assert min(ratios) > 1.3 and max(ratios) < 2.5
print(f"sigma_1 / rho of the seven random matrices: {np.mean(ratios):.1f}")

# %% [markdown]
# ## A fresh network has amnesia
#
# What radius do networks start from? Draw the entries of $W_h$ independently with mean 0 and standard deviation $s$, the root of their mean square: for large $H$ the eigenvalues
# fill a disc of radius $s \sqrt H$ (the circular law; Girko 1984). PyTorch draws from $U(-1/\sqrt H, \, 1/\sqrt H)$, where $U(u, v)$ is the uniform distribution: every number between $u$ and $v$ equally likely. A variable from $U(-u, u)$ has
# standard deviation $u / \sqrt 3$, so its radius is about $1/\sqrt 3 = 0.58$ at *every* width (a little more at small ones). Another habit, normal with $s = 0.01$, gives $0.01 \sqrt{32} = 0.06$ at $H = 32$.
#
# Call the number of steps after which less than one percent is left the **memory horizon**. If each step keeps a factor $\rho$, it is
# $\ln 0.01 / \ln \rho$.
#
# **Guess first:** with PyTorch's start, how many steps is that: 8, 80 or 800?

# %%
def horizon(norms, least=0.01):
    """The first number of steps after which less than `least` is left; inf if there is none."""
    below = np.flatnonzero(norms < least)
    return below[0] if len(below) else np.inf


starts = {"normal, 0.01": lambda draw: draw.normal(0, 0.01, (32, 32)),
          "PyTorch, H = 32": lambda draw: draw.uniform(-1, 1, (32, 32)) / np.sqrt(32),
          "PyTorch, H = 256": lambda draw: draw.uniform(-1, 1, (256, 256)) / np.sqrt(256)}
print("start             radius  sigma_1  horizon (tanh, inputs of size 0.5)")
table = {}
for name, start in starts.items():
    Ws = [start(np.random.default_rng(3 * SEED + k)) for k in range(3)]
    horizons = [horizon(left(W, rng.normal(0, 0.5, (30, len(W))))) for W in Ws]
    table[name] = (np.mean([abs(np.linalg.eigvals(W)).max() for W in Ws]),
                   np.mean([np.linalg.norm(W, 2) for W in Ws]), np.mean(horizons))
    print(f"{name:17} {table[name][0]:6.2f} {table[name][1]:8.2f} {table[name][2]:8.0f} steps")

# %%
assert 0.04 < table["normal, 0.01"][0] < 0.08 and table["normal, 0.01"][2] <= 3
for name in ("PyTorch, H = 32", "PyTorch, H = 256"):
    radius, norm, steps = table[name]
    assert 0.5 < radius < 0.7 and norm > 1 and 3 <= steps <= 12

# %%
# alt: Eigenvalues in the complex plane: PyTorch's start fills a disc of radius 0.58 inside the
#      unit circle; normal with 0.01 is a small spot at the origin.
fig, ax = plt.subplots(figsize=(5, 3.4))
plots.eigenvalues(ax, starts["PyTorch, H = 256"](np.random.default_rng(3 * SEED)), label="PyTorch")
spot = np.linalg.eigvals(starts["normal, 0.01"](np.random.default_rng(3 * SEED)))
ax.plot(spot.real, spot.imag, "x", color="C1", ms=4, label="normal, 0.01")
ax.set_title("Far inside the unit circle")
fig.legend(loc="outside right upper")
plt.show()

# %% [markdown]
# After some ten steps one percent is left. Notice that PyTorch's start has $\sigma_1 > 1$: the sufficient condition of (2) does not even hold,
# and the gradient vanishes all the same.
#
# **Guess first:** put a loss on the last state only. As the sequence grows from 5 to 40 steps, how does the norm of $dW_h$ change: does it halve, or fall to a billionth?

# %%
print("length   norm of dW_h   gradient at the first input, against the last")
p = cells.init_rnn(np.random.default_rng(3 * SEED), 4, 32)
for T in (5, 10, 20, 40):
    xs = rng.normal(size=(T, 64, 4))
    hs, cache = sequence.rnn_forward(xs, None, p)
    dh_T = np.ones((64, 32)) / 64                         # a loss on the last state only
    dxs, dh_0, dp = sequence.rnn_backward(None, dh_T, cache)
    size, share = np.linalg.norm(dp.W_h), np.linalg.norm(dxs[0]) / np.linalg.norm(dxs[-1])
    print(f"{T:6} {size:14.1f} {share:16.0e}")
    assert size > 1 and (T < 20 or share < 1e-3)

# %% [markdown]
# The gradient of the weights is a sum over steps, and the last few steps fill it. Its norm looks healthy at any length while the part that
# would teach the long memory is gone. **A vanished gradient is not a small gradient. It is a gradient without the past.**

# %% [markdown]
# ## Start at the edge: orthogonal and identity matrices keep the gradient
#
# If vanishing comes from $\sigma$ below 1 and exploding needs $\sigma_1$ above 1, start with all singular values equal to 1. Such a matrix is
# **orthogonal**: $W W^\top = I$, the identity. It turns and mirrors, and stretches nothing. Get one from any random matrix by the QR decomposition,
# which writes it as orthogonal times triangular:

# %%
def orthogonal(rng, H):
    """A random orthogonal matrix (H, H): Q of a Gaussian's QR, with R's signs made positive."""
    Q, R = np.linalg.qr(rng.normal(size=(H, H)))
    return Q * np.sign(np.diag(R))


Q = orthogonal(rng, 64)
assert np.allclose(Q @ Q.T, np.eye(64)) and np.allclose(np.linalg.svd(Q)[1], 1)
assert np.allclose(left(Q, inputs, "linear"), 1)            # linear: kept exactly, at any lag

# %% [markdown]
# The other way is to remove the slope. The **ReLU** cell, $h_t = \max(0, a_t)$, has slope 1 where a unit is active and 0 where it is not, so its Jacobian is
# $\mathrm{diag}(h_t > 0) \, W_h^\top$: on the active units, just $W_h^\top$. There is nothing that shrinks, and nothing that bounds. With $W_h = I$ (Le,
# Jaitly & Hinton 2015) an active unit keeps its gradient for ever; with $1.03 \, I$ it grows by 3 % a step.
#
# **Guess first:** does an orthogonal start save the tanh network, whatever comes in?

# %%
drive = np.abs(inputs)                                             # keeps every ReLU unit active
kept = {"tanh, PyTorch's start": left(starts["PyTorch, H = 32"](rng), inputs[:, :32]),
        "tanh, orthogonal, input 0.5": left(Q, inputs),
        "tanh, orthogonal, input 0.02": left(Q, 0.04 * inputs),
        "ReLU, identity": left(np.eye(64), drive, "ReLU"),
        "ReLU, 1.03 I": left(1.03 * np.eye(64), drive, "ReLU")}

# %%
# alt: What is left of the gradient against steps back for five starts: PyTorch falls steeply,
#      orthogonal with large input falls more slowly, orthogonal with small input stays near one,
#      identity ReLU is flat at one, 1.03 I rises.
fig, ax = plt.subplots(figsize=(7.5, 3.4))
plots.lines(ax, kept, x=np.arange(101), xlabel="steps back in time", ylabel="what is left",
            title="An orthogonal start holds while tanh is unsaturated")
ax.set(yscale="log", ylim=(1e-15, 1e4))
ax.get_legend().remove()
fig.legend(loc="outside right")
plt.show()

# %%
default, driven, calm, identity, growing = kept.values()
assert np.allclose(identity, 1) and np.isclose(growing[100], 1.03**100)
assert default[50] < 1e-6 and driven[50] > 100 * default[50]
assert calm[50] > 0.3 and driven[50] < 0.05

# %% [markdown]
# Orthogonal is a remedy, with a limit: it holds the gradient only while the units stay near zero, where tanh has slope 1. Drive
# them and it vanishes again, later. Is the difference enough to *learn* something? Train on `tasks.recall` of lesson 03, now with four symbols and
# 30 steps: name the first symbol. Each gradient is limited in length, as in lesson 01; what that does comes two sections below. Guessing has a cross-entropy of $\ln 4 = 1.39$ *nats*, the unit that goes with the natural logarithm.
#
# **Guess first:** from PyTorch's start, with one percent left after some ten steps, what will 200 updates achieve? And from an orthogonal start?

# %%
import torch
from tqdm import tqdm

from rnncourse.data import tasks


def network(seed, D, K, W_h=None, nonlinearity="tanh", H=32):
    """torch's RNN and its output layer; with W_h the biases of the RNN start at 0."""
    torch.manual_seed(seed)
    rnn, readout = torch.nn.RNN(D, H, nonlinearity=nonlinearity), torch.nn.Linear(H, K)
    if W_h is not None:
        with torch.no_grad():
            rnn.weight_hh_l0.copy_(torch.as_tensor(W_h).T)     # torch multiplies by the transpose
            rnn.bias_ih_l0.zero_()
            rnn.bias_hh_l0.zero_()
    return torch.nn.ModuleDict({"rnn": rnn, "readout": readout})


# %%
def train(net, batch, loss, optimiser, updates, clip=None):
    """The loss at each update; stops when it is no longer a finite number."""
    losses = []
    for _ in range(updates):
        xs, ys = batch()
        states, _ = net["rnn"](torch.from_numpy(xs))
        value = loss(net["readout"](states[-1]).squeeze(1), torch.from_numpy(ys))
        losses.append(value.item())
        if not np.isfinite(losses[-1]):
            break
        optimiser.zero_grad()
        value.backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(net.parameters(), clip)
        optimiser.step()
    return np.array(losses)


# %% tags=["nbval-ignore-output"]
def learn_recall(seed, orthogonally, T=30):
    draw = np.random.default_rng(seed)
    net = network(seed, 4, 4, orthogonal(draw, 32) if orthogonally else None)
    optimiser = torch.optim.Adam(net.parameters(), 3e-3)
    losses = train(net, lambda: tasks.recall(draw, T, 32), torch.nn.functional.cross_entropy,
                   optimiser, 200, clip=1.0)
    return losses, torch.linalg.svdvals(net["rnn"].weight_hh_l0.detach()).numpy()


seeds = [3 * SEED, 3 * SEED + 1, 3 * SEED + 2]
recalled = {"PyTorch's start": [], "orthogonal start": []}
for seed in tqdm(seeds, desc="recall over 30 steps"):
    for name, runs in recalled.items():
        runs.append(learn_recall(seed, name == "orthogonal start"))

# %%
# alt: Cross-entropy against updates for three seeds each: from PyTorch's start it stays at ln 4,
#      the loss of guessing; from an orthogonal start it falls to near zero.
fig, ax = plt.subplots()
styles = [{"color": "C1", "ls": (0, (5, 1.5))}, {"color": "C0"}]
for (name, runs), style in zip(recalled.items(), styles, strict=True):
    for n, (losses, _) in enumerate(runs):
        ax.plot(losses, lw=1.2, label=None if n else name, **style)
plots.reference(ax, np.log(4), "guessing\n")
ax.set(xlabel="update", ylabel="cross-entropy (nats)", ylim=(0, 1.8),
       title="Thirty steps: the orthogonal start learns them")
ax.legend(loc="center right")
plt.show()

# %%
final = {name: [losses[-20:].mean() for losses, _ in runs] for name, runs in recalled.items()}
assert min(final["PyTorch's start"]) > 1.2 and max(final["orthogonal start"]) < 0.5
spread = np.array([[values.min(), values.max()] for _, values in recalled["orthogonal start"]])
assert np.all(spread[:, 1] > 1.02) and np.all(spread[:, 0] < 0.98)

# %% [markdown]
# Same cell, same task, same optimiser: only the first $W_h$ differs. But nothing keeps it orthogonal. After training, the singular values
# of all three have spread to both sides of 1, so the guarantee was one for the start only. (One can force $W_h$ to stay orthogonal, and pay with slower and weaker learning:
# Vorontsov et al. 2017.) A cell that protects its memory *while* it learns is lesson 05.

# %% [markdown]
# ## Where gradients explode, the loss has a cliff
#
# A single tanh unit with weight $w$ and bias $b$ is enough to see it: $h_t = \tanh(w h_{t-1} + b)$ from $h_0 = 0.5$, for 20 steps, with
# the loss $(h_{20} - 0.7)^2$. (After Pascanu et al. 2013, Figure 6, who take a sigmoid and 50 steps.) For $w > 1$ and $b$ near 0 the unit has two resting points,
# one positive, one negative. As $b$ falls, $h_{20}$ jumps from one to the other.
#
# **Guess first:** twenty steps, one weight, one bias, and a loss below 3. How large can its gradient be?

# %%
def unit_loss(w, b):
    h = 0.5
    for _ in range(20):
        h = np.tanh(w * h + b)
    return (h - 0.7) ** 2


def unit_gradient(w, b, eps=1e-6):
    """dL/dw, dL/db by central differences, as in lesson 03."""
    return np.array([unit_loss(w + eps, b) - unit_loss(w - eps, b),
                     unit_loss(w, b + eps) - unit_loss(w, b - eps)]) / (2 * eps)


# %%
low, high = -1.5, 1.0                                              # the edge at w = 2, by halving
while high - low > 1e-9:
    middle = (low + high) / 2
    low, high = (middle, high) if unit_loss(2.0, middle) > 0.49 else (low, middle)
gradient = unit_gradient(2.0, high, eps=1e-7)
steepness, elsewhere = np.linalg.norm(gradient), np.linalg.norm(unit_gradient(2.0, 0.5))
print(f"norm of the gradient: {steepness:.0f} on the edge, {elsewhere:.2f} beside it")
assert steepness > 1000 * elsewhere

# %%
# alt: The loss over recurrent weight and bias as grey levels: a low plain and a high plateau with
#      a sharp edge between them. From the edge an unclipped step leaves the picture; a clipped
#      one moves a little in the same direction.
fig, ax = plt.subplots(figsize=(5.6, 3.6))
ws, bs = np.linspace(0.5, 3.5, 301), np.linspace(-1.5, 1.0, 251)
plots.cliff(ax, ws, bs, unit_loss(*np.meshgrid(ws, bs)))
edge, step = np.array([2.0, high]), -0.02 * gradient               # learning rate 0.02
plots.step_from(ax, edge, edge + step, "one update, unclipped", "C1", (0, (5, 1.5)))
plots.step_from(ax, edge, edge + 20 / steepness * step, "one update, clipped at 20", "C0")
ax.set(xlim=(0.5, 3.5), ylim=(-1.5, 1.0), title="One step from the cliff leaves the map")
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# On the edge the gradient is more than a thousand times as long as beside it, and one update with a learning rate of 0.02 throws the weights off the map,
# away from everything learnt so far. The clipped update goes the same way, and stays.

# %% [markdown]
# ## Clipping by the global norm shortens the step and keeps its direction
#
# Stack the gradients of *all* parameters into one long row $g$. If it is longer than a threshold $c$, shorten it to $c$:
#
# $$g \leftarrow g \cdot \min\Bigl(1, \; \frac{c}{\lVert g \rVert}\Bigr), \qquad
#   \lVert g \rVert = \sqrt{\textstyle\sum_{\text{arrays}} \sum_{\text{entries}} g^2}. \tag{3}$$
#
# One factor for every number, so the direction stays downhill. The other thing called clipping, cutting each *entry* to $[-c, c]$, changes
# the large entries and leaves the small ones: another direction.

# %%
def clip_by_global_norm(gradients, c):
    """The gradients, all multiplied by one factor so that their joint norm is at most c."""
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return [g * min(1, c / norm) for g in gradients]


def clip_each_entry(gradients, c):
    return [np.clip(g, -c, c) for g in gradients]


def angle(one, other):
    """Degrees between two lists of arrays, each read as one long row."""
    u, v = (np.concatenate([g.ravel() for g in gradients]) for gradients in (one, other))
    return np.degrees(np.arccos(np.clip(u @ v / np.linalg.norm(u) / np.linalg.norm(v), -1, 1)))


# %% [markdown]
# **Guess first:** take the first gradient of a ReLU network with $W_h = 1.03 \, I$ on the adding problem, whose norm is far above $c = 1$. By what
# angle does elementwise clipping turn it?
#
# (**The adding problem**, after Hochreiter & Schmidhuber 1997: 40 steps, at each a number from $U(0, 1)$ and a mark; two of the numbers are marked, and the target is their sum. The loss is the mean
# squared error. Without memory the best answer is always 1, with loss $2 \cdot \tfrac1{12} = \tfrac16$, the variance of a sum of two numbers from $U(0, 1)$, each of variance $\tfrac1{12}$.)

# %%
def first_gradient(seed):
    draw = np.random.default_rng(seed)
    net = network(seed, 2, 1, 1.03 * np.eye(32), "relu")
    xs, ys = map(torch.from_numpy, tasks.adding(draw, 40, 64))
    ((net["readout"](net["rnn"](xs)[0][-1]).squeeze(1) - ys) ** 2).mean().backward()
    return net, [q.grad.numpy().astype(np.float64) for q in net.parameters()]


turned = []
for seed in (3 * SEED, 3 * SEED + 1, 3 * SEED + 2):
    net, g = first_gradient(seed)
    turned.append(angle(g, clip_each_entry(g, 1.0)))
    assert angle(g, clip_by_global_norm(g, 1.0)) < 1e-3 and turned[-1] > 10
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)          # torch's, on the same gradient
    for mine, q in zip(clip_by_global_norm(g, 1.0), net.parameters(), strict=True):
        assert np.allclose(mine, q.grad, rtol=1e-4, atol=1e-7)
print(f"turned by global-norm clipping: 0 degrees; elementwise: {min(turned):.0f} or more")

# %% [markdown]
# ## Clipping saves the training, not the memory
#
# Train that network by plain gradient descent (SGD, each parameter moves by $-\eta \, g$) with $\eta = 0.03$, unclipped and clipped at $c = 1$.
#
# **Guess first:** how many updates does the unclipped run survive? And will the clipped one learn to add?

# %% tags=["nbval-ignore-output"]
def add_up(seed, W_h, nonlinearity, make_optimiser, clip, updates, T=40, B=64):
    draw = np.random.default_rng(seed)
    net = network(seed, 2, 1, W_h, nonlinearity)
    return train(net, lambda: tasks.adding(draw, T, B), torch.nn.functional.mse_loss,
                 make_optimiser(net.parameters()), updates, clip)


def sgd(parameters):
    return torch.optim.SGD(parameters, 0.03)


exploding = {clip: [add_up(seed, 1.03 * np.eye(32), "relu", sgd, clip, 300) for seed in seeds]
             for clip in tqdm((None, 1.0), desc="SGD, 300 updates")}

# %%
for losses in exploding[None]:
    assert len(losses) <= 3 and not np.isfinite(losses[-1])        # dead within three updates
for losses in exploding[1.0]:
    assert len(losses) == 300 and np.all(np.isfinite(losses))
    assert 0.15 < losses[-100:].mean() < 0.22                      # 1/6 is guessing
print("unclipped, no longer finite at update", *[len(losses) for losses in exploding[None]])
print("clipped, all 300 updates, loss at the end between 0.15 and 0.22; guessing is 0.17")

# %%
# alt: Mean squared error against updates, log axis. The clipped runs settle on the line of
#      guessing, one sixth; the unclipped runs leave the picture within three updates.
fig, ax = plt.subplots()
for n, losses in enumerate(exploding[1.0]):
    smooth = np.convolve(losses, np.ones(10) / 10, mode="valid")
    label = None if n else "clipped (mean of 10)"
    ax.plot(np.arange(10, 301), smooth, color="C0", lw=1.2, label=label)
for n, losses in enumerate(exploding[None]):
    label = None if n else "unclipped: infinite within 3 updates"
    ax.plot([1, 3], [losses[0], 1e3], color="C1", ls=(0, (5, 1.5)), label=label)
plots.reference(ax, 1 / 6, "guessing\n")
ax.set(xlabel="update", ylabel="mean squared error", yscale="log", ylim=(0.05, 100),
       title="Clipping keeps it alive, at the level of guessing")
ax.legend(loc="upper right")
plt.show()

# %% [markdown]
# The clipped run lives, and has learnt to say 1. Was the clipping to blame, or the slow optimiser, or the start? Separate them. By (3), clipping
# multiplies what step 40 contributes and what step 1 contributes by *the same* number, so what had vanished relative to the rest stays vanished.
# That predicts: **a network whose gradient vanishes gains nothing from clipping; a network whose gradient explodes can gain everything.** Test with Adam
# (lesson 03) at 30 steps: tanh from PyTorch's start, and ReLU from the identity, each without and with clipping.
#
# **Guess first:** which of the four learn to add?

# %% tags=["nbval-ignore-output"]
def adam(parameters):
    return torch.optim.Adam(parameters, 3e-3)


kinds = {"tanh, PyTorch's start": (None, "tanh"), "ReLU, identity": (np.eye(32), "relu")}
ends = {}
for name, (W_h, nonlinearity) in tqdm(kinds.items(), desc="adding, 2 x 2 x 3 runs"):
    for clip in (None, 1.0):
        runs = [add_up(seed, W_h, nonlinearity, adam, clip, 250, T=30, B=32) for seed in seeds]
        ends[name, clip] = np.array([losses[-50:].mean() for losses in runs])
        how = "clipped at 1" if clip else "unclipped"
        print(f"{name:22} {how:13}", *ends[name, clip].round(3))

# %%
for clip in (None, 1.0):
    assert np.all(ends["tanh, PyTorch's start", clip] > 0.14)      # clipped or not: guessing
assert np.all(ends["ReLU, identity", 1.0] < 0.09)
assert np.median(ends["ReLU, identity", None]) > 1.3 * np.median(ends["ReLU, identity", 1.0])

# %%
# alt: Final error of the four combinations as dots, three seeds each, with the guessing line at
#      one sixth. The tanh network is at the line with and without clipping; the ReLU network from
#      the identity is below it, and furthest when clipped, near 0.04 in all three runs.
fig, ax = plt.subplots(figsize=(5.6, 3))
for row, ((_, clip), errors) in enumerate(ends.items()):
    ax.plot(errors, [row] * 3, "o" if clip else "s", color="C0" if clip else "C1", ms=8, alpha=0.7)
ax.axvline(1 / 6, color="0.35", lw=1, ls=(0, (3, 2)))
ax.text(1 / 6, 3.55, "guessing ", ha="right", fontsize=9)
ax.set_yticks(range(4), [f"{name}, {'clipped' if clip else 'unclipped'}" for name, clip in ends])
ax.set(xlabel="mean squared error after 250 updates", xlim=(0, 0.22), ylim=(3.8, -0.5),
       xticks=(0, 0.05, 0.1, 0.15, 0.2),
       title="Clipping helps what explodes, not what vanishes")
plt.show()

# %% [markdown]
# The tanh network is at the level of guessing with and without clipping: there was nothing to shorten, and nothing came back. The ReLU network's gradient reaches
# the first step, so it *can* learn; clipped, it does, reliably. **Clipping cures explosion and never amnesia.**
#
# ## What you see says what to do
#
# | you see | it is | do |
# |---|---|---|
# | the loss jumps, becomes NaN or infinite; the gradient norm has spikes | exploding | clip by global norm; $c$ near the median norm of a healthy run is a good first try |
# | the loss is smooth and stays where a model without memory would be; the gradient norm looks normal | vanishing | orthogonal or identity start; a gated cell (lessons 05, 06); never a larger learning rate, never clipping |
# | short lags are learnt and long ones are not | a memory horizon | measure it: the norm of $dh_{T-k}$ against $k$ |

# %% [markdown]
# ## Common mistakes
#
# - **"Radius below 1, so it vanishes at once."** In the linear long run. The shear above grows 19-fold first.
# - **"Radius above 1, so it explodes."** Not with tanh: at radius 1.1, with inputs of size 0.5, less than a thousandth was left after 60 steps.
# - **"The gradient norm is fine, so nothing vanishes."** The last steps fill the norm.
# - **Clipping against vanishing.** One factor for all lags changes no ratio.
# - **Clipping each parameter array by its own norm**, or each entry: both turn the gradient. Use one norm for all.
# - **Clipping before `backward()`, or after `step()`.** Between the two is the only place that works.
# - **"ReLU does not vanish."** Inactive units pass nothing, and nothing bounds the active ones.
#
# ## Summary
#
# - A gradient $k$ steps back is a product of $k$ Jacobians $\mathrm{diag}(1 - h^2) W_h^\top$: $\sigma_1(W_h) < 1/\gamma$ guarantees that it vanishes; $\sigma_1 > 1/\gamma$ is necessary and not sufficient for exploding; the radius settles only the linear long run.
# - Fresh networks forget within ten steps. An orthogonal or identity start moves them to the edge, where thirty steps can be learnt, and nothing keeps them there.
# - Clipping by the global norm keeps direction and life. It brings back no memory.
#
# ## Exercises
#
# The graded exercises of this lesson, in `exercises/`, will ask you to clip by global norm, to compute a memory horizon, and to make an orthogonal start.
#
# ## Quiz
#
# The questions of this lesson will ask about norm against radius, clipping against vanishing, and ReLU.
#
# ## Sources
#
# - S. Hochreiter, *Untersuchungen zu dynamischen neuronalen Netzen*, diploma thesis, TU München, 1991: the vanishing gradient's first analysis.
# - Y. Bengio, P. Simard & P. Frasconi, *Learning long-term dependencies with gradient descent is difficult*, IEEE Transactions on Neural Networks 5(2):157-166, 1994.
# - R. Pascanu, T. Mikolov & Y. Bengio, *On the difficulty of training recurrent neural networks*, ICML 2013 (arXiv 1211.5063): Section 2.1 for the condition, Figure 6 for the cliff, Algorithm 1 for clipping.
# - Q. V. Le, N. Jaitly & G. E. Hinton, *A simple way to initialize recurrent networks of rectified linear units*, arXiv 1504.00941, 2015.
# - A. M. Saxe, J. L. McClelland & S. Ganguli, *Exact solutions to the nonlinear dynamics of learning in deep linear neural networks*, ICLR 2014, arXiv 1312.6120: orthogonal starts.
# - M. Henaff, A. Szlam & Y. LeCun, *Recurrent orthogonal networks and long-memory tasks*, ICML 2016, arXiv 1602.06662.
# - E. Vorontsov, C. Trabelsi, S. Kadoury & C. Pal, *On orthogonality and learning recurrent networks with long term dependencies*, ICML 2017, arXiv 1702.00071.
# - S. Hochreiter & J. Schmidhuber, *Long short-term memory*, Neural Computation 9(8):1735-1780, 1997: the adding problem.
# - L. N. Trefethen & M. Embree, *Spectra and Pseudospectra*, Princeton University Press, 2005: non-normal matrices and transient growth.
# - V. L. Girko, *Circular law*, Theory of Probability and Its Applications 29(4):694-706, 1985 (Russian original 1984).
#
# ## Where to go next
#
# An orthogonal matrix protects the memory by accident of its start. Lesson 05 builds a cell that decides, at each step, what to keep.
