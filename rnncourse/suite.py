"""``python3 -m rnncourse test``: the whole suite, in an environment that has its tools."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rnncourse import chromium
from rnncourse.bootstrap import ALL, ROOT, Plan, prepare
from rnncourse.bootstrap.venv import clean_environ

NOTEBOOKS = ("notebooks", "solutions", "exercises")
NBVAL = ["--nbval", "--nbval-current-env"]
WORKERS = ["-n", "2", "--dist", "loadscope"]  # measured: half the serial time
HELP = """usage: python3 -m rnncourse test [--here] [PATH or pytest option ...]

With nothing more: every test, and every notebook run again and compared with its stored outputs.
--here runs in this Python (conda), which must have the test tools, rather than in .venv."""


def arguments(given: list[str], root: Path = ROOT) -> list[str]:
    """What pytest gets: everything on two workers, or what was asked for, in one process."""
    if given:
        return [*NBVAL, *given]
    folders = [name for name in NOTEBOOKS if any((root / name).glob("*.ipynb"))]
    return [*NBVAL, *WORKERS, "tests", *folders]


def main(argv: list[str]) -> int:
    if argv[:1] in (["-h"], ["--help"]):
        print(HELP)
        return 0
    here = "--here" in argv
    given = [word for word in argv if word != "--here"]
    python = sys.executable if here else prepare(Plan(sections=ALL))
    browser = chromium.find()
    print(
        f"Browser tests use {browser}."
        if browser
        else "No Chromium or Chrome is found: the browser tests will be skipped.",
        flush=True,
    )
    environ = clean_environ(OMP_NUM_THREADS="1")  # two workers, a core each
    return subprocess.call([str(python), "-m", "pytest", *arguments(given)], cwd=ROOT, env=environ)
