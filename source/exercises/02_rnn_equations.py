# %% [markdown]
# # One equation, the same at every step: exercises
#
# Write the recurrent network in NumPy: the step, a batch, a sequence, the output layer, and its three patterns.
#
# The shapes are those of the lesson. `hint(rnn_step)` in a new cell opens a hint, each call one more; after an
# attempt, `solution(rnn_step)` shows one way to write it. You may call a function you wrote further up.

# %%
import numpy as np

from rnncourse.check import check, hint, solution

# %% [markdown]
# ### Exercise · One step
#
# *10 minutes · warm-up · 2 points*
#
# $$h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$$
#
# for a batch: `x` $(B, D)$, `h_prev` $(B, H)$, $W_x$ $(D, H)$, $W_h$ $(H, H)$, $b$ $(H,)$. Return $h_t$ $(B, H)$.

# %%
def rnn_step(x, h_prev, W_x, W_h, b):
    """One step of the tanh cell: (B, D), (B, H) -> (B, H)."""
    # BEGIN SOLUTION
    a = x @ W_x + h_prev @ W_h + b
    return np.tanh(a)
    # END SOLUTION


# %%
check(rnn_step)

# %% [markdown]
# ### Exercise · One step with ReLU
#
# *5 minutes · warm-up · 1 point*
#
# The same step with another bend: $h_t = \max(0,\, x_t W_x + h_{t-1} W_h + b)$.

# %%
def relu_step(x, h_prev, W_x, W_h, b):
    """One step of the ReLU cell: (B, D), (B, H) -> (B, H)."""
    # BEGIN SOLUTION
    a = x @ W_x + h_prev @ W_h + b
    return np.maximum(0, a)
    # END SOLUTION


# %%
check(relu_step)

# %% [markdown]
# ### Exercise · A batch
#
# *5 minutes · warm-up · 1 point*
#
# You have a list of $B$ sequences, each an array $(T, D)$. Put them side by side as one batch `xs` $(T, B, D)$,
# time first.

# %%
def batch_of(sequences):
    """A list of B sequences, each (T, D), as one array xs (T, B, D)."""
    # BEGIN SOLUTION
    return np.stack(sequences, axis=1)
    # END SOLUTION


# %%
check(batch_of)

# %% [markdown]
# ### Exercise · A sequence
#
# *15 minutes · medium · 3 points*
#
# Run the step over a whole sequence, starting from `h0` $(B, H)$ and carrying the state. `xs` is $(T, B, D)$;
# return all states, $h_1$ to $h_T$, as one array $(T, B, H)$.

# %%
def rnn_forward(xs, h0, W_x, W_h, b):
    """All states of a sequence: (T, B, D), (B, H) -> (T, B, H)."""
    # BEGIN SOLUTION
    h, hs = h0, []
    for x in xs:
        h = rnn_step(x, h, W_x, W_h, b)
        hs.append(h)
    return np.array(hs)
    # END SOLUTION


# %%
check(rnn_forward)

# %% [markdown]
# ### Exercise · The output layer
#
# *5 minutes · warm-up · 1 point*
#
# $$\hat y_t = h_t W_y + b_y$$
#
# at every step: `hs` $(T, B, H)$, $W_y$ $(H, K)$, $b_y$ $(K,)$. Return $(T, B, K)$.

# %%
def output_layer(hs, W_y, b_y):
    """An output at every step: (T, B, H) -> (T, B, K)."""
    # BEGIN SOLUTION
    return hs @ W_y + b_y
    # END SOLUTION


# %%
check(output_layer)

# %% [markdown]
# ### Exercise · Many to one
#
# *10 minutes · medium · 2 points*
#
# Read the whole sequence from a state of zeros, and give one output after the last step: $(T, B, D)$ to
# $(B, K)$.

# %%
def many_to_one(xs, W_x, W_h, b, W_y, b_y):
    """One output after the last step: (T, B, D) -> (B, K), from a zero state."""
    # BEGIN SOLUTION
    h0 = np.zeros((xs.shape[1], len(W_h)))
    hs = rnn_forward(xs, h0, W_x, W_h, b)
    return output_layer(hs[-1], W_y, b_y)
    # END SOLUTION


# %%
check(many_to_one)

# %% [markdown]
# ### Exercise · One to many
#
# *15 minutes · medium · 2 points*
#
# One input `x` $(B, D)$ at step 1, zeros as input after it, $T$ steps from a state of zeros, and an output at
# every step: return $(T, B, K)$.

# %%
def one_to_many(x, T, W_x, W_h, b, W_y, b_y):
    """T outputs from one input at step 1, zeros after it: (B, D) -> (T, B, K)."""
    # BEGIN SOLUTION
    xs = np.zeros((T, *x.shape))
    xs[0] = x
    h0 = np.zeros((len(x), len(W_h)))
    return output_layer(rnn_forward(xs, h0, W_x, W_h, b), W_y, b_y)
    # END SOLUTION


# %%
check(one_to_many)

# %% [markdown]
# ### Exercise · Without the bend
#
# *20 minutes · hard · 3 points*
#
# Leave out the tanh and the bias, and start from zeros. Then $h_T = [x_1, \dots, x_T]\, M$ with one fixed matrix
# $M$ $(T D, H)$: $T$ blocks $(D, H)$ under each other, the first for $x_1$. Make it from $W_x$, $W_h$ and $T$.

# %%
def linear_map(W_x, W_h, T):
    """The matrix M (T*D, H) of the net without tanh: h_T = [x_1, ..., x_T] M."""
    # BEGIN SOLUTION
    block, blocks = W_x, []
    for _ in range(T):
        blocks.append(block)
        block = block @ W_h
    return np.concatenate(blocks[::-1])
    # END SOLUTION


# %%
check(linear_map)
