"""Step 1.5: notebooks, code and data are where everybody looks for them."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checker.checks.base import check
from checker.checks.shell import all_quoted, quoted
from checker.course import Course
from checker.facts.code import Code, ImportedName, PythonFile
from checker.facts.functions import FunctionsAtWork, Origin, WrittenFunctions
from checker.facts.history import History
from checker.facts.hygiene import DataFiles
from checker.facts.notebook import NotebookFile
from checker.facts.observation import Holder, Observation, Stack
from checker.facts.tree import Tree
from checker.model import (
    Advice,
    Basis,
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

LOAD, PREPARE, MODEL = "load", "prepare", "model"
"""The three parts that are to be shared out: reading the data, variables and split, the model."""
_APART = frozenset({"notebooks", "notebook", "tests", "test", "docs", "doc", "pages", "data"})
_NO_COPIES = frozenset({"setup.py", "conftest.py"})
_ALIKE_EVERYWHERE = frozenset({"main", "__init__", "run"})
_FILES = "git ls-files -co --exclude-standard"
_SHARED_OUT = """import pathlib, re, sys
parts = [r"read_(csv|parquet|excel|json|feather)", r"train_test_split\\(|LabelEncoder|fillna|get_dummies|\\.map\\(",
         r"\\.fit\\(|\\.predict\\(|confusion_matrix\\("]
apart = {"notebooks", "notebook", "tests", "docs", "pages", "data"}
files = [path for path in pathlib.Path(".").rglob("*.py") if len(path.parts) > 1 and "site-packages" not in path.parts]
files = [path for path in files if path.parts[0] not in apart and not path.parts[0].startswith(".")]
plays = [(path, {part for part in parts if re.search(part, path.read_text(errors="replace"))}) for path in files]
sys.exit(not any(a.parts[0] == b.parts[0] and a != b and len(mine | others) > 1
                 for a, mine in plays for b, others in plays if mine and others))"""
"""Two files of one folder that play two parts, by the words that all use."""


@check("layout-notebook")
def layout_notebook(notebook: NotebookFile, course: Course) -> Verdict:
    """The notebooks are in their folder

    ## What it checks

    Notebooks live in the folder `notebooks/`, and none is left at the root.

    ## Why it matters

    A root where scripts, data and notebooks mix becomes unreadable quickly. With a folder of their own, notebooks
    are where everybody looks for them.

    ## How to do it

    Move them with `git mv`. A notebook starts from its own folder: let it find your modules, and adapt the path of
    the data.

    ## Example

    ```bash
    # Before: titanic.ipynb at the root
    # After
    mkdir -p notebooks
    git mv titanic.ipynb notebooks/titanic.ipynb
    ```

    The first cell then lets Python find the folder `src`:

    ```python
    import sys

    sys.path.insert(0, "..")
    ```

    ## Known limits

    The name of the notebook is free. That it still runs after the move is judged in `notebook-runs`, and nowhere
    else.
    """
    folder = course.names.notebook_folder
    paths = (notebook.path, *notebook.others)
    at_root = tuple(path for path in paths if "/" not in path)
    apart = tuple(path for path in paths if "/" in path and not path.startswith(f"{folder}/"))
    singular = f"{folder.removesuffix('s')}/"
    details: dict[str, Json] = {"notebooks": [*paths]}
    if at_root or (notebook.path in apart and not notebook.path.startswith(singular)):
        wrong = at_root or (notebook.path,)
        return Failed(
            expected=text("The notebooks are in {folder}/.", folder=folder),
            actual=text("Not in {folder}/: {paths}.", folder=folder, paths=wrong[:5]),
            hint=text(
                "Move it with git: mkdir -p {folder} && git mv {path} {folder}/.",
                folder=folder,
                path=wrong[0],
            ),
            reproduce=f"! {_FILES} -- '*.ipynb' | grep -v checkpoint | grep -qvE '^{folder.removesuffix('s')}s?/'",
            where=tuple(Location(path) for path in wrong[:5]),
            details=details,
            basis=Basis.READ,
        )
    notes = tuple(
        advice("{path} lies apart from {folder}/.", where=(Location(path),), path=path, folder=folder) for path in apart
    )
    return Passed(
        message=text("{path} is in its folder.", path=notebook.path), advice=notes, details=details, basis=Basis.READ
    )


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
    different modules under one source folder: `src/`, or a package named after the project. No copy of these
    functions stays at the root.

    The expected files are `src/data/import_data.py`, `src/data/train_test_split.py`,
    `src/features/build_features.py` and `src/models/train_evaluate.py`; other names pass. `__init__.py` files are
    welcome but not required.

    ## Why it matters

    A module with one task is found, reviewed and changed without reading the rest. Two copies of a function end up
    contradicting each other.

    ## How to do it

    Move each function to the module of its task, with the imports it needs, update the imports of `main.py` and of
    the notebook, then delete `functions.py`.

    ## Example

    ```python
    # Before: everything is in functions.py
    from functions import import_data, train_evaluate

    # After: and functions.py is deleted
    from src.data.import_data import import_data
    from src.models.train_evaluate import train_evaluate
    ```

    ## Known limits

    Which function plays which role is seen when the program runs, not by its name. A file forgotten in the commit
    is a failure here: `git status` shows it.
    """
    # Once there is a main script, a notebook that still imports what was moved is judged in step 1.1 alone.
    forgotten = [
        imported
        for imported in code.missing
        if _in_folder(imported, course) and (code.main is None or imported.where.path in code.files)
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
            reproduce=f"python -c {shlex.quote(_SHARED_OUT)}",
            where=tuple(Location(path) for path in sorted(frozenset[str]().union(*sharing.parts.values()))[:5]),
            details=details,
            basis=sharing.basis,
        )
    copies = _copies(code, best, course)
    if copies:
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
    notes = (*_folder_notes(best, course), *_readme_notes(tree, known(history)))
    modules = sorted(frozenset[str]().union(*inside.values()))
    return Passed(
        message=text("The code is shared out among {modules}.", modules=tuple(modules)),
        advice=notes,
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
        reproduce=f"! git grep -qF {quoted(first.module)} -- '*.py' '*.ipynb' || {_FILES} | grep -qE {pattern}",
        where=tuple(imported.where for imported in forgotten[:5]),
        details={"missing": [_path_of(imported) for imported in forgotten]},
        basis=Basis.READ,
    )


def _path_of(imported: ImportedName) -> str:
    """The file that an import of a missing module most likely means."""
    return f"{imported.module.replace('.', '/')}.py"


def shared(work: FunctionsAtWork | None, written: WrittenFunctions) -> Sharing:
    """Which modules play which part: seen in a run that came to its end, else in any run and in the source."""
    sightings = work.now if work is not None else ()
    complete = [seen for seen in sightings if seen.complete]
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
        if "/" in path or path in (code.main, course.names.main) or path in _NO_COPIES:
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


def _folder_notes(folder: str, course: Course) -> tuple[Advice, ...]:
    wanted = course.names.source_folder
    if folder == wanted or "titanic" in folder.lower():
        return ()
    return (advice("The usual name of the folder is {wanted}.", where=(Location(folder),), wanted=wanted),)


def _readme_notes(tree: Tree, history: History | None) -> tuple[Advice, ...]:
    """A word where the README is still the one that everybody began with."""
    path = next((path for path in tree.entries if path.lower() in ("readme.md", "readme", "readme.rst")), None)
    if path is None:
        return (advice("A README in a few lines says what the project is and how it is run."),)
    start = next((commit for commit in history.commits if commit.id == history.start), None) if history else None
    if start is None:
        return ()
    before = start.tree().entries.get(path)
    if before is None or before.blob != tree.entries[path].blob:
        return ()
    return (
        advice("{path} is still the statement; say there what your project is.", where=(Location(path),), path=path),
    )


def _sharing_details(sharing: Sharing, code: Code, course: Course) -> dict[str, Json]:
    parts: dict[str, Json] = {part: [*sorted(paths)] for part, paths in sharing.parts.items()}
    expected: dict[str, Json] = {path: path in code.files for path in course.names.modules}
    return {"parts": parts, "expected": expected}


@check("layout-data")
def layout_data(data: DataFiles, course: Course) -> Verdict:
    """The data still in the repository are in data/raw

    ## What it checks

    Data files that are still in the repository lie in `data/raw/`. When there are none left because they have moved
    to S3 (step 1.7), the check passes.

    ## Why it matters

    Raw data are what must never be changed by hand. A folder of their own says so, and sets them apart from what
    the code makes out of them.

    ## How to do it

    Move them with `git mv`, then update the paths in `main.py` and in the notebook.

    ## Example

    ```bash
    # Before: train.csv and test.csv at the root
    # After
    mkdir -p data/raw
    git mv train.csv test.csv data/raw/
    ```

    In `main.py`, started at the root:

    ```python
    train, test = import_data("data/raw/train.csv", "data/raw/test.csv")
    ```

    ## Known limits

    Only data that git tracks are looked at. A fitted model is not data.
    """
    folder = course.names.data_folder
    files = [file for file in (*data.tracked, *data.waiting) if not file.fixture]
    apart = [file for file in files if not file.path.startswith(f"{folder}/")]
    derived = [file for file in apart if not file.passengers and file.path.startswith("data/")]
    wrong = [file for file in apart if file not in derived]
    details: dict[str, Json] = {"data": [file.path for file in files]}
    if wrong:
        paths = tuple(file.path for file in wrong)
        return Failed(
            expected=text("The data of the repository are in {folder}/.", folder=folder),
            actual=text("Not in {folder}/: {paths}.", folder=folder, paths=paths[:5]),
            hint=text(
                "Move them with git, and update the paths in the code: mkdir -p {folder} && git mv {paths} {folder}/.",
                folder=folder,
                paths=paths[:3],
            ),
            reproduce=f"! ls -d {all_quoted(paths, most=10)} 2>/dev/null | grep -q .",
            where=tuple(Location(path) for path in paths[:5]),
            details=details,
            basis=Basis.READ,
        )
    notes = tuple(
        advice("{path} is made from raw data: it need not be kept.", where=(Location(file.path),), path=file.path)
        for file in derived[:3]
    )
    message = (
        text("All data of the repository are in {folder}/.", folder=folder)
        if files
        else text("There are no data left in the repository.")
    )
    return Passed(message=message, advice=notes, details=details, basis=Basis.READ)


CHECKS = (layout_notebook, layout_source, layout_data)
