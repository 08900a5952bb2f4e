"""Every stored notebook was built, executed from top to bottom, and can be read by anyone."""

import re
import tomllib
from pathlib import Path

import nbformat
import pytest

from rnncourse import build
from rnncourse.build import pages, rules

ROOT = Path(__file__).resolve().parents[1]
STORED = [path for folder in pages.SOURCES for path in sorted((ROOT / folder).glob("*.ipynb"))]
MAX_BYTES = 300_000
each = pytest.mark.parametrize("path", STORED, ids=lambda path: f"{path.parent.name}/{path.stem}")


def problems(book, size=0):
    """What is wrong with a stored notebook, in words; an empty list when nothing is."""
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    outputs = [out for cell in code for out in cell.outputs]
    data = [out.data for out in outputs if "data" in out]
    return [word for word, wrong in {
        "stripped or out of order": (
            not code or [cell.execution_count for cell in code] != list(range(1, len(code) + 1))),
        "an error is stored": any(out.output_type == "error" for out in outputs),
        "something on stderr": any(out.get("name") == "stderr" for out in outputs),
        "widget state": "widgets" in book.metadata
            or any("vnd.jupyter.widget" in key for kinds in data for key in kinds),
        "a figure that is no PNG": any(
            re.match("image/(?!png)", key) for kinds in data for key in kinds),
        "a figure without alt text": any(
            not out.metadata.get("image/png", {}).get("alt", "").strip()
            for out in outputs if "image/png" in out.get("data", ())),
        "a long cell": any(rules.length(cell.source) > 20 for cell in code),
        "a long first cell": bool(code) and rules.statements(code[0].source) > 8,
        "a magic or a shell line": any(re.search(r"(?m)^\s*[%!]", cell.source) for cell in code),
        "a trailing ;": any(re.search(r"(?m);\s*$", cell.source) for cell in code),
        "too large": size > MAX_BYTES,
        "identical cell ids": len({cell.id for cell in book.cells}) != len(book.cells),
    }.items() if wrong]


@each
def test_stored_notebooks_are_whole(path):
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    assert problems(book, path.stat().st_size) == []


def spoil(**changes):
    def change(cell):
        cell.update(changes)
    return change


@pytest.mark.parametrize("says, change", [
    ("stripped or out of order", spoil(execution_count=None, outputs=[])),
    ("stripped or out of order", spoil(execution_count=7)),
    ("an error is stored", lambda cell: cell.outputs.append(nbformat.v4.new_output("error"))),
    ("something on stderr",
     lambda cell: cell.outputs.append(nbformat.v4.new_output("stream", name="stderr", text="x"))),
    ("widget state",
     lambda cell: cell.outputs[0].data.update({"application/vnd.jupyter.widget-view+json": {}})),
    ("a figure that is no PNG", lambda cell: cell.outputs[0].data.update({"image/svg+xml": ""})),
    ("a figure without alt text", lambda cell: cell.outputs[0].metadata.clear()),
    ("a long cell", spoil(source="x = 1\n" * 21)),
    ("a magic or a shell line", spoil(source="%timeit x")),
    ("a trailing ;", spoil(source="x = 1\ny;")),
    ("identical cell ids", spoil(id="same")),
])
def test_each_of_these_problems_is_seen(says, change):
    png = nbformat.v4.new_output("display_data", {"image/png": ""},
                                 metadata={"image/png": {"alt": "a line"}})
    second = nbformat.v4.new_code_cell("# alt: a line\nx = 2", execution_count=2, outputs=[png])
    book = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_markdown_cell("text", id="same"),
        nbformat.v4.new_code_cell("x = 1", execution_count=1), second,
    ])
    assert problems(book) == []
    change(second)
    assert says in problems(book)
    assert "too large" in problems(book, MAX_BYTES + 1)


def test_nothing_is_stale_and_nothing_is_an_orphan(capsys):
    assert build.main(["--check"]) == 0, capsys.readouterr().out


@each
def test_links_lead_somewhere(path):
    book = nbformat.read(path, as_version=4)
    for cell in book.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", cell.source):
                assert (path.parent / target).is_file(), target


def test_lesson_00_asks_for_the_versions_the_package_asks_for():
    source = (ROOT / "source/lessons/00_start_here.py").read_text(encoding="utf-8")
    asked = dict(re.findall(r'"(\w+)": "([\d.]+)"', re.search(r"at_least = .*", source)[0]))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = dict(re.fullmatch(r"(\w+)>=([\d.]+).*", line).groups()
                  for line in project["dependencies"])
    assert {name: wanted[name] for name in asked} == asked
