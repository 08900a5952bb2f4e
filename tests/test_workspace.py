"""A learner's files are the learner's: edited, deleted, renamed, in the way, or cut off."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from rnncourse.bootstrap import ROOT, Problem
from rnncourse.workspace import STATE, TEMPORARY, deliver, sources

ZERO, FIVE = "notebooks/00_start_here.ipynb", "exercises/05_lstm_gates.ipynb"
DATA = "exercises/data/notes.txt"


@pytest.fixture
def course(tmp_path):
    """A small course: a lesson, an exercise and a file that it reads."""
    root = tmp_path / "course"
    for name in (ZERO, FIVE, DATA):
        publish(root, name, f"first edition of {name}")
    publish(root, "solutions/05_lstm_gates.ipynb", "never given away")
    publish(root, "notebooks/.ipynb_checkpoints/00_start_here-checkpoint.ipynb", "not the course")
    return root


@pytest.fixture
def mine(tmp_path, course):
    """A workspace that has everything."""
    folder = tmp_path / "my workspace"
    deliver(course, folder)
    return folder


def publish(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def content(folder):
    """Every file of a folder but the record: path -> text."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != STATE]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_the_first_delivery_is_the_course_and_nothing_else(course, tmp_path):
    delivery = deliver(course, tmp_path / "w")
    assert sorted(delivery.new) == sorted([ZERO, FIVE, DATA])
    assert content(tmp_path / "w") == {
        name: f"first edition of {name}" for name in (ZERO, FIVE, DATA)
    }


def test_a_second_delivery_changes_and_says_nothing(course, mine):
    before = {path: path.stat().st_mtime_ns for path in mine.rglob("*.ipynb")}
    assert deliver(course, mine).lines() == []
    assert {path: path.stat().st_mtime_ns for path in mine.rglob("*.ipynb")} == before


def test_an_untouched_file_is_renewed(course, mine):
    publish(course, ZERO, "second edition")
    delivery = deliver(course, mine)
    assert delivery.renewed == [ZERO]
    assert (mine / ZERO).read_text() == "second edition"


def test_an_edited_file_stays_and_the_newer_edition_is_beside_it_once(course, mine):
    (mine / FIVE).write_text("my answers")
    assert deliver(course, mine).lines() == []
    publish(course, FIVE, "second edition")
    beside = "exercises/05_lstm_gates.newer-edition.ipynb"
    delivery = deliver(course, mine)
    assert delivery.beside == [(FIVE, beside)]
    assert f"{FIVE} has your changes and stays" in delivery.lines()[0]
    assert (mine / FIVE).read_text() == "my answers"
    assert (mine / beside).read_text() == "second edition"
    (mine / beside).unlink()
    assert deliver(course, mine).lines() == []
    assert not (mine / beside).exists()


def test_work_begun_in_a_newer_edition_is_not_lost_to_the_next(course, mine):
    (mine / FIVE).write_text("my answers")
    publish(course, FIVE, "second edition")
    deliver(course, mine)
    beside = mine / "exercises/05_lstm_gates.newer-edition.ipynb"
    beside.write_text("more answers")
    publish(course, FIVE, "third edition")
    assert deliver(course, mine).beside == [(FIVE, "exercises/05_lstm_gates.newer-edition-2.ipynb")]
    assert (mine / FIVE).read_text() == "my answers"
    assert beside.read_text() == "more answers"


def test_an_untouched_newer_edition_gives_way_to_the_next(course, mine):
    (mine / FIVE).write_text("my answers")
    for edition in ("second edition", "third edition"):
        publish(course, FIVE, edition)
        deliver(course, mine)
    assert len(list((mine / "exercises").glob("05*"))) == 2
    assert content(mine)["exercises/05_lstm_gates.newer-edition.ipynb"] == "third edition"


@pytest.mark.parametrize("newer", [False, True])
def test_a_deleted_file_stays_deleted_until_asked_for(course, mine, newer):
    (mine / FIVE).unlink()
    if newer:
        publish(course, FIVE, "second edition")
    delivery = deliver(course, mine)
    assert delivery.away == [FIVE] and "--restore" in delivery.lines()[0]
    assert not (mine / FIVE).exists()
    assert deliver(course, mine, restore="05").new == [FIVE]
    assert (mine / FIVE).read_text() == (course / FIVE).read_text()


def test_a_renamed_file_is_not_doubled(course, mine):
    (mine / FIVE).rename(mine / "exercises/my gates.ipynb")
    for edition in ("first edition", "second edition"):
        publish(course, FIVE, edition)
        deliver(course, mine)
        assert not (mine / FIVE).exists()
        assert (mine / "exercises/my gates.ipynb").read_text() == f"first edition of {FIVE}"


def test_a_file_of_the_learner_with_a_new_lesson_s_name_stays(course, mine):
    name = "notebooks/06_gru.ipynb"
    (mine / name).write_text("my own experiments")
    publish(course, name, "lesson")
    assert deliver(course, mine).beside == [(name, "notebooks/06_gru.newer-edition.ipynb")]
    assert (mine / name).read_text() == "my own experiments"
    assert deliver(course, mine).lines() == []


def test_a_folder_or_a_link_with_a_lesson_s_name_stays(course, mine, tmp_path):
    (mine / ZERO).unlink()
    (mine / ZERO).mkdir()
    elsewhere = tmp_path / "elsewhere.ipynb"
    (mine / FIVE).rename(elsewhere)
    (mine / FIVE).symlink_to(elsewhere)
    for name in (ZERO, FIVE):
        publish(course, name, "second edition")
    assert [mine for mine, _ in deliver(course, mine).beside] == [FIVE, ZERO][::-1]
    assert (mine / ZERO).is_dir() and (mine / FIVE).is_symlink()
    assert elsewhere.read_text() == f"first edition of {FIVE}"


def test_a_lesson_that_the_course_drops_stays(course, mine):
    (course / ZERO).unlink()
    deliver(course, mine)
    assert (mine / ZERO).exists()


@pytest.mark.parametrize(
    "name", [FIVE, "workspace/" + FIVE, "05_lstm_gates", "05_lstm_gates.ipynb"]
)
def test_restoring_an_edited_file_puts_a_fresh_copy_beside_it(course, mine, name):
    (mine / FIVE).write_text("my answers")
    (_, fresh), = deliver(course, mine, restore=name).beside  # fmt: skip
    assert (mine / FIVE).read_text() == "my answers"
    assert (mine / fresh).read_text() == f"first edition of {FIVE}"


def test_restoring_what_does_not_exist_is_told(course, mine):
    with pytest.raises(Problem, match="no lesson called '99'.*or by its number"):
        deliver(course, mine, restore="99")


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"a": 1}', "\x00\x01", '{"a": {'])
def test_an_unreadable_record_is_kept_aside_and_no_work_is_lost(course, mine, broken):
    (mine / FIVE).write_text("my answers")
    (mine / STATE).write_text(broken)
    publish(course, ZERO, "second edition")
    delivery = deliver(course, mine)
    assert "kept as .rnncourse.unreadable-1.json" in delivery.notes[0]
    assert (mine / ".rnncourse.unreadable-1.json").read_text() == broken
    assert (mine / FIVE).read_text() == "my answers"
    assert (mine / ZERO).read_text() == f"first edition of {ZERO}"  # whose it is cannot be told
    assert deliver(course, mine).notes == []


def test_a_record_that_is_not_text_is_kept_aside(course, mine):
    (mine / STATE).write_bytes(b"\xff\xfe\xfa")
    assert deliver(course, mine).notes


def test_a_file_in_the_place_of_a_folder_is_told(course, tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "notebooks").write_text("mine")
    with pytest.raises(Problem, match="is to be a folder but a file has that name"):
        deliver(course, tmp_path / "w")
    assert (tmp_path / "w" / "notebooks").read_text() == "mine"


@pytest.mark.skipif(os.name != "posix", reason="kills with SIGKILL")
def test_a_kill_in_the_middle_of_the_copy_harms_nothing(course, mine):
    """Forty kills while editions are renewed: every file is whole, and the learner's stays."""
    editions = {f"notebooks/{n:02d}_x.ipynb": [] for n in range(20)}
    (mine / FIVE).write_text("my answers")
    code = (
        "import sys; from pathlib import Path; from rnncourse.workspace import deliver;"
        "print('go', flush=True); deliver(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    interrupted = 0
    for round_ in range(40):
        for name in editions:
            editions[name].append(f"edition {round_} of {name} " * 2000)
            publish(course, name, editions[name][-1])
        publish(course, FIVE, f"edition {round_}")
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(course), str(mine)], stdout=subprocess.PIPE
        )
        child.stdout.readline()
        time.sleep(0.0005 * round_)
        child.kill()
        interrupted += child.wait() == -signal.SIGKILL
        for name, versions in editions.items():
            if (mine / name).exists():
                assert (mine / name).read_text() in versions, "half a file"
        assert (mine / FIVE).read_text() == "my answers"
        json.loads((mine / STATE).read_text())
    assert interrupted >= 5
    deliver(course, mine)
    assert not list(mine.rglob(TEMPORARY + "*"))
    now = content(mine)
    assert all(now[name] == versions[-1] for name, versions in editions.items())
    assert now[FIVE] == "my answers"
    assert now["exercises/05_lstm_gates.newer-edition.ipynb"] == "edition 39"


def test_links_between_lessons_hold_in_a_workspace():
    """Every relative link of the real course leads to something that is delivered."""
    delivered = set(sources(ROOT))
    for name in (name for name in delivered if name.endswith(".ipynb")):
        cells = json.loads((ROOT / name).read_text(encoding="utf-8"))["cells"]
        text = "".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        for target in re.findall(r"\]\(([^)#\s]+)", text):
            if not re.match(r"[a-z]+:", target):
                leads_to = os.path.normpath(os.path.join(os.path.dirname(name), target))
                assert leads_to.replace(os.sep, "/") in delivered, f"{name} links to {target}"
