"""The environment is ready or visibly unfinished, whenever its making is stopped.

Real environments, real installers, real kills, with a lock of one small package made here.
"""

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile

import pytest

from rnncourse.bootstrap import Plan, Problem, damage, prepare, ready
from rnncourse.bootstrap.prepare import READY, UNFINISHED
from rnncourse.bootstrap.single import fcntl
from rnncourse.bootstrap.venv import python_of, site_packages

FILES = 800  # enough of them that a kill lands in the middle of copying
posix = pytest.mark.skipif(os.name != "posix", reason="kills a process group")


def digest(text):
    """A file's hash as a wheel records it."""
    raw = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def wheel(folder, version, files=FILES):
    """A package ``many`` of ``files`` small modules, as a wheel."""
    info = f"many-{version}.dist-info"
    content = {f"many/m{n}.py": f"VERSION = {version!r}\n" for n in range(files)}
    content["many/__init__.py"] = f"VERSION = {version!r}\n"
    content[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: many\nVersion: {version}\n"
    content[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{name},{digest(text)},{len(text)}\n" for name, text in content.items())
    content[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    with zipfile.ZipFile(folder / f"many-{version}-py3-none-any.whl", "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)


def course(root, version="1.0"):
    """A clone whose lock is one package; returns the plan for it."""
    root.mkdir(exist_ok=True)
    (root / "requirements.txt").write_text(f"# [course]\nmany=={version}\n")
    return Plan(root, package=False, smoke="many", free=0.0)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    wheel(folder, "1.0")
    wheel(folder, "2.0", files=3)
    return folder


@pytest.fixture(autouse=True)
def offline(wheels, monkeypatch):
    """pip sees the folder of wheels and nothing else."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))


@pytest.fixture(scope="module")
def made(tmp_path_factory, wheels):
    """A course whose environment has been made once, for tests that only change it."""
    with pytest.MonkeyPatch.context() as patch:
        offline.__wrapped__(wheels, patch)
        plan = course(tmp_path_factory.mktemp("made") / "clone")
        prepare(plan, say=lambda line: None)
    return plan


def start(plan, said=subprocess.DEVNULL):
    """The set-up as a process of its own, leading a group of its own."""
    code = (
        "import sys; from pathlib import Path; from rnncourse.bootstrap import Plan, prepare;"
        "prepare(Plan(Path(sys.argv[1]), package=False, smoke='many', free=0.0))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(plan.root)],
        stdout=said, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def until(condition, child=None, limit=120):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "waited too long"
        assert child is None or child.poll() is None, "the set-up ended before the moment came"
        time.sleep(0.002)


def package(plan):
    return (site_packages(plan.venv) or plan.root / "none") / "many"


MOMENTS = [  # what is visible when the process is killed
    ("the folder is there", lambda plan: plan.venv.exists()),
    ("Python is there", lambda plan: python_of(plan.venv).exists()),
    ("pip is half there", lambda plan: any(plan.venv.rglob("pip/__init__.py"))),
    ("pip works", lambda plan: (plan.venv / "rnncourse-install.log").exists()),
    ("the package is half there", lambda plan: package(plan).exists()),
    ("its record is half there", lambda plan: any(package(plan).parent.glob("many*.dist-info"))),
]


@posix
def test_a_kill_at_any_moment_leaves_nothing_that_looks_ready(tmp_path):
    plan = course(tmp_path / "clone")
    for moment, seen in MOMENTS:
        child = start(plan)
        until(lambda seen=seen: seen(plan), child)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        assert not ready(plan), moment
        assert (plan.venv / UNFINISHED).exists(), moment
    prepare(plan, say=lambda line: None)
    assert ready(plan)
    assert damage.damaged(site_packages(plan.venv)) == {}
    assert len(list(package(plan).glob("m*.py"))) == FILES
    assert not (plan.venv / UNFINISHED).exists()
    assert not list(plan.root.glob(".venv-old-*"))


@posix
def test_an_installer_that_outlives_its_parent_is_waited_for(tmp_path):
    plan = course(tmp_path / "clone")
    child = start(plan)
    until(lambda: package(plan).exists(), child)
    child.kill()  # the parent only: pip goes on
    child.wait()
    said = []
    prepare(plan, say=said.append)
    assert "still running" in said[0]
    assert ready(plan)
    assert damage.damaged(site_packages(plan.venv)) == {}


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_to_end_takes_the_installer_along(made, number):
    plan = course(made.root, "2.0")
    course(made.root, "1.0")
    (plan.venv / READY).unlink()
    damage.forget(site_packages(plan.venv), ["many"])
    before = (plan.venv / "rnncourse-install.log").stat().st_size
    child = start(plan)
    until(lambda: (plan.venv / "rnncourse-install.log").stat().st_size > before, child)
    os.kill(child.pid, number)
    assert child.wait(timeout=60) != 0
    with open(plan.root / ".venv.lock") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # nobody holds it: pip is gone
    prepare(plan, say=lambda line: None)
    assert ready(plan)


def test_two_at_once_make_it_once(tmp_path):
    plan = course(tmp_path / "clone")
    both = [start(plan, subprocess.PIPE), start(plan, subprocess.PIPE)]
    said = [child.communicate(timeout=300)[0] for child in both]
    assert [child.returncode for child in both] == [0, 0], said
    assert sum("still running" in text for text in said) == 1
    assert sum("Ready: 1 packages" in text for text in said) == 1


def test_a_ready_environment_is_left_alone(made):
    said = []
    before = (made.venv / READY).stat().st_mtime_ns
    assert prepare(made, say=said.append) == python_of(made.venv)
    assert said == [] and (made.venv / READY).stat().st_mtime_ns == before


def test_another_lock_is_followed(made):
    plan = course(made.root, "2.0")
    assert not ready(plan)
    said = []
    prepare(plan, say=said.append)
    assert ready(plan) and "up to date" in said[0]
    assert damage.installed(site_packages(plan.venv))["many"][0] == "2.0"
    prepare(course(made.root, "1.0"), say=said.append)
    assert damage.installed(site_packages(plan.venv))["many"][0] == "1.0"


@pytest.mark.parametrize("harm", ["gone", "cut short", "no record"])
def test_a_damaged_package_is_named_and_mended(made, harm):
    site = site_packages(made.venv)
    file = site / "many" / "m7.py"
    if harm == "gone":
        file.unlink()
    elif harm == "cut short":
        file.write_text("")
    else:
        next(site.glob("many*.dist-info/RECORD")).unlink()
    assert list(damage.damaged(site)) == ["many"]
    prepare(made, say=lambda line: None, repair=True)
    assert damage.damaged(site) == {}
    assert file.read_text() == "VERSION = '1.0'\n"


def test_a_clone_that_was_moved_goes_on_without_a_network(made, monkeypatch):
    moved = made.root.with_name("moved")
    made.root.rename(moved)
    monkeypatch.setenv("PIP_FIND_LINKS", os.devnull)
    plan = made._replace(root=moved)
    assert not ready(plan)
    prepare(plan, say=lambda line: None)
    assert ready(plan)
    moved.rename(made.root)
    prepare(made, say=lambda line: None)


@pytest.mark.parametrize("retries", ["0", "1"])  # pip words the two differently
def test_without_a_network_one_sentence_and_nothing_lost(made, monkeypatch, retries):
    plan = course(made.root, "2.0")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nobody listens there
    monkeypatch.setenv("PIP_RETRIES", retries)
    with pytest.raises(Problem, match=r"cannot be reached: connect to the internet") as problem:
        prepare(plan, say=lambda line: None)
    assert "\n" not in str(problem.value)
    assert not ready(plan)
    back = course(made.root, "1.0")  # the lock that is installed needs no network
    prepare(back, say=lambda line: None)
    assert ready(back)


def test_a_disk_with_too_little_room_is_told_before_anything_is_made(tmp_path):
    plan = course(tmp_path / "clone")._replace(free=1e6)
    with pytest.raises(Problem, match=r"needs 1000000 GB .* GB free: make room"):
        prepare(plan, say=lambda line: None)
    assert not plan.venv.exists()


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 60 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    try:
        mounting = ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", str(disk)]
        mounted = subprocess.run(mounting, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("mounting a small disk needs the right to")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk, leave):
    """Leave only so many bytes free on ``disk``."""
    with open(disk / "ballast", "wb") as ballast:
        ballast.write(bytes(shutil.disk_usage(disk).free - leave))


def test_a_disk_that_fills_up_is_told_and_room_lets_it_go_on(small_disk):
    full = pytest.raises(Problem, match=r"^The disk is full: free about .* kept\.$")
    plan = course(small_disk / "clone", "2.0")
    fill(small_disk, leave=1_000_000)
    with full:  # while the environment is made
        prepare(plan, say=lambda line: None)
    assert not ready(plan)
    (small_disk / "ballast").unlink()
    prepare(plan, say=lambda line: None)
    plan = course(small_disk / "clone", "1.0")
    fill(small_disk, leave=1_000_000)
    with full:  # while packages are installed
        prepare(plan, say=lambda line: None)
    assert not ready(plan)
    (small_disk / "ballast").unlink()
    prepare(plan, say=lambda line: None)
    assert ready(plan) and damage.damaged(site_packages(plan.venv)) == {}


def test_a_folder_of_somebody_else_is_not_touched(tmp_path):
    plan = course(tmp_path / "clone")
    plan.venv.mkdir()
    (plan.venv / "mine.txt").write_text("mine")
    with pytest.raises(Problem, match="not made by this course.*rename or delete"):
        prepare(plan, say=lambda line: None)
    assert (plan.venv / "mine.txt").read_text() == "mine"


def test_a_python_without_ensurepip_is_told_how_to_get_it(tmp_path):
    plan = course(tmp_path / "clone")
    code = (
        "import sys; sys.modules['ensurepip'] = None; from pathlib import Path;"
        "from rnncourse.bootstrap import Plan, prepare;"
        "prepare(Plan(Path(sys.argv[1])))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(plan.root)], capture_output=True, text=True
    )
    assert "lacks its module ensurepip: on Debian or Ubuntu run `sudo apt install" in told.stderr
    assert not plan.venv.exists()


def test_an_old_python_is_told_in_a_sentence(root):
    code = (
        "import sys, runpy; sys.version_info = (3, 9, 18);"
        "runpy.run_module('rnncourse', run_name='__main__')"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root)
    assert told.returncode == 1
    assert "needs Python 3.11 or newer and this is Python 3.9" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_ready_environment_whose_python_is_gone_is_made_again(made):
    python_of(made.venv).unlink()
    assert not ready(made)
    said = []
    prepare(made, say=said.append)
    assert "making it again" in said[0] and ready(made)
