"""JupyterLab really starts, on lesson 00, in the workspace, and asks nothing of the network."""

import os
import re
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest

from rnncourse import cli, lab, suite
from rnncourse.bootstrap import Problem


@pytest.fixture
def busy():
    """A port of this machine that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_busy_port_that_was_asked_for_is_told(busy):
    with pytest.raises(Problem, match=f"Port {busy} is busy.*give --port another number"):
        lab.choose_port(busy)


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_an_impossible_port_is_told(port):
    with pytest.raises(Problem, match=f"no port {port}: give --port a number"):
        lab.choose_port(port)


def test_a_busy_default_port_gives_way_to_the_next_and_says_so(busy, monkeypatch):
    monkeypatch.setattr(lab, "PORT", busy)
    said = []
    assert lab.choose_port(None, said.append) > busy
    assert f"Port {busy} is busy" in said[0]


def test_an_unknown_command_is_told(capsys):
    assert cli.main(["grdae"]) == 2
    assert "there is no command 'grdae'" in capsys.readouterr().err


def test_a_problem_is_one_sentence_and_exit_code_1(busy, capsys):
    assert cli.main(["lab", "--here", "--port", str(busy)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_suite_is_everything_or_what_was_asked_for(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "exercises").mkdir()
    (tmp_path / "notebooks" / "00.ipynb").touch()
    everything = suite.arguments([], tmp_path)
    assert everything[-2:] == ["tests", "notebooks"]  # exercises/ holds none
    assert suite.arguments(["tests/test_cells.py", "-k", "gru"]) == [
        "--nbval", "--nbval-current-env", "tests/test_cells.py", "-k", "gru",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A JupyterLab started by the command itself; its address with the token."""
    folder = tmp_path_factory.mktemp("workspace of mine")
    line = [sys.executable, "-m", "rnncourse", "lab", "--here", "--no-browser"]
    with open(folder / "log", "w+") as log:
        child = subprocess.Popen(
            [*line, "--workspace", str(folder)], stdout=log, stderr=subprocess.STDOUT,
            cwd=lab.ROOT, env={**os.environ, "JUPYTER_RUNTIME_DIR": str(folder / "runtime")},
        )  # fmt: skip
        address, end = None, time.monotonic() + 120
        while address is None:
            assert child.poll() is None and time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.1)
            address = re.search(r"http://127\S+", (folder / "log").read_text())
        yield address[0]
        child.terminate()
        child.wait(timeout=60)


def test_the_address_is_lesson_00_in_the_workspace(running):
    assert f"/lab/tree/{lab.FIRST}?token=" in running
    contents = running.replace("/lab/tree/", "/api/contents/")
    with urlopen(contents) as answer:
        assert b'"type": "notebook"' in answer.read()


@pytest.mark.browser
def test_the_page_opens_the_notebook_and_asks_only_this_machine(running, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(running)
    page.wait_for_selector(".jp-Notebook .jp-RenderedHTMLCommon h1", timeout=90_000)
    page.wait_for_timeout(3000)  # the time in which it would ask for news
    outside = [url for url in asked if not re.match(r"(http|ws)://127\.0\.0\.1|data:|blob:", url)]
    assert not outside
    assert page.get_by_text("official Jupyter news").count() == 0
