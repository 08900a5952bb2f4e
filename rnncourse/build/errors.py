"""What the build refuses, always with the file and the line to look at."""

from pathlib import Path


class BuildError(Exception):
    """A sentence for the author: what is wrong, where, and what to do."""


def at(path, line, message):
    """The error of one line of a script."""
    return BuildError(f"{shown(path)}:{line}: {message}")


def shown(path) -> Path:
    """A path as an author would type it from where the command runs."""
    path = Path(path)
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
