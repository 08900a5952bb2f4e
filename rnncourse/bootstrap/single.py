"""One set-up at a time: a lock that the operating system drops when its holders are gone."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt


def _try(handle) -> bool:
    try:
        if fcntl:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:  # a file system without locks: better unlocked than not at all
        return error.errno not in (11, 13, 36)
    return True


@contextlib.contextmanager
def only_one(path: Path, say=print, pause: float = 0.2):
    """Hold the lock at ``path``; wait, and say so once, while another process holds it.

    Yields the file descriptors that a child must inherit, so that an installer which outlives
    a killed parent keeps the lock until it is done.
    """
    with open(path, "a+", encoding="utf-8") as handle:
        waiting = False
        while not _try(handle):
            if not waiting:
                say("Another set-up of this course is still running; waiting for it to end ...")
                waiting = True
            time.sleep(pause)
        yield (handle.fileno(),) if os.name == "posix" else ()
