"""The notebook: the choice of the judged one, its cells, and the run of all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from checker.absences import NotDoneYet
from checker.course import Course
from checker.evidence.datasets.served import ordinary_data
from checker.evidence.project.absent_files import absent_file, lending
from checker.evidence.project.code import notebook_paths, own_python_files
from checker.evidence.runs.student_runs import StudentRuns
from checker.evidence.source.allowlist import can_skip_kernel
from checker.evidence.source.cell_magics import as_run, muted_cells
from checker.evidence.source.paired_script import is_paired, percent_cells
from checker.evidence.source.python import LARGEST, cell_imports, decode
from checker.evidence.text.conflict_marks import unresolved
from checker.evidence.text.json_text import MOST_VALUES, TooManyValues, read_json
from checker.facts.actions import Cells, Notebook
from checker.facts.code import Code
from checker.facts.job import End, Job, RunLimits, ServedData
from checker.facts.notebook import NotebookFile, NotebookRun
from checker.facts.observation import observation_of
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.facts.tree import TooLarge, Tree
from checker.model import Json, Location, Text, text
from checker.repository.repository import Repository

_LARGEST = 100_000_000
"""The maximum size of a notebook in bytes, above that of hundreds of figures."""
_NEWEST = 4
_LONGEST_PLAIN = 60.0
_HIDING = frozenset({"raises-exception", "skip-execution"})


def notebook_file(tree: Tree, course: Course) -> NotebookFile:
    """The notebook of the graded state."""
    notebook = find_notebook(tree, course)
    if notebook is None:
        raise NotDoneYet(text("There is no notebook in the repository."))
    return notebook


def find_notebook(tree: Tree, course: Course) -> NotebookFile | None:
    """The notebook that is judged: the one of the statement, else the only one, else the largest."""
    paths = notebook_paths(tree)
    if not paths:
        return _paired(tree, course)
    usual_paths = (f"{course.names.notebook_folder}/{course.names.notebook}", course.names.notebook)
    path = next((each for each in usual_paths if each in paths), None)
    if path is None:
        path = max(paths, key=lambda each: (tree.entries[each].size, each))
    return read_notebook(tree, path, tuple(another for another in paths if another != path))


def _paired(tree: Tree, course: Course) -> NotebookFile | None:
    """The notebook stored as a script, where there is no other: the one of the statement, else the largest."""
    sizes = {path: tree.entries[path].size for path in own_python_files(tree) if path not in course.names.scripts}
    scripts = {path: decode(path, tree.read(path)).source for path, size in sizes.items() if size <= LARGEST}
    paths = [path for path, source in scripts.items() if is_paired(source)]
    if not paths:
        return None
    stem = course.names.notebook.removesuffix(".ipynb")
    path = max(paths, key=lambda each: (each.endswith(f"{stem}.py"), sizes[each], each))
    cells = percent_cells(scripts[path])
    others = tuple(another for another in paths if another != path)
    return NotebookFile(path, cells, None, others, cell_imports(path, cells))


def read_notebook(tree: Tree, path: str, others: tuple[str, ...] = ()) -> NotebookFile:
    """The notebook of that path; an unreadable one has a problem and no cells."""
    try:
        content = tree.read(path, limit=_LARGEST)
    except TooLarge:
        size = tree.entries[path].size // 1_000_000
        problem = text("{path} is too large to be opened ({size} MB).", path=path, size=size)
        return NotebookFile(path, (), problem, others, problem_where=(Location(path),))
    try:
        document = read_json(content)
        sources, tagged = _code_cells(document)
    except (ValueError, RecursionError) as error:
        problem, where = _unreadable(path, content, error)
        return NotebookFile(path, (), problem, others, problem_where=(where,))
    imports, muted = cell_imports(path, sources), muted_cells(sources)
    return NotebookFile(path, sources, None, others, imports, tagged=tagged, muted_cells=muted)


def _code_cells(document: Any) -> tuple[tuple[str, ...], bool]:
    """The sources of the code cells, and whether a tag asks to hide one. Raises ValueError for other documents."""
    if not isinstance(document, dict) or not isinstance(document.get("nbformat"), int):
        raise ValueError("no notebook")  # noqa: TRY004  one kind of error for all that is no notebook
    if document["nbformat"] > _NEWEST:
        raise ValueError("newer")
    cells = document.get("cells")
    if cells is None:
        sheets = document.get("worksheets", [])
        cells = [cell for sheet in _mappings(sheets) for cell in _mappings(sheet.get("cells"))]
    code = [cell for cell in _mappings(cells) if cell.get("cell_type") == "code"]
    return tuple(map(_source, code)), any(_tags(cell) & _HIDING for cell in code)


def _mappings(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise ValueError("no list of cells")  # noqa: TRY004
    return [item for item in value if isinstance(item, dict)]


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    joined = "".join(line for line in lines if isinstance(line, str))
    return joined.encode("utf-8", "replace").decode()


def _tags(cell: Mapping[str, Any]) -> frozenset[str]:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return frozenset(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else frozenset()


def _unreadable(path: str, content: bytes, error: Exception) -> tuple[Text, Location]:
    if conflict := unresolved(path, content):
        return conflict
    where = Location(path)
    if content.startswith(b"version https://git-lfs"):
        return text("{path} is only a pointer of Git LFS: its content is not in the repository.", path=path), where
    if not content.strip():
        return text("{path} is empty.", path=path), where
    if isinstance(error, TooManyValues):
        problem = text(
            "{path} holds more than {count} million values, and is not read: clear the outputs that are so large.",
            path=path,
            count=MOST_VALUES // 1_000_000,
        )
        return problem, where
    if isinstance(error, json.JSONDecodeError):
        line = error.lineno
        return text("{path} is not valid JSON (line {line}).", path=path, line=line), Location(path, line=line)
    if str(error) == "newer":
        return text("{path} is written in a format that is newer than Jupyter's.", path=path), where
    return text("{path} is not a notebook.", path=path), where


def clean_notebook(notebook: NotebookFile) -> bytes:
    """The code cells as a notebook file, each as it is run.

    Outputs, tags and the author's kernel are left out.
    """
    cells: list[dict[str, Json]] = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": as_run(source),
        }
        for number, source in enumerate(notebook.cells, 1)
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


def run_notebook(
    tree: Tree,
    notebook: NotebookFile,
    course: Course,
    runs: StudentRuns,
    *,
    folder: str | None = None,
    seconds: float | None = None,
    observe: Mapping[str, Json] | None = None,
    served_data: ServedData | None = None,
    attempt: int = 0,
) -> NotebookRun:
    """One run of all cells, started in *folder* (by default the notebook's own)."""
    start = notebook.folder if folder is None else folder
    limit = course.limits.notebook if seconds is None else min(seconds, course.limits.notebook)
    job = Job(
        tree=tree.with_({notebook.path: clean_notebook(notebook)}),
        action=Notebook(notebook.path.removeprefix(f"{start}/") if start else notebook.path),
        folder=start,
        variables=course.data.variables,
        served_data=ordinary_data(course) if served_data is None else served_data,
        limits=RunLimits(seconds=limit),
        observe={**course.observer_options, **(observe or {})},
        attempt=attempt,
    )
    return _run_job(notebook, job, runs)


def plain_job(
    tree: Tree,
    notebook: NotebookFile,
    run: NotebookRun,
    course: Course,
    *,
    observe: Mapping[str, Json] | None = None,
    attempt: int = 0,
) -> Job:
    """All cells as one plain script without figures, started in the folder of *run*."""
    limits = RunLimits(seconds=min(course.limits.notebook, _LONGEST_PLAIN + 2 * run.finished.seconds))
    job = _cells_job(tree, notebook, run.folder, course)
    options = None if observe is None else {**course.observer_options, **observe}
    return replace(job, limits=limits, observe=options, attempt=attempt)


def _cells_job(tree: Tree, notebook: NotebookFile, folder: str, course: Course) -> Job:
    return Job(
        tree=tree.with_({notebook.path: clean_notebook(notebook)}),
        action=Cells(notebook.path, tuple(as_run(source) for source in notebook.cells)),
        folder=folder,
        variables=course.data.variables,
        served_data=ordinary_data(course),
        limits=RunLimits(seconds=course.limits.notebook),
        observe=course.observer_options,
    )


def run_anywhere(
    tree: Tree,
    notebook: NotebookFile,
    course: Course,
    runs: StudentRuns,
    seconds: float | None = None,
) -> NotebookRun:
    """The run in the notebook's own folder, or in the root where only that run succeeds."""
    in_folder = run_notebook(tree, notebook, course, runs, seconds=seconds)
    if in_folder.succeeded or not notebook.folder or in_folder.finished.end is not End.EXIT:
        return in_folder
    seconds_left = None if seconds is None else max(seconds - in_folder.finished.seconds, 1)
    above = run_notebook(tree, notebook, course, runs, folder="", seconds=seconds_left)
    return replace(above, from_root=True) if above.succeeded else in_folder


def notebook_run(
    repository: Repository | None,
    tree: Tree,
    notebook: NotebookFile,
    code: Code,
    course: Course,
    options: GradingOptions,
    submission: Submission,
    runs: StudentRuns,
) -> NotebookRun:
    """The run of the notebook of the graded state.

    In a work tree that is graded repeatedly, the cells run without kernel and figures where these cannot change the
    result. A failure of that run is followed by a run with them, so that only a success is reported without them.
    """
    if notebook.problem is not None:
        raise NotDoneYet(notebook.problem)
    again_and_again = submission.own_work_tree and options.cache is not None and not submission.variables
    if again_and_again and options.environment == "embedded" and can_skip_kernel(notebook, code):
        quick = _run_job(notebook, _cells_job(tree, notebook, notebook.folder, course), runs)
        if quick.succeeded and quick.observation is not None:
            return quick
    run = run_anywhere(tree, notebook, course, runs)
    if repository is None or run.succeeded:
        return run
    lends = lending(repository, tree, course, run.finished, run.folder)
    if lends is not None:
        with_tables = run_anywhere(lends.tree, notebook, course, runs)
        if with_tables.succeeded:
            return replace(with_tables, absent=lends.files, lent=lends.tree)
    lacking = absent_file(repository, tree, course, run.finished, run.folder)
    return run if lacking is None else replace(run, absent=(lacking,))


def _run_job(notebook: NotebookFile, job: Job, runs: StudentRuns) -> NotebookRun:
    finished = runs.run(job)
    observation = observation_of(finished.observation, notebook=notebook.path, cells=notebook.running_cells)
    cells, limit = len(notebook.cells), job.limits.seconds
    return NotebookRun(notebook.path, job.folder, cells, finished, observation=observation, limit=limit)


PROBES = (notebook_file, notebook_run)
