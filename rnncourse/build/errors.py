"""What the build refuses, always with the file and the line to look at."""


class BuildError(Exception):
    """A sentence for the author: what is wrong, where, and what to do."""


def at(path, line, message):
    """The error of one line of a script."""
    return BuildError(f"{path}:{line}: {message}")
