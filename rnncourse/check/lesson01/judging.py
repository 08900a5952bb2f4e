"""The loss that training makes smaller, and the share of right answers."""

import numpy as np

from rnncourse.check.exercise import Exercise, Mistake
from rnncourse.check.rules import without


def cross_entropy(logits, ys):
    """Mean of -ln p_y over all steps and examples: logits (T, B, K), ys (T, B) -> a number."""
    exps = np.exp(logits)
    p = exps / exps.sum(axis=2, keepdims=True)
    return -np.log(np.take_along_axis(p, ys[..., None], axis=2)).mean()


def accuracy(logits, ys):
    """Share of right answers at the last step: logits (T, B, 2), ys (T, B) -> a number."""
    return (logits[-1].argmax(axis=1) == ys[-1]).mean()


def scored_inputs(rng):
    T, B = rng.integers(4, 7), rng.integers(7, 10)
    return rng.normal(size=(T, B, 2)) * 2, rng.integers(0, 2, (T, B))


def of_right(table, ys):
    return np.take_along_axis(table, ys[..., None], axis=2)


def share(logits, axis):
    exps = np.exp(logits)
    return exps / exps.sum(axis=axis, keepdims=True)


EXERCISES = [
    Exercise(
        cross_entropy, scored_inputs, results=("loss",), points=2, minutes=15,
        difficulty="medium", rules=(without("torch"),),
        hints=(
            "First the probabilities: e to each logit, divided by the sum over the two logits.",
            "`keepdims=True` keeps the summed axis, so that the division fits.",
            "`np.take_along_axis(p, ys[..., None], axis=2)` picks the probability of the right "
            "answer.",
        ),
        mistakes=(
            Mistake("sum", lambda logits, ys: -np.log(of_right(share(logits, 2), ys)).sum(),
                    "You add up over steps and examples. The loss is the mean, so that it does "
                    "not grow with the batch."),
            Mistake("sign", lambda logits, ys: np.log(of_right(share(logits, 2), ys)).mean(),
                    "The sign is wrong: the logarithm of a probability is negative, and the loss "
                    "is its negative."),
            Mistake("over examples",
                    lambda logits, ys: -np.log(of_right(share(logits, 1), ys)).mean(),
                    "Your softmax sums over the examples. The two probabilities of one answer add "
                    "up to 1: sum over the last axis."),
            Mistake("over steps",
                    lambda logits, ys: -np.log(of_right(share(logits, 0), ys)).mean(),
                    "Your softmax sums over the steps. The two probabilities of one answer add up "
                    "to 1: sum over the last axis."),
            Mistake("bits", lambda logits, ys: -np.log2(of_right(share(logits, 2), ys)).mean(),
                    "You take the logarithm to base 2. The loss uses the natural one, `np.log`."),
            Mistake("base ten",
                    lambda logits, ys: -np.log10(of_right(share(logits, 2), ys)).mean(),
                    "You take the logarithm to base 10. The loss uses the natural one, `np.log`."),
            Mistake("the wrong answer",
                    lambda logits, ys: -np.log(of_right(share(logits, 2), 1 - ys)).mean(),
                    "You charge for the probability of the wrong answer. Pick the one at `ys`."),
            Mistake("both answers", lambda logits, ys: -np.log(share(logits, 2)).mean(),
                    "You average over both answers. Only the probability of the right one counts."),
            Mistake("no logarithm", lambda logits, ys: 1 - of_right(share(logits, 2), ys).mean(),
                    "You charge 1 - p. The cross-entropy is -ln p, which punishes being sure and "
                    "wrong without limit."),
            Mistake("last step only",
                    lambda logits, ys: -np.log(of_right(share(logits, 2), ys)[-1]).mean(),
                    "You charge for the last step only. This loss is the mean over all steps."),
        ),
    ),
    Exercise(
        accuracy, scored_inputs, results=("accuracy",), points=1, minutes=10,
        difficulty="warm-up", rules=(without("torch"),),
        hints=(
            "Time comes first: the last step is `logits[-1]`, of shape (B, 2).",
            "`argmax` over the last axis says which of the two scores is larger.",
            "The mean of an array of True and False is the share of True.",
        ),
        mistakes=(
            Mistake("all steps", lambda logits, ys: (logits.argmax(axis=2) == ys).mean(),
                    "You count all steps. The question here is the last step, which depends on "
                    "everything before it."),
            Mistake("first step", lambda logits, ys: (logits[0].argmax(axis=1) == ys[0]).mean(),
                    "You count the first step. The last is at index -1."),
            Mistake("last example",
                    lambda logits, ys: (logits[:, -1].argmax(axis=1) == ys[:, -1]).mean(),
                    "You count the last example at all steps: `[:, -1]` is the last of the batch. "
                    "Time comes first: `[-1]`."),
            Mistake("errors", lambda logits, ys: (logits[-1].argmax(axis=1) != ys[-1]).mean(),
                    "This is the share of wrong answers (with `argmin`, or with `!=`). Accuracy is "
                    "the share of right ones."),
            Mistake("count", lambda logits, ys: (logits[-1].argmax(axis=1) == ys[-1]).sum(),
                    "You count the right answers. Accuracy is their share: divide by the number "
                    "of examples."),
            Mistake("percent",
                    lambda logits, ys: 100 * (logits[-1].argmax(axis=1) == ys[-1]).mean(),
                    "You give per cent. Accuracy here is a number from 0 to 1, with chance 0.5."),
            Mistake("divided by T", lambda logits, ys:
                    (logits[-1].argmax(axis=1) == ys[-1]).sum() / len(ys),
                    "You divide by the number of steps: `len(ys)` is T. The examples are the "
                    "second axis."),
        ),
    ),
]
