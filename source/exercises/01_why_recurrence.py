# %% [markdown]
# # A window forgets, a state does not: exercises
#
# Build the window net and its loss in NumPy, count what a state costs, and set weights that keep parity.
#
# Everything here is plain NumPy; the shapes are those of the lesson. `hint(windows)` in a new cell opens
# a hint, each call one more; after an attempt, `solution(windows)` shows one way to write it.

# %%
import numpy as np

from rnncourse.check import check, hint, solution

# %% [markdown]
# ### Exercise · Windows
#
# *15 minutes · medium · 2 points*
#
# Cut a sequence into windows: at every step the last $K$ inputs, the newest in the last column, with zeros
# before the start:
#
# $$w_t = [x_{t-K+1}, \dots, x_t] .$$
#
# `xs` is $(T, B, 1)$, the result $(T, B, K)$. For the inputs 1, 2, 3 and $K = 2$ the windows are
# $[0, 1]$, $[1, 2]$, $[2, 3]$.

# %%
def windows(xs, K):
    """(T, B, 1) -> (T, B, K): at each step the last K inputs, the newest last, zeros before."""
    # BEGIN SOLUTION
    T, B, _ = xs.shape
    padded = np.concatenate([np.zeros((K - 1, B, 1)), xs])
    return np.concatenate([padded[k:k + T] for k in range(K)], axis=2)
    # END SOLUTION


# %%
check(windows)

# %% [markdown]
# ### Exercise · The window net
#
# *5 minutes · warm-up · 1 point*
#
# A multilayer perceptron on those windows. With `ws` $(T, B, K)$, $W_1$ $(K, H)$, $b_1$ $(H,)$,
# $W_2$ $(H, 2)$ and $b_2$ $(2,)$, return the logits $(T, B, 2)$:
#
# $$\hat y_t = \tanh(w_t W_1 + b_1)\, W_2 + b_2 .$$

# %%
def window_net(ws, W_1, b_1, W_2, b_2):
    """A multilayer perceptron on windows: (T, B, K) -> logits (T, B, 2)."""
    # BEGIN SOLUTION
    h = np.tanh(ws @ W_1 + b_1)
    return h @ W_2 + b_2
    # END SOLUTION


# %%
check(window_net)

# %% [markdown]
# ### Exercise · The loss
#
# *15 minutes · medium · 2 points*
#
# Turn the two logits of each step into probabilities by the softmax, and charge $-\ln p_y$ for the right
# answer $y$; return the mean over all steps and examples, one number. `logits` is $(T, B, 2)$, `ys`
# $(T, B)$ holds 0 or 1.

# %%
def cross_entropy(logits, ys):
    """Mean of -ln p_y over all steps and examples: logits (T, B, 2), ys (T, B) -> a number."""
    # BEGIN SOLUTION
    exps = np.exp(logits)
    p = exps / exps.sum(axis=2, keepdims=True)
    p_right = np.where(ys == 1, p[..., 1], p[..., 0])
    return -np.log(p_right).mean()
    # END SOLUTION


# %%
check(cross_entropy)

# %% [markdown]
# ### Exercise · The accuracy at the last step
#
# *10 minutes · warm-up · 1 point*
#
# The larger logit is the net's answer. Return the share of examples whose answer at the *last* step is
# right, a number from 0 to 1.

# %%
def accuracy(logits, ys):
    """Share of right answers at the last step: logits (T, B, 2), ys (T, B) -> a number."""
    # BEGIN SOLUTION
    answers = logits[-1].argmax(axis=1)
    return (answers == ys[-1]).mean()
    # END SOLUTION


# %%
check(accuracy)

# %% [markdown]
# ### Exercise · What a state costs
#
# *5 minutes · warm-up · 1 point*
#
# A recurrent net with $D$ inputs and $H$ units has $W_x$ $(D, H)$, $W_h$ $(H, H)$ and *one* bias $b$
# $(H,)$; its output layer has $W_y$ $(H, K)$ and $b_y$ $(K,)$. How many parameters are that?

# %%
def recurrent_size(D, H, K):
    """Parameters of a recurrent net (one bias) with an output layer of K numbers."""
    # BEGIN SOLUTION
    recurrent = D * H + H * H + H
    output = H * K + K
    return recurrent + output
    # END SOLUTION


# %%
check(recurrent_size)

# %% [markdown]
# The length of the sequence does not occur: that is weight sharing.

# %% [markdown]
# ### Exercise · Parity by hand
#
# *25 minutes · hard · 3 points*
#
# The lesson set two units by hand so that they keep the parity of bits 0 and 1. Now the bits come as
# $x = -1$ (for 0) and $x = +1$ (for 1). Return $W_x$ $(1, 2)$, $W_h$ $(2, 2)$ and $b$ $(2,)$ of a tanh net
# that keeps the number of $+1$ so far, odd or even, from $h_0 = 0$, with steepness $k$ in place of the
# lesson's 5. The parity is read from the state as in the lesson, $s_t = (h_{t,1} - h_{t,2})/2$, and should be
# near 1 for odd and near 0 for even. The check runs your weights for 300 steps, so any that work are right.

# %%
def parity_weights(k):
    """Weights that keep the parity of inputs -1 and +1: W_x (1, 2), W_h (2, 2), b (2,)."""
    # BEGIN SOLUTION
    # a_1 = k ((x + 1)/2 + s - 0.5) = k (x/2 + s),  a_2 = a_1 - k,  s = (h_1 - h_2)/2
    W_x = np.array([[k / 2, k / 2]])
    W_h = np.array([[k / 2, k / 2], [-k / 2, -k / 2]])
    b = np.array([0.0, -k])
    return W_x, W_h, b
    # END SOLUTION


# %%
check(parity_weights)
