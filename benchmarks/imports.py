"""What importing the package costs, against starting Python alone."""

import statistics
import subprocess
import sys
import time

from benchmarks.harness import Row

REPEATS = 15


def seconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def run() -> list[Row]:
    """Interleaved starts of two Pythons; medians."""
    for code in ("import rnncourse", "pass"):  # once, so that both are compiled and cached
        seconds(code)
    pairs = [(seconds("import rnncourse"), seconds("pass")) for _ in range(REPEATS)]
    ours, bare = (statistics.median(times) for times in zip(*pairs, strict=True))
    return [
        Row(
            "import rnncourse, seconds more than a bare Python",
            max(ours - bare, 0.0),
            0.15,
            "lower",
            f"median of {REPEATS}: {ours:.3f} s against {bare:.3f} s",
        )
    ]
