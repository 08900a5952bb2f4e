"""PyTorch without CUDA, where the registry's own build would bring gigabytes of it.

Only Linux has that choice: elsewhere the registry's build is for the CPU already. uv knows
where PyTorch's own CPU wheels are; where they cannot be had, pip takes the registry's build.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from rnncourse.bootstrap.installer import Installer
from rnncourse.bootstrap.lock import Pin
from rnncourse.bootstrap.problems import Problem
from rnncourse.bootstrap.venv import clean_environ

WITH_CUDA = "8 GB"  # what the registry's own build needs on Linux
PATIENCE = 30  # seconds that the CPU index has for its first answer
SOURCES = ("index-url", "extra-index-url", "find-links", "no-index")


def has_nvidia_driver() -> bool:
    return os.path.exists("/proc/driver/nvidia/version") or shutil.which("nvidia-smi") is not None


def chosen_sources(python: str) -> bool:
    """Whether the reader has told pip where packages come from; that choice is honoured."""
    told = subprocess.run(
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, env=clean_environ()
    )
    names = [line.partition("=")[0].rpartition(".")[2] for line in told.stdout.splitlines()]
    return any(name in SOURCES for name in names)


def install(installer: Installer, torch: Pin, uv: Pin, say=print) -> bool:
    """Install PyTorch's CPU build if this machine is better served by it; say what happens.

    Returns whether it did. Failing is no error: pip follows with what it finds.
    """
    if not sys.platform.startswith("linux") or has_nvidia_driver():
        return False
    if chosen_sources(installer.python):
        say("PyTorch comes from where your pip configuration says.")
        return False
    wanted = ["--torch-backend=cpu", "--no-deps", f"{torch.name}=={torch.version}"]
    install = [installer.python, "-m", "uv", "pip", "install", "--python", installer.python]
    try:
        installer.pins([uv])
    except Problem:
        return False
    installer.ticker.show(doing="asking for PyTorch's own CPU build")
    if installer.run([*install, "--dry-run", *wanted], limit=PATIENCE)[0] == 0:
        say("No NVIDIA driver here: taking PyTorch's own CPU build, without gigabytes of CUDA.")
        installer.ticker.show(doing=f"downloading PyTorch {torch.version}, about 200 MB")
        if installer.run([*install, *wanted])[0] == 0:
            return True
    say(
        "PyTorch's own CPU build cannot be had now: pip takes the registry's instead, on Linux "
        f"with CUDA packages and {WITH_CUDA} of disk. Press Ctrl-C and try later to avoid that."
    )
    installer.needs = WITH_CUDA
    return False
