"""Where things lie in a virtual environment, and how one is made."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from rnncourse.bootstrap.problems import Problem, explain


def python_of(venv: Path) -> Path:
    """The environment's own Python, whether or not it is there."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def site_packages(venv: Path) -> Path | None:
    """The folder that packages are installed in, or None before there is one."""
    pattern = "Lib/site-packages" if os.name == "nt" else "lib/python3.*/site-packages"
    return next(iter(sorted(venv.glob(pattern))), None)


def clean_environ(**extra: str) -> dict:
    """This process's environment without what would lead another Python astray."""
    strays = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_USER")
    kept = {name: value for name, value in os.environ.items() if name not in strays}
    return {**kept, "PYTHONUTF8": "1", **extra}


def version_of(python: Path) -> str | None:
    """The version of ``python``, or None where it does not run."""
    code = "import sys; print('.'.join(map(str, sys.version_info[:3])))"
    try:
        told = subprocess.run(
            [str(python), "-c", code], capture_output=True, text=True, env=clean_environ()
        )
    except OSError:
        return None
    return told.stdout.strip() if told.returncode == 0 else None


def check_python() -> None:
    """Raise Problem if the Python that runs this cannot make the course's environment."""
    if struct.calcsize("P") != 8:
        raise Problem(
            "PyTorch needs a 64-bit Python and this one is 32-bit: install the 64-bit Python and "
            "run the same command with it."
        )
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        raise Problem(
            "PyTorch 2.13 is not built for Macs with an Intel chip (on an Apple chip, use a "
            "native Python rather than one under Rosetta): use another machine, or Binder."
        )
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise Problem(
            f"This Python lacks its module {' and '.join(missing)}: on Debian or Ubuntu run "
            f"`sudo apt install python3.{sys.version_info[1]}-venv`, elsewhere install Python "
            "from its own site, then run the same command again."
        )


def create(venv: Path, flag: str, pass_fds=()) -> None:
    """Make a fresh environment at ``venv``, in place of whatever half-made one is there.

    An old one is renamed before it is deleted and ``flag`` is in the new one before anything
    else, so that at no moment an unfinished folder looks like somebody else's.
    """
    if venv.exists():
        os.replace(venv, venv.with_name(f"{venv.name}-old-{os.getpid()}"))
    for old in venv.parent.glob(f"{venv.name}-old-*"):
        shutil.rmtree(old)
    fresh = Path(tempfile.mkdtemp(prefix=f"{venv.name}-old-", dir=venv.parent))
    (fresh / flag).touch()
    os.replace(fresh, venv)
    steps = [
        [sys.executable, "-m", "venv", "--without-pip", str(venv)],
        [str(python_of(venv)), "-m", "ensurepip", "--upgrade", "--default-pip"],
    ]
    for step in steps:
        done = subprocess.run(
            step, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            env=clean_environ(), pass_fds=pass_fds,
        )  # fmt: skip
        if done.returncode:
            raise explain(done.stdout, venv) or Problem(
                f"Python could not make {venv} and said:\n{done.stdout.strip()[-600:]}\nInstall "
                "Python from its own site or your system's full package, then run the same "
                "command again."
            )
