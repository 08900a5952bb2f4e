"""Which notebooks there are, where each comes from, and who its neighbours are."""

import re
from pathlib import Path
from typing import NamedTuple

from . import script, solutions
from .errors import BuildError

NAME = re.compile(r"\d\d_[a-z][a-z0-9_]*")
SOURCES = {"notebooks": "lessons", "exercises": "exercises", "solutions": "exercises"}
READ = {
    "notebooks": solutions.refuse_markers,
    "exercises": solutions.unsolved,
    "solutions": solutions.solved,
}


class Page(NamedTuple):
    """One notebook: folder/name.ipynb, built from a script of the same name."""

    root: Path
    folder: str
    name: str

    @property
    def number(self) -> str:
        return self.name[:2]

    @property
    def source(self) -> Path:
        return self.root / "source" / SOURCES[self.folder] / f"{self.name}.py"

    @property
    def notebook(self) -> Path:
        return self.root / self.folder / f"{self.name}.ipynb"

    def beside(self, folder: str) -> "Page":
        return self._replace(folder=folder)

    def read(self) -> script.Script:
        """The page's cells, solutions kept or cut as its folder wants."""
        return READ[self.folder](script.read(self.source))

    def __str__(self):
        return f"{self.folder}/{self.name}.ipynb"


def find(root: Path) -> list[Page]:
    """Every page, in order: lessons first, then exercises, then solutions."""
    pages = []
    for folder, kind in SOURCES.items():
        names = sorted(path.stem for path in (root / "source" / kind).glob("*.py"))
        for name in names:
            if not NAME.fullmatch(name):
                raise BuildError(f"source/{kind}/{name}.py: a script is called NN_topic.py")
        for one, other in zip(names, names[1:], strict=False):
            if one[:2] == other[:2]:
                raise BuildError(f"source/{kind}: {one}.py and {other}.py share a number")
        pages += [Page(root, folder, name) for name in names]
    return pages


def orphans(root: Path, pages: list[Page]) -> list[Path]:
    """Notebooks that no script stands behind."""
    known = {page.notebook for page in pages}
    return [path for folder in SOURCES for path in sorted((root / folder).glob("*.ipynb"))
            if path not in known]
