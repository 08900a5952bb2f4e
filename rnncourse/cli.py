"""The commands: what each is called, and which module answers. Nothing heavy is imported here."""

from __future__ import annotations

import sys
from importlib import import_module

COMMANDS = {
    "lab": ("rnncourse.lab", "set up once, then open JupyterLab on lesson 00"),
    "test": ("rnncourse.suite", "run the whole test suite"),
    "doctor": ("rnncourse.doctor", "say what is wrong with the installation, and how to mend it"),
    "build": ("rnncourse.build", "build the notebooks from source/"),
    "bench": ("benchmarks.harness", "measure speed and quality against peers"),
}
BARE = {"lab", "test", "doctor"}  # run by a Python with nothing installed


def usage() -> str:
    lines = [f"  {name:8}{does}" for name, (_, does) in COMMANDS.items()]
    return "\n".join(
        ["usage: python3 -m rnncourse COMMAND [OPTION ...]", "", *lines, ""]
        + ["COMMAND --help tells its options."]
    )


def main(argv: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    argv = sys.argv[1:] if argv is None else list(argv)
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if argv else 2
    name, *rest = argv
    if name not in COMMANDS:
        print(f"rnncourse: there is no command {name!r}.\n\n{usage()}", file=sys.stderr)
        return 2
    return import_module(COMMANDS[name][0]).main(rest) or 0
