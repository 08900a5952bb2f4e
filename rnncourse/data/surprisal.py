"""The grammar as a perfect model: its own surprise at every character of a text.

Reading from the left, many derivations agree with what was read so far. The forward algorithm
(Rabiner 1989, section III.A) carries the probability of each place in the grammar where the writer
may be; the sum over places is the probability of the text so far, and what a character takes off
that sum is its surprisal. No model that reads from the left can expect to do better.
"""

from functools import cache, lru_cache

import numpy as np

from rnncourse.data.grammar import Grammar, Recall, Slot

END = 0


def surprisal(grammar: Grammar, text: str):
    """-log2 p(character | all characters before it), float64 (N,), for a text of whole stories.

    The text starts where a story starts and may break off anywhere. ValueError at the first
    character that the grammar cannot write.
    """
    after = _writer(grammar)
    bits, places = np.empty(len(text)), {("", END): 1.0}
    for t, char in enumerate(text):
        reached = {}
        for (pending, stack), p in places.items():
            if pending:
                ways = [(1.0, pending[1:], stack)] if pending[0] == char else ()
            else:
                ways = after(stack).get(char, ())
            for share, left, behind in ways:
                reached[left, behind] = reached.get((left, behind), 0.0) + p * share
        total = sum(reached.values())
        if not total:
            raise ValueError(f"the grammar cannot write {char!r}, character {t} of the text, after "
                             f"{text[max(0, t - 30):t]!r}; it reads whole stories from their start")
        bits[t] = -np.log2(total)
        places = {place: p / total for place, p in reached.items()}
    return bits


@lru_cache(maxsize=4)
def _writer(grammar):
    """after(stack) -> first character -> list of (probability, rest of the string, next stack).

    A stack is what is still to be written: (template, memory, stack below). Each is known by its
    number, which is quick to look up; END is the end of a story, where the next one starts.
    """
    stacks, numbers = [((Slot(grammar.start, 0, None),), (), END)], {}

    def push(template, memory, below):
        if not template:
            return below
        needed = grammar.free(template)
        stack = template, tuple(m for m in memory if m[0] in needed), below
        if stack not in numbers:
            numbers[stack] = len(stacks)
            stacks.append(stack)
        return numbers[stack]

    def strings(number):
        """Every next piece of plain text: (probability, text, next stack)."""
        template, memory, below = stacks[number]
        part, rest = template[0], template[1:]
        if isinstance(part, str):
            yield 1.0, part, push(rest, memory, below)
        elif isinstance(part, Recall):
            told = grammar.recall(part, dict(memory))
            yield from strings(push(told, memory, push(rest, memory, below)))
        else:
            rule = grammar.rules[part.rule]
            then = push(rest, memory, below) if part.keep is None else None
            for k, p in enumerate(rule.shares):
                if part.keep is not None:
                    kept = {**dict(memory), part.keep: (part.rule, k)}
                    then = push(rest, tuple(sorted(kept.items())), below)
                chosen = push(rule.options[k][part.column], memory, then)
                for share, text, behind in strings(chosen):
                    yield p * share, text, behind

    @cache
    def after(number):
        ways = {}
        for p, text, behind in strings(number):
            ways.setdefault(text[0], []).append((p, text[1:], behind))
        return ways

    return after
