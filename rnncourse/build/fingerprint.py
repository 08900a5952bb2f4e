"""A hash of the code that a lesson's outputs depend on."""

import ast
import hashlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
STORING = {PACKAGE / "build" / name for name in ("execute.py", "clean.py")}


def imported(source: str, here: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """The rnncourse modules that a source may import, as paths of names below the package.

    here: the package the source lies in, for relative imports.
    """
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ["rnncourse", *here[: len(here) - node.level + 1]] if node.level else []
            base += node.module.split(".") if node.module else []
            names = [base + [alias.name] for alias in node.names]
        else:
            continue
        found |= {tuple(name[1:]) for name in names if name[0] == "rnncourse"}
    return found


def files(sources) -> list[Path]:
    """Every file of the package that these sources import, directly or not, and its data."""
    waiting, found = [name for text in sources for name in imported(text)], set()
    while waiting:
        name = waiting.pop()
        for depth in range(len(name) + 1):
            stem = PACKAGE.joinpath(*name[:depth])
            for path, here in [(stem / "__init__.py", name[:depth]),
                               (stem.with_suffix(".py"), name[: max(depth - 1, 0)])]:
                if path.is_file() and path not in found and PACKAGE in path.parents:
                    found.add(path)
                    waiting += imported(path.read_text(encoding="utf-8"), here)
    code = "\n".join(path.read_text(encoding="utf-8") for path in found)
    return sorted(found | {path for path in _data_files() if _named(path, code)})


def _data_files():
    return (path for path in PACKAGE.rglob("*")
            if path.is_file() and path.suffix not in (".py", ".pyc"))


def _named(path, code):
    """True when the code names the data file, or the folder of the package it lies in."""
    return path.name in code or (path.parent != PACKAGE and f'"{path.parent.name}"' in code)


def fingerprint(sources) -> str:
    """A short hash of those files, and of how outputs are made and stored; sources: code cells."""
    digest = hashlib.sha256()
    for path in sorted({*files(sources), *STORING}):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
