"""Every exercise: right answers are right, and every mistake is known by its own name."""

import dataclasses
import itertools
import re
import statistics
import time

import numpy as np
import pytest
from right_answers import ANSWERS

from rnncourse.bootstrap import ROOT
from rnncourse.check import commands, examine, registry
from rnncourse.check.compare import same
from rnncourse.check.limits import attempt, quiet

EXERCISES = list(registry.EXERCISES.values())
SOURCES = sorted((ROOT / "source/exercises").glob("*.py"))
SEEDS = 100
each = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)


@pytest.fixture(scope="module")
def written():
    """The functions of source/exercises as a learner has them at the end, and at the start."""
    solved, stubs = {}, {}
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        cut = re.sub(r"# BEGIN SOLUTION.*?# END SOLUTION", "raise NotImplementedError", text,
                     flags=re.DOTALL)
        for functions, code in ((solved, text), (stubs, cut)):
            page = {"check": lambda answer: None, "__name__": path.stem}
            exec(compile(code, path.name, "exec"), page)
            functions |= {name: page[name] for name in registry.EXERCISES if name in page}
    return solved, stubs


def test_every_lesson_declares_its_exercises_once():
    names = [exercise.name for lesson in registry.LESSONS for exercise in lesson.EXERCISES]
    assert len(names) == len(set(names))
    assert set(ANSWERS) == set(names)


@each
def test_the_reference_and_the_written_solution_are_right(exercise, written):
    free = dataclasses.replace(exercise, rules=())  # the reference may use the package
    for args in exercise.draw(1):
        assert attempt(free.reference, args).error is None
    verdict = examine(written[0][exercise.name])
    assert (verdict.state, verdict.points) == ("right", exercise.points), verdict


@each
def test_the_untouched_stub_is_not_attempted(exercise, written):
    verdict = examine(written[1][exercise.name])
    assert (verdict.state, verdict.points, verdict.says) == ("not attempted yet", 0, "")


@each
def test_right_answers_are_right_however_written(exercise):
    assert len(ANSWERS[exercise.name]) >= 3
    for answer, seed in itertools.product(ANSWERS[exercise.name], range(3)):
        assert examine(answer, exercise.name, seed).state == "right", (
            answer.__name__, examine(answer, exercise.name, seed))


@each
def test_every_mistake_is_wrong_with_its_own_sentence(exercise):
    assert len(exercise.mistakes) >= 6
    assert len({mistake.says for mistake in exercise.mistakes}) == len(exercise.mistakes)
    for mistake in exercise.mistakes:
        verdict = examine(mistake.wrong, exercise.name)
        assert (verdict.state, verdict.mistake) == ("wrong", mistake.name), verdict
        assert verdict.says == mistake.says and verdict.points == 0


@each
def test_no_mistake_is_taken_for_another_or_for_right_on_100_seeds(exercise):
    """Some case tells each pair apart: then recognised() can only find the one that was made."""
    wrong = {mistake.name: mistake.wrong for mistake in exercise.mistakes}
    wrong["right"] = exercise.reference
    for seed in range(SEEDS):
        apart = set(itertools.combinations(wrong, 2))
        for args in exercise.draw(seed):
            if not apart:
                break
            with quiet():
                made = {name: attempt(function, args) for name, function in wrong.items()
                        if any(name in pair for pair in apart)}
            apart = {(a, b) for a, b in apart if alike(made[a], made[b])}
        assert not apart, (seed, apart)


def alike(a, b):
    if a.error is not None or b.error is not None:
        return type(a.error) is type(b.error)
    return same(a.value, b.value)


@each
def test_hints_come_in_stages_and_text_says_what_is_declared(exercise):
    assert len(exercise.hints) >= 2
    page = next(path for path in SOURCES if path.name.startswith(exercise.lesson))
    text = page.read_text(encoding="utf-8").split(f"def {exercise.name}(")[0]
    points = f"{exercise.points} point{'s' * (exercise.points > 1)}"
    said = f"*{exercise.minutes} minutes · {exercise.difficulty} · {points}*"
    assert re.findall(r"\*\d+ minutes .*\*", text)[-1] == said


@each
def test_the_solution_shown_is_the_one_of_the_source(exercise):
    code = commands.written(exercise)
    assert code.startswith(f"def {exercise.name}(") and "SOLUTION" not in code
    page = {"np": np}
    exec(code, page)
    assert callable(page[exercise.name])


def test_a_check_answers_at_once(written):
    seconds = []
    for name, answer in written[0].items():
        for function in (answer, registry.find(name).mistakes[-1].wrong):
            start = time.perf_counter()
            examine(function, name)
            seconds.append(time.perf_counter() - start)
    assert statistics.median(seconds) < 0.3
