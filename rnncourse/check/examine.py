"""From a function to a verdict: the questions a check asks, in their order."""

import copy
import inspect
import traceback
from types import FunctionType

import numpy as np

from rnncourse.check import diagnose, registry, rules
from rnncourse.check.compare import difference, parts, same
from rnncourse.check.limits import SECONDS, Outcome, TooLong, call
from rnncourse.check.verdict import Verdict

CALL_IT_YOURSELF = "Call it yourself with a small case and look at what comes back."


class Fault(Exception):
    """Found something wrong: a sentence, further lines, and the mistake's name if it has one."""

    def __init__(self, says, *details, mistake=""):
        super().__init__(says)
        self.verdict = {"says": says, "details": details, "mistake": mistake}


class NotAttempted(Exception):
    """There is nothing to judge yet."""


def examine(answer, name=None, seed=0) -> Verdict:
    """Judge a function. name: the exercise, when it is not the function's own name.

    Never raises, whatever the function does; KeyboardInterrupt alone passes through. The seed
    decides the random inputs.
    """
    if not isinstance(answer, FunctionType):
        return Verdict("check", "wrong", "A check wants the function itself, not its result: "
                       "`check(rnn_step)`, with no brackets after the name.")
    exercise = registry.find(name or answer.__name__)
    if exercise is None:
        return Verdict(answer.__name__, "wrong", registry.unknown(name or answer.__name__))
    base = {"name": exercise.name, "of": exercise.points}
    try:
        judge(answer, exercise, seed)
    except NotAttempted as nothing:
        return Verdict(state="not attempted yet", says=str(nothing), **base)
    except Fault as fault:
        return Verdict(state="wrong", **base, **fault.verdict)
    except Exception as error:  # a result so odd that comparing it fails
        return Verdict(state="wrong", **base, says="What it returns cannot be compared with what "
                       f"is expected ({type(error).__name__}: {error}). {CALL_IT_YOURSELF}")
    return Verdict(state="right", points=exercise.points, **base,
                   says=f"It agrees with the reference on {exercise.cases} random cases.")


def judge(answer, exercise, seed):
    """Return when the answer is right; raise NotAttempted or Fault when not."""
    if rules.is_stub(answer):
        raise NotAttempted
    takes_the_arguments(answer, exercise)
    for rule in exercise.rules:
        if broken := rule(answer):
            raise Fault(broken)
    cases = exercise.draw(seed)
    wanted = [exercise.reference(*copy.deepcopy(args)) for args in cases]
    outcomes = run(answer, exercise, cases)
    if all(outcome.error is None and outcome.value is None for outcome in outcomes):
        raise Fault("It returns `None`: the last line needs a `return`.")
    wrong = [n for n, outcome in enumerate(outcomes)
             if not right(exercise, cases[n], outcome, wanted[n])]
    if wrong:
        explain(answer, exercise, cases, wanted, outcomes, wrong)


def takes_the_arguments(answer, exercise):
    """The answer can be called with the exercise's arguments."""
    try:
        inspect.signature(answer).bind(*exercise.params)
    except TypeError:
        have = ", ".join(inspect.signature(answer).parameters)
        raise Fault(f"It takes `({have})`; expected `({', '.join(exercise.params)})`.") from None


def run(answer, exercise, cases):
    """The outcome of every case, on copies of the arguments, within one time limit.

    The first case is run twice, and must give the same result, in fresh memory.
    """
    cases = [cases[0], *cases]
    given = copy.deepcopy(cases)
    outcomes = call(answer, given)
    if isinstance(outcomes[-1].error, TooLong):
        left = () if outcomes[-1].stopped else (
            "It could not be stopped and still runs in the background: restart the kernel.",)
        raise Fault(f"It had not finished after {SECONDS:.0f} seconds, where a right answer "
                    "takes a moment. Is there a loop that never ends?", *left)
    for args, after, outcome in zip(cases, given, outcomes, strict=True):
        if isinstance(outcome.error, NotImplementedError):
            where = traceback.extract_tb(outcome.error.__traceback__)[-1].name
            raise NotAttempted("" if where in (answer.__name__, "<lambda>") else
                               f"It calls `{where}`, which is not written yet.")
        for name, mine, theirs in zip(exercise.params, args, after, strict=True):
            if not unchanged(mine, theirs):
                raise Fault(f"It writes into its argument `{name}`, which belongs to the caller. "
                            "Make a new array: `h = h + x`, not `h += x`; or copy it first.",
                            mistake="writes into an argument")
    pure(*outcomes[:2], outcomes)
    return outcomes[1:]


def unchanged(before, after):
    if isinstance(before, tuple | list):
        return len(before) == len(after) and all(map(unchanged, before, after))
    return np.array_equal(before, after, equal_nan=True) if isinstance(
        before, np.ndarray) else before == after


def pure(first, again, outcomes):
    """Nothing is kept between calls: not what decides a result, nor the memory it lies in."""
    if type(first.error) is not type(again.error) or (
            first.error is None and not same(first.value, again.value)):
        raise Fault("Called twice with the same arguments, it gives two results: something is "
                    "kept between calls (in a global, in a default argument), or drawn at random.",
                    mistake="keeps something between calls")
    if shared(first.handed, again.handed) or not all(
            same(outcome.handed, outcome.value) for outcome in outcomes if outcome.error is None):
        raise Fault("A later call changes the result of an earlier one: it hands out the same "
                    "array each time. Return a fresh array.", mistake="hands out its own buffer")


def shared(a, b):
    """True when two results lie in the same memory."""
    return any(np.shares_memory(x, y) for x, y in zip(parts(a), parts(b), strict=False)
               if isinstance(x, np.ndarray) and isinstance(y, np.ndarray))


def right(exercise, args, outcome: Outcome, want) -> bool:
    return outcome.error is None and not problem(exercise, args, outcome.value, want)


def problem(exercise, args, got, want) -> str:
    """What is wrong with a result; where several are right, what it does is compared."""
    if exercise.observe is None:
        return difference(got, want, exercise.results)
    if fault := difference(got, want, exercise.results, values=False):
        return fault
    return exercise.observe(got, *args)


def explain(answer, exercise, cases, wanted, outcomes, wrong):
    """Raise the Fault that helps most."""
    if mistake := diagnose.recognised(exercise, cases, outcomes):
        raise Fault(mistake.says, mistake=mistake.name)
    for helper in rules.helpers(answer):
        if registry.find(helper.__name__) and (
                found := examine(helper)).state != "right":
            raise Fault(f"It calls `{helper.__name__}`, which is {found.state}: check that first.")
    if data := rules.data_globals(answer):
        listed = ", ".join(f"`{name}`" for name in data)
        raise Fault(f"It reads {listed} from the notebook: a function uses its arguments only. "
                    "In another notebook the same name holds something else, or nothing.",
                    mistake="relies on a global")
    smallest = min(wrong, key=lambda n: sum(np.size(part) for part in cases[n]))
    args, outcome, want = cases[smallest], outcomes[smallest], wanted[smallest]
    shapes = diagnose.described(exercise.params, args)
    if outcome.error is not None:
        raise Fault(diagnose.raised(outcome.error), f"With {shapes}.")
    which = diagnose.term_at_fault(
        exercise, args,
        lambda given: right(exercise, given, call(answer, [copy.deepcopy(given)])[0],
                            exercise.reference(*given)))
    few = "" if len(wrong) == len(cases) else f"{len(wrong)} of {len(cases)} cases are wrong."
    lines = [line for line in (which, f"With {shapes}.", few, CALL_IT_YOURSELF) if line]
    raise Fault(problem(exercise, args, outcome.value, want), *lines)
