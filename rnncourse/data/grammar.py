"""Probabilistic grammars that write text, and know exactly how surprising it is.

A grammar is a list of rules. Each has alternatives, one to a line or separated by `|`:

    story:
      {who=person} mended the {thing}. {who.He} was tired.
      2* It rained on the {thing}.
    person name He:
      Ada / She | Bram / He
    thing:
      net | sail | old {thing2}

`{thing}` writes one alternative of the rule `thing`, drawn at random: all alike, or as the weights
`2*` say. `{who=person}` does the same and remembers the choice as `who`, up to the end of the
alternative that it stands in; `{who.He}` then writes the column `He` of the remembered choice,
however far away it is. `{person.He}` draws afresh and writes that column. A column may hold slots
itself. A `¶` ends a line. The first rule is where every story starts; no rule may lead back
to itself.
"""

import re
from bisect import bisect
from itertools import accumulate
from typing import NamedTuple


class Slot(NamedTuple):
    """Draw from `rule`, write its column `column`, and remember the choice as `keep` if given."""

    rule: str
    column: int
    keep: str | None


class Recall(NamedTuple):
    """Write a column of the choice remembered as `name`."""

    name: str
    column: str


class Rule(NamedTuple):
    columns: tuple         # names of the columns
    options: list          # per alternative: a tuple of templates, one per column
    shares: list           # probability of each alternative
    steps: list            # the same, summed up: for drawing


class Grammar:
    """The rules of a grammar text. Raises ValueError with the line that is wrong.

    `start` names the first rule. A template is a tuple of strings, `Slot`s and `Recall`s.
    `free(template)` are the remembered names a template needs from outside.
    """

    def __init__(self, source: str):
        heads, bodies = _blocks(source)
        self.rules = {}
        for name, columns in heads.items():
            weights, options = zip(*[_alternative(line, name, columns, heads)
                                     for line in bodies[name]], strict=True)
            shares = [w / sum(weights) for w in weights]
            self.rules[name] = Rule(columns, list(options), shares, list(accumulate(shares)))
        self.start = next(iter(self.rules))
        self._free = {}
        missing = self._free_of_rule(self.start, ())
        if missing:
            raise ValueError(f"grammar: {', '.join(sorted(missing))} is used before it is drawn")

    def draw(self, rule: str, uniform: float) -> int:
        """The number of the alternative of `rule` that a uniform number in [0, 1) selects."""
        steps = self.rules[rule].steps
        return min(bisect(steps, uniform), len(steps) - 1)

    def recall(self, part: Recall, memory):
        """The template that a Recall stands for, given `memory`: name -> (rule, alternative)."""
        rule, option = memory[part.name]
        columns = self.rules[rule].columns
        if part.column not in columns:
            raise ValueError(f"grammar: {part.name}.{part.column}: the rule {rule} has the "
                             f"columns {', '.join(columns)}")
        return self.rules[rule].options[option][columns.index(part.column)]

    def free(self, template, trail=()):
        """Names that must be remembered before `template` can be written: a frozenset."""
        key = template
        if key not in self._free:
            needed = set()
            for part in reversed(template):
                if isinstance(part, Slot):
                    needed.discard(part.keep)
                    needed |= self._free_of_rule(part.rule, trail)
                elif isinstance(part, Recall):
                    needed.add(part.name)
            self._free[key] = frozenset(needed)
        return self._free[key]

    def _free_of_rule(self, name, trail):
        if name in trail:
            raise ValueError(f"grammar: the rule {name} leads back to itself, through "
                             f"{' > '.join(trail)}")
        templates = [column for option in self.rules[name].options for column in option]
        return frozenset().union(*(self.free(t, (*trail, name)) for t in templates))


def _blocks(source):
    """Rule heads, name -> columns, and bodies, name -> list of alternatives as text."""
    heads, bodies, name = {}, {}, None
    for line in source.splitlines():
        if not line.strip():
            continue
        if not line.startswith(" "):
            if not line.rstrip().endswith(":") or not line.split(":")[0].split():
                raise ValueError(f"grammar: {line!r} is neither a rule's head, 'name:', nor an "
                                 "indented alternative")
            name, *columns = line.rstrip().rstrip(":").split()
            if name in heads:
                raise ValueError(f"grammar: the rule {name} is written twice")
            heads[name], bodies[name] = tuple(columns or ["text"]), []
        elif name is None:
            raise ValueError(f"grammar: {line!r} stands before the first rule")
        else:
            bodies[name] += line.strip().strip("|").split("|")
    empty = [name for name in heads if not bodies[name]]
    if not heads or empty:
        raise ValueError(f"grammar: {empty[0] if empty else 'the text'} holds no alternative")
    return heads, bodies


def _alternative(line, name, columns, heads):
    """'2* a {b}' -> its weight and its templates, one per column."""
    weight = re.match(r"\s*(\d+(?:\.\d+)?)\*\s*", line)
    cells = [cell.strip() for cell in line[weight.end() if weight else 0:].split("/")]
    if len(cells) != len(columns):
        raise ValueError(f"grammar: {line.strip()!r} in the rule {name} has {len(cells)} columns, "
                         f"expected {len(columns)}: {', '.join(columns)}")
    if weight and float(weight[1]) == 0:
        raise ValueError(f"grammar: {line.strip()!r} in the rule {name} has weight 0")
    return (float(weight[1]) if weight else 1.0), tuple(_template(c, heads) for c in cells)


def _template(cell, heads):
    parts = []
    for k, piece in enumerate(re.split(r"\{(.*?)\}", cell.replace("¶", "\n"))):
        if k % 2:
            parts.append(_slot(piece, heads))
        elif piece:
            parts.append(piece)
    return tuple(parts)


def _slot(piece, heads):
    keep, _, target = piece.rpartition("=")
    name, _, column = target.partition(".")
    if name in heads:
        if column and column not in heads[name]:
            raise ValueError(f"grammar: {{{piece}}}: the rule {name} has the columns "
                             f"{', '.join(heads[name])}")
        return Slot(name, heads[name].index(column) if column else 0, keep or None)
    if not column or keep:
        raise ValueError(f"grammar: {{{piece}}}: there is no rule {name}")
    return Recall(name, column)
