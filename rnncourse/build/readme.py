"""The list of lessons in README.md, between its two markers."""

from pathlib import Path

from .errors import BuildError
from .notebook import write
from .render import CONTENTS, Course

END = "<!-- /contents -->"


def updated(course: Course, root: Path) -> tuple[str, str] | None:
    """README.md as it is and as it should be; None when there is no README.md."""
    path = root / "README.md"
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    if text.count(CONTENTS) != 1 or text.count(END) != 1 or text.index(CONTENTS) > text.index(END):
        raise BuildError(f"README.md: the contents go between one {CONTENTS} and one {END}")
    before, rest = text.split(CONTENTS)
    return text, f"{before}{CONTENTS}\n{course.contents('')}\n{END}{rest.split(END)[1]}"


def refresh(course: Course, root: Path) -> bool:
    """Rewrite the contents when they changed; say whether they did."""
    pair = updated(course, root)
    if pair is None or pair[0] == pair[1]:
        return False
    write(root / "README.md", pair[1])
    return True
