"""The build executes, stores the same bytes each time, and never harms what is stored."""

import base64
import io
import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import numpy as np
import pytest
from PIL import Image

from rnncourse import build
from rnncourse.build import clean

HEAD = """\
# %% [markdown]
# # Small
#
# A small lesson.

# %%
SEED = 0
"""
FIGURE = """
# %%
import matplotlib.pyplot as plt

# %%
# alt: A line going up
#      to two.
plt.plot(range(3))
plt.show()
"""
STREAMS = """
# %% tags=["nbval-ignore-output"]
import sys
from tqdm import tqdm

for _ in tqdm(range(3)):
    print("step")
sys.stdout.flush()
print("done")
"""
EXERCISE = '''\
# %% [markdown]
# # Small: exercises

# %%
def double(x):
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION

# %%
try:
    print(double(2))
except NotImplementedError:
    print("not attempted yet")
'''


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    (tmp_path / "source/lessons").mkdir(parents=True)
    return tmp_path


def lesson(root, text, name="05_small"):
    (root / f"source/lessons/{name}.py").write_text(text, encoding="utf-8")
    return root / f"notebooks/{name}.ipynb"


def run(root, *arguments):
    return build.main(["--root", str(root), *arguments])


def cells(path):
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("colours", [2, 100_000])
def test_a_stored_figure_looks_like_the_drawn_one(colours):
    pixels = np.random.default_rng(0).integers(0, colours, (80, 90, 1)) * [80, 9, 1] % 256
    drawn, raw = Image.fromarray(pixels.astype(np.uint8)), io.BytesIO()
    drawn.save(raw, "PNG")
    small = base64.b64decode(clean.small_png(base64.b64encode(raw.getvalue()).decode()))
    seen = np.asarray(Image.open(io.BytesIO(small)).convert("RGB"), int)
    assert np.abs(seen - pixels).max() <= clean.UNSEEN
    assert len(small) <= len(raw.getvalue())


def test_two_builds_give_the_same_bytes(root):
    path = lesson(root, HEAD + FIGURE + STREAMS)
    assert run(root) == 0
    first = path.read_bytes()
    path.unlink()
    assert run(root) == 0
    assert path.read_bytes() == first
    nbformat.validate(nbformat.read(path, 4))


def test_outputs_are_clean_and_figures_carry_their_alt_text(root):
    path = lesson(root, HEAD + FIGURE + STREAMS)
    assert run(root) == 0
    *_, figure, streams = cells(path)
    (output,) = figure.outputs
    assert output.metadata["image/png"]["alt"] == "A line going up to two."
    png = base64.b64decode(output.data["image/png"])
    assert png.startswith(b"\x89PNG") and b"tEXt" not in png and len(png) < 12_000
    (stream,) = streams.outputs
    assert (stream.name, stream.text) == ("stdout", "step\n" * 3 + "done\n")
    assert [cell.execution_count for cell in cells(path)] == [1, 2, 3, 4]
    metadata = nbformat.read(path, 4).metadata
    assert set(metadata) == {"kernelspec", "language_info", "rnncourse"}
    assert metadata.language_info == {"name": "python"}


@pytest.mark.parametrize("cell, says", [
    ("import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()", "1 figures, but 0 alt texts"),
    ("# alt: none\nx = 1", "0 figures, but 1 alt texts"),
    ("print(object())", "a memory address"),
    ("import os\nprint(os.getcwd())", "a path of this machine"),
    ("import warnings\nwarnings.warn('mind')", "writes to stderr"),
    ("from tqdm import tqdm\nfor _ in tqdm(range(2)):\n    pass", "nbval-ignore-output"),
    ("# alt: x\nfrom IPython.display import SVG, display\ndisplay(SVG('<svg/>'))", "a PNG"),
])
def test_what_may_not_be_stored_is_refused_and_nothing_is_written(root, capsys, cell, says):
    path = lesson(root, f"{HEAD}\n# %%\n{cell}\n")
    assert run(root) == 1
    assert says in capsys.readouterr().err
    assert not path.exists()


def test_a_failing_cell_names_its_line_and_keeps_the_stored_notebook(root, capsys):
    path = lesson(root, HEAD)
    assert run(root) == 0
    stored = path.read_bytes()
    lesson(root, HEAD + "\n# %%\nx = 1\nassert x == 2\n")
    lesson(root, HEAD, "06_other")
    lesson(root, HEAD + "\n# %%\nx = 1;\n", "07_ruled")
    assert run(root) == 1
    err = capsys.readouterr().err
    assert re.search(r"source/lessons/05_small.py:11: this cell failed", err)
    assert "AssertionError" in err and "assert x == 2" in err and "cell  2/2" in err
    assert path.read_bytes() == stored
    other = (root / "notebooks/06_other.ipynb").read_text()  # one failure stops no other
    assert "](05_small.ipynb)" in other and "](07_ruled.ipynb)" in other
    assert "source/lessons/07_ruled.py:10: no trailing ;" in err
    assert not list((root / "notebooks").glob(".*"))


def test_a_lesson_that_reaches_for_the_network_fails(root, capsys):
    lesson(root, HEAD + "\n# %%\nfrom urllib.request import urlopen\nurlopen('http://example.org')\n")
    assert run(root) == 1
    assert "URLError" in capsys.readouterr().err


def test_only_what_changed_is_executed(root, capsys):
    path = lesson(root, HEAD + FIGURE)
    assert run(root) == 0
    before, stored = cells(path), path.read_bytes()
    capsys.readouterr()
    assert run(root) == 0 and "up to date" in capsys.readouterr().out
    lesson(root, HEAD.replace("A small", "A very small") + FIGURE)
    assert run(root) == 0 and "refreshed" in capsys.readouterr().out
    assert "A very small" in path.read_text() and cells(path) == before
    lesson(root, HEAD + FIGURE + "\n# %%\nprint(1)\n")
    assert run(root) == 0 and "cell  4/4" in capsys.readouterr().err
    lesson(root, HEAD + FIGURE)
    assert run(root, "--force") == 0 and path.read_bytes() == stored


def test_check_names_every_stale_file_and_writes_nothing(root, capsys):
    readme = root / "README.md"
    readme.write_text("# x\n<!-- contents -->\n<!-- /contents -->\nend\n")
    paths = [lesson(root, HEAD, "05_small"), lesson(root, HEAD, "06_other")]
    assert run(root, "--check") == 1
    assert run(root) == 0 and run(root, "--check") == 0
    assert "[06 · Small](notebooks/06_other.ipynb) | A small lesson." in readme.read_text()
    assert readme.read_text().endswith("<!-- /contents -->\nend\n")
    stored = [path.read_bytes() for path in (*paths, readme)]
    capsys.readouterr()
    lesson(root, HEAD.replace("# # Small", "# # Tiny"), "05_small")
    (root / "solutions").mkdir()
    (root / "solutions/03_gone.ipynb").write_text("{}")
    assert run(root, "--check") == 1
    out = capsys.readouterr().out
    for name in ("notebooks/05_small.ipynb", "notebooks/06_other.ipynb", "README.md"):
        assert f"{name}  stale" in out  # the other's bar names its neighbour
    assert "solutions/03_gone.ipynb  orphan" in out
    assert [path.read_bytes() for path in (*paths, readme)] == stored


@pytest.mark.parametrize("change", [
    lambda book: book.cells[2].update(source="x = 1"),
    lambda book: book.cells[2].update(execution_count=None, outputs=[]),
    lambda book: book.cells.pop(),
    lambda book: book.metadata.update(widgets={}, kernelspec={"name": "other"}),
])
def test_check_sees_a_notebook_edited_by_hand(root, change):
    path = lesson(root, HEAD)
    assert run(root) == 0
    book = nbformat.read(path, 4)
    change(book)
    nbformat.write(book, path)
    assert run(root, "--check") == 1
    assert run(root) == 0 and run(root, "--check") == 0


def test_an_exercise_gives_two_executed_notebooks(root):
    (root / "source/exercises").mkdir()
    (root / "source/exercises/05_small.py").write_text(EXERCISE)
    lesson(root, HEAD)
    assert run(root, "5") == 0
    solution, exercise = (cells(root / f"{folder}/05_small.ipynb")
                          for folder in ("solutions", "exercises"))
    assert solution[0].source == "def double(x):\n    return 2 * x"
    assert exercise[0].source == "def double(x):\n    raise NotImplementedError"
    assert solution[1].outputs[0].text == "4\n"
    assert exercise[1].outputs[0].text == "not attempted yet\n"
    assert run(root, "--check") == 0


def test_a_readme_without_markers_is_an_error(root, capsys):
    (root / "README.md").write_text("# x\n")
    lesson(root, HEAD)
    assert run(root) == 1
    assert "README.md" in capsys.readouterr().err


def test_seed_runs_all_cells_and_names_each_claim_that_fails(root, capsys):
    path = lesson(root, HEAD + "\n# %%\nassert SEED < 3\n\n# %%\nassert SEED != 4\n\n# %%\nx = 1\n")
    assert run(root, "--seed", "2") == 0
    assert run(root, "--seed", "3", "--seed", "4") == 1
    out = capsys.readouterr().out
    assert re.search(r"05_small +1 failed +2 failed", out)
    assert "seed 3  05_small.py:10: AssertionError" in out
    assert "seed 4  05_small.py:13: AssertionError" in out
    assert not path.exists()
    lesson(root, HEAD.replace("SEED = 0", "SEED = 1"))
    assert run(root, "--seed", "2") == 1
    assert "one line 'SEED = 0' is needed" in capsys.readouterr().err


def test_an_unknown_lesson_and_a_missing_source_get_a_sentence(root, tmp_path, capsys):
    lesson(root, HEAD)
    assert run(root, "7") == 1
    assert "there is no lesson '7' in source/; there are: 05_small" in capsys.readouterr().err
    assert run(tmp_path / "elsewhere") == 1
    assert "clone of the repository" in capsys.readouterr().err


def test_a_kernel_that_dies_is_a_failure_of_its_cell(root, capsys):
    lesson(root, f"{HEAD}\n# %%\nimport os\nos.write(2, b'farewell')\nos._exit(1)\n")
    assert run(root) == 1
    err = capsys.readouterr().err
    assert "05_small.py:10: this cell failed" in err and "the kernel died" in err
    assert "farewell" in err


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupted_build_keeps_the_stored_notebook_and_leaves_no_kernel(root):
    path = lesson(root, HEAD)
    assert run(root) == 0
    stored = path.read_bytes()
    mark = root / "started"
    tell = f"open({str(mark)!r}, 'w').write(str(os.getpid()))"
    lesson(root, f"{HEAD}\n# %%\nimport os, time\n{tell}\ntime.sleep(60)\n")
    command = [sys.executable, "-m", "rnncourse.build", "--root", str(root)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (mark.exists() and mark.read_text()):
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "stopped; the stored notebooks are whole" in err
    assert "Traceback" not in err
    assert path.read_bytes() == stored
    time.sleep(1)
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
