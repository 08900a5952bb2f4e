"""The benchmark harness: ratios, rows, the table, the JSON file, and benchmarks that break."""

import itertools
import json

import pytest

from benchmarks import harness
from benchmarks.harness import Row, ratio


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of benchmarks in place of the real one."""
    place = tmp_path / "benchmarks"
    place.mkdir()
    source = harness.HERE.joinpath("harness.py").read_text(encoding="utf-8")
    place.joinpath("harness.py").write_text(source, encoding="utf-8")
    place.joinpath("__init__.py").touch()
    monkeypatch.setattr(harness, "HERE", place)
    monkeypatch.chdir(tmp_path)
    return place


GOOD = '''"""Measures a constant."""
import os
from benchmarks.harness import Row, quick
THREADS = 2
def run():
    print("progress")
    return [Row("constant", 0.5, 0.75), Row("threads", float(os.environ["OMP_NUM_THREADS"])),
            Row("quick", float(quick()), 2, "higher", "said so")]
'''
BROKEN = '"""Breaks."""\ndef run():\n    raise RuntimeError("no luck")\n'


def test_ratio_is_the_median_over_interleaved_pairs():
    calls, now = [], itertools.count()
    order = []
    value = ratio(lambda: order.append("a"), lambda: order.append("b"), repeats=5, warmup=1,
                  clock=lambda: calls.append(1) or float(next(now)))
    assert value == 1.0
    assert order == ["a", "b"] * 6


def test_ratio_says_how_many_times_as_long():
    work = [0.0]

    def takes(seconds):
        return lambda: work.__setitem__(0, work[0] + seconds)

    assert ratio(takes(3.0), takes(2.0), clock=lambda: work[0]) == pytest.approx(1.5)


@pytest.mark.parametrize("row, reached", [
    (Row("a", 0.7, 0.75), True), (Row("a", 0.8, 0.75), False), (Row("a", 3, 3, "higher"), True),
    (Row("a", 2.9, 3, "higher"), False), (Row("a", 2.9), None),
])
def test_a_goal_has_a_direction(row, reached):
    assert row.reached is reached


def test_the_table_and_the_file_say_the_same(folder, capfd):
    folder.joinpath("good.py").write_text(GOOD, encoding="utf-8")
    assert harness.main(["--json", "out/numbers.json", "--quick"]) == 0
    out, progress = capfd.readouterr()
    assert "[1/1] good: Measures a constant." in progress and "progress" in progress
    lines = out.splitlines()
    assert lines[1].split() == ["constant", "0.5", "at", "most", "0.75", "yes"]
    assert lines[3].split() == ["quick", "1", "at", "least", "2", "NO", "said", "so"]
    path = folder.parent / "out" / "numbers.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    assert [(row["name"], row["value"], row["reached"]) for row in report["rows"]] == [
        ("constant", 0.5, True), ("threads", 2.0, None), ("quick", 1.0, False)]
    assert report["machine"]["cores"] and not report["broken"]
    assert [entry.name for entry in path.parent.iterdir()] == ["numbers.json"]


def test_one_that_breaks_is_said_and_the_others_still_run(folder, capfd):
    folder.joinpath("bad.py").write_text(BROKEN, encoding="utf-8")
    folder.joinpath("good.py").write_text(GOOD, encoding="utf-8")
    assert harness.main([]) == 1
    out, progress = capfd.readouterr()
    assert "RuntimeError: no luck" in progress
    assert "constant" in out and "bad broke" in out
    report = json.loads((folder.parent / "bench.json").read_text(encoding="utf-8"))
    assert list(report["broken"]) == ["bad"] and len(report["rows"]) == 3


def test_run_must_return_rows(folder, capfd):
    folder.joinpath("odd.py").write_text("def run():\n    return [1]\n", encoding="utf-8")
    assert harness.main(["odd"]) == 1
    assert "run() must return Rows; got 1" in capfd.readouterr().err


def test_an_earlier_file_survives_a_write_that_fails(folder, monkeypatch):
    path = folder.parent / "bench.json"
    path.write_text("earlier", encoding="utf-8")
    monkeypatch.setattr(harness.os, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        harness.write_json(path, [], {})
    assert path.read_text(encoding="utf-8") == "earlier"
    assert [entry.name for entry in folder.parent.iterdir() if "part" in entry.name] == []


def test_an_unknown_name_is_answered_with_the_known_ones(capsys):
    with pytest.raises(SystemExit) as stop:
        harness.main(["sequences"])
    assert stop.value.code == 2
    assert "there is no benchmark sequences" in capsys.readouterr().err


def test_every_benchmark_says_what_it_measures():
    assert "sequence" in harness.found()
    assert all(harness.found().values())


def test_both_sides_of_the_sequence_benchmark_do_the_same_work():
    from benchmarks.sequence import against_stepping

    stepping, whole = against_stepping(2, 5, 3)
    stepped, at_once = stepping(), whole()
    for a, b in zip([*stepped[:3], *stepped[3]], [*at_once[:3], *at_once[3]], strict=True):
        assert abs(a - b).max() < 1e-5


def test_an_interruption_keeps_what_was_measured(folder, monkeypatch, capfd):
    folder.joinpath("first.py").write_text(GOOD, encoding="utf-8")
    folder.joinpath("second.py").write_text(GOOD, encoding="utf-8")

    def measure(name, rough):
        if name == "second":
            raise KeyboardInterrupt
        return [Row("constant", 0.5)]

    monkeypatch.setattr(harness, "measure", measure)
    assert harness.main([]) == 130
    assert "stopped during second; what was measured before is kept" in capfd.readouterr().err
    report = json.loads((folder.parent / "bench.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in report["rows"]] == ["constant"]
