"""The pipeline's code in modules of a source folder."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from checker.checks.base import check
from checker.checks.command_programs import argument
from checker.checks.repository.notebook_folder import LIST_FILES
from checker.course import Course
from checker.facts.code import Code, ImportedName, PythonFile
from checker.facts.functions import FunctionsAtWork, Origin, WrittenFunctions
from checker.facts.history import History
from checker.facts.observation import Holder, Observation, Stack
from checker.facts.tree import Tree
from checker.model import (
    Advice,
    Basis,
    Blocked,
    Failed,
    Json,
    Location,
    Passed,
    Text,
    Unavailable,
    Verdict,
    advice,
    known,
    text,
)
from checker.quoting import quoted

LOAD, PREPARE, MODEL = "load", "prepare", "model"
"""The three parts that are to be shared out: reading the data, variables and split, the model."""
_APART = frozenset({"notebooks", "notebook", "tests", "test", "docs", "doc", "pages", "data"})
_NO_COPIES = frozenset({"setup.py", "conftest.py"})
_ALIKE_EVERYWHERE = frozenset({"main", "__init__", "run"})


@dataclass(frozen=True, slots=True)
class Sharing:
    """Which modules play which part, and whether that was seen in a run."""

    parts: Mapping[str, frozenset[str]]
    basis: Basis

    def folders(self) -> frozenset[str]:
        """The folders at the root in which modules play a part."""
        paths = frozenset[str]().union(*self.parts.values())
        return frozenset(path.partition("/")[0] for path in paths if "/" in path) - _APART

    def within(self, folder: str) -> Mapping[str, frozenset[str]]:
        """The parts with those of their modules that lie below *folder*."""
        start = f"{folder}/"
        return {part: frozenset(p for p in paths if p.startswith(start)) for part, paths in self.parts.items()}


@check("layout-source")
def layout_source(
    code: Code,
    course: Course,
    tree: Tree,
    written: WrittenFunctions,
    work: FunctionsAtWork | None,
    history: History | Unavailable | None,
) -> Verdict:
    """The code is shared out in one source folder

    ## What it checks

    Of the roles *read the data*, *variables and split*, *model*, at least two are played by functions that live in
    different modules under one source folder: `{=names.source_folder}/`, or a package named after the project. No copy of these
    functions stays at the root.

    The expected files are {=names.modules|and}; other names pass. `__init__.py` files are
    welcome but not required.

    ## Why it matters

    A module with one task is found, reviewed and changed without reading the rest. Two copies of a function end up
    contradicting each other.

    ## How to do it

    Move each function to the module of its task, with the imports it needs, update the imports of `{=names.main}` and of
    the notebook, then delete `functions.py`.

    ## Example

    ```python
    # Before: everything is in functions.py
    from functions import import_data, train_evaluate

    # After: and functions.py is deleted
    from {=names.source_folder}.data.import_data import import_data
    from {=names.source_folder}.models.train_evaluate import train_evaluate
    ```

    ## Known limits

    Which function plays which role is seen when the program runs, not by its name. A file forgotten in the commit
    is a failure here: `git status` shows it.
    """  # noqa: E501  wrapped as it is printed
    # Once there is a main script, a notebook that still imports what was moved is judged in step 1.1 alone.
    forgotten = [
        imported
        for imported in code.missing
        if imported not in code.explained
        and _in_folder(imported, course)
        and (code.main is None or imported.where.path in code.files)
    ]
    if forgotten:
        return _forgotten(forgotten)
    sharing = shared(work, written)
    best = max(sharing.folders(), key=lambda folder: (_shared_parts(sharing.within(folder)), folder), default=None)
    inside = sharing.within(best) if best else {}
    details = _sharing_details(sharing, code, course)
    if best is None or not _two_modules(inside):
        if unseen := _unseen(work):
            return unseen
        if code.explained:
            return Blocked(by=("main-runs",))
        return Failed(
            expected=text(
                "Reading, preparation and model are shared out among at least two modules of {folder}/.",
                folder=course.names.source_folder,
            ),
            actual=_as_it_is(sharing, best),
            hint=text(
                "Make {modules}, move each function to the module of its part, and update the imports.",
                modules=course.names.modules,
            ),
            reproduce=argument("shared_parts"),
            where=tuple(Location(path) for path in sorted(frozenset[str]().union(*sharing.parts.values()))[:5]),
            details=details,
            basis=sharing.basis,
        )
    if copies := _copies(code, best, course):
        names = tuple(dict.fromkeys(name for _, names in copies for name in names))
        first = copies[0][0].path
        return Failed(
            expected=text("What is in {folder}/ has no copy at the root.", folder=best),
            actual=text("{path} still holds {names}.", path=first, names=names[:5]),
            hint=text("Delete it: git rm {path}. What only stands there moves to {folder}/.", path=first, folder=best),
            reproduce=" && ".join(f"test ! -e {quoted(file.path)}" for file, _ in copies),
            where=tuple(Location(file.path) for file, _ in copies),
            details=details,
            basis=Basis.READ,
        )
    modules = sorted(frozenset[str]().union(*inside.values()))
    return Passed(
        message=text("The code is shared out among {modules}.", modules=tuple(modules)),
        advice=(*_folder_notes(best, course), *_readme_notes(tree, known(history))),
        details=details,
        basis=sharing.basis,
    )


def _in_folder(imported: ImportedName, course: Course) -> bool:
    return "." in imported.module or imported.package == course.names.source_folder


def _forgotten(forgotten: list[ImportedName]) -> Verdict:
    first = forgotten[0]
    path = _path_of(first)
    pattern = shlex.quote(rf"^{re.escape(path.removesuffix('.py'))}(\.py|/)")
    return Failed(
        expected=text("The modules that the code imports are in the repository."),
        actual=text("{path} is not in the repository, and {where} imports it.", path=path, where=first.where),
        hint=text("Add it: git add {path}. If git refuses, a line of .gitignore swallows it.", path=path),
        reproduce=f"! git grep -qF {quoted(first.module)} -- '*.py' '*.ipynb' || {LIST_FILES} | grep -qE {pattern}",
        where=tuple(imported.where for imported in forgotten[:5]),
        details={"missing": [_path_of(imported) for imported in forgotten]},
        basis=Basis.READ,
    )


def _path_of(imported: ImportedName) -> str:
    """The file that an import of a missing module most likely means."""
    return f"{imported.module.replace('.', '/')}.py"


def shared(work: FunctionsAtWork | None, written: WrittenFunctions) -> Sharing:
    """Which modules play which part: seen in a run that ended well and did work, else in all and the source."""
    sightings = work.now if work is not None else ()
    complete = [seen for seen in sightings if seen.complete and _did_work(seen.observation)]
    if complete:
        return Sharing(_seen(complete[0].observation), Basis.RUN)
    parts: dict[str, set[str]] = {LOAD: set(), PREPARE: set(), MODEL: set()}
    for function in written.functions:
        if function.reads:
            parts[LOAD].add(function.path)
        if function.columns or function.splits:
            parts[PREPARE].add(function.path)
        if function.fits or function.measures:
            parts[MODEL].add(function.path)
    for seen in sightings:
        for part, paths in _seen(seen.observation).items():
            parts[part] |= paths
    return Sharing({part: frozenset(paths) for part, paths in parts.items()}, Basis.READ)


def _did_work(observation: Observation) -> bool:
    return bool(observation.reads or observation.splits or observation.fits or observation.evaluations)


def _unseen(work: FunctionsAtWork | None) -> Unavailable | None:
    """Why a run is lacking here by which it would have been judged; None where a run of main shows the whole."""
    if work is None or any(seen.complete and seen.origin is Origin.MAIN for seen in work.now):
        return None
    return work.unseen


def _seen(observation: Observation) -> Mapping[str, frozenset[str]]:
    prepared = [
        (column.made_in,) for fit in observation.fits for column in fit.columns if column.differs and column.made_in
    ]
    stacks: Mapping[str, Iterable[Stack]] = {
        LOAD: [read.stack for read in observation.reads],
        PREPARE: [*(split.stack for split in observation.splits), *prepared],
        MODEL: [*(fit.stack for fit in observation.fits), *(one.stack for one in observation.evaluations)],
    }
    return {part: frozenset(path for stack in found if (path := _innermost(stack))) for part, found in stacks.items()}


def _innermost(stack: Stack) -> str | None:
    """The module of the function that does it itself, whatever called it."""
    return next((function.path for function in reversed(stack) if function.holder is Holder.MODULE), None)


def _shared_parts(inside: Mapping[str, frozenset[str]]) -> int:
    return sum(bool(paths) for paths in inside.values()) + 10 * _two_modules(inside)


def _two_modules(inside: Mapping[str, frozenset[str]]) -> bool:
    """Whether two parts are played in two different modules."""
    return any(
        one != other
        for part, mine in inside.items()
        for another, others in inside.items()
        if part != another
        for one in mine
        for other in others
    )


def _as_it_is(sharing: Sharing, folder: str | None) -> Text:
    paths = frozenset[str]().union(*sharing.parts.values())
    if not paths:
        return text("No module plays one of these parts.")
    if folder is None:
        return text("The functions are in {paths}, at the root.", paths=tuple(sorted(paths)))
    inside = sorted(path for path in paths if path.startswith(f"{folder}/"))
    if len(inside) == 1:
        return text("Of {folder}/, only {path} plays a part.", folder=folder, path=inside[0])
    return text("In {folder}/, only one of these parts is played: {paths}.", folder=folder, paths=tuple(inside))


def _copies(code: Code, folder: str, course: Course) -> list[tuple[PythonFile, tuple[str, ...]]]:
    """The files at the root that hold functions of the source folder once more, with their names.

    A file of functions that nothing imports any more counts, too, although its functions have other names now.
    """
    inside = {name for path, file in code.files.items() if path.startswith(f"{folder}/") for name in _functions(file)}
    found: list[tuple[PythonFile, tuple[str, ...]]] = []
    for path, file in code.files.items():
        if "/" in path or path in (code.main, *course.names.scripts) or path in _NO_COPIES:
            continue
        names = tuple(name for name in _functions(file) if name not in _ALIKE_EVERYWHERE)
        same = tuple(name for name in names if name in inside)
        left_over = path in code.unreached and re.search(r"\.fit\(|read_csv\(", file.source) is not None
        if same or (names and left_over):
            found.append((file, same or names))
    return found


def _functions(file: PythonFile) -> tuple[str, ...]:
    if file.tree is None:
        return tuple(re.findall(r"^def (\w+)", file.source, re.MULTILINE))
    return tuple(node.name for node in file.tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _folder_notes(folder: str, course: Course) -> Iterator[Advice]:
    wanted = course.names.source_folder
    if folder != wanted and course.id.lower() not in folder.lower():
        yield advice("The usual name of the folder is {wanted}.", where=(Location(folder),), wanted=wanted)


def _readme_notes(tree: Tree, history: History | None) -> Iterator[Advice]:
    """A word where the README is still the one that everybody began with."""
    path = next((path for path in tree.entries if path.lower() in ("readme.md", "readme", "readme.rst")), None)
    start = next((commit for commit in history.commits if commit.id == history.start), None) if history else None
    if path is None:
        yield advice("A README in a few lines says what the project is and how it is run.")
    elif start and (before := start.tree().entries.get(path)) and before.blob == tree.entries[path].blob:
        yield advice(
            "{path} is still the statement; say there what your project is.", where=(Location(path),), path=path
        )


def _sharing_details(sharing: Sharing, code: Code, course: Course) -> dict[str, Json]:
    return {
        "parts": {part: [*sorted(paths)] for part, paths in sharing.parts.items()},
        "expected": {path: path in code.files for path in course.names.modules},
    }
