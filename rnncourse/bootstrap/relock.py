"""Make requirements.txt anew from pyproject.toml's ranges, for every platform at once.

    python -m rnncourse.bootstrap.relock [NAME ...]

keeps every version that the lock has, except those of the packages named. It needs uv, which
the lock's [installer] section brings. Test the result before committing it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rnncourse.bootstrap import lock
from rnncourse.bootstrap.prepare import ROOT

HEAD = """\
# The tested lock of everything, for Linux, macOS and Windows and Python 3.11 to 3.14.
# Made by `python -m rnncourse.bootstrap.relock`; do not edit by hand.
# On Linux the CUDA packages of the registry's torch are left out: the course runs on the CPU.
"""
SECTIONS = {
    "course": ("a learner needs", []),
    "test": ("the test suite and the build need, besides", ["--extra", "test"]),
}
CUDA = re.compile(r"nvidia-|cuda-|triton")


def resolve(options: list[str], constraints: Path) -> list[lock.Pin]:
    """The closure of pyproject.toml's dependencies, with a condition on each that needs one."""
    out = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--no-annotate",
         "--no-header", "--no-emit-index-url", "--python-version", "3.11.0",
         "--constraints", str(constraints), *options, str(ROOT / "pyproject.toml")],
        capture_output=True, text=True,
    )  # fmt: skip
    if out.returncode:
        sys.exit(out.stderr)
    lines = [line for line in out.stdout.splitlines() if "==" in line and not CUDA.match(line)]
    return [lock.Pin(**lock.PIN.match(line).groupdict()) for line in lines]


def main() -> None:
    path, freed = ROOT / "requirements.txt", {lock.canonical(name) for name in sys.argv[1:]}
    before = lock.read(path)
    kept = [pin for pins in before.values() for pin in pins if pin.name not in freed]
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text("".join(f"{pin.name}=={pin.version}\n" for pin in kept))
        parts, seen = [HEAD], set()
        uv = [pin for pin in before["installer"] if pin.name not in freed]
        sections = {name: resolve(options, constraints) for name, (_, options) in SECTIONS.items()}
    for name, pins in sections.items():
        parts.append(f"\n# [{name}] what {SECTIONS[name][0]}\n")
        parts += [f"{pin}\n" for pin in pins if pin not in seen]
        seen.update(pins)
    parts.append("\n# [installer] finds PyTorch's CPU wheels on Linux\n")
    parts += [f"{pin}\n" for pin in uv or before["installer"]]
    path.write_text("".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
