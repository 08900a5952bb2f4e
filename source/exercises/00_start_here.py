# %% [markdown]
# # Start here: exercises
#
# Meet the checker: write two small functions and see what it says about them.
#
# Under each exercise stands a cell with `check(...)`. Run it as often as you like. It answers one of
# three things: *not attempted yet*; *wrong, because…*, with the mistake it recognised; or *right*. It
# never stops the notebook, and it ends a loop that does not end.
#
# Write your code in place of `raise NotImplementedError`, run that cell, then the one with the check.
# When you are stuck, type `hint(unit)` into a new cell: each call opens one more hint. After an
# attempt, right or wrong, `solution(unit)` shows one way to write it.

# %%
import numpy as np

from rnncourse.check import check, hint, solution

# %% [markdown]
# ### Exercise · One unit
#
# *5 minutes · warm-up · 1 point*
#
# Write the smallest piece of every network in this course,
#
# $$y = \tanh(x\,w + b) ,$$
#
# for several inputs at once: $x$ is an array $(B,)$, $w$ and $b$ are numbers, and $y$ is $(B,)$.

# %%
def unit(x, w, b):
    """The output of one unit: x (B,), numbers w and b -> (B,)."""
    # BEGIN SOLUTION
    return np.tanh(x * w + b)
    # END SOLUTION


# %%
check(unit)

# %% [markdown]
# Once it is right, spoil it: leave out the bias, or write a minus, and check again. The checker names
# what you did. That is how the exercises of all lessons answer.

# %% [markdown]
# ### Exercise · How many parameters
#
# *5 minutes · warm-up · 1 point*
#
# A recurrent network with $D$ inputs and $H$ units has $W_x$ $(D, H)$, $W_h$ $(H, H)$ and $b$ $(H,)$.
# How many numbers are that together?

# %%
def count_parameters(D, H):
    """How many numbers W_x (D, H), W_h (H, H) and b (H,) hold together."""
    # BEGIN SOLUTION
    return D * H + H * H + H
    # END SOLUTION


# %%
check(count_parameters)
