"""A second look at what the student's own process told: by plain runs, and by the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from checker.absences import NotDoneYet
from checker.course import Course
from checker.evidence.confined import notebook_is_confined
from checker.evidence.notebook import plain_job, run_notebook
from checker.evidence.printed import said
from checker.evidence.program import main_job
from checker.evidence.reaching import reached_in
from checker.evidence.source import cell_trees
from checker.evidence.student_runs import StudentRuns
from checker.evidence.worlds import ordinary_world
from checker.facts.code import Code
from checker.facts.notebook import NotebookFile, NotebookRun
from checker.facts.observation import Holder, Observation, ProjectFunction, Read
from checker.facts.program import MainRun, Reporting
from checker.facts.running import End, Finished
from checker.facts.second_look import Difference, PlainMain, PlainNotebook, Reached, Reaches, Unfounded
from checker.facts.submission import Submission
from checker.facts.tree import TooLarge, Tree
from checker.model import Unavailable, known, text

_SLOWEST = 90.0
"""Seconds of a run above which it is not repeated: its time is the student's, and the class's."""
_NAMES_OF_IPYTHON = re.compile(r"^name '(?:_+|_i+|_\d+|_i\d+|_[ido]h|In|Out|_exit_code)' is not")
_OF_IPYTHON = ("IPython.", "traitlets.", "ipywidgets.", "comm.")
_NO_LOOP = "no running event loop"
_OVER_THE_NETWORK = frozenset({"http", "https", "s3", "s3a", "s3n"})
_SPEAKS_OF_FOREST = re.compile(rb"forest|trees|all_estimators|automl|pycaret|lazypredict", re.IGNORECASE)
_SPOKEN = (".py", ".ipynb", ".yaml", ".yml", ".json", ".toml", ".cfg", ".ini", ".txt", ".env", ".pkl", ".joblib")
_WRITES_CODE = re.compile(r"^[^\S\n]*%%(?:writefile|file)\b|\.py['\"]\s*,\s*['\"](?:w|a|x)", re.MULTILINE)


def plain_notebook(
    tree: Tree,
    notebook: NotebookFile,
    code: Code,
    run: NotebookRun,
    course: Course,
    submission: Submission,
    runs: StudentRuns,
) -> PlainNotebook:
    """The cells as one plain script. Before anything is said against the kernel, both are run again.

    What is still in a work tree is between its author and the checker: only what was handed in is run a second time.
    Nor is what cannot touch its kernel: there, the source is the second look.
    """
    if not run.succeeded:
        raise NotDoneYet(text("The notebook does not run: there is nothing to confirm."))
    if submission.own_work_tree or run.finished.seconds > _SLOWEST or notebook_is_confined(notebook, code):
        return PlainNotebook(notebook.path, run.finished)
    first = run_plainly(tree, notebook, run, course, runs)
    if stopped_at(first, notebook) is None:
        return PlainNotebook(notebook.path, first)
    again = run_notebook(tree, notebook, course, runs, folder=run.folder, attempt=1)
    second = run_plainly(tree, notebook, run, course, runs, attempt=1)
    stopped = stopped_at(second, notebook)
    return PlainNotebook(notebook.path, second, stopped if again.succeeded else None)


def run_plainly(
    tree: Tree, notebook: NotebookFile, run: NotebookRun, course: Course, runs: StudentRuns, *, attempt: int = 0
) -> Finished:
    """One plain run of the cells, from the folder in which the notebook ran."""
    return runs.run(plain_job(tree, notebook, run, course, attempt=attempt))


def stopped_at(finished: Finished, notebook: NotebookFile) -> int | None:
    """The cell at which a plain run stopped, where that says something of the notebook.

    What only IPython knows, and limits, say nothing. Nor does an end in the last cell.
    """
    if finished.cells >= len(notebook.cells) or finished.end not in (End.EXIT, End.SIGNAL):
        return None
    cell = finished.cells + 1
    error = finished.error
    if error is None:
        return cell if any(number > cell for number in notebook.running_cells) else None
    of_ipython = (
        error.name.startswith(_OF_IPYTHON)
        or (error.name == "NameError" and _NAMES_OF_IPYTHON.match(error.message))
        or (error.name == "RuntimeError" and error.message == _NO_LOOP)
    )
    return None if of_ipython or not error.frames else cell


def plain_main(
    tree: Tree,
    course: Course,
    run: MainRun,
    reporting: Reporting | Unavailable | None,
    submission: Submission,
    runs: StudentRuns,
) -> PlainMain:
    """The main script without the observer. A run on other passengers was without it, too, and counts if it agrees."""
    reporting = known(reporting)
    if not run.succeeded:
        raise NotDoneYet(text("The main script does not run: there is nothing to confirm."))
    if submission.own_work_tree or run.finished.seconds > _SLOWEST:
        return PlainMain(run.path)
    if reporting is not None and reporting.unobserved and not differences(run.finished, reporting.unobserved[-1]):
        return PlainMain(run.path)
    first = differences(run.finished, _unobserved(tree, course, run, runs))
    if not first:
        return PlainMain(run.path)
    again = runs.run(main_job(tree, run.path, course, ordinary_world(course), observe={}, attempt=1))
    if differences(run.finished, again):
        return PlainMain(run.path)
    return PlainMain(run.path, first & differences(again, _unobserved(tree, course, run, runs, attempt=1)))


def _unobserved(tree: Tree, course: Course, run: MainRun, runs: StudentRuns, *, attempt: int = 0) -> Finished:
    return runs.run(main_job(tree, run.path, course, ordinary_world(course), attempt=attempt))


def differences(observed: Finished, plain: Finished) -> frozenset[Difference]:
    """In what two runs of one program differ, chance aside."""
    found = set()
    if (observed.end, observed.status) != (plain.end, plain.status):
        found.add(Difference.STATUS)
    elif bool(said(observed).matrices) != bool(said(plain).matrices):
        found.add(Difference.MATRIX)
    if served(observed) != served(plain) and plain.end is End.EXIT:
        found.add(Difference.REQUESTS)
    return frozenset(found)


def served(finished: Finished) -> frozenset[str]:
    """The paths of what the gateway gave out."""
    return frozenset(request.path for request in finished.requests if request.status < 400)


def reaches(code: Code, notebook: NotebookFile | None) -> Reaches:
    """Where the project's code, or a cell, reaches for what could change what is seen of it."""
    found: set[Reached] = set()
    for file in code.project:
        if file.tree is not None:
            found |= set(reached_in(file.tree, file.path))
    if notebook is not None:
        for number, cell in cell_trees(notebook.cells):
            found |= set(reached_in(cell, notebook.path, number))
    return Reaches(tuple(sorted(found, key=lambda one: (one.reach, one.where.path, one.where.cell or 0, one.what))))


def unfounded(
    tree: Tree,
    code: Code,
    notebook: NotebookFile | None,
    main: MainRun | Unavailable | None,
    run: NotebookRun | Unavailable | None,
    runs: StudentRuns,
) -> Unfounded:
    """What the observer told of the two runs and the source, or the log of the gateway, rules out."""
    seen = [
        (one.observation, one.finished)
        for one in (known(main), known(run))
        if one is not None and one.observation is not None and one.finished.succeeded
    ]
    cells = notebook.cells if notebook is not None else ()
    functions: list[ProjectFunction] = []
    if not any(_WRITES_CODE.search(source) for source in (*cells, *(file.source for file in code.files.values()))):
        functions = [one for observation, _ in seen for one in _not_written(observation, code, notebook)]
    fits = [fit for observation, _ in seen for fit in observation.fits]
    forest = fits[0] if fits and not _names_a_forest(tree) else None
    reads = [
        (read.source, read.where)
        for observation, finished in seen
        for read in observation.reads
        if runs.kind == "bubblewrap" and not _was_asked_for(read, finished)
    ]
    return Unfounded(
        tuple(functions),
        forest.model if forest else "",
        forest.where if forest else None,
        tuple(reads),
    )


def _not_written(observation: Observation, code: Code, notebook: NotebookFile | None) -> Iterator[ProjectFunction]:
    cells = dict(cell_trees(notebook.cells)) if notebook is not None else {}
    for function in observation.functions:
        if function.holder is Holder.CELL:
            tree = cells.get(function.cell or 0)
        else:
            file = code.files.get(function.path)
            tree = file.tree if file is not None else None
        if tree is not None and (function.name, function.line) not in _written(tree):
            yield function


def _written(tree: ast.Module) -> frozenset[tuple[str, int]]:
    """The qualified names and lines of all functions, as the observer names them."""
    found: set[tuple[str, int]] = set()
    waiting: list[tuple[ast.AST, tuple[str, ...]]] = [(tree, ())]
    while waiting:
        node, names = waiting.pop()
        inner = names
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add((".".join([*names, node.name]), node.lineno))
            inner = (*names, node.name, "<locals>")
        elif isinstance(node, ast.ClassDef):
            inner = (*names, node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            found |= {
                (".".join([*names, target.id]), node.value.lineno)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
        waiting += [(child, inner) for child in ast.iter_child_nodes(node)]
    return frozenset(found)


def _names_a_forest(tree: Tree) -> bool:
    for entry in (one for suffix in _SPOKEN for one in tree.files(suffix)):
        try:
            if _SPEAKS_OF_FOREST.search(tree.read(entry.path)):
                return True
        except (TooLarge, KeyError):
            return True
    return False


def _was_asked_for(read: Read, finished: Finished) -> bool:
    """Whether a table that was read from an address was requested: of the last part of its path, any request counts."""
    try:
        address = urlsplit(read.source)
    except ValueError:
        return True
    if address.scheme not in _OVER_THE_NETWORK:
        return True
    name = unquote(address.path).rpartition("/")[2]
    return any(unquote(path).endswith(name) for path in served(finished)) or not read.rows


PROBES = (plain_notebook, plain_main, reaches, unfounded)
