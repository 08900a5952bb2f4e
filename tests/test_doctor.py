"""Every finding names what is wrong and how to mend it; a whole installation has none."""

import json
import sys
from pathlib import Path

import pytest

from rnncourse import doctor
from rnncourse.bootstrap import Plan
from rnncourse.bootstrap.prepare import READY, UNFINISHED, marker
from rnncourse.bootstrap.venv import create, site_packages, version_of


@pytest.fixture
def plan(tmp_path):
    """A clone whose environment has only pip, and whose lock is empty."""
    (tmp_path / "requirements.txt").write_text("# [course]\n")
    made = Plan(tmp_path, package=False, smoke="sys", free=0.0)
    create(made.venv, UNFINISHED)
    finish(made)
    return made


def finish(plan, **otherwise):
    facts = {**plan.wanted(), "python": version_of(Path(sys.executable)), **otherwise}
    (plan.venv / READY).write_text(json.dumps(facts))
    (plan.venv / UNFINISHED).unlink(missing_ok=True)


def test_every_state_of_the_environment_is_told_apart(plan, tmp_path):
    def says():
        finding = doctor.environment(plan)
        assert finding.mark == "ok" or finding.remedy
        return finding.what

    assert says() == ".venv follows the lock: course"
    finish(plan, root="/elsewhere")
    assert "when the course was in /elsewhere" in says()
    finish(plan, python="3.11.0rc1")
    assert "has changed since" in says()
    finish(plan)
    (tmp_path / "requirements.txt").write_text("# [course]\ntorch==2.13.0\n")
    assert "older lock" in says()
    (plan.venv / READY).write_text("{")
    assert "made by hand, or never finished" in says()
    (plan.venv / UNFINISHED).touch()
    assert "not finished" in says()
    (plan.venv / UNFINISHED).unlink()
    next(site_packages(plan.venv).glob("pip-*/RECORD")).unlink()
    assert "its pip is gone" in says()
    plan.venv.rename(tmp_path / "gone")
    assert "no .venv yet" in says()


def test_a_wrong_version_and_a_broken_file_are_named(plan, tmp_path):
    assert [finding.mark for finding in doctor.packages(plan)] == ["ok"]
    (tmp_path / "requirements.txt").write_text("# [course]\npip==0.1\ntorch==2.13.0\n")
    (site_packages(plan.venv) / "pip" / "__init__.py").unlink()
    findings = doctor.packages(plan)
    assert [finding.what for finding in findings][1:] == [
        "torch 2.13.0 is wanted: not installed",
        "pip is damaged: pip/__init__.py",
    ]
    assert findings[0].what.startswith("pip 0.1 is wanted: ")
    assert all("doctor --repair" in finding.remedy for finding in findings)


def test_too_little_room_is_wrong(plan):
    (plan.venv / READY).unlink()
    assert doctor.disk(plan._replace(free=1e6)).mark == "wrong"
    assert doctor.disk(plan).mark == "ok"


def test_the_exit_code_is_1_when_something_is_wrong(plan, capsys):
    (plan.venv / READY).unlink()
    assert doctor.main([], plan) == 1
    out = capsys.readouterr().out
    assert "run `python3 -m rnncourse lab`" in out
    assert "PyTorch does not compute" in out  # this environment has none
    assert "to mend." in out


def test_the_environment_that_runs_this_is_whole(root):
    plan = Plan()
    if Path(sys.prefix).resolve() != plan.venv.resolve() or marker(plan) is None:
        pytest.skip("these tests do not run in the clone's own .venv")
    wrong = [f for f in doctor.examine(plan, root / "workspace") if f.mark == "wrong"]
    assert not wrong
