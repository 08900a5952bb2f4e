"""Scripts are read, checked and cut without executing anything."""

import pytest

from rnncourse.build import fingerprint, pages, render, rules, script, solutions
from rnncourse.build.errors import BuildError

LESSON = """\
# %% [markdown]
# # Cells
#
# What a cell is.

# %%
SEED = 0

# %% tags=["nbval-ignore-output"]
# alt: A line
#      that rises.
x = 1
"""
EXERCISE = '''\
# %% [markdown]
# # Cells: exercises

# %%
def double(x):
    """Twice x."""
    if x:
        # BEGIN SOLUTION
        y = x + x
        return y
        # END SOLUTION
    return 0
'''


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "05_cells.py"
        path.write_text(text, encoding="utf-8")
        return script.read(path)

    return read


def test_a_script_knows_its_title_its_description_and_its_lines(read):
    lesson = read(LESSON)
    assert (lesson.title, lesson.description) == ("Cells", "What a cell is.")
    assert [cell.kind for cell in lesson.cells] == ["markdown", "code", "code"]
    assert [cell.lines for cell in lesson.cells] == [(2, 3, 4), (7,), (10, 11, 12)]
    assert lesson.cells[2].tags == ("nbval-ignore-output",)
    assert render.alts(lesson.path, lesson.cells[2]) == ["A line that rises."]


@pytest.mark.parametrize("text, line, says", [
    ("import os\n" + LESSON, 1, "begins with its first cell"),
    ("", 1, "begins with its first cell"),
    ("# %%\nx = 1\n", 1, "the first cell is markdown"),
    ("# %% [markdown]\n# ## Small\n", 1, "the first cell is markdown"),
    (LESSON + "\n# %%\n\n", 14, "empty"),
    (LESSON + "\n# %% [raw]\n# x\n", 14, "not raw"),
    (LESSON.replace("ignore-output", "ignore-outputs"), 9, "unknown tag nbval-ignore-outputs"),
])
def test_a_script_that_is_wrong_is_refused_with_its_line(read, text, line, says):
    with pytest.raises(BuildError, match=f"05_cells.py:{line}: .*{says}"):
        read(text)


def test_a_script_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "05_cells.py"
    path.write_bytes(LESSON.encode() + b"# \xff\n")
    with pytest.raises(BuildError, match="not UTF-8"):
        script.read(path)


def test_one_source_gives_the_solution_and_the_exercise(read):
    source = read(EXERCISE)
    solved, unsolved = solutions.solved(source).cells[1], solutions.unsolved(source).cells[1]
    head = 'def double(x):\n    """Twice x."""\n    if x:\n'
    assert solved.source == head + "        y = x + x\n        return y\n    return 0"
    assert unsolved.source == head + "        raise NotImplementedError\n    return 0"
    assert solved.lines == (5, 6, 7, 9, 10, 12)
    assert unsolved.lines == (5, 6, 7, 8, 12)


def test_two_regions_in_one_cell_are_both_cut(read):
    function = EXERCISE.split("# %%\n")[1]
    source = read(EXERCISE + "\n\n" + function.replace("double", "again"))
    assert solutions.unsolved(source).cells[1].source.count("raise NotImplementedError") == 2
    assert "x + x" not in solutions.unsolved(source).cells[1].source
    assert solutions.solved(source).cells[1].source.count("x + x") == 2


@pytest.mark.parametrize("old, new, line, says", [
    ("        # END SOLUTION\n", "", 8, "without an # END SOLUTION"),
    ("        # BEGIN SOLUTION\n", "", 10, "without a # BEGIN SOLUTION"),
    ("        return y", "        # BEGIN SOLUTION", 10, "inside the region begun in .*line 8"),
    ("        return y\n        # END", "# %%\n        # END", 8, "without an # END SOLUTION"),
    ("# END SOLUTION", "# END SOLUTON", 11, "line of its own"),
    ("# END SOLUTION", "#END SOLUTION", 11, "line of its own"),
    ("# END SOLUTION", "# end solution", 11, "line of its own"),
    ("# BEGIN SOLUTION", "### BEGIN SOLUTION", 8, "line of its own"),
    ("# BEGIN SOLUTION", "# BEGNI SOLUTION", 8, "line of its own"),
    ("# BEGIN SOLUTION", "# SOLUTION BEGIN", 8, "line of its own"),
    ("y = x + x\n", "y = x + x  # BEGIN SOLUTION\n", 9, "line of its own"),
    ("        y = x + x\n        return y\n", "", 9, "is empty"),
    ("def double(x):\n", "# BEGIN SOLUTION\n", 5, "inside a function"),
    ("# # Cells: exercises\n", "# # Cells: exercises\n# # BEGIN SOLUTION\n", 3, "code cells"),
])
@pytest.mark.parametrize("cut", [solutions.solved, solutions.unsolved])
def test_a_wrong_marker_is_refused_with_its_line(read, old, new, line, says, cut):
    assert old in EXERCISE
    with pytest.raises(BuildError, match=f"05_cells.py:{line}: .*{says}"):
        cut(read(EXERCISE.replace(old, new)))


def test_a_comment_on_a_solution_is_no_marker(read):
    source = read(EXERCISE.replace("y = x + x\n", "y = x + x  # the solution of y - x = x\n"))
    assert "y - x = x" in solutions.solved(source).cells[1].source


def test_a_lesson_holds_no_solution(read):
    with pytest.raises(BuildError, match="05_cells.py:8: solution markers belong"):
        solutions.refuse_markers(read(EXERCISE))


@pytest.mark.parametrize("code, line, says", [
    ("%matplotlib inline", 15, "no magics"),
    ("x = 1\n!ls", 16, "no magics"),
    ("x = 1;", 15, "no trailing ;"),
    ("x = 1\ny = (", 16, "not valid Python"),
    ("x = 1\n" * 20 + "x", 15, "has 21 lines, the limit is 20"),
])
def test_a_cell_that_breaks_a_rule_is_refused_with_its_line(read, code, line, says):
    with pytest.raises(BuildError, match=f"05_cells.py:{line}: .*{says}"):
        rules.check(read(f"{LESSON}\n# %%\n{code}\n"))


def test_the_first_code_cell_is_short_and_alt_texts_do_not_count(read):
    with pytest.raises(BuildError, match="the first code cell has 9 lines, the limit is 8"):
        rules.check(read(LESSON.replace("SEED = 0", "x = 1\n" * 8 + "SEED = 0")))
    rules.check(read(f"{LESSON}\n# %%\n# alt: a\n#      b\n" + "x = 1\n" * 19 + "x\n"))


def course(tmp_path, **files):
    """A course of scripts: lessons_05_cells="text" and so on."""
    for name, text in files.items():
        kind, name = name.split("_", 1)
        path = tmp_path / "source" / kind / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return render.Course.read(pages.find(tmp_path))


def sources(course, name):
    page = next(page for page in course.scripts if str(page) == name)
    return [cell.source for cell in render.render(course, page)]


def test_number_navigation_and_contents_come_from_the_file_names(tmp_path):
    first = "# %% [markdown]\n# # Start | here\n#\n# A | B.\n#\n# <!-- contents -->\n"
    made = course(tmp_path, lessons_00_start=first, lessons_05_cells=LESSON,
                  exercises_05_cells=EXERCISE)
    top, title, *_, bottom = sources(made, "notebooks/05_cells.ipynb")
    assert top == bottom == (
        "[← 00 · Start | here](00_start.ipynb) | [Contents](../notebooks/00_start.ipynb#Contents) "
        "| [Exercises](../exercises/05_cells.ipynb)"
    )
    assert title == "# 05 · Cells\n\nWhat a cell is."
    start = sources(made, "notebooks/00_start.ipynb")
    assert start[0] == "[Contents](#Contents) | [05 · Cells →](05_cells.ipynb)"
    rows = start[1].split("\n")[-2:]
    assert rows[0] == r"| [00 · Start \| here](../notebooks/00_start.ipynb) | A \| B. |"
    assert rows[1] == ("| [05 · Cells](../notebooks/05_cells.ipynb)"
                       "<br>[exercises](../exercises/05_cells.ipynb) | What a cell is. |")
    assert "[Lesson](../notebooks/05_cells.ipynb)" in sources(made, "exercises/05_cells.ipynb")[0]


def test_exercises_are_numbered_within_their_lesson(tmp_path):
    text = EXERCISE + "".join(f"\n# %% [markdown]\n# ### Exercise · {n}\n" for n in ("One", "Two"))
    cells = sources(course(tmp_path, exercises_05_cells=text), "solutions/05_cells.ipynb")
    assert cells[3:5] == ["### Exercise 5.1 · One", "### Exercise 5.2 · Two"]


def test_cell_ids_depend_on_the_content_alone():
    cells = [script.Cell("code", text, ()) for text in ("x", "y", "x")]
    names = render.ids(cells)
    assert len(set(names)) == 3
    assert render.ids(cells[:1] + cells)[1:] != names  # a copy above: now the second of its kind
    assert render.ids(cells[::-1])[1] == names[1]


def test_two_scripts_may_not_share_a_number_or_lack_one(tmp_path):
    course(tmp_path, lessons_05_cells=LESSON)
    with pytest.raises(BuildError, match="share a number"):
        course(tmp_path, lessons_05_gates=LESSON)
    (tmp_path / "source/lessons/05_gates.py").rename(tmp_path / "source/lessons/gates.py")
    with pytest.raises(BuildError, match="NN_topic.py"):
        pages.find(tmp_path)


def test_the_fingerprint_covers_what_a_lesson_imports_directly_or_not_and_nothing_else(
    tmp_path, monkeypatch
):
    package = tmp_path / "rnncourse"
    for name, text in {
        "__init__.py": "", "cells.py": "import numpy\n", "alone.py": "", "style.css": "a",
        "other.css": "", "deep/__init__.py": "from . import inner\n",
        "deep/inner.py": "from ..cells import step\nSHEET = 'style.css'\n",
    }.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    monkeypatch.setattr(fingerprint, "PACKAGE", package)
    lesson = ["import numpy as np", "from rnncourse import deep\n"]
    names = [path.relative_to(package).as_posix() for path in fingerprint.files(lesson)]
    assert names == ["__init__.py", "cells.py", "deep/__init__.py", "deep/inner.py", "style.css"]
    monkeypatch.setattr(fingerprint, "STORING", set())
    before = fingerprint.fingerprint(lesson)
    for name in ("alone.py", "other.css"):
        (package / name).write_text("x = 1")
    assert fingerprint.fingerprint(lesson) == before
    for name in ("cells.py", "style.css"):
        (package / name).write_text("x = 1")
        assert fingerprint.fingerprint(lesson) != before
        before = fingerprint.fingerprint(lesson)
