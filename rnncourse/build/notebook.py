"""One page, from its script to its stored notebook; and whether the stored one still fits."""

import os
import tempfile
from pathlib import Path

import nbformat
from nbformat import v4

from . import clean, execute, grades
from .errors import BuildError, at
from .fingerprint import fingerprint
from .pages import Page
from .render import Course, alts, ids, render

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def assemble(course: Course, page: Page):
    """The page's notebook without outputs; its metadata holds the fingerprint of its code."""
    cells = render(course, page)
    code = [cell.source for cell in cells if cell.kind == "code"]
    notebook = v4.new_notebook(metadata={
        "kernelspec": KERNEL,
        "language_info": {"name": "python"},
        "rnncourse": {"code": fingerprint(code)},
    })
    for cell, name in zip(cells, ids(cells), strict=True):
        new = v4.new_code_cell if cell.kind == "code" else v4.new_markdown_cell
        metadata = {"tags": list(cell.tags)} if cell.tags else {}
        if page.folder != "notebooks":
            metadata |= grades.metadata(page.source, cell)
        notebook.cells.append(new(cell.source, id=name, metadata=metadata))
    return notebook


def stored(page: Page):
    """The notebook as it lies on disk; None when there is none, or it cannot be read."""
    try:
        return nbformat.reads(page.notebook.read_text(encoding="utf-8"), as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError, nbformat.ValidationError):
        return None


def stale(wanted, old) -> str:
    """Why a stored notebook is not what its script says; "" when it is."""
    if old is None:
        return "missing or unreadable"
    if len(wanted.cells) != len(old.cells):
        return f"{len(old.cells)} cells, its script gives {len(wanted.cells)}"
    for n, (new, was) in enumerate(zip(wanted.cells, old.cells, strict=True), 1):
        if any(new.get(key) != was.get(key) for key in ("cell_type", "source", "id", "metadata")):
            return f"cell {n} differs from its script"
    if any(old.metadata.get(k) != wanted.metadata[k] for k in ("kernelspec", "language_info")):
        return "its metadata differs"
    counts = [cell.execution_count for cell in old.cells if cell.cell_type == "code"]
    if counts != list(range(1, len(counts) + 1)):
        return "it was not executed from top to bottom"
    return ""


def older_than_package(wanted, old) -> bool:
    """True when the package's code changed after the stored outputs were made."""
    return old.metadata.get("rnncourse") != wanted.metadata["rnncourse"]


def reuse(wanted, old) -> bool:
    """Take over the stored outputs when the code is the same to the last line; say if done."""
    if old is None or older_than_package(wanted, old):
        return False
    new, was = ([c for c in book.cells if c.cell_type == "code"] for book in (wanted, old))
    if [(c.source, c.metadata) for c in new] != [(c.source, c.metadata) for c in was]:
        return False
    if any(cell.execution_count != n for n, cell in enumerate(was, 1)):
        return False
    for cell, before in zip(new, was, strict=True):
        cell.outputs, cell.execution_count = before.outputs, before.execution_count
    return True


def run(course: Course, page: Page, notebook):
    """Execute the notebook in place and clean its outputs. BuildError names the script's line."""
    script = course.scripts[page]
    page.notebook.parent.mkdir(exist_ok=True)
    try:
        execute.execute(notebook, page.notebook.parent, str(page))
    except execute.CellFailed as error:
        raise error.where(script) from None
    private = [path for path in (page.root.resolve(), Path.home()) if len(path.parts) > 1]
    code = [cell for cell in script.cells if cell.kind == "code"]
    done = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, made in zip(code, done, strict=True):
        made.metadata.pop("execution", None)
        try:
            made.outputs = clean.clean(
                made.outputs, alts=alts(script.path, cell), private=private,
                ignored="nbval-ignore-output" in cell.tags,
            )
        except BuildError as error:
            raise at(script.path, cell.lines[0], str(error)) from None


def build(course: Course, page: Page, force=False) -> str:
    """Bring one notebook up to date; return "kept", "refreshed" (text only) or "executed"."""
    wanted, old = assemble(course, page), stored(page)
    if not force and old is not None and not stale(wanted, old) and not older_than_package(
        wanted, old
    ):
        return "kept"
    word = "refreshed"
    if force or not reuse(wanted, old):
        word = "executed"
        run(course, page, wanted)
    write(page.notebook, text(wanted))
    return word


def text(notebook) -> str:
    """The bytes to store, the same for the same notebook."""
    notebook.metadata = {k: notebook.metadata[k] for k in sorted(notebook.metadata)
                         if k in ("kernelspec", "language_info", "rnncourse")}
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def write(path: Path, content: str):
    """Replace a file whole: written beside it first, then renamed."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
