"""What a grammar's text costs: exact entropy, sampling with its bits, surprisal by character.

**Entropy of a story.** A derivation is the list of choices that wrote a story. Its probability is
the product of their probabilities, so its surprisal in bits is a sum over choices, and the mean of
a sum is the sum of the means:

    H(template, memory) = sum over its slots of   sum_k p_k (-log2 p_k + H(alternative k, memory))

with the memory extended by k when the slot remembers its choice. The mean length L follows the
same recursion with characters in place of -log2 p_k. When no two derivations write the same text,
a story and its derivation say the same thing, and H is the entropy of the *text*.

**Entropy rate.** Stories are drawn independently, and an empty line ends each. So the n-th story
costs h_n bits and has l_n characters, pairs independent and alike. By the renewal-reward theorem
(Ross, Stochastic Processes, section 3.6) bits per character of a long text tend to H / L with
probability 1. This is the entropy rate (Cover & Thomas, Elements of Information Theory, chapter 4):
no model's expected score is below it.
"""

import random
from functools import cache
from math import log2

from rnncourse.data.grammar import Grammar, Recall, Slot


def moments(grammar: Grammar):
    """(H, L): mean bits and mean characters of one story, exact but for rounding."""

    @cache
    def of_template(template, memory):
        if not template:
            return 0.0, 0.0
        part, rest = template[0], template[1:]
        known = dict(memory)
        if isinstance(part, str):
            return _plus((0.0, float(len(part))), of_template(rest, _only(grammar, rest, known)))
        if isinstance(part, Recall):
            told = grammar.recall(part, known)
            return _plus(of_template(told, _only(grammar, told, known)),
                         of_template(rest, _only(grammar, rest, known)))
        if part.keep is None:
            return _plus(of_slot(part, known), of_template(rest, _only(grammar, rest, known)))
        return of_slot(part, known, rest)

    def of_slot(slot, known, rest=()):
        bits = chars = 0.0
        rule = grammar.rules[slot.rule]
        for k, p in enumerate(rule.shares):
            chosen = rule.options[k][slot.column]
            after = {**known, slot.keep: (slot.rule, k)}
            h, n = _plus(of_template(chosen, _only(grammar, chosen, known)),
                         of_template(rest, _only(grammar, rest, after)))
            bits, chars = bits + p * (h - log2(p)), chars + p * n
        return bits, chars

    return of_slot(Slot(grammar.start, 0, None), {})


def entropy_rate(grammar: Grammar) -> float:
    """H / L in bits per character."""
    bits, chars = moments(grammar)
    return bits / chars


def story(grammar: Grammar, rng: random.Random):
    """One story, and the bits of its derivation: (text, bits)."""
    written, bits = [], 0.0

    def write(template, memory):
        nonlocal bits
        for part in template:
            if isinstance(part, str):
                written.append(part)
            elif isinstance(part, Recall):
                write(grammar.recall(part, memory), dict(memory))
            else:
                rule = grammar.rules[part.rule]
                k = grammar.draw(part.rule, rng.random())
                bits -= log2(rule.shares[k])
                write(rule.options[k][part.column], dict(memory))
                if part.keep is not None:
                    memory[part.keep] = part.rule, k

    write((Slot(grammar.start, 0, None),), {})
    return "".join(written), bits


def _plus(a, b):
    return a[0] + b[0], a[1] + b[1]


def _only(grammar, template, memory):
    """What of `memory` the `template` needs, in a fixed order: a key for caches."""
    return tuple(sorted((name, memory[name]) for name in grammar.free(template)))
