"""`rnncourse build`: the command."""

import argparse
import sys
from pathlib import Path

from .errors import BuildError

HERE = Path(__file__).resolve().parents[2]


def main(argv=None) -> int:
    """Build, check or stress the notebooks; 0 when all is well, 1 with a sentence when not."""
    options = parser().parse_args(argv)
    try:
        return act(options)
    except BuildError as error:
        print(f"rnncourse build: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if error.name not in ("jupytext", "nbclient", "nbformat", "jupyter_client"):
            raise
        print(f"rnncourse build: {error.name} is not installed here; "
              "python3 -m rnncourse test installs what authors need", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nrnncourse build: stopped; the stored notebooks are whole", file=sys.stderr)
        return 130


def parser():
    result = argparse.ArgumentParser(
        prog="rnncourse build",
        description="Build notebooks/, exercises/ and solutions/ from the scripts in source/. "
        "Without NN, all that are out of date.",
    )
    result.add_argument("lessons", nargs="*", metavar="NN", help="a lesson's number, or its name")
    result.add_argument("--check", action="store_true", help="build nothing; fail if any is stale")
    result.add_argument("--force", action="store_true", help="execute also what is up to date")
    result.add_argument("--seed", type=int, action="append", metavar="N",
                        help="run the lessons with SEED = N, write nothing; may be repeated")
    result.add_argument("--root", type=Path, default=HERE, help=argparse.SUPPRESS)
    return result


def act(options) -> int:
    from . import pages, seeds
    from .render import Course

    if not (options.root / "source").is_dir():
        raise BuildError(f"{options.root} has no source/: run this in a clone of the repository")
    every = pages.find(options.root)
    chosen, course = choose(every, options.lessons), Course.read(every)
    if options.check:
        return check(course, chosen, options.root)
    if options.seed:
        lessons = [page for page in chosen if page.folder == "notebooks"]
        for page in set(lessons) & set(course.broken):
            raise course.broken[page]
        return seeds.report(course, lessons, options.seed)
    return build(course, chosen, options)


def choose(every, wanted):
    """The pages meant by numbers ("5", "05") or names ("05_lstm_gates"); all when none is given."""
    result = []
    for word in wanted:
        name = Path(word).stem
        found = [page for page in every
                 if name == page.name or (name.isdigit() and int(name) == int(page.number))]
        if not found:
            have = ", ".join(dict.fromkeys(page.name for page in every)) or "none"
            raise BuildError(f"there is no lesson {word!r} in source/; there are: {have}")
        result += [page for page in found if page not in result]
    return result if wanted else every


def build(course, chosen, options) -> int:
    """Bring the chosen notebooks up to date; one that fails does not stop the others."""
    from . import notebook, pages, readme

    failed = []
    for page in chosen:
        try:
            if page in course.broken:
                raise course.broken[page]
            word = notebook.build(course, page, options.force)
            if word != "executed":
                print(f"{page}  {'up to date' if word == 'kept' else word}")
        except BuildError as error:
            failed.append(page)
            print(f"rnncourse build: {error}", file=sys.stderr)
    if readme.refresh(course, options.root):
        print("README.md  contents rewritten")
    for path in pages.orphans(options.root, pages.find(options.root)):
        print(f"{path.relative_to(options.root)}  has no script: delete it, or restore its source")
    if failed:
        print(f"{len(failed)} of {len(chosen)} failed: {', '.join(map(str, failed))}",
              file=sys.stderr)
    return int(bool(failed))


def check(course, chosen, root) -> int:
    """Name every stale file; nothing is executed and nothing is written."""
    from . import notebook, pages, readme

    problems = []
    for page in chosen:
        if page in course.broken:
            problems.append(str(course.broken[page]))
            continue
        wanted, old = notebook.assemble(course, page), notebook.stored(page)
        if reason := notebook.stale(wanted, old):
            problems.append(f"{page}  stale: {reason}")
        elif notebook.older_than_package(wanted, old):
            print(f"{page}  note: rnncourse changed since this was executed")
    problems += [f"{path.relative_to(root)}  orphan: no script in source/"
                 for path in pages.orphans(root, pages.find(root))]
    pair = readme.updated(course, root)
    if pair and pair[0] != pair[1]:
        problems.append("README.md  stale: its contents are not those of the lessons")
    for problem in problems:
        print(problem)
    print(f"{len(problems)} stale: run rnncourse build" if problems
          else f"{len(chosen)} notebooks fit their scripts")
    return int(bool(problems))
