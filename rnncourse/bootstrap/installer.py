"""Running pip (or uv): its output becomes progress, its failure one sentence."""

from __future__ import annotations

import queue
import re
import subprocess
import threading
from pathlib import Path

from rnncourse.bootstrap.damage import installed
from rnncourse.bootstrap.lock import Pin
from rnncourse.bootstrap.problems import Problem, explain
from rnncourse.bootstrap.ticker import Ticker
from rnncourse.bootstrap.venv import clean_environ, python_of, site_packages

LOG = "rnncourse-install.log"
DOING = re.compile(r"^ *(Collecting|Downloading|Using cached|Building|Preparing|Processing) .*")


class Installer:
    """Installs into one environment. ``pass_fds`` are kept open in every installer started."""

    def __init__(self, venv: Path, ticker: Ticker, needs: str, pass_fds=()):
        self.venv, self.ticker, self.needs, self.pass_fds = venv, ticker, needs, pass_fds
        self.python = str(python_of(venv))

    def pip(self, *arguments: str) -> None:
        """Run ``pip install`` with the reader's own pip configuration.

        Raises Problem, in one sentence where the cause is known.
        """
        options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
        code, output = self.run([self.python, "-m", "pip", "install", *options, *arguments])
        if code:
            raise explain(output, self.venv, self.needs) or Problem(
                f"pip failed and said:\n{last_lines(output)}\nThe whole log is "
                f"{self.venv / LOG}; `python3 -m rnncourse doctor` says what is wrong."
            )

    def pins(self, pins: list[Pin]) -> None:
        """Install exact versions; those already there cost nothing."""
        self.pip(*map(str, pins))

    def run(self, command: list[str], limit: float | None = None) -> tuple[int, str]:
        """Run an installer and show how far it is; return its exit code and its output.

        ``limit`` is in seconds; one that takes longer is ended and counts as failed.
        """
        with open(self.venv / LOG, "a", encoding="utf-8") as log:
            log.write("$ " + " ".join(command) + "\n")
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, errors="replace",
                env=clean_environ(PYTHONUNBUFFERED="1"), pass_fds=self.pass_fds,
            )  # fmt: skip
            try:
                output = self._follow(child, log, limit)
            finally:  # Ctrl-C reaches pip too; anything else must end it here
                if child.poll() is None:
                    child.terminate()
                child.wait()
        self.ticker.clear()
        return child.returncode, output

    def _follow(self, child, log, limit):
        lines: queue.Queue = queue.Queue()

        def read():
            for line in child.stdout:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        seen, waited, got, phase = [], 0.0, 0, "downloaded"
        while True:
            try:
                line = lines.get(timeout=0.5)
            except queue.Empty:
                waited += 0.5
                if limit is not None and waited >= limit:
                    return "".join(seen)
                line = ""
            if line is None:
                return "".join(seen)
            seen.append(line)
            log.write(line)
            got += line.startswith(("Collecting", "Processing", "Requirement already satisfied"))
            if line.startswith("Installing collected"):
                phase = "installed"
            if phase == "installed":
                self.ticker.show(len(installed(site_packages(self.venv))), "", phase)
            else:
                self.ticker.show(got or None, brief(line), phase if got else "")


def brief(line: str) -> str | None:
    """What a line of pip's output says is being done now, without the log's detail."""
    if not DOING.match(line):
        return None
    what = line.strip().partition(" (from")[0]
    return re.sub(r"-(cp|py|pp)\d\S*\.whl|\.whl|\.tar\.gz", "", what.partition(".metadata")[0])


def last_lines(output: str, count: int = 8) -> str:
    return "\n".join(output.strip().splitlines()[-count:])
