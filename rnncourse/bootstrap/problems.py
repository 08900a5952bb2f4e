"""What can go wrong outside the course, each as one sentence with its remedy."""

from __future__ import annotations

import contextlib
import re
import sys

AGAIN = "then run the same command again: what is already installed is kept"
SIGNS = [  # what an installer prints when it fails, and what that means here; first match wins
    (
        r"No space left on device|os error 28|Disk quota exceeded|WinError 112",
        "The disk is full: free about {needs} on the disk that holds {where}, " + AGAIN + ".",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|UnknownIssuer",
        "The secure connection to the package index was refused, often by a proxy or a wrong "
        "clock: check the computer's date, or give pip your network's certificate with "
        "`pip config set global.cert FILE`, " + AGAIN + ".",
    ),
    (
        r"NewConnectionError|NameResolutionError|name resolution|getaddrinfo failed"
        r"|Connection refused|Network is unreachable|ConnectTimeout|ReadTimeout|Read timed out"
        r"|ProxyError|Connection aborted|Connection broken|IncompleteRead|from versions: none",
        "The package index cannot be reached: connect to the internet (or, behind a proxy or with "
        "a mirror, set it with `pip config set global.proxy` or `global.index-url`), "
        + AGAIN
        + ".",
    ),
    (
        r"Permission denied|Errno 13\b|WinError (5|32)\b|Read-only file system",
        "{where} may not be written: close programs that use it and check that the folder "
        "belongs to you, " + AGAIN + ".",
    ),
    (
        r"No matching distribution found for (?P<what>\S+)",
        "No build of {what} exists for this Python ({python}) on this machine: use a 64-bit "
        "Python 3.11 to 3.14 on Linux, Windows, or macOS 14 or newer on an Apple chip.",
    ),
]


class Problem(Exception):
    """Something only the reader can mend: one sentence, what is wrong and what to do."""


def explain(output: str, where, needs: str = "3 GB") -> Problem | None:
    """Return the Problem that an installer's output tells of, or None if it is not known."""
    for pattern, sentence in SIGNS:
        found = re.search(pattern, output)
        if found:
            python = "%d.%d" % sys.version_info[:2]  # noqa: UP031
            return Problem(
                sentence.format(where=where, needs=needs, python=python, **found.groupdict())
            )
    return None


@contextlib.contextmanager
def file_errors_told(where, needs: str):
    """Turn what the file system refuses inside into its Problem: no space, or no permission."""
    try:
        yield
    except OSError as error:
        told = explain(f"[Errno {error.errno}] {error.strerror}", error.filename or where, needs)
        if told is None:
            raise
        raise told from None
