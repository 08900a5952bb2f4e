"""requirements.txt, the tested lock: exact versions in sections, one package a line."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
from pathlib import Path
from typing import NamedTuple

from rnncourse.bootstrap.problems import Problem

SECTION = re.compile(r"# \[(\w+)\]")
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?:\s*;\s*(?P<marker>.+))?$")


class Pin(NamedTuple):
    """One line of the lock; ``marker`` is a PEP 508 condition or None."""

    name: str
    version: str
    marker: str | None

    def __str__(self):
        condition = f" ; {self.marker}" if self.marker else ""
        return f"{self.name}=={self.version}{condition}"

    def applies(self) -> bool:
        """Whether this machine needs the package."""
        return self.marker is None or holds(self.marker, environment())


class Release(str):
    """A version that compares as numbers: 3.11.10 is after 3.11.9."""

    def key(self):
        return [int(part) for part in re.findall(r"\d+", self)]

    def __lt__(self, other):
        return self.key() < Release(other).key()

    def __ge__(self, other):
        return not self < other


def environment() -> dict:
    """The PEP 508 variables that the lock's conditions use, on this machine."""
    return {
        "sys_platform": sys.platform,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "implementation_name": sys.implementation.name,
        "python_full_version": Release(platform.python_version()),
    }


def holds(marker: str, variables: dict) -> bool:
    """Evaluate a PEP 508 condition of the lock, whose syntax is a subset of Python's."""
    return bool(eval(marker, {"__builtins__": {}}, dict(variables)))


def canonical(name: str) -> str:
    """A package's name as the index spells it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(path: Path) -> dict[str, list[Pin]]:
    """The lock's sections in order, each a list of pins.

    Raises Problem when the file is missing or a line is not an exact version.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        raise Problem(
            f"There is no {path}: run this from a complete clone of the course."
        ) from None
    sections, current = {}, None
    for number, line in enumerate(lines, 1):
        heading = SECTION.match(line)
        if heading:
            current = sections.setdefault(heading[1], [])
        elif line.strip() and not line.startswith("#"):
            pin = PIN.match(line.strip())
            if pin is None or current is None:
                raise Problem(
                    f"{path}, line {number}, {line.strip()!r} is not NAME==VERSION in a section: "
                    "restore the file with `git checkout requirements.txt`."
                )
            current.append(Pin(**pin.groupdict()))
    return sections


def digest(pins: list[Pin]) -> str:
    """What decides whether an environment is up to date."""
    return hashlib.sha256("\n".join(map(str, pins)).encode()).hexdigest()
