"""Text that every Python already has: its reference documentation and its own source."""

import os
import sysconfig
from pathlib import Path


def python_docs() -> str:
    """The English reference text behind `help()`: about half a megabyte, read in place.

    The module `pydoc_data.topics` maps a topic to its page; the pages are joined in the order of
    their names. The text is that of the running Python, so its size and your figures differ a
    little between versions. A few passages stand on two pages, in 3.11 a twelfth of the last
    tenth among them: `splitting.repeated` measures that, and every model compared gains from it.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise FileNotFoundError(
            "this Python came without pydoc_data, the text behind help(); some Linux "
            "distributions leave it out. Use load('harbour') instead, or a Python from python.org"
        ) from None
    return "\n\n".join(topics[name].strip("\n") for name in sorted(topics)) + "\n"


def stdlib(size: int = 2_000_000) -> str:
    """The standard library's own Python source, at most `size` characters of it.

    Whole files in the order of their paths, each under a comment with its name; a file that would
    not fit is passed over. Tests, third-party packages and tables written by a program are left
    out. When no file fits, the head of the first.
    """
    root = Path(sysconfig.get_paths()["stdlib"])
    sources = _sources(root)
    if not sources:
        raise FileNotFoundError(f"no Python source under {root}: this Python is installed without "
                                "it. Use load('harbour') or load('python-docs')")
    parts, left = [], size
    for path in sources:
        if path.stat().st_size > left:
            continue
        try:
            source = path.read_text(encoding="utf-8").strip()
        except (UnicodeDecodeError, OSError):
            continue
        part = f"# {path.relative_to(root).as_posix()}\n{source}\n\n\n"
        if source and len(part) <= left:
            parts.append(part)
            left -= len(part)
    return "".join(parts) or sources[0].read_text(encoding="utf-8")[:size]


# Tests, other people's packages, and tables that a program wrote.
LEFT_OUT = {"test", "tests", "idle_test", "site-packages", "dist-packages", "lib2to3",
            "__pycache__", "pydoc_data", "encodings", "ensurepip", "turtledemo", "lib-dynload"}


def _sources(root):
    """Paths of the standard library's modules, in an order that no file system decides."""
    paths = []
    for folder, below, files in os.walk(root):
        below[:] = set(below) - LEFT_OUT  # so that os.walk does not even enter them
        paths += [Path(folder, name) for name in files
                  if name.endswith(".py") and not name.startswith("_sysconfigdata")]
    return sorted(paths, key=lambda path: path.relative_to(root).as_posix())
