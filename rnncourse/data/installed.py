"""Text that every Python already has: its reference documentation and its own source."""

import sysconfig
from pathlib import Path


def python_docs() -> str:
    """The English reference text behind `help()`: about half a megabyte, read in place.

    The module `pydoc_data.topics` maps a topic to its page; the pages are joined in the order of
    their names. The text is that of the running Python, so its size and your figures differ a
    little between versions.
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
    """The standard library's own Python source, at most `size` characters of whole files.

    Files come in the order of their paths, tests, third-party packages and generated tables left
    out, each under a comment with its name.
    """
    root = Path(sysconfig.get_paths()["stdlib"])
    parts, total = [], 0
    for path in _sources(root):
        try:
            source = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        part = f"# {path.relative_to(root).as_posix()}\n{source.strip()}\n\n\n"
        if total + len(part) > size:
            break
        parts.append(part)
        total += len(part)
    if not parts:
        first = next(_sources(root), None)
        if first is None:
            raise FileNotFoundError(f"no Python source under {root}: this Python is installed "
                                    "without it. Use load('harbour') or load('python-docs')")
        return first.read_text(encoding="utf-8")[:size]
    return "".join(parts)


# Tests, other people's packages, and tables that a program wrote.
LEFT_OUT = {"test", "tests", "idle_test", "site-packages", "dist-packages", "lib2to3",
            "__pycache__", "pydoc_data", "encodings", "ensurepip", "turtledemo", "lib-dynload"}


def _sources(root):
    """Paths of the standard library's modules, in an order that no file system decides."""
    paths = (p for p in root.rglob("*.py")
             if not LEFT_OUT.intersection(p.relative_to(root).parts)
             and not p.name.startswith("_sysconfigdata"))
    yield from sorted(paths, key=lambda p: p.relative_to(root).as_posix())
