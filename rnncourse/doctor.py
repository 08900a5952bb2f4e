"""``python3 -m rnncourse doctor``: what is wrong with an installation, and how to mend it.

Standard library only. What needs the environment's packages is asked of its own Python.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from rnncourse import chromium, lab
from rnncourse.bootstrap import ALL, Plan, Problem, damage, prepare
from rnncourse.bootstrap.prepare import UNFINISHED, marker
from rnncourse.bootstrap.venv import (
    check_python,
    clean_environ,
    python_of,
    site_packages,
    version_of,
)

SET_UP = "run `python3 -m rnncourse lab`: it goes on where it stopped"
REPAIR = "run `python3 -m rnncourse doctor --repair`"
TORCH = """
import json, torch
x = torch.randn(64, 64, requires_grad=True)
(x @ x).sum().backward()
print(json.dumps([torch.__version__, torch.get_num_threads(), bool(x.grad.isfinite().all())]))
"""
KERNEL = """
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(startup_timeout=60)
reply = client.execute_interactive("import rnncourse", timeout=60)
manager.shutdown_kernel(now=True)
print(reply["content"]["status"])
"""


class Finding(NamedTuple):
    """One thing looked at: ``mark`` is "ok", "note" (no harm) or "wrong" (with its remedy)."""

    mark: str
    what: str
    remedy: str = ""

    def __str__(self):
        return f"{self.mark:5} {self.what}" + (f"\n      {self.remedy}." if self.remedy else "")


def ask(python: Path, code: str, where: Path) -> str:
    """Run ``code`` in the environment, in ``where``; return its last line, or raise Problem."""
    told = subprocess.run(
        [str(python), "-c", code], cwd=where, env=clean_environ(), capture_output=True, text=True
    )
    if told.returncode:
        raise Problem((told.stderr.strip().splitlines() or ["no message"])[-1])
    return told.stdout.strip().splitlines()[-1]


def this_python() -> Finding:
    try:
        check_python()
    except Problem as problem:
        return Finding("wrong", "this Python", str(problem).rstrip("."))
    return Finding("ok", f"Python {platform.python_version()} at {sys.executable}")


def environment(plan: Plan) -> Finding:
    """The environment's state against the lock."""
    venv, found = plan.venv, marker(plan)
    if not venv.exists():
        return Finding("wrong", "there is no .venv yet", SET_UP)
    if (venv / UNFINISHED).exists():
        return Finding("wrong", ".venv is not finished", SET_UP)
    if not damage.can_install(venv):
        return Finding("wrong", "the Python of .venv does not run, or its pip is gone", SET_UP)
    if found is None:
        return Finding("wrong", ".venv was made by hand, or never finished", SET_UP)
    if found["root"] != str(plan.root):
        return Finding("wrong", f".venv was made when the course was in {found['root']}", SET_UP)
    if not found["sections"].items() >= plan.wanted()["sections"].items():
        return Finding("wrong", ".venv follows an older lock than requirements.txt", SET_UP)
    if found.get("python") != version_of(python_of(venv)):
        return Finding("wrong", "the Python under .venv has changed since", SET_UP)
    return Finding("ok", f".venv follows the lock: {', '.join(found['sections'])}")


def packages(plan: Plan) -> list[Finding]:
    """Every installed package against the lock and against its own list of files."""
    site, found = site_packages(plan.venv), marker(plan) or {"sections": {}}
    if site is None:
        return []
    pins = plan._replace(sections=tuple({**dict.fromkeys(plan.sections), **found["sections"]}))
    here, findings = damage.installed(site), []
    for pin in damage.missing(site, [pin for part in pins.pins().values() for pin in part]):
        is_here = here.get(pin.name, ("not installed",))[0]
        findings.append(Finding("wrong", f"{pin.name} {pin.version} is wanted: {is_here}", REPAIR))
    for name, path in damage.damaged(site).items():
        findings.append(Finding("wrong", f"{name} is damaged: {path}", REPAIR))
    return findings or [Finding("ok", f"{len(here)} packages are whole, in the lock's versions")]


def torch_computes(plan: Plan) -> Finding:
    try:
        version, threads, finite = json.loads(ask(python_of(plan.venv), TORCH, plan.root))
    except Problem as problem:
        return Finding("wrong", f"PyTorch does not compute: {problem}", REPAIR)
    if not finite:
        return Finding("wrong", "PyTorch computes a gradient that is not finite", REPAIR)
    return Finding("ok", f"PyTorch {version} computes a gradient, with {threads} thread(s)")


def kernel_starts(plan: Plan, folder: Path) -> Finding:
    """Whether a notebook's kernel, started in the workspace, can import the course."""
    where = folder if folder.is_dir() else plan.root.parent
    try:
        status = ask(python_of(plan.venv), KERNEL, where)
    except Problem as problem:
        return Finding("wrong", f"a kernel does not start: {problem}", REPAIR)
    if status != "ok":
        return Finding("wrong", "a kernel starts but cannot import rnncourse", REPAIR)
    return Finding("ok", f"a kernel starts in {where} and imports rnncourse")


def disk(plan: Plan) -> Finding:
    free = shutil.disk_usage(plan.root).free / 1e9
    need = 0.5 if marker(plan) else plan.free
    if free < need:
        return Finding(
            "wrong", f"{free:.1f} GB free on the disk", f"make room: the course needs {need:g} GB"
        )
    return Finding("ok", f"{free:.0f} GB free on the disk")


def port() -> Finding:
    if lab.is_free(lab.PORT):
        return Finding("ok", f"port {lab.PORT} is free")
    return Finding(
        "note", f"port {lab.PORT} is busy, perhaps with a JupyterLab", "`lab` takes the next one"
    )


def browser() -> Finding:
    found = chromium.find()
    if found:
        return Finding("ok", f"{found} can run the browser tests")
    return Finding(
        "note",
        "no Chromium or Chrome: the browser tests are skipped",
        "install one, or name it in RNNCOURSE_CHROMIUM",
    )


def examine(plan: Plan, folder: Path):
    """Yield every finding, cheapest first."""
    yield this_python()
    state = environment(plan)
    yield state
    yield disk(plan)
    yield port()
    yield browser()
    if plan.venv.exists():
        yield from packages(plan)
        if version_of(python_of(plan.venv)):
            yield torch_computes(plan)
            yield kernel_starts(plan, folder)


def main(argv: list[str], plan: Plan | None = None) -> int:
    """Print every finding; return 1 if anything is wrong."""
    plan = plan or Plan()
    options = argparse.ArgumentParser("python3 -m rnncourse doctor", description=__doc__)
    options.add_argument("--repair", action="store_true", help="mend .venv first")
    if options.parse_args(argv).repair:
        found = marker(plan) or {"sections": {}}
        kept = tuple(name for name in ALL if name in found["sections"]) or plan.sections
        prepare(plan._replace(sections=kept), repair=True)
    wrong = 0
    for finding in examine(plan, plan.root / "workspace"):
        print(finding, flush=True)
        wrong += finding.mark == "wrong"
    print("Nothing is wrong." if not wrong else f"{wrong} to mend.")
    return 1 if wrong else 0
