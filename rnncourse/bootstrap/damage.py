"""What is really installed: every package is held to its own list of files."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from rnncourse.bootstrap.lock import Pin, canonical
from rnncourse.bootstrap.venv import python_of, site_packages, version_of


def installed(site: Path) -> dict[str, tuple[str, Path]]:
    """Canonical name -> version and ``.dist-info`` folder of every package under ``site``."""
    found = {}
    for folder in sorted(site.glob("[!~]*.dist-info")):
        name, _, version = folder.name[: -len(".dist-info")].partition("-")
        found[canonical(name)] = (version, folder)
    return found


def broken_file(folder: Path) -> str | None:
    """The first file of a package that is absent or has another size than recorded, or None."""
    record = folder / "RECORD"
    if not record.is_file() or not (folder / "METADATA").is_file():
        return "RECORD"
    with open(record, newline="", encoding="utf-8") as lines:
        for path, _, size in csv.reader(lines):
            try:
                actual = (folder.parent / path).stat().st_size
            except OSError:
                if path.endswith(".pyc"):
                    continue
                return path
            if size and int(size) != actual:
                return path
    return None


def damaged(site: Path) -> dict[str, str]:
    """Canonical name -> first broken file, for every package that is not whole."""
    checks = ((name, broken_file(folder)) for name, (_, folder) in installed(site).items())
    return {name: path for name, path in checks if path}


def can_install(venv: Path) -> bool:
    """Whether the environment's Python runs and its pip is there, whole."""
    site = site_packages(venv)
    if site is None or version_of(python_of(venv)) is None:
        return False
    pip = installed(site).get("pip")
    return pip is not None and broken_file(pip[1]) is None


def forget(site: Path, names) -> None:
    """Make pip see these packages as not installed, and drop what an interrupted pip left."""
    here = installed(site)
    for name in names:
        shutil.rmtree(here[name][1])
    for leftover in site.glob("~*"):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


def missing(site: Path, pins: list[Pin]) -> list[Pin]:
    """The pins that apply here and are absent or present in another version."""
    here = installed(site)

    def present(pin):  # 2.13.0+cpu is 2.13.0, built for the CPU
        return here.get(canonical(pin.name), ("", None))[0].partition("+")[0] == pin.version

    return [pin for pin in pins if pin.applies() and not present(pin)]
