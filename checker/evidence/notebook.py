"""The notebook: which one is judged, what it holds, and what happens when all of its cells run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from checker.absences import NotDoneYet
from checker.course import Course
from checker.evidence.code import environment_folders
from checker.evidence.confined import kernel_has_no_say
from checker.evidence.json_text import MOST_VALUES, TooManyValues, read_json
from checker.evidence.source import cell_imports
from checker.evidence.student_runs import StudentRuns
from checker.evidence.worlds import ordinary_world
from checker.facts.code import Code
from checker.facts.notebook import NotebookFile, NotebookRun
from checker.facts.observation import observation_of
from checker.facts.options import GradingOptions
from checker.facts.running import Cells, End, Job, Limits, Notebook, World
from checker.facts.submission import Submission
from checker.facts.tree import TooLarge, Tree
from checker.model import Json, Location, Text, text

_LARGEST = 100_000_000
"""Bytes above which a notebook is not read: hundreds of figures weigh less."""
_CONFLICT = re.compile(rb"^(?:<{7}|>{7})(?: .*)?\r?$", re.MULTILINE)
_NEWEST = 4
_LONGEST_PLAIN = 60.0
_HIDING = frozenset({"raises-exception", "skip-execution"})


def notebook_file(tree: Tree, course: Course) -> NotebookFile:
    """The notebook of the graded state."""
    found = find_notebook(tree, course)
    if found is None:
        raise NotDoneYet(text("There is no notebook in the repository."))
    return found


def find_notebook(tree: Tree, course: Course) -> NotebookFile | None:
    """The notebook that is judged: the one of the statement, else the only one, else the largest."""
    paths = notebook_paths(tree)
    if not paths:
        return None
    wanted = (f"{course.names.notebook_folder}/{course.names.notebook}", course.names.notebook)
    path = next((each for each in wanted if each in paths), None)
    if path is None:
        path = max(paths, key=lambda each: (tree.entries[each].size, each))
    return read_notebook(tree, path, tuple(other for other in paths if other != path))


def notebook_paths(tree: Tree) -> tuple[str, ...]:
    """All notebooks that are no checkpoint and lie in no environment, by path."""
    environments = environment_folders(tree)

    def own(path: str) -> bool:
        folders = path.split("/")[:-1]
        if any(folder in (".ipynb_checkpoints", "site-packages", "node_modules") for folder in folders):
            return False
        return not any("/".join(folders[:depth]) in environments for depth in range(1, len(folders) + 1))

    return tuple(entry.path for entry in tree.files(".ipynb") if own(entry.path))


def read_notebook(tree: Tree, path: str, others: tuple[str, ...] = ()) -> NotebookFile:
    """The notebook of that path. What cannot be read has a problem, and no cells."""
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
        return NotebookFile(path, (), problem, others, problem_where=where)
    cells = tuple(sources)
    return NotebookFile(path, cells, None, others, cell_imports(path, cells), tagged=tagged)


def _code_cells(document: Any) -> tuple[list[str], bool]:
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
    return [_source(cell) for cell in code], any(_tags(cell) & _HIDING for cell in code)


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


def _unreadable(path: str, content: bytes, error: Exception) -> tuple[Text, tuple[Location, ...]]:
    if conflict := _CONFLICT.search(content):
        line = content.count(b"\n", 0, conflict.start()) + 1
        problem = text("{path} holds the marks of a merge conflict that is not resolved.", path=path)
        return problem, (Location(path, line=line),)
    if content.startswith(b"version https://git-lfs"):
        problem = text("{path} is only a pointer of Git LFS: its content is not in the repository.", path=path)
        return problem, (Location(path),)
    if not content.strip():
        return text("{path} is empty.", path=path), (Location(path),)
    if isinstance(error, TooManyValues):
        problem = text(
            "{path} holds more than {count} million values, and is not read: clear the outputs that are so large.",
            path=path,
            count=MOST_VALUES // 1_000_000,
        )
        return problem, (Location(path),)
    if isinstance(error, json.JSONDecodeError):
        where = Location(path, line=error.lineno)
        return text("{path} is not valid JSON (line {line}).", path=path, line=error.lineno), (where,)
    if str(error) == "newer":
        return text("{path} is written in a format that is newer than Jupyter's.", path=path), (Location(path),)
    return text("{path} is not a notebook.", path=path), (Location(path),)


def clean_notebook(notebook: NotebookFile) -> bytes:
    """The code cells alone, as a file: outputs, tags and the kernel that the author had play no part in a run."""
    cells: list[dict[str, Json]] = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
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
    world: World | None = None,
    attempt: int = 0,
) -> NotebookRun:
    """One run of all cells, started in *folder* (the notebook's own, where none is named)."""
    start = notebook.folder if folder is None else folder
    limit = course.limits.notebook if seconds is None else min(seconds, course.limits.notebook)
    finished = runs.run(
        Job(
            tree=tree.with_({notebook.path: clean_notebook(notebook)}),
            action=Notebook(notebook.path.removeprefix(f"{start}/") if start else notebook.path),
            folder=start,
            variables=course.data.variables,
            world=ordinary_world(course) if world is None else world,
            limits=Limits(seconds=limit),
            observe=observe if observe is not None else {},
            attempt=attempt,
        ),
    )
    seen = observation_of(finished.observation, notebook=notebook.path, cells=notebook.running_cells)
    return NotebookRun(notebook.path, start, len(notebook.cells), finished, observation=seen, limit=limit)


def plain_job(
    tree: Tree,
    notebook: NotebookFile,
    run: NotebookRun,
    course: Course,
    *,
    observe: Mapping[str, Json] | None = None,
    attempt: int = 0,
) -> Job:
    """All cells as one plain script that draws nothing, started where *run* was."""
    limits = Limits(seconds=min(course.limits.notebook, _LONGEST_PLAIN + 2 * run.finished.seconds))
    return _cells_job(tree, notebook, run.folder, course, limits, observe, attempt)


def _cells_job(
    tree: Tree,
    notebook: NotebookFile,
    folder: str,
    course: Course,
    limits: Limits,
    observe: Mapping[str, Json] | None,
    attempt: int,
) -> Job:
    return Job(
        tree=tree.with_({notebook.path: clean_notebook(notebook)}),
        action=Cells(notebook.path, notebook.cells),
        folder=folder,
        variables=course.data.variables,
        world=ordinary_world(course),
        limits=limits,
        observe=observe,
        attempt=attempt,
    )


def run_anywhere(
    tree: Tree,
    notebook: NotebookFile,
    course: Course,
    runs: StudentRuns,
    seconds: float | None = None,
) -> NotebookRun:
    """The run from the notebook's own folder, or from the root where only that one succeeds."""
    own = run_notebook(tree, notebook, course, runs, seconds=seconds)
    if own.succeeded or not notebook.folder or own.finished.end is not End.EXIT:
        return own
    left = None if seconds is None else max(seconds - own.finished.seconds, 1)
    above = run_notebook(tree, notebook, course, runs, folder="", seconds=left)
    if not above.succeeded:
        return own
    return NotebookRun(
        above.path,
        above.folder,
        above.cells,
        above.finished,
        from_root=True,
        observation=above.observation,
        limit=above.limit,
    )


def notebook_run(
    tree: Tree,
    notebook: NotebookFile,
    code: Code,
    course: Course,
    options: GradingOptions,
    submission: Submission,
    runs: StudentRuns,
) -> NotebookRun:
    """The run of the notebook of the graded state.

    Who works on it waits for no kernel and no figure where these can change nothing. Whatever does not run without
    them is run with them: only that it runs is told so.
    """
    if notebook.problem is not None:
        raise NotDoneYet(notebook.problem)
    again_and_again = submission.own_work_tree and options.cache is not None and not submission.variables
    if again_and_again and options.environment == "embedded" and kernel_has_no_say(notebook, code):
        quick = _run_without_kernel(tree, notebook, course, runs)
        if quick.succeeded and quick.observation is not None:
            return quick
    return run_anywhere(tree, notebook, course, runs)


def _run_without_kernel(tree: Tree, notebook: NotebookFile, course: Course, runs: StudentRuns) -> NotebookRun:
    limits = Limits(seconds=course.limits.notebook)
    job = _cells_job(tree, notebook, notebook.folder, course, limits, observe={}, attempt=0)
    finished = runs.run(job)
    seen = observation_of(finished.observation, notebook=notebook.path, cells=notebook.running_cells)
    cells = len(notebook.cells)
    return NotebookRun(notebook.path, notebook.folder, cells, finished, observation=seen, limit=limits.seconds)


PROBES = (notebook_file, notebook_run)
