"""The protocol that leaves ``.venv`` either ready or visibly unfinished, whenever it is stopped.

A marker inside the environment says what it was made for. It is removed before anything is
changed and written, whole and last, after everything has been checked; a second file stands
there in between, so that a half-made environment is known for ours and can be made again.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
from pathlib import Path
from typing import NamedTuple

from rnncourse.bootstrap import cpu_torch, damage, lock
from rnncourse.bootstrap.installer import Installer
from rnncourse.bootstrap.problems import Problem, file_errors_told
from rnncourse.bootstrap.single import only_one
from rnncourse.bootstrap.ticker import Ticker
from rnncourse.bootstrap.venv import check_python, create, python_of, site_packages, version_of

ROOT = Path(__file__).resolve().parents[2]
ALL = ("course", "test")
READY, UNFINISHED = "rnncourse-ready.json", "rnncourse-unfinished"


class Plan(NamedTuple):
    """What an environment is to hold: sections of ``root``'s lock, and the course itself."""

    root: Path = ROOT
    sections: tuple[str, ...] = ("course",)
    package: bool = True  # install root in editable form
    smoke: str = "torch, matplotlib, jupyterlab, rnncourse"  # must import at the end
    free: float = 3.0  # GB that a first installation needs, with what it unpacks on the way

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def pins(self) -> dict[str, list[lock.Pin]]:
        """The lock's sections that this plan wants.

        Raises Problem when requirements.txt is absent, unreadable or lacks one.
        """
        read = lock.read(self.root / "requirements.txt")
        absent = [name for name in self.sections if name not in read]
        if absent:
            raise Problem(
                f"requirements.txt has no section [{absent[0]}]: restore it with "
                "`git checkout requirements.txt`."
            )
        return {name: read[name] for name in self.sections}

    def wanted(self) -> dict:
        digests = {name: lock.digest(pins) for name, pins in self.pins().items()}
        return {"root": str(self.root), "sections": digests}


def marker(plan: Plan) -> dict | None:
    """What the environment was last made for, or None where it is not finished."""
    try:
        found = json.loads((plan.venv / READY).read_text(encoding="utf-8"))
        return found if isinstance(found["sections"], dict) and found["root"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ready(plan: Plan) -> bool:
    """Whether the environment is whole, of this clone, of this lock, and its Python runs."""
    found, wanted = marker(plan), plan.wanted()
    return (
        found is not None
        and found["root"] == wanted["root"]
        and found["sections"].items() >= wanted["sections"].items()
        and found.get("python") == version_of(python_of(plan.venv))
    )


def prepare(plan: Plan, say=print, repair: bool = False) -> Path:
    """Make ``plan``'s environment ready, or finish it; return its Python.

    Nothing is downloaded when it is ready already. ``repair`` checks every installed file and
    installs again what is damaged. Raises Problem for whatever the reader has to mend.
    """
    if ready(plan) and not repair:
        return python_of(plan.venv)
    check_python()
    with (
        ended_like_ctrl_c(),
        file_errors_told(plan.root, f"{plan.free:.0f} GB"),
        only_one(plan.root / ".venv.lock", say) as pass_fds,
    ):
        if repair or not ready(plan):  # another process may have finished it meanwhile
            _set_up(plan, say, pass_fds)
    return python_of(plan.venv)


def _set_up(plan, say, pass_fds):
    venv, pins = plan.venv, [pin for section in plan.pins().values() for pin in section]
    ours = (venv / UNFINISHED).exists() or marker(plan) is not None
    works = damage.can_install(venv)
    _announce(plan, say, ours, works)
    if not works:
        _check_space(plan)
        create(venv, UNFINISHED, pass_fds)
    (venv / UNFINISHED).touch()
    with contextlib.suppress(FileNotFoundError):
        (venv / READY).unlink()

    site = site_packages(venv)
    damage.forget(site, damage.damaged(site))
    applying = [pin for pin in pins if pin.applies()]
    installer = Installer(venv, Ticker(len(applying)), f"{plan.free:.0f} GB", pass_fds)
    _install(plan, pins, installer, say)
    _check(plan, pins, installer, say)

    facts = {**plan.wanted(), "python": version_of(python_of(venv))}
    unfinished = venv / (READY + ".tmp")
    unfinished.write_text(json.dumps(facts, indent=1), encoding="utf-8")
    os.replace(unfinished, venv / READY)
    (venv / UNFINISHED).unlink()
    say(f"Ready: {len(applying)} packages, {installer.ticker.elapsed()} min:s.")


def _announce(plan, say, ours, works):
    """Say what is about to happen; refuse to delete an environment that somebody else made."""
    venv = plan.venv
    if not venv.is_dir() and not os.path.lexists(venv):
        say(f"Setting up the course in {venv}, once. You can stop and go on at any time.")
    elif works and ours:
        say(f"Bringing {venv} up to date with the course; what is already installed is kept.")
    elif works:
        say(f"Using the environment that is already in {venv}, with the course's versions.")
    elif ours or (venv.is_dir() and not any(venv.iterdir())):
        say(f"{venv} was left unfinished, or its Python is gone: making it again.")
    else:
        raise Problem(
            f"{venv} was not made by this course and has no Python with pip that runs: rename or "
            "delete it, then run the same command again."
        )


def _check_space(plan):
    free = shutil.disk_usage(plan.root).free / 1e9
    if free < plan.free:
        raise Problem(
            f"The course needs {plan.free:.0f} GB and the disk that holds {plan.root} has "
            f"{free:.1f} GB free: make room there, then run the same command again."
        )


def _install(plan, pins, installer, say):
    site = site_packages(plan.venv)
    by_name = {pin.name: pin for pin in damage.missing(site, pins)}
    uv = lock.read(plan.root / "requirements.txt").get("installer")
    if "torch" in by_name and uv:
        cpu_torch.install(installer, by_name["torch"], uv[0], say)
    if damage.missing(site, pins):
        installer.pins(pins)
    if plan.package:
        installer.ticker.show(installer.ticker.total, "the course itself", "installed")
        installer.pip("--no-deps", "--no-build-isolation", "--quiet", "-e", str(plan.root))


def _check(plan, pins, installer, say):
    site = site_packages(plan.venv)
    absent, bad = damage.missing(site, pins), damage.damaged(site)
    if absent or bad:
        names = ", ".join([pin.name for pin in absent] + sorted(bad))
        raise Problem(
            f"These packages are not whole after installing: {names}. Run the same command "
            "again; if that does not help, delete .venv first."
        )
    installer.ticker.show(doing="checking")
    code, output = installer.run([installer.python, "-c", f"import {plan.smoke}"])
    if code:
        raise Problem(
            f"Everything is installed but {plan.smoke} cannot be imported:\n"
            f"{output.strip()[-600:]}\nDelete .venv and run the same command again."
        )


@contextlib.contextmanager
def ended_like_ctrl_c():
    """Let a request to end (SIGTERM) run the same clean-up as Ctrl-C."""

    def stop(number, frame):
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
