"""The learner's own copy of the course: delivered, renewed, and never overwritten.

``workspace/`` mirrors the repository's notebooks/ and exercises/, so that links between lessons
hold. A state file remembers what was delivered, by hash; a file that no longer is what was
delivered belongs to the learner, and so does the decision to delete or rename one.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from rnncourse.bootstrap.problems import Problem

FOLDERS = ("notebooks", "exercises")
STATE = ".rnncourse.json"
TEMPORARY = ".rnncourse-copying-"
SKIPPED = ("__pycache__",)


class Delivery(NamedTuple):
    """What one delivery did: lists of workspace paths, relative, with forward slashes."""

    new: list[str]  # delivered for the first time
    renewed: list[str]  # replaced by a newer edition; the learner had not changed them
    beside: list[tuple[str, str]]  # the learner's stays; the newer edition is put beside it
    away: list[str]  # deleted or renamed by the learner, left so
    notes: list[str]  # whatever else must be said

    def lines(self) -> list[str]:
        """The delivery in sentences, one a line; empty when there is nothing to say."""
        said = list(self.notes)
        if self.new:
            said.append(f"{len(self.new)} new in the workspace: {shortened(self.new)}.")
        if self.renewed:
            said.append(f"Newer edition, nothing of yours changed: {shortened(self.renewed)}.")
        said += [
            f"{mine} has your changes and stays; the newer edition is beside it: {theirs}."
            for mine, theirs in self.beside
        ]
        if self.away:
            said.append(
                f"Left as you wanted, deleted or renamed: {shortened(self.away)}. "
                "`lab --restore NAME` brings one back."
            )
        return said


def shortened(names: list[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sources(root: Path) -> list[str]:
    """Every file of the course that a workspace gets, relative, sorted."""
    found = []
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            parts = path.relative_to(root).parts
            hidden = any(part.startswith(".") or part in SKIPPED for part in parts)
            if path.is_file() and not hidden:
                found.append("/".join(parts))
    return found


def deliver(root: Path, workspace: Path, restore: str | None = None) -> Delivery:
    """Bring ``workspace`` up to date with the course at ``root``.

    Every file is copied whole under another name and then renamed, and the record says what is
    coming before the first one comes: a kill at any moment leaves each file as it was or as it
    should be, and known for what it is. ``restore`` names a lesson to bring back: a path, a
    file name or a number. Raises Problem when nothing has that name.
    """
    names = sources(root)
    wanted = matching(names, restore) if restore else []
    make_folder(workspace)
    for leftover in workspace.rglob(TEMPORARY + "*"):
        leftover.unlink()
    delivery = Delivery([], [], [], [], [])
    record = read_record(workspace, delivery.notes)
    editions = {name: hash_of(root / name) for name in names}
    actions = {
        name: decide(workspace / name, editions[name], record.get(name, {}), name in wanted)
        for name in names
    }
    for name, action in actions.items():
        if action in ("new", "renew", "beside"):
            record[name] = {**record.get(name, {}), "coming": editions[name]}
            if action == "renew":
                record[name]["delivered"] = hash_of(workspace / name)
    write_record(workspace, record)

    for name, action in actions.items():
        source, target, known = root / name, workspace / name, record.get(name, {})
        if action == "beside":
            beside = put_beside(source, target, [known.get("offered"), known.get("coming")])
            delivery.beside.append((name, beside.relative_to(workspace).as_posix()))
            record[name] = {"delivered": known.get("delivered"), "offered": editions[name]}
        elif action == "away":
            delivery.away.append(name)
        elif action != "keep":
            if action != "same":
                copy(source, target)
                (delivery.new if action == "new" else delivery.renewed).append(name)
            record[name] = {"delivered": editions[name]}
    write_record(workspace, record)
    return delivery


def decide(target: Path, edition: str, known: dict, restoring: bool) -> str:
    """What to do about one file, given the course's ``edition`` and what is ``known`` of it.

    new, renew (untouched, and older), same, beside (the learner's), keep (the learner's, and no
    newer edition to offer) or away (deleted or renamed by the learner).
    """
    delivered = known.get("delivered")
    if not os.path.lexists(target):
        return "away" if delivered and not restoring else "new"
    present = hash_of(target) if target.is_file() else None
    if present == edition:
        return "same"
    if present in (delivered, known.get("coming")) and present and not target.is_symlink():
        return "renew"
    return "beside" if restoring or edition not in (delivered, known.get("offered")) else "keep"


def put_beside(source: Path, target: Path, ours: list) -> Path:
    """Copy ``source`` next to the learner's ``target`` under a name that says what it is.

    A copy from an earlier time that still is one of the hashes in ``ours`` gives way.
    """
    for number in itertools.count(1):
        more = "" if number == 1 else f"-{number}"
        beside = target.with_name(f"{target.stem}.newer-edition{more}{target.suffix}")
        if not os.path.lexists(beside) or (beside.is_file() and hash_of(beside) in ours):
            copy(source, beside)
            return beside


def matching(names: list[str], wanted: str) -> list[str]:
    """The files that ``wanted`` means: a path, a file name, or the number of a lesson."""
    wanted = wanted.replace("\\", "/").removeprefix("./").removeprefix("workspace/")
    found = [
        name
        for name in names
        if wanted in (name, Path(name).name, Path(name).stem, Path(name).name.partition("_")[0])
    ]
    if not found:
        raise Problem(
            f"There is no lesson called {wanted!r}: name it as in `lab --restore "
            f"{names[0] if names else 'notebooks/00_start_here.ipynb'}`, or by its number, 05."
        )
    return found


def write_record(workspace: Path, record: dict) -> None:
    content = json.dumps(record, indent=1, sort_keys=True).encode()
    if not (workspace / STATE).exists() or (workspace / STATE).read_bytes() != content:
        write_atomically(workspace / STATE, content)


def read_record(workspace: Path, notes: list[str]) -> dict:
    """What was delivered before: name -> hashes of the editions "delivered", put beside the
    learner's file ("offered"), and on their way when a delivery was cut off ("coming").

    An unreadable record is kept under another name, and said in ``notes``.
    """
    path = workspace / STATE
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict) or not all(isinstance(v, dict) for v in record.values()):
            raise ValueError("not a table of deliveries")
    except FileNotFoundError:
        return {}
    except ValueError:
        aside = next(
            candidate
            for candidate in (path.with_suffix(f".unreadable-{n}.json") for n in itertools.count(1))
            if not candidate.exists()
        )
        os.replace(path, aside)
        notes.append(
            f"The workspace's record {STATE} could not be read and is kept as {aside.name}; your "
            "files stay as they are, and lessons you had deleted are delivered again."
        )
        return {}
    return record


def make_folder(folder: Path) -> None:
    """Make ``folder``, or raise Problem where a file is in its place."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise Problem(
            f"{folder} is to be a folder but a file has that name: rename the file, then run the "
            "same command again."
        ) from None


def copy(source: Path, target: Path) -> None:
    """Copy a file whole or not at all."""
    make_folder(target.parent)
    write_atomically(target, source.read_bytes())


def write_atomically(target: Path, content: bytes) -> None:
    """Write to a temporary file in the same folder, flush it to the disk, rename it."""
    handle, name = tempfile.mkstemp(prefix=TEMPORARY, dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
