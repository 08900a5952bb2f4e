"""Run somebody's function with a time limit, without ending the process it runs in.

The function runs in a thread of its own. When its time is up, the exception TooLong is raised
inside it (PyThreadState_SetAsyncExc), which ends any loop written in Python, on Linux, macOS and
Windows alike. What that cannot end is one single call into compiled code that does not return,
such as the product of two enormous matrices, and code that catches every exception over and over.
Then the check answers all the same, says so, and the thread runs on until its call returns or
the kernel is restarted.
"""

import contextlib
import copy
import ctypes
import io
import threading
import time
import warnings
from typing import NamedTuple

import numpy as np

SECONDS = 3.0
PATIENCE = 1.0  # how long to wait for a thread that was told to stop


class TooLong(BaseException):
    """Raised inside the function whose time is up. No `except Exception` catches it."""


class Outcome(NamedTuple):
    """What a call gave: a value, or the exception it ended with.

    value is a copy made at once; handed is the very object, which a later call may write into.
    stopped: TooLong did end the call.
    """

    value: object = None
    error: BaseException | None = None
    handed: object = None
    stopped: bool = True


def call(function, calls, seconds=SECONDS) -> list[Outcome]:
    """Call function(*args) for each args, quietly, for at most `seconds` altogether.

    Exceptions come back in the Outcomes; when the time is up, the last one's error is TooLong and
    the rest is missing. KeyboardInterrupt of the caller passes through, after the thread has been
    stopped.
    """
    outcomes, done = [], threading.Event()

    def work():
        try:
            for args in calls:
                outcomes.append(attempt(function, args))
                if isinstance(outcomes[-1].error, TooLong):
                    break
        except TooLong:  # it came between two calls
            pass
        finally:
            done.set()

    thread = threading.Thread(target=work, daemon=True)
    with quiet():
        thread.start()
        try:
            late = not done.wait(seconds)
        finally:
            stopped = stop(thread, done)
    made = [outcome for outcome in list(outcomes) if not isinstance(outcome.error, TooLong)]
    return [*made, Outcome(error=TooLong(), stopped=stopped)] if late else made


def attempt(function, args) -> Outcome:
    """Call function(*args) right here; whatever it raises is part of the outcome."""
    try:
        with np.errstate(all="ignore"):
            handed = function(*args)
            return Outcome(copy.deepcopy(handed), handed=handed)
    except BaseException as error:  # SystemExit and TooLong too: a check never raises
        return Outcome(error=error)


@contextlib.contextmanager
def quiet():
    """Nothing printed and no warnings: a check calls a function dozens of times."""
    nowhere = io.StringIO()
    with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere), \
            warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def stop(thread, done) -> bool:
    """End the thread if it still works; False when it could not be ended.

    `done` tells, not thread.is_alive(): a join that Ctrl-C cuts short marks a thread as ended.
    """
    until = time.monotonic() + PATIENCE
    while not done.is_set() and time.monotonic() < until:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(TooLong))
        done.wait(0.05)
    return done.is_set()
