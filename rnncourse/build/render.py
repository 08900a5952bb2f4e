"""From a page's script to the cells of its notebook: title, navigation, contents, ids."""

import hashlib
import re
from typing import NamedTuple

from . import rules
from .errors import BuildError, at
from .pages import Page
from .script import TITLE, Cell, Script

CONTENTS = "<!-- contents -->"
EXERCISE = re.compile(r"^(#+ Exercise)(?= · )", re.MULTILINE)


class Course(NamedTuple):
    """All pages with their scripts: what navigation and contents are made of."""

    scripts: dict[Page, Script]
    broken: dict[Page, BuildError]

    @classmethod
    def read(cls, pages):
        """Read every script; one that is wrong must not stop work on the others.

        A script that breaks a rule keeps its place in the others' navigation.
        """
        course = cls({}, {})
        for page in pages:
            try:
                course.scripts[page] = page.read()
                rules.check(course.scripts[page])
            except BuildError as error:
                course.broken[page] = error
        return course

    @property
    def lessons(self):
        return [page for page in self.scripts if page.folder == "notebooks"]

    def heading(self, page) -> str:
        return f"{page.number} · {self.scripts[page].title}"

    def neighbours(self, page):
        """The pages before and after this one in its folder; None at the ends."""
        row = [other for other in self.scripts if other.folder == page.folder]
        n = row.index(page)
        return row[n - 1] if n else None, row[n + 1] if n + 1 < len(row) else None

    def contents(self, prefix) -> str:
        """The lessons as a table; prefix leads from the reader's folder to the repository."""
        rows = ["| Lesson | What it shows |", "|---|---|"]
        for page in self.lessons:
            row = f"[{_in_table(self.heading(page))}]({prefix}{page})"
            if (exercises := page.beside("exercises")) in self.scripts:
                row += f"<br>[exercises]({prefix}{exercises})"
            rows.append(f"| {row} | {_in_table(self.scripts[page].description)} |")
        return "\n".join(rows)

    def navigation(self, page) -> str:
        """One line of links: previous, contents, next, and the lesson's other notebooks."""
        before, after = self.neighbours(page)
        first = next(iter(self.lessons), None)
        links = [f"[← {self.heading(before)}]({before.name}.ipynb)" if before else ""]
        if page == first:
            links.append("[Contents](#Contents)")
        elif first:
            links.append(f"[Contents](../{first}#Contents)")
        for folder, word in [("notebooks", "Lesson"), ("exercises", "Exercises")]:
            other = page.beside(folder)
            if folder != page.folder and other in self.scripts:
                links.append(f"[{word}](../{other})")
        links.append(f"[{self.heading(after)} →]({after.name}.ipynb)" if after else "")
        return " | ".join(link for link in links if link)


def _in_table(text):
    return text.replace("|", r"\|")


def render(course: Course, page: Page) -> list[Cell]:
    """The notebook's cells, still without outputs. Lines of generated cells are empty."""
    script = course.scripts[page]
    bar = Cell("markdown", course.navigation(page), ())
    title, *rest = [_expand(course, page, cell) for cell in script.cells]
    title = title._replace(source=TITLE.sub(f"# {course.heading(page)}", title.source, count=1))
    return [bar, *_number_exercises(page, [title, *rest]), bar]


def _expand(course, page, cell):
    if cell.kind == "markdown" and CONTENTS in cell.source:
        return cell._replace(source=cell.source.replace(CONTENTS, course.contents("../")))
    return cell


def _number_exercises(page, cells):
    """`### Exercise · One step` becomes `### Exercise 5.1 · One step`."""
    count = 0

    def number(match):
        nonlocal count
        count += 1
        return f"{match[1]} {int(page.number)}.{count}"

    return [c._replace(source=EXERCISE.sub(number, c.source)) if c.kind == "markdown" else c
            for c in cells]


def alts(path, cell: Cell) -> list[str]:
    """The alt texts a code cell declares: `# alt: sentence`, continued on lines of `#   more`."""
    found = []
    for text, line in zip(cell.source.split("\n"), cell.lines, strict=True):
        if match := re.match(r"# ?alt: *(.*)", text):
            if not match[1].strip():
                raise at(path, line, "an alt text is a sentence: what does the figure show?")
            found.append(match[1].strip())
        elif found and (more := re.match(r"#  +(\S.*)", text)):
            found[-1] += " " + more[1].strip()
        else:
            break
    return found


def ids(cells) -> list[str]:
    """An id per cell: a hash of its kind and source, with a counter for identical cells."""
    seen, result = {}, []
    for cell in cells:
        key = (cell.kind, cell.source)
        seen[key] = seen.get(key, 0) + 1
        text = f"{cell.kind}\n{seen[key]}\n{cell.source}"
        result.append(hashlib.sha256(text.encode()).hexdigest()[:12])
    return result
