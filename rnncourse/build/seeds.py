"""The robustness run: the same lessons with another seed. Whose claims hold?"""

import re

from .errors import at
from .execute import CellFailed, execute
from .notebook import assemble
from .render import Course

SEED = re.compile(r"^SEED = 0$", re.MULTILINE)


def failures(course: Course, page, seed: int) -> list[str]:
    """The cells that fail with this seed, as "file:line: error"; nothing is written."""
    script = course.scripts[page]
    notebook = assemble(course, page)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code:
        cell.source = SEED.sub(f"SEED = {seed}", cell.source)
    folder = page.notebook.parent if page.notebook.parent.is_dir() else page.root
    try:
        execute(notebook, folder, f"{page} seed {seed}", keep_going=True)
    except CellFailed as error:
        return [str(error.where(script)).split("\n")[0]]
    cells = [cell for cell in script.cells if cell.kind == "code"]
    return [
        f"{script.path.name}:{cell.lines[0]}: {out.ename}: {out.evalue}".strip().split("\n")[0]
        for cell, made in zip(cells, code, strict=True)
        for out in made.outputs if out.output_type == "error"
    ]


def report(course: Course, pages, seeds) -> int:
    """Run, print one row per lesson and one column per seed; 0 when every claim holds."""
    for page in pages:
        script = course.scripts[page]
        count = sum(len(SEED.findall(cell.source)) for cell in script.cells if cell.kind == "code")
        if count != 1:
            raise at(script.path, 1, f"one line 'SEED = 0' is needed, this has {count}")
    rows = {}
    for page in pages:
        rows[page] = [failures(course, page, seed) for seed in seeds]
    print(f"{'lesson':28}" + "".join(f"{f'seed {seed}':>10}" for seed in seeds))
    for page, results in rows.items():
        words = [f"{len(result)} failed" if result else "holds" for result in results]
        print(f"{page.name:28}" + "".join(f"{word:>10}" for word in words))
    for results in rows.values():
        for seed, result in zip(seeds, results, strict=True):
            for failure in result:
                print(f"seed {seed}  {failure}")
    return int(any(result for results in rows.values() for result in results))
