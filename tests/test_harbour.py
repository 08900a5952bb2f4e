import random
import re
from collections import Counter, defaultdict
from itertools import combinations, product

import numpy as np
import pytest

from rnncourse.data import entropy, harbour
from rnncourse.data.grammar import Grammar, Recall, Slot
from rnncourse.data.harbour_grammar import SOURCE
from rnncourse.data.surprisal import _writer, surprisal

SMALL = """
story:
  {who=person} {saw} {n=count} gull{n.s}. {who.He} {n.was} glad.¶¶
  2* "{saw.now} {the} net," said {who=person}.¶{tail}¶
person name He:
  Ada / She | 3* Bram / He | Carl / They
saw past now:
  saw / See | 2* mended / Mend {who2=person}'s
count n s was:
  one / / is | two / s / are {the}ly
the:
  the | 2* a | this {old}
old:
  old | wet
tail:
  | Rain. | 3* Fog (and {person.He}).
"""


def every_story(grammar):
    """All (text, probability) of a small grammar, by writing out every choice in turn."""
    def write(template, memory):
        if not template:
            yield "", 1.0, memory
            return
        part, rest = template[0], template[1:]
        if isinstance(part, str):
            heads = [(part, 1.0, memory)]
        elif isinstance(part, Recall):
            told = grammar.recall(part, memory)
            heads = [(text, p, memory) for text, p, _ in write(told, memory)]
        else:
            rule, heads = grammar.rules[part.rule], []
            for k, share in enumerate(rule.shares):
                after = memory if part.keep is None else {**memory, part.keep: (part.rule, k)}
                heads += [(text, share * p, after)
                          for text, p, _ in write(rule.options[k][part.column], memory)]
        for text, p, after in heads:
            for more, q, last in write(rest, after):
                yield text + more, p * q, last

    return [(text, p) for text, p, _ in write((Slot(grammar.start, 0, None),), {})]


def bits_of(probabilities):
    return -sum(p * np.log2(p) for p in probabilities)


def test_entropy_of_a_small_grammar_equals_that_of_all_its_texts():
    grammar = Grammar(SMALL)
    derivations = every_story(grammar)
    texts = defaultdict(float)
    for text, p in derivations:
        texts[text] += p
    assert sum(texts.values()) == pytest.approx(1)
    assert len(texts) == len(derivations) > 100          # no text in two ways
    H = bits_of(texts.values())
    L = sum(p * len(text) for text, p in texts.items())
    assert entropy.moments(grammar) == pytest.approx((H, L), rel=1e-12)
    assert entropy.entropy_rate(grammar) == pytest.approx(H / L)


def test_an_ambiguous_grammar_is_seen_by_the_enumeration():
    """The comparison above can fail: here two derivations write one text, and H is too high."""
    grammar = Grammar("story:\n  {a}{b}¶\na:\n  x | xy\nb:\n  z | yz\n")
    texts = Counter()
    for text, p in every_story(grammar):
        texts[text] += p
    assert bits_of(texts.values()) < entropy.moments(grammar)[0] - 0.1


def test_surprisal_of_a_small_grammar_equals_the_ratio_of_sums_over_its_texts():
    grammar = Grammar(SMALL)
    derivations = every_story(grammar)
    for text, _ in derivations[::17]:
        mass = [sum(p for other, p in derivations if other.startswith(text[:t]))
                for t in range(len(text) + 1)]
        np.testing.assert_allclose(2.0 ** -surprisal(grammar, text),
                                   np.array(mass[1:]) / mass[:-1])


def test_the_rate_per_block_tends_to_the_entropy_rate():
    """H / L is the limit for texts of one story after the other, not of one story alone."""
    grammar = Grammar("story:\n  a¶ | bbb¶ | 2* cc{d}¶\nd:\n  d | dddd\n")
    stories = every_story(grammar)
    bits = [-np.log2(p) for _, p in stories]
    rng = np.random.default_rng(0)
    drawn = rng.choice(len(stories), 20_000, p=[p for _, p in stories])
    rate = sum(bits[k] for k in drawn) / sum(len(stories[k][0]) for k in drawn)
    assert rate == pytest.approx(entropy.entropy_rate(grammar), rel=0.01)
    mean_of_ratios = np.mean([bits[k] / len(stories[k][0]) for k in drawn])
    assert abs(mean_of_ratios / entropy.entropy_rate(grammar) - 1) > 0.02


@pytest.fixture(scope="module")
def stories():
    rng = random.Random(11)
    return [entropy.story(harbour.grammar(), rng) for _ in range(3000)]


def test_monte_carlo_on_the_whole_grammar(stories):
    H, L = entropy.moments(harbour.grammar())
    bits = np.array([b for _, b in stories])
    chars = np.array([len(text) for text, _ in stories])
    for drawn, exact in ((bits, H), (chars, L)):
        error = drawn.std() / np.sqrt(len(drawn))
        assert abs(drawn.mean() - exact) < 4 * error < 0.02 * exact
    rate = bits.sum() / chars.sum()
    error = (bits - harbour.entropy_rate() * chars).std() / np.sqrt(len(bits)) / L
    assert abs(rate - harbour.entropy_rate()) < 4 * error
    assert error < 0.01 * rate


def test_no_story_can_be_written_in_two_ways(stories):
    """The forward sum runs over *all* derivations of a text: it equals the one that was drawn."""
    drawn = stories[:150]
    spent = harbour.surprisal("".join(text for text, _ in drawn))
    ends = np.cumsum([len(text) for text, _ in drawn])
    for part, (text, bits) in zip(np.split(spent, ends[:-1]), drawn, strict=True):
        assert part.sum() == pytest.approx(bits, abs=1e-8), text


def two_ways(grammar):
    """A text that two derivations write, or None when there is none: a proof, not a sample.

    Two readers walk through the grammar over the same text. They part where two alternatives
    begin alike; should they ever stand at the same place again, the text between has two readings.
    """
    after = _writer(grammar)

    def onward(place):
        pending, stack = place
        if pending:
            return {pending[0]: [(pending[1:], stack)]}
        return {char: [way[1:] for way in ways] for char, ways in after(stack).items()}

    stacks, stack_todo, pairs, todo = {0}, [0], set(), []
    while stack_todo:
        for ways in onward(("", stack_todo.pop())).values():
            new = {stack for _, stack in ways} - stacks
            stacks |= new
            stack_todo += new
            todo += combinations(ways, 2)
    while todo:
        one, other = pair = todo.pop()
        if one == other:
            return pair
        if pair in pairs:
            continue
        pairs.add(pair)
        ways_one, ways_other = onward(one), onward(other)
        for char in ways_one.keys() & ways_other.keys():
            todo += product(ways_one[char], ways_other[char])
    return None


def test_no_text_of_harbour_has_two_readings():
    """Exact, over every place of the grammar, with two of the people, boats and numbers each.

    Two events in place of four: an event is then still followed by an event and by the last line.
    """
    source = re.sub(r"(?ms)^((?:person|boat|count) [^\n]*\n)((?: [^|]*\|){1}[^|\n]*).*?\n\n",
                    r"\1\2\n\n", SOURCE.replace("{event}¶" * 4, "{event}¶" * 2))
    grammar = Grammar(source)
    assert [len(grammar.rules[name].options) for name in ("person", "boat", "count")] == [2] * 3
    assert two_ways(grammar) is None


@pytest.mark.parametrize("source, ambiguous", [
    (SMALL, False), ("story:\n  {a}{b}¶\na:\n  x | xy\nb:\n  z | yz\n", True),
    ("story:\n  ab¶ | ab¶\n", True), ("story:\n  {a}\na:\n  x | xx\n", True),
    ("story:\n  {a}¶\na:\n  x | xx\n", False),
    ("story:\n  {who=p} {p.he}¶\np name he:\n  A / he | B / he | C / she\n", True),
])
def test_two_readings_are_found(source, ambiguous):
    assert (two_ways(Grammar(source)) is not None) == ambiguous


def test_the_rate_is_what_the_course_quotes_and_the_text_is_frozen():
    """The shipped checkpoint knows this very grammar: a change here is a change of the corpus."""
    assert harbour.entropy_rate() == pytest.approx(0.600177, abs=1e-6)
    assert harbour.generate(120) == FROZEN


def test_same_seed_same_text_and_a_longer_one_begins_with_the_shorter():
    text = harbour.generate(5000, seed=3)
    assert len(text) == 5000
    assert harbour.generate(700, seed=3) == text[:700]
    assert harbour.generate(700, seed=4) != text[:700]


def test_other_seeds_share_no_stanza():
    first, second = (set(harbour.generate(100_000, seed).split("\n\n")[:-1]) for seed in (1, 2))
    assert len(first) > 300
    assert not first & second


def test_what_opens_closes_and_agrees():
    stanzas = harbour.generate(200_000, seed=5).split("\n\n")[:-1]
    people = {option[0][0]: (option[2][0], option[4][0])
              for option in harbour.grammar().rules["person"].options}
    kinds = {option[0][0]: option[1][0] for option in harbour.grammar().rules["boat"].options}
    met = Counter()
    for stanza in stanzas:
        lines = stanza.split("\n")
        assert len(lines) == 6, stanza
        for line in lines:
            assert line.count('"') in (0, 2) and line.count("(") == line.count(")")
        who = next(w for w in re.findall(r"\w+", lines[0]) if w in people)
        ship = next(name for name in kinds if f"the {name}" in lines[0])
        he, trade = people[who]
        for line in lines[1:]:
            for other in {"He", "She"} - {he}:
                assert not re.search(rf"\b{other}\b", line, re.I), stanza
            met["said"] += f"said {who}." in line
            assert not re.search(rf"said (?!{who})[A-Z]", line), stanza
            for kind in set(kinds.values()):
                if f"the {kind} " in line:
                    assert kind == kinds[ship], stanza
                    met["kind"] += 1
        if lines[-1].startswith("The "):
            assert lines[-1].split()[1] == trade
            met["trade"] += 1
    assert min(met["said"], met["kind"], met["trade"]) > 50


def test_surprisal_is_low_inside_words_and_refuses_other_texts():
    text = harbour.generate(3000, seed=6)
    bits = harbour.surprisal(text)
    assert bits.shape == (3000,) and bits.min() >= -1e-12
    assert (bits < 1e-9).mean() > 0.5                     # most characters are forced
    with pytest.raises(ValueError, match="character 40"):
        harbour.surprisal(text[:40] + "#")


@pytest.mark.parametrize("size, seed, word", [(0, 0, "size is 0"), (2.5, 0, "size is 2.5"),
                                              (True, 0, "size"), (10, -1, "seed is -1"),
                                              (10, "x", "seed is 'x'")])
def test_bad_sizes_and_seeds(size, seed, word):
    with pytest.raises(ValueError, match=word):
        harbour.generate(size, seed)


@pytest.mark.parametrize("source, word", [
    ("", "no alternative"), ("  x\n", "before the first rule"), ("story:\n", "no alternative"),
    ("story\n  x\n", "neither"), ("a:\n  x\na:\n  y\n", "written twice"),
    ("a:\n  {b}\n", "no rule b"), ("a:\n  {b}\nb:\n  {a}\n", "leads back to itself"),
    ("a:\n  {who.name}\n", "before it is drawn"), ("a:\n  0* x\n", "weight 0"),
    ("a:\n  {b.z}\nb x y:\n  1 / 2\n", "has the columns x, y"),
    ("a x y:\n  only one\n", "expected 2: x, y"),
])
def test_a_wrong_grammar_is_refused_with_its_line(source, word):
    with pytest.raises(ValueError, match=word):
        Grammar(source)


def test_a_column_that_does_not_exist_is_named():
    grammar = Grammar("a:\n  {who=b}{who.z}\nb x y:\n  1 / 2\n")
    with pytest.raises(ValueError, match="columns x, y"):
        entropy.moments(grammar)


def test_memory_ends_with_the_alternative_that_drew_it():
    with pytest.raises(ValueError, match="who is used before"):
        Grammar("a:\n  {b}{who.x}\nb:\n  {who=c}\nc x:\n  1 | 2\n")


def test_draws_follow_the_weights():
    grammar = Grammar("a:\n  x | 3* y\n")
    picks = [grammar.draw("a", u) for u in (0.0, 0.2499, 0.25, 0.999999)]
    assert picks == [0, 0, 1, 1]


FROZEN = """Nell hid on the Swift behind the wide shed.
She swore, "Wear a rich pump!"
For two books she paid a song; they were dark"""
