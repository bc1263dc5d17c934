"""Cross-checks of the observer's report: against plain runs, and against the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from checker.absences import NotDoneYet
from checker.course import Course, Model
from checker.evidence.project.code import script_job
from checker.evidence.results.printed_results import parse_results
from checker.evidence.runs.notebook import plain_job, run_notebook
from checker.evidence.runs.student_runs import StudentRuns
from checker.evidence.source.allowlist import notebook_is_confined
from checker.evidence.source.python import cell_trees
from checker.evidence.source.tamper_scan import tamper_sites_in
from checker.facts.code import Code
from checker.facts.cross_check import Difference, PlainMain, PlainNotebook, TamperSite, TamperSites, UnsupportedClaims
from checker.facts.job import End, Finished
from checker.facts.main_script import MainRun, Reporting
from checker.facts.notebook import NotebookFile, NotebookRun
from checker.facts.observation import Holder, Observation, ProjectFunction, Read
from checker.facts.submission import Submission
from checker.facts.tree import Tree
from checker.model import Unavailable, known, text

_SLOWEST = 90.0
"""The length of a run in seconds above which it is not repeated, to save the student's and the class's time."""
_NAMES_OF_IPYTHON = re.compile(r"^name '(?:_+|_i+|_\d+|_i\d+|_[ido]h|In|Out|_exit_code)' is not")
_OF_IPYTHON = ("IPython.", "traitlets.", "ipywidgets.", "comm.")
_NO_LOOP = "no running event loop"
_OVER_THE_NETWORK = frozenset({"http", "https", "s3", "s3a", "s3n"})
_FITS_ANY = re.compile(rb"all_estimators|automl|pycaret|lazypredict", re.IGNORECASE)
"""Names of what fits estimators of all kinds by itself."""
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
    """The cells as one plain script. Before a contradiction with the kernel counts, both are run again.

    Skipped for work trees, where only the author could be deceived, and for notebooks that pass the allow-list.
    """
    if not run.succeeded:
        raise NotDoneYet(text("The notebook does not run: there is nothing to confirm."))
    if submission.own_work_tree or run.finished.seconds > _SLOWEST or notebook_is_confined(notebook, code):
        return PlainNotebook(notebook.path, run.finished)
    first = run_plainly(tree, notebook, run, course, runs)
    if stopped_at(first, notebook) is None:
        return PlainNotebook(notebook.path, first)
    kernel_again = run_notebook(run.lent or tree, notebook, course, runs, folder=run.folder, attempt=1)
    second = run_plainly(tree, notebook, run, course, runs, attempt=1)
    stopped = stopped_at(second, notebook)
    return PlainNotebook(notebook.path, second, stopped if kernel_again.succeeded else None)


def run_plainly(
    tree: Tree, notebook: NotebookFile, run: NotebookRun, course: Course, runs: StudentRuns, *, attempt: int = 0
) -> Finished:
    """One plain run of the cells, in the folder in which the notebook ran."""
    return runs.run(plain_job(run.lent or tree, notebook, run, course, attempt=attempt))


def stopped_at(finished: Finished, notebook: NotebookFile) -> int | None:
    """The cell at which a plain run failed, where the failure concerns the notebook.

    Features that only IPython has, limits, and an exit in the last cell do not count.
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
    """The main script without the observer. An earlier unobserved run, on other passengers, counts if it agrees."""
    reporting = known(reporting)
    if not run.succeeded:
        raise NotDoneYet(text("The main script does not run: there is nothing to confirm."))
    if submission.own_work_tree or run.finished.seconds > _SLOWEST:
        return PlainMain(run.path)
    earlier = reporting.unobserved[-1:] if reporting is not None else ()
    if any(not differences(run.finished, one, course) for one in earlier):
        return PlainMain(run.path)
    first = differences(run.finished, _unobserved(tree, course, run, runs), course)
    if not first:
        return PlainMain(run.path)
    observed_again = runs.run(script_job(run.lent or tree, run.path, course, observe={}, attempt=1))
    if differences(run.finished, observed_again, course):
        return PlainMain(run.path)
    plain_again = _unobserved(tree, course, run, runs, attempt=1)
    return PlainMain(run.path, first & differences(observed_again, plain_again, course))


def _unobserved(tree: Tree, course: Course, run: MainRun, runs: StudentRuns, *, attempt: int = 0) -> Finished:
    return runs.run(script_job(run.lent or tree, run.path, course, attempt=attempt))


def differences(observed: Finished, plain: Finished, course: Course) -> frozenset[Difference]:
    """The differences between two runs of one program, chance excluded."""
    different = set()
    if (observed.end, observed.status) != (plain.end, plain.status):
        different.add(Difference.STATUS)
    elif bool(parse_results(observed, course).matrices) != bool(parse_results(plain, course).matrices):
        different.add(Difference.MATRIX)
    if served(observed) != served(plain) and plain.end is End.EXIT:
        different.add(Difference.REQUESTS)
    return frozenset(different)


def served(finished: Finished) -> frozenset[str]:
    """The paths that the gateway served."""
    return frozenset(request.path for request in finished.requests if request.status < 400)


def tamper_sites(code: Code, notebook: NotebookFile | None, course: Course) -> TamperSites:
    """The places where the project's code, or a cell, uses an object that could falsify the observation."""
    sites: set[TamperSite] = set()
    for file in code.project:
        if file.tree is not None:
            sites |= set(tamper_sites_in(file.tree, file.path, course.model))
    if notebook is not None:
        for number, cell in cell_trees(notebook.cells):
            sites |= set(tamper_sites_in(cell, notebook.path, course.model, number))
    order = sorted(sites, key=lambda site: (site.reach, site.where.path, site.where.cell or 0, site.what))
    return TamperSites(tuple(order))


def unsupported_claims(
    tree: Tree,
    code: Code,
    notebook: NotebookFile | None,
    main: MainRun | Unavailable | None,
    run: NotebookRun | Unavailable | None,
    course: Course,
    runs: StudentRuns,
) -> UnsupportedClaims:
    """The observations of the two runs that the source, or the log of the gateway, rules out."""
    observed = [
        (one.observation, one.finished)
        for one in (known(main), known(run))
        if one is not None and one.observation is not None and one.finished.succeeded
    ]
    cells = notebook.cells if notebook is not None else ()
    functions: list[ProjectFunction] = []
    if not any(_WRITES_CODE.search(source) for source in (*cells, *(file.source for file in code.files.values()))):
        functions = [one for observation, _ in observed for one in _not_written(observation, code, notebook)]
    fits = [fit for observation, _ in observed for fit in observation.fits]
    unnamed = fits[0] if fits and not _speaks_of(course.model, tree) else None
    reads = [
        (read.source, read.where)
        for observation, finished in observed
        for read in observation.reads
        if runs.kind == "bubblewrap" and not _was_asked_for(read, finished)
    ]
    model, where = (unnamed.model, unnamed.where) if unnamed else ("", None)
    return UnsupportedClaims(tuple(functions), model, where, tuple(reads))


def _not_written(observation: Observation, code: Code, notebook: NotebookFile | None) -> Iterator[ProjectFunction]:
    cells = dict(cell_trees(notebook.cells)) if notebook is not None else {}
    for function in observation.functions:
        file = code.files.get(function.path)
        in_file = file.tree if file is not None else None
        tree = cells.get(function.cell or 0) if function.holder is Holder.CELL else in_file
        if tree is not None and (function.name, function.line) not in _written(tree):
            yield function


def _written(tree: ast.Module) -> frozenset[tuple[str, int]]:
    """The qualified names and lines of all functions, in the observer's form."""
    functions: set[tuple[str, int]] = set()
    waiting: list[tuple[ast.AST, tuple[str, ...]]] = [(tree, ())]
    while waiting:
        node, names = waiting.pop()
        inner = names
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions.add((".".join([*names, node.name]), node.lineno))
            inner = (*names, node.name, "<locals>")
        elif isinstance(node, ast.ClassDef):
            inner = (*names, node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            functions |= {
                (".".join([*names, target.id]), node.value.lineno)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
        waiting += [(child, inner) for child in ast.iter_child_nodes(node)]
    return frozenset(functions)


def _speaks_of(model: Model, tree: Tree) -> bool:
    """True where a file has a word of the *model* of the course, or may have one."""
    contents = (tree.read_if_small(file.path) for suffix in _SPOKEN for file in tree.files(suffix))
    return any(content is None or model.is_spoken_of(content) or _FITS_ANY.search(content) for content in contents)


def _was_asked_for(read: Read, finished: Finished) -> bool:
    """True where a table read from a URL was requested: any request with the same last part of the path counts."""
    try:
        address = urlsplit(read.source)
    except ValueError:
        return True
    if address.scheme not in _OVER_THE_NETWORK:
        return True
    name = unquote(address.path).rpartition("/")[2]
    return any(unquote(path).endswith(name) for path in served(finished)) or not read.rows


PROBES = (plain_notebook, plain_main, tamper_sites, unsupported_claims)
