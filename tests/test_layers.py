"""Arrows point downward only: tools over views over core, and importing the package is light."""

import ast
import subprocess
import sys

import pytest

from rnncourse.bootstrap import ROOT

CORE, VIEWS, TOOLS = range(3)
LAYERS = {
    CORE: "cells sequence gradcheck metrics ngrams convert models training generate decoding "
    "checkpoint shapes data tasks recipe resume hardware interrupt tensorfile fastpath experiments",
    VIEWS: "plots widgets quiz check",
    TOOLS: "bootstrap workspace doctor cli build progress grading lab suite chromium "
    "make_checkpoint __main__",
}
LAYER = {name: layer for layer, names in LAYERS.items() for name in names.split()}
PACKAGE = ROOT / "rnncourse"
MODULES = sorted(PACKAGE.rglob("*.py"))
LESSONS = sorted((ROOT / "source").rglob("*.py"))


def part(path):
    """The name in the table that a file of the package belongs to."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported(path):
    """The parts of the package that a file imports, at any depth of its code."""
    parts = set()
    inside = ["rnncourse", *path.relative_to(PACKAGE).parent.parts] if path in MODULES else []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = inside[: len(inside) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names]
        parts.update(name.split(".")[1] for name in names if name.startswith("rnncourse."))
    return parts - {"__version__"}


def name(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_part_has_a_layer_and_looks_down(path):
    if path == PACKAGE / "__init__.py":
        assert imported(path) == set()
        return
    above = {other for other in imported(path) if LAYER[other] > LAYER[part(path)]}
    assert not above, f"{name(path)} imports {above}, which lie above it"


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_lessons_import_core_and_views_only(path):
    assert not {other for other in imported(path) if LAYER[other] == TOOLS}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_file_is_over_300_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("module", ["rnncourse", "rnncourse.cli"])
def test_importing_is_light(module):
    heavy = "{'torch', 'matplotlib', 'numpy', 'IPython'} & set(sys.modules)"
    code = f"import sys, {module}; sys.exit(str({heavy}) if {heavy} else 0)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_table_would_see_an_arrow_upwards(tmp_path):
    wrong = tmp_path / "lesson.py"
    wrong.write_text("def f():\n    from rnncourse import build, cells\n")
    assert {LAYER[other] for other in imported(wrong)} == {TOOLS, CORE}
