"""What a check sees beyond wrong numbers, what it shows, and that nothing makes it raise."""

import _thread
import contextlib
import signal
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import cells, check
from rnncourse.check import commands, examine, limits, registry, verdict

H_GLOBAL = np.ones((1, 5))


def rnn_step(x, h_prev, W_x, W_h, b):
    return np.tanh(x @ W_x + h_prev @ W_h + b)


def says(answer, name="rnn_step"):
    found = examine(answer, name)
    assert found.state == "wrong", found
    return " ".join([found.says, *found.details])


def test_an_argument_written_into():
    def answer(x, h_prev, W_x, W_h, b):
        h_prev @= W_h
        h_prev += x @ W_x + b
        return np.tanh(h_prev)

    assert "into its argument `h_prev`" in says(answer)


def test_a_buffer_handed_out_again():
    buffers = {}

    def answer(x, h_prev, W_x, W_h, b):
        buffer = buffers.setdefault(h_prev.shape, np.empty_like(h_prev))
        return np.tanh(x @ W_x + h_prev @ W_h + b, out=buffer)

    assert "the same array each time" in says(answer)


def test_something_kept_between_calls():
    def answer(x, h_prev, W_x, W_h, b, seen=[]):  # noqa: B006
        seen.append(1)
        return rnn_step(x, h_prev, W_x, W_h, b) * len(seen)

    assert "kept between calls" in says(answer)


def test_a_global_relied_on():
    def answer(x, h_prev, W_x, W_h, b):
        return np.tanh(x @ W_x + H_GLOBAL.mean() + b)

    assert "`H_GLOBAL` from the notebook" in says(answer)


def test_a_global_constant_that_does_no_harm_is_fine():
    def answer(x, h_prev, W_x, W_h, b):
        assert H_GLOBAL is not None
        return rnn_step(x, h_prev, W_x, W_h, b)

    assert examine(answer, "rnn_step").state == "right"


def test_a_forgotten_return():
    def answer(x, h_prev, W_x, W_h, b):
        np.tanh(x @ W_x + h_prev @ W_h + b)

    assert "needs a `return`" in says(answer)


@pytest.mark.parametrize("spoil, words", [
    (lambda h: h * np.nan, "is NaN in"),
    (lambda h: h / 0, "is infinite in"),
    (lambda h: h.astype(np.float32), "dtype float32; expected float64"),
    (lambda h: h[None], "has shape (1, "),
    (lambda h: list(h), "is a list; expected a NumPy array"),
    (lambda h: (h, h), "is 2 values"),
    (lambda h: h.sum(), "is a number; expected a NumPy array"),
    (lambda h: h * 1.5, "entries differ"),
    (lambda h: "h", "is a str; expected"),
    (lambda h: h.astype(object), "dtype object"),
])
def test_results_that_differ(spoil, words):
    assert words in says(lambda *args: spoil(rnn_step(*args)))


def test_the_term_at_fault_is_named():
    def answer(x, h_prev, W_x, W_h, b):
        return np.tanh(x @ W_x + 0.5 * h_prev @ W_h + b)

    assert "right as soon as `h_prev` is zero" in says(answer)


def test_an_error_is_shown_with_its_line():
    def answer(x, h_prev, W_x, W_h, b):
        return x @ W_h  # the inner sizes differ

    assert "ValueError" in says(answer) and "return x @ W_h" in says(answer)


def test_the_wrong_parameters():
    assert "expected `(x, h_prev, W_x, W_h, b)`" in says(lambda x, h: x)


def test_what_may_not_be_used():
    import torch

    def answer(x, h_prev, W_x, W_h, b):
        return torch.tanh(torch.tensor(x @ W_x + h_prev @ W_h + b)).numpy()

    def inside(x, h_prev, W_x, W_h, b):
        from torch import tanh
        return tanh(x)

    def by_package(x, h_prev, W_x, W_h, b):
        return cells.rnn_step(x, h_prev, cells.RNNParams(W_x, W_h, b))[0]

    def by_helper(x, h_prev, W_x, W_h, b):
        return by_package(x, h_prev, W_x, W_h, b)

    for function, word in [(answer, "`torch.tanh`"), (inside, "`torch.tanh`"),
                           (by_package, "`cells.rnn_step`"), (by_helper, "`cells.rnn_step`")]:
        assert word in says(function)


def test_a_helper_that_is_not_written_or_not_right_is_named(notebook):
    notebook["rnn_step"].__code__ = (lambda x, h_prev, W_x, W_h, b: x @ W_x).__code__
    assert "It calls `rnn_step`, which is wrong" in says(notebook["rnn_forward"], "rnn_forward")

    def unwritten(x, h_prev, W_x, W_h, b):
        raise NotImplementedError

    unwritten.__name__ = "rnn_step"
    unwritten.__code__ = unwritten.__code__.replace(co_name="rnn_step")
    notebook["rnn_step"] = unwritten
    found = examine(notebook["rnn_forward"], "rnn_forward")
    assert found.state == "not attempted yet" and "`rnn_step`" in found.says


@pytest.fixture
def notebook():
    """The globals of a notebook in which rnn_forward calls rnn_step."""
    page = {"np": np, "__name__": "__main__"}
    exec("def rnn_step(x, h_prev, W_x, W_h, b):\n"
         "    return np.tanh(x @ W_x + h_prev @ W_h + b)\n"
         "def rnn_forward(xs, h0, W_x, W_h, b):\n"
         "    h, hs = h0, []\n"
         "    for x in xs:\n"
         "        h = rnn_step(x, h, W_x, W_h, b)\n"
         "        hs.append(h)\n"
         "    return np.array(hs)\n", page)
    assert examine(page["rnn_forward"]).state == "right"
    return page


def test_an_endless_loop_ends_and_its_thread_is_gone(monkeypatch):
    monkeypatch.setattr(limits.call, "__defaults__", (0.3,))
    steps = []

    def rnn_step(x, h_prev, W_x, W_h, b):
        while True:
            with contextlib.suppress(Exception):
                steps.append(time.sleep(0.001))

    assert "a loop that never ends" in says(rnn_step)
    assert still(steps)


def still(steps):
    """True when a loop that appended has stopped doing so."""
    count = len(steps)
    time.sleep(0.05)
    return count > 0 and len(steps) == count


def test_ctrl_c_goes_through_and_takes_the_loop_with_it():
    steps = []

    def rnn_step(x, h_prev, W_x, W_h, b):
        while True:
            steps.append(time.sleep(0.001))

    # A suite started in the background inherits an ignored Ctrl-C: give it Python's own meaning.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Timer(0.3, _thread.interrupt_main).start()
        with pytest.raises(KeyboardInterrupt):
            examine(rnn_step)
    finally:
        signal.signal(signal.SIGINT, before)
    assert still(steps)


def test_what_cannot_be_stopped_is_said_and_the_check_still_answers(monkeypatch):
    monkeypatch.setattr(limits.call, "__defaults__", (0.1,))
    monkeypatch.setattr(limits, "PATIENCE", 0.1)
    release = threading.Event()

    def rnn_step(x, h_prev, W_x, W_h, b):
        release.wait()  # one call into compiled code: no exception gets in until it returns

    try:
        assert "restart the kernel" in says(rnn_step)
    finally:
        release.set()


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(sorted(registry.EXERCISES)), st.one_of(
    st.none(), st.text(max_size=3), st.floats(), st.lists(st.integers(), max_size=3),
    st.builds(object), st.dictionaries(st.text(max_size=2), st.none(), max_size=2),
    st.just(np.array(["a"])), st.just(np.array([None])), st.just({1, 2}), st.just(np.empty(0))))
def test_whatever_comes_back_gives_a_verdict(name, result):
    assert examine(lambda *args, **kwargs: result, name).state == "wrong"


@pytest.mark.parametrize("error", [SystemExit, ZeroDivisionError, RecursionError, GeneratorExit])
def test_whatever_is_raised_gives_a_verdict(error):
    def answer(x, h_prev, W_x, W_h, b):
        raise error("on purpose")

    assert error.__name__ in says(answer)


@pytest.mark.parametrize("thing, words", [
    (np.ones(3), "the function itself"), (None, "the function itself"),
    (lambda x: x, "No exercise is called"),
])
def test_a_check_of_something_else(thing, words, capsys):
    check.check(thing)
    assert words in capsys.readouterr().out


def test_a_name_almost_right_is_recognised():
    def rnn_stepp(x):
        return x

    assert "Did you mean `rnn_step`" in says(rnn_stepp, None)


def test_prints_of_the_answer_do_not_flood_the_page(capsys):
    def rnn_step(x, h_prev, W_x, W_h, b):
        print("here")
        return np.tanh(x @ W_x + h_prev @ W_h + b)

    check.check(rnn_step)
    assert capsys.readouterr().out == (
        "✓ rnn_step: right. It agrees with the reference on 20 random cases.\n")


def test_plain_text_has_one_mark_per_verdict(capsys):
    def rnn_step(x, h_prev, W_x, W_h, b):
        return x @ W_x + h_prev @ W_h + b

    check.check(rnn_step)
    out = capsys.readouterr().out
    assert out.startswith("✗ rnn_step: wrong, because: The bend is missing")
    assert "$" not in out and "`" not in out


def test_a_card_shows_the_same_words_and_escapes_them():
    found = verdict.Verdict("f", "wrong", "`a < b` & <script>", ("more",))
    card = found._repr_html_()
    assert "<code>a &lt; b</code> &amp; &lt;script&gt;" in card and "✗ wrong" in card
    assert "<div style=\"margin-top:4px\">more</div>" in card


def test_hints_open_one_by_one(capsys):
    commands.opened.clear()
    for n in range(1, 4):
        check.hint(rnn_step)
        assert capsys.readouterr().out.startswith(f"hint {n} of 3 · rnn_step")
    check.hint("rnn_step")
    assert "hint 1 of 3" in capsys.readouterr().out


def test_a_solution_comes_after_an_attempt_only(capsys):
    check.solution(lambda: None)
    assert "No exercise" in capsys.readouterr().out

    def unit(x, w, b):
        raise NotImplementedError

    check.solution(unit)
    assert "np.tanh" not in capsys.readouterr().out

    def unit(x, w, b):
        return x

    check.solution(unit)
    assert "return np.tanh(x * w + b)" in capsys.readouterr().out


def test_nbgrader_gets_an_error_where_a_learner_gets_a_verdict(monkeypatch, capsys):
    def unit(x, w, b):
        return x * w + b

    check.check(unit)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match="The bend is missing"):
        check.check(unit)


