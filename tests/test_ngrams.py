import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse.ngrams import KneserNey, WittenBell, best_ngram, count_grams, discounts

MODELS = [WittenBell, KneserNey]
texts = st.integers(2, 5).flatmap(lambda V: st.tuples(
    st.just(V), st.lists(st.integers(0, V - 1), min_size=1, max_size=60)))


def by_dictionary(model, tokens, V, order):
    """The formulas of the module's docstring, word for word, with dictionaries and recursion."""
    tokens = tuple(int(t) for t in tokens)
    counts = []
    for k in range(1, order + 1):
        counts.append(Counter(tokens[t:t + k] for t in range(len(tokens) - k + 1)))
    used = list(counts)
    if model is KneserNey:
        for k in range(order - 1):
            before = defaultdict(set)
            for gram in counts[k + 1]:
                before[gram[1:]].add(gram[0])
            used[k] = Counter({gram: len(before[gram]) for gram in counts[k]})
    off = [[0, *discounts(np.array(list(u.values()), dtype=int))] for u in used]

    def p(word, context):
        if context is None:
            return 1 / V
        k = len(context)
        shorter = context[1:] if k else None
        after = {g[-1]: c for g, c in used[k].items() if g[:-1] == context}
        C, T = sum(after.values()), len(after)
        if C == 0:
            return p(word, shorter)
        c = after.get(word, 0)
        if model is WittenBell:
            return (c + T * p(word, shorter)) / (C + T)
        D = off[k]
        gamma = sum(D[min(n, 3)] for n in after.values()) / C
        return (c - D[min(c, 3)]) / C + gamma * p(word, shorter)

    return lambda word, past: p(word, tuple(int(t) for t in past)[max(0, len(past) - order + 1):])


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=60, deadline=None)
@given(texts, texts, st.integers(1, 5))
def test_equals_the_slow_dictionary(model, train, test, order):
    V = max(train[0], test[0])
    fitted = model(order).fit(np.array(train[1]), V)
    slow = by_dictionary(model, train[1], V, order)
    want = [-math.log2(slow(w, test[1][:t])) for t, w in enumerate(test[1])]
    np.testing.assert_allclose(fitted.bits(np.array(test[1])), want, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=60, deadline=None)
@given(texts, st.lists(st.integers(0, 1), max_size=8), st.integers(1, 6))
def test_probabilities_sum_to_one_and_leave_nothing_impossible(model, train, context, order):
    V, tokens = train
    p = model(order).fit(np.array(tokens), V).probabilities(np.array(context, dtype=int))
    assert p.shape == (V,)
    assert p.sum() == pytest.approx(1)
    assert p.min() > 0


@pytest.mark.parametrize("model", MODELS)
def test_bits_and_probabilities_agree(model):
    rng = np.random.default_rng(0)
    train, test = rng.integers(0, 7, 500), rng.integers(0, 9, 40)
    fitted = model(4).fit(train, 9)
    one_by_one = [-np.log2(fitted.probabilities(test[:t])[test[t]]) for t in range(len(test))]
    np.testing.assert_allclose(fitted.bits(test), one_by_one)


def test_witten_bell_by_hand():
    # a b a: p_1(a) = (2 + 2/2) / (3 + 2) = 3/5; after a came b once: (0 + 1 * 3/5) / (1 + 1).
    model = WittenBell(2).fit(np.array([0, 1, 0]), 2)
    np.testing.assert_allclose(model.probabilities([]), [3 / 5, 2 / 5])
    np.testing.assert_allclose(model.probabilities([0]), [3 / 10, 7 / 10])
    assert model.bits(np.array([0, 0])) == pytest.approx([-math.log2(.6), -math.log2(.3)])


def test_kneser_ney_by_hand():
    # a b a c. Tokens seen before: a 1 (b), b 1 (a), c 1 (a). All D are 1/2: too few to estimate.
    # p_1 = (1 - 1/2) / 3 + (3/2) / 3 * 1/4 = 7/24 for a, b, c and 1/8 for the unseen d.
    # After a: b and c once each, so p(b | a) = (1 - 1/2) / 2 + 1/2 * 7/24.
    model = KneserNey(2).fit(np.array([0, 1, 0, 2]), 4)
    np.testing.assert_allclose(model.probabilities([]), [7 / 24, 7 / 24, 7 / 24, 1 / 8])
    np.testing.assert_allclose(model.probabilities([0]),
                               [7 / 48, 1 / 4 + 7 / 48, 1 / 4 + 7 / 48, 1 / 16])


def test_kneser_ney_asks_in_how_many_places_a_token_stands():
    """The 'San Francisco' point: c is frequent, but only ever after b; d stands everywhere."""
    tokens = np.array([1, 2] * 50 + [0, 3, 1, 3, 4, 3, 5, 3, 0, 4])
    kneser_ney, witten_bell = KneserNey(2).fit(tokens, 7), WittenBell(2).fit(tokens, 7)
    unseen = [6]
    p, q = kneser_ney.probabilities(unseen), witten_bell.probabilities(unseen)
    assert p[3] > p[2]
    assert q[3] < q[2]


def test_discounts_of_chen_and_goodman():
    counts = np.repeat([1, 2, 3, 4, 9], [10, 5, 3, 2, 4])
    Y = 10 / 20
    assert discounts(counts) == pytest.approx([1 - 2 * Y * 5 / 10, 2 - 3 * Y * 3 / 5,
                                               3 - 4 * Y * 2 / 3])
    assert discounts(np.array([1, 1, 2])) == pytest.approx([.5, .5, .5])     # n_3 missing
    assert discounts(np.array([7, 8])) == pytest.approx([.5, .5, .5])        # n_1 missing


@pytest.mark.parametrize("model", MODELS)
def test_an_unseen_context_backs_off_to_the_longest_seen_part(model):
    tokens = np.array([0, 1, 2, 0, 1, 3, 0, 2, 1, 0])
    fitted = model(3).fit(tokens, 6)
    np.testing.assert_allclose(fitted.probabilities([4, 1]), fitted.probabilities([1]))
    np.testing.assert_allclose(fitted.probabilities([0, 5]), fitted.probabilities([]))


@pytest.mark.parametrize("model", MODELS)
def test_order_one_ignores_the_context_and_longer_orders_do_not(model):
    tokens = np.tile([0, 1, 2, 3], 100)
    assert model(1).fit(tokens, 4).bits_per_character(tokens) == pytest.approx(2, abs=0.02)
    assert model(2).fit(tokens, 4).bits_per_character(tokens) < 0.1


@pytest.mark.parametrize("model", MODELS)
def test_high_orders_and_large_alphabets_fit_into_the_key(model):
    rng = np.random.default_rng(1)
    tokens = rng.integers(0, 60_000, 3000)
    p = model(12).fit(tokens, 60_000).probabilities(tokens[5:40])
    assert p.sum() == pytest.approx(1)
    assert p.argmax() == tokens[40]


@pytest.mark.parametrize("model", MODELS)
def test_a_text_shorter_than_the_order(model):
    fitted = model(6).fit(np.array([1, 0]), 3)
    assert fitted.probabilities([1]).argmax() == 0
    assert fitted.probabilities([1, 0, 1, 0, 1]).sum() == pytest.approx(1)


def test_counts_are_counts():
    grams = count_grams(np.array([0, 1, 0, 1, 1]), 2, 2)
    assert grams[0].counts.tolist() == [2, 3]
    assert grams[1].counts.tolist() == [2, 1, 1]      # 01, 10, 11
    assert grams[0].before.tolist() == [1, 2]         # before 0: 1; before 1: 0 and 1


def test_best_ngram_is_the_lowest_line_of_its_table():
    rng = np.random.default_rng(2)
    walk = np.cumsum(rng.choice([-1, 1, 1], 4000)) % 12
    best = best_ngram(walk[:3000], walk[3000:], 12, orders=range(1, 5))
    assert len(best.table) == 8
    assert best.bits_per_character == min(s.bits_per_character for s in best.table)
    assert best.order > 1
    for score in best.table:
        model = {m.__name__: m for m in MODELS}[score.name](score.order).fit(walk[:3000], 12)
        assert model.bits_per_character(walk[3000:]) == pytest.approx(score.bits_per_character)
    # The walk itself costs the entropy of its coin; no model is below it by more than luck.
    coin = -(1 / 3 * math.log2(1 / 3) + 2 / 3 * math.log2(2 / 3))
    assert coin - 0.05 < best.bits_per_character < coin + 0.05


@pytest.mark.parametrize("call, word", [
    (lambda: WittenBell(0), "order is 0"),
    (lambda: KneserNey(2.5), "order is 2.5"),
    (lambda: WittenBell(2).bits(np.array([0])), "call fit"),
    (lambda: WittenBell(2).probabilities([0]), "call fit"),
    (lambda: WittenBell(2).fit(np.array([], dtype=int), 3), "one or more"),
    (lambda: WittenBell(2).fit(np.array([0.5]), 3), "integers"),
    (lambda: WittenBell(2).fit(np.array([[1, 2]]), 3), "one row"),
    (lambda: WittenBell(2).fit(np.array([0, 3]), 3), "0 to 2"),
    (lambda: WittenBell(2).fit(np.array([0, 1]), 3).bits(np.array([-1])), "0 to 2"),
    (lambda: WittenBell(2).fit(np.array([0, 1]), 3).probabilities([9]), "0 to 2"),
    (lambda: best_ngram(np.array([0]), np.array([0]), 1, orders=[]), "orders"),
])
def test_bad_input_is_refused_in_words(call, word):
    with pytest.raises(ValueError, match=word):
        call()
