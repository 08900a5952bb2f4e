"""The answer of a check: one of three words, one sentence, and a card that shows them."""

import html
import re
from dataclasses import dataclass

MARKS = {"not attempted yet": "…", "wrong": "✗", "right": "✓"}
# White on each is at least 5 : 1, and the mark says the same without the colour.
COLOURS = {"not attempted yet": "#57606a", "wrong": "#b3261e", "right": "#1a7f37"}


@dataclass(frozen=True)
class Verdict:
    """What a check found. state: "not attempted yet", "wrong" or "right".

    says: the sentence that helps. details: what to look at, a line each. mistake: the name of the
    recognised mistake, or "". points, of: what it earns, and at most.
    """

    name: str
    state: str
    says: str = ""
    details: tuple[str, ...] = ()
    mistake: str = ""
    points: int = 0
    of: int = 0

    def __post_init__(self):
        if self.state not in MARKS:
            raise ValueError(f"state is {self.state!r}; expected one of {', '.join(MARKS)}")

    def __repr__(self):
        word = {"wrong": "wrong, because: "}.get(self.state, self.state)
        gap = ". " if self.says and self.state != "wrong" else ""
        lines = [f"{MARKS[self.state]} {self.name}: {word}{gap}{self.says}", *self.details]
        return "\n  ".join(plain(line) for line in lines)

    def _repr_html_(self):
        return card(f"{MARKS[self.state]} {self.state}", COLOURS[self.state], self.name,
                    [self.says, *self.details])


def card(badge, colour, name, lines) -> str:
    """A card for JupyterLab: a badge, a name, paragraphs. Colours of text are the theme's own."""
    paragraphs = "".join(f'<div style="margin-top:4px">{marked(line)}</div>'
                         for line in lines if line)
    return (
        f'<div role="status" style="border-left:6px solid {colour};padding:6px 12px;'
        f'margin:4px 0;max-width:52em"><span style="background:{colour};color:#fff;'
        f'padding:1px 8px;border-radius:3px;font-weight:bold">{html.escape(badge)}</span> '
        f"<code>{html.escape(name)}</code>{paragraphs}</div>"
    )


def marked(text) -> str:
    """Escaped, with `code` between backticks set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def plain(text) -> str:
    """The same without the marks of code and of mathematics."""
    return re.sub(r"[`$]", "", text)
