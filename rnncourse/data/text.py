"""Text to learn from: `load` a corpus, take its `Vocabulary`, `split` it.

    corpus = load("harbour")                # or "python-docs", "stdlib", "shakespeare",
    vocab = Vocabulary.of(corpus.text)      # an address, or the path of your own file
    train, valid, test = split(corpus.text)
"""

import os
import re
from typing import NamedTuple

from rnncourse.data import harbour, installed, ownfile
from rnncourse.data.splitting import repeated, split
from rnncourse.data.vocabulary import Vocabulary

__all__ = ["NAMES", "Corpus", "Vocabulary", "load", "repeated", "split"]

NAMES = ("harbour", "python-docs", "stdlib", "shakespeare")


class Corpus(NamedTuple):
    """A text, where it came from, and, where it is known, the best possible score on it."""

    name: str
    text: str
    source: str                    # one sentence
    entropy_rate: float | None     # bits per character; None where nobody knows it


def load(name, size: int | None = None, seed: int = 0) -> Corpus:
    """The corpus called `name`, at most `size` characters of it, ending with a whole line.

    `name` is one of NAMES, an address beginning with http:// or https://, or a path (for a file
    called like a corpus, "./harbour" or a pathlib.Path). `seed` matters for "harbour" alone,
    where another seed is another text from the same source.
    Only "shakespeare" and addresses use the network; when it does not answer, a warning says so
    and the corpus is harbour instead, under harbour's name.

    Raises ValueError for a size below 1 or a text that cannot be read as one, FileNotFoundError
    for a path that is not there, IsADirectoryError for a folder.
    """
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
        raise ValueError(f"load: size is {size!r}, expected a number of characters, 1 or more")
    corpus = _own_file(name) if isinstance(name, os.PathLike) else _find(str(name), size, seed)
    return corpus._replace(text=_whole_lines(corpus.text, size))


def _find(name, size, seed):
    if name == "harbour":
        return _harbour(size, seed)
    if name == "python-docs":
        return Corpus(name, installed.python_docs(), "The reference text behind Python's help(), "
                      "as installed with this Python.", None)
    if name == "stdlib":
        text = installed.stdlib() if size is None else installed.stdlib(size)
        return Corpus(name, text, "The source of the standard library of this Python.", None)
    if name == "shakespeare" or re.match(r"https?://", name):
        return _download(name, size, seed)
    return _own_file(name)


def _own_file(path):
    text, encoding = ownfile.read(path, NAMES)
    return Corpus(str(path), text, f"Your own file {path}, read as {encoding}.", None)


def _harbour(size, seed):
    size = harbour.SIZE if size is None else size
    text = _whole_lines(harbour.generate(size, seed), size)
    source = f"Stories of a harbour, drawn from the course's own grammar with seed {seed}."
    return Corpus("harbour", text, source, harbour.entropy_rate())


def _download(name, size, seed):
    from rnncourse.data import download  # pooch loads only when something is fetched

    try:
        path = download.fetch(name)
    except (download.Unavailable, ValueError) as problem:
        if isinstance(problem, ValueError) and name not in download.KNOWN:
            raise  # a wrong address is the reader's to mend
        download.say_instead(name, problem)
        return _harbour(size, seed)
    text, encoding = ownfile.read(path, NAMES)
    return Corpus(name, text, f"{download.address(name)}, read as {encoding}.", None)


def _whole_lines(text, size):
    """The first `size` characters, cut back to a line end where there is one."""
    if size is None or len(text) < size:
        return text
    return text[:text.rfind("\n", 0, size) + 1] or text[:size]
