"""``python3 -m rnncourse lab``: set up once, bring the workspace up to date, open JupyterLab."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path

from rnncourse import workspace
from rnncourse.bootstrap import ROOT, Plan, Problem, prepare
from rnncourse.bootstrap.problems import file_errors_told
from rnncourse.bootstrap.single import only_one
from rnncourse.bootstrap.venv import clean_environ

FIRST = "notebooks/00_start_here.ipynb"
PORT = 8888
SETTINGS = Path(__file__).parent / "lab_settings"  # never ask about news or updates


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser("python3 -m rnncourse lab", description=__doc__)
    made.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    made.add_argument("--port", type=int, help=f"the port to use (default: {PORT}, or the next)")
    made.add_argument("--workspace", type=Path, default=ROOT / "workspace", help="your own folder")
    made.add_argument(
        "--restore", metavar="NAME", help="bring a deleted lesson back, or a fresh copy"
    )
    made.add_argument("--repair", action="store_true", help="check every installed file, mend it")
    made.add_argument("--here", action="store_true", help="use this Python (conda), not .venv")
    return made


def is_free(port: int) -> bool:
    """Whether this machine's ``port`` can be listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        if os.name == "posix":  # a port whose last server has just ended is free
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def choose_port(asked: int | None, say=print) -> int:
    """The port asked for, or else the first free one from 8888 on.

    Raises Problem when the port asked for is busy or impossible, or none is free.
    """
    if asked is not None:
        if not 0 < asked < 65536:
            raise Problem(f"There is no port {asked}: give --port a number from 1024 to 65535.")
        if not is_free(asked):
            raise Problem(
                f"Port {asked} is busy (another JupyterLab, perhaps) or not yours to use: close "
                "what uses it, give --port another number, or leave --port out."
            )
        return asked
    for port in range(PORT, PORT + 100):
        if is_free(port):
            if port != PORT:
                say(f"Port {PORT} is busy, perhaps with another JupyterLab: using {port}.")
            return port
    raise Problem(f"Ports {PORT} to {PORT + 99} are all busy: give a free one with --port.")


def command(python, folder: Path, port: int, browser: bool) -> list[str]:
    """JupyterLab on ``folder``, opened on lesson 00, asking nothing of the network."""
    start = f"/lab/tree/{FIRST}" if (folder / FIRST).exists() else "/lab"
    line = [
        str(python), "-m", "jupyterlab", f"--ServerApp.root_dir={folder}",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--LabApp.default_url={start}",
        f"--ServerApp.open_browser={browser}", "--LabApp.news_url=None",
        f"--LabApp.app_settings_dir={SETTINGS}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly", "--ServerApp.log_level=WARN",
    ]  # fmt: skip
    if os.name == "posix" and os.geteuid() == 0:
        line.append("--allow-root")
    return line


def run(line: list[str], folder: Path, environ: dict) -> int:
    """Become JupyterLab; where a process cannot, wait for it and leave Ctrl-C to it."""
    if os.name == "posix":
        os.chdir(folder)
        os.execve(line[0], line, environ)
    child = subprocess.Popen(line, cwd=folder, env=environ)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def main(argv: list[str]) -> int:
    options = parser().parse_args(argv)
    folder = options.workspace.resolve()
    with file_errors_told(folder, "100 MB"):
        port = choose_port(options.port)
        python = Path(sys.executable)
        if not options.here:
            python = prepare(Plan(), repair=options.repair)
        with only_one(ROOT / ".venv.lock"):
            delivery = workspace.deliver(ROOT, folder, options.restore)
    print("\n".join(delivery.lines()))
    print(f"JupyterLab opens on {folder}\nTo end it, press Ctrl-C here, twice.", flush=True)
    environ = clean_environ(JUPYTER_PREFER_ENV_PATH="1")
    if options.here:
        environ["PYTHONPATH"] = str(ROOT)
    return run(command(python, folder, port, not options.no_browser), folder, environ)
