"""The commands: what each is called, and which module answers. Nothing heavy is imported here."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from rnncourse.bootstrap import ALL, ROOT, Plan, Problem, prepare
from rnncourse.bootstrap.venv import clean_environ


class Command(NamedTuple):
    module: str  # its main(argv) returns the exit code
    does: str
    needs: tuple[str, ...] = ()  # packages that a bare Python lacks


COMMANDS = {
    "lab": Command("rnncourse.lab", "set up once, then open JupyterLab on lesson 00"),
    "test": Command("rnncourse.suite", "run the whole test suite"),
    "doctor": Command("rnncourse.doctor", "say what is wrong with the installation, and mend it"),
    "build": Command(
        "rnncourse.build", "build the notebooks from source/", ("jupytext", "nbclient", "numpy")
    ),
    "bench": Command(
        "benchmarks.harness", "measure speed and quality against peers", ("numpy", "torch")
    ),
}


def usage() -> str:
    lines = [f"  {name:8}{command.does}" for name, command in COMMANDS.items()]
    return "\n".join(
        ["usage: python3 -m rnncourse COMMAND [OPTION ...]", "", *lines, ""]
        + ["COMMAND --help tells its options."]
    )


def inside(argv: list[str]) -> int:
    """Run the same command with the Python of ``.venv``, made ready first."""
    python = prepare(Plan(sections=ALL))
    return subprocess.call(
        [str(python), "-m", "rnncourse", *argv], env=clean_environ(PYTHONPATH=str(ROOT))
    )


def main(argv: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    argv = sys.argv[1:] if argv is None else list(argv)
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if argv else 2
    if argv[0] not in COMMANDS:
        print(f"rnncourse: there is no command {argv[0]!r}.\n\n{usage()}", file=sys.stderr)
        return 2
    command = COMMANDS[argv[0]]
    try:
        if any(find_spec(name) is None for name in command.needs):
            return inside(argv)
        sys.path.insert(0, str(ROOT))  # benchmarks/ lies beside the package
        return import_module(command.module).main(argv[1:]) or 0
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130
