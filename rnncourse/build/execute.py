"""Run a notebook's cells in a fresh kernel of this very Python, offline and on one thread."""

import os
import re
import sys
import tempfile
import time
from pathlib import Path

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from .errors import BuildError, at

CELL_LIMIT = 600  # seconds; a lesson's budget is 60
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0", "TZ": "UTC", "COLUMNS": "80", "PYTHONDONTWRITEBYTECODE": "1",
    # A proxy that answers nobody: a lesson that reaches for the network fails here.
    "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
    "NO_PROXY": "", "no_proxy": "",
}


class Progress:
    """One line on stderr: which notebook, which cell, how many seconds."""

    def __init__(self, label, cells, stream=None):
        self.label, self.cells, self.stream = label, cells, stream or sys.stderr
        self.start = self.told = time.monotonic()
        self.done = 0
        self.live = self.stream.isatty()

    def cell(self):
        self.done += 1
        if self.live:
            self._write(f"\r{self._text()}")
        elif time.monotonic() - self.told > 10:  # a log gets a line now and then
            self.told = time.monotonic()
            self._write(f"{self._text()}\n")

    def close(self, word):
        self._write(f"{chr(13) if self.live else ''}{self._text()}  {word}\n")

    def _text(self):
        seconds = time.monotonic() - self.start
        return f"{self.label:44} cell {self.done:2}/{self.cells}  {seconds:5.1f} s"

    def _write(self, text):
        self.stream.write(text)
        self.stream.flush()


class OwnKernel(AsyncKernelManager):
    """The kernel of this interpreter, whichever kernels are installed for the user."""

    def _kernel_spec_manager_default(self):
        return KernelSpecManager(kernel_dirs=[])


def execute(notebook, folder: Path, label: str, keep_going=False):
    """Run all cells in place, with `folder` as working directory.

    A failing cell raises CellFailed, or with keep_going is stored as an error output.
    """
    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    progress, word = Progress(label, total), "stopped"

    def started(cell, cell_index):
        if cell.cell_type == "code":
            progress.cell()

    client = NotebookClient(
        notebook,
        kernel_manager_class=OwnKernel,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
        timeout=CELL_LIMIT,
        allow_errors=keep_going,
        on_cell_start=started,
        store_widget_state=False,
    )
    with tempfile.TemporaryDirectory(prefix="rnncourse-build-") as profile, \
            tempfile.TemporaryFile("w+") as log:
        environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": _python_path()}
        try:
            client.execute(env={**environment, "IPYTHONDIR": profile}, stderr=log)
            word = "done"
        except Exception as error:
            if getattr(client, "_async_cleanup_kernel_future", None):  # nbclient took the Ctrl-C
                raise KeyboardInterrupt from None
            word = "FAILED"
            if isinstance(error, CellExecutionError):
                raise CellFailed(progress.done, str(error)) from None
            if isinstance(error, CellTimeoutError):
                raise CellFailed(progress.done, f"no answer within {CELL_LIMIT} s") from None
            if isinstance(error, DeadKernelError):
                log.seek(0)
                last = f"the kernel died; was memory short? Its last words:\n{log.read()[-2000:]}"
                raise CellFailed(progress.done, last) from None
            raise
        finally:
            progress.close(word)


def _python_path():
    package = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))


class CellFailed(Exception):
    """A cell raised: which one (counted among code cells from 1), and its traceback."""

    def __init__(self, count, traceback):
        super().__init__(traceback)
        self.count, self.traceback = count, re.sub(r"\x1b\[[0-9;]*m", "", traceback)

    def line_in_cell(self) -> int:
        """The line of the notebook's own code nearest to the error, from 1."""
        lines = re.findall(rf"In\[{self.count}\], line (\d+)", self.traceback)
        return int(lines[-1]) if lines else 1

    def where(self, script) -> BuildError:
        """The same error, naming the script's file and line."""
        code = [cell for cell in script.cells if cell.kind == "code"]
        cell = code[self.count - 1]
        line = cell.lines[min(self.line_in_cell(), len(cell.lines)) - 1]
        return at(script.path, line, f"this cell failed; nothing was written\n\n{self.traceback}")
