"""Run the benchmarks, print their table, write it as JSON: `rnncourse bench [NAME ...]`.

A benchmark is a file benchmarks/NAME.py with run() -> list[Row]; its first docstring line says
what it measures. A number is a ratio of two things measured in turn in one run, ABAB..., so that
whatever else the machine is doing falls on both. Each benchmark runs in a Python of its own with
THREADS (1, if it says nothing) threads for every library.
"""

import argparse
import ast
import importlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
QUICK = "RNNCOURSE_BENCH_QUICK"
POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Row(NamedTuple):
    """One line of the table. goal=None: measured for information."""

    name: str
    value: float
    goal: float | None = None
    better: str = "lower"
    note: str = ""

    @property
    def reached(self):
        if self.goal is None:
            return None
        return self.value <= self.goal if self.better == "lower" else self.value >= self.goal


def quick():
    """Whether a rough answer is wanted: a benchmark may then do less of everything."""
    return os.environ.get(QUICK) == "1"


def cpu_clock():
    """The clock for work on one thread: processor time, which other programs do not stretch.

    Wall time where processor time ticks too coarsely (Windows).
    """
    fine = time.get_clock_info("process_time").resolution < 1e-5
    return time.process_time if fine else time.perf_counter


def ratio(ours, theirs, repeats=15, warmup=2, clock=time.perf_counter):
    """How many times as long ours() takes as theirs(): the median over interleaved pairs.

    ours, theirs: functions of no arguments. clock: time.perf_counter, or cpu_clock() for work
    on one thread.
    """
    for _ in range(warmup):
        ours(), theirs()
    repeats = max(3, repeats // 5) if quick() else repeats
    return statistics.median(seconds(ours, clock) / seconds(theirs, clock) for _ in range(repeats))


def seconds(work, clock=time.perf_counter):
    """How long one call takes."""
    start = clock()
    work()
    return clock() - start


def say(text):
    """Show progress, on stderr."""
    print(text, file=sys.stderr, flush=True)


def found():
    """{name: what it measures} for every file here that defines run()."""
    benchmarks = {}
    for path in sorted(HERE.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body):
            benchmarks[path.stem] = (ast.get_docstring(tree) or "").partition("\n")[0]
    return benchmarks


def measure(name, rough):
    """Run one benchmark in a Python of its own; return its rows, or raise Broken."""
    threads = str(threads_of(HERE / f"{name}.py"))
    paths = [str(HERE.parent), os.environ.get("PYTHONPATH", "")]
    env = {**os.environ, **dict.fromkeys(POOLS, threads), QUICK: "1" if rough else "0",
           "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "rows.json")
        code = "import sys; from benchmarks.harness import child; child(*sys.argv[1:])"
        # What a benchmark prints is progress, so it goes where progress goes
        done = subprocess.run([sys.executable, "-c", code, name, str(answer)], env=env,
                              stdout=sys.stderr.fileno() if has_fileno(sys.stderr) else None)
        if done.returncode or not answer.exists():
            raise Broken(f"it ended with exit code {done.returncode}; its message is above")
        return [Row(*fields) for fields in json.loads(answer.read_text(encoding="utf-8"))]


class Broken(Exception):
    """A benchmark that did not come to its end."""


def threads_of(path):
    """The value of THREADS in a benchmark's file, read without running it; 1 if absent."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["THREADS"]:
            return ast.literal_eval(node.value)
    return 1


def has_fileno(stream):
    try:
        return stream.fileno() >= 0
    except (AttributeError, OSError, ValueError):
        return False


def child(name, answer):
    """In the benchmark's own Python: run it and leave the rows in a file."""
    rows = importlib.import_module(f"benchmarks.{name}").run()
    wrong = [row for row in rows if not isinstance(row, Row)]
    if wrong:
        raise TypeError(f"benchmarks/{name}.py: run() must return Rows; got {wrong[0]!r}")
    Path(answer).write_text(json.dumps([tuple(row) for row in rows]), encoding="utf-8")


def table(rows):
    """The rows as text: name, value, goal, reached."""
    lines = [("benchmark", "value", "goal", "reached", "")]
    for row in rows:
        sign = "at most" if row.better == "lower" else "at least"
        goal = "" if row.goal is None else f"{sign} {row.goal:g}"
        lines.append((row.name, f"{row.value:.3g}", goal,
                      {None: "", True: "yes", False: "NO"}[row.reached], row.note))
    widths = [max(len(line[k]) for line in lines) for k in range(4)]
    return "\n".join(
        f"{name:{widths[0]}}  {value:>{widths[1]}}  {goal:{widths[2]}}  {mark:{widths[3]}}  {note}"
        .rstrip() for name, value, goal, mark, note in lines
    )


def write_json(path, rows, broken):
    """Write the result beside its place first, then move it there: never half a file."""
    report = {
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": {
            "system": platform.system(), "processor": platform.machine(),
            "cores": os.cpu_count(), "python": platform.python_version(),
            "numpy": version("numpy"), "torch": version("torch"),
        },
        "rows": [{**row._asdict(), "reached": row.reached} for row in rows],
        "broken": broken,
    }
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def main(argv=None):
    """The command. Exit code 0 unless a benchmark breaks (1), or is asked for in vain (2)."""
    benchmarks = found()
    parser = argparse.ArgumentParser(
        prog="rnncourse bench",
        description="Measure speed and quality against peers, as ratios in one run.",
        epilog="\n".join(["benchmarks:", *(f"  {n:12}{what}" for n, what in benchmarks.items())]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which; all, if none is named")
    parser.add_argument("--json", default="bench.json", metavar="FILE",
                        help="where the numbers go (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, rougher numbers")
    options = parser.parse_args(argv)
    unknown = [name for name in options.names if name not in benchmarks]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are "
                     f"{', '.join(benchmarks)}")

    rows, broken, names = [], {}, options.names or list(benchmarks)
    interrupted = False
    for k, name in enumerate(names, 1):
        say(f"[{k}/{len(names)}] {name}: {benchmarks[name]}")
        start = time.perf_counter()
        try:
            rows += measure(name, options.quick)
        except Broken as error:
            broken[name] = str(error)
            say(f"      {name} broke: {error}")
        except KeyboardInterrupt:
            interrupted = True
            say(f"\n      stopped during {name}; what was measured before is kept")
            break
        else:
            say(f"      {time.perf_counter() - start:.0f} s")
    print(table(rows))
    for name, why in broken.items():
        print(f"{name} broke: {why}")
    write_json(options.json, rows, broken)
    print(f"written to {options.json}")
    return 130 if interrupted else 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
