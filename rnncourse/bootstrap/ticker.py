"""One line that says how far a long job is: rewritten on a terminal, plain lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import time


class Ticker:
    """Show ``done`` of ``total``, what is being done, and the time since the start.

    On a terminal the line is rewritten in place. Elsewhere a line is printed at most every
    ``every`` seconds, so that a log stays readable.
    """

    def __init__(self, total: int, stream=None, every: float = 10.0):
        self.total, self.stream, self.every = total, stream or sys.stdout, every
        self.live = self.stream.isatty()
        self.start = time.monotonic()
        self.printed = float("-inf")
        self.done, self.doing, self.phase = 0, "", "downloaded"

    def show(self, done: int | None = None, doing: str | None = None, phase: str = "") -> None:
        """Draw the line again, with what changed. ``phase`` is what ``done`` counts."""
        self.done = self.done if done is None else min(done, self.total)
        self.doing = self.doing if doing is None else doing
        self.phase = phase or self.phase
        now = time.monotonic()
        if not self.live and now - self.printed < self.every:
            return
        self.printed = now
        line = (
            f"{self.elapsed()}  {self.done:3d} of {self.total} packages {self.phase}  {self.doing}"
        )
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            line = "\r" + line[:width].ljust(width)
        self._write(line + ("" if self.live else "\n"))

    def elapsed(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self.start), 60)
        return f"{minutes}:{seconds:02d}"

    def clear(self) -> None:
        """Leave a terminal's line empty for whatever is printed next."""
        if self.live:
            self._write("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r")

    def _write(self, text):
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        self.stream.write(text.encode(encoding, "replace").decode(encoding))
        self.stream.flush()
