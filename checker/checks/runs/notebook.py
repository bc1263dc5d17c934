"""Step 1.1: the notebook executes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from checker.checks.base import check
from checker.checks.command_programs import here_document
from checker.checks.environment.environment_excuse import undecided
from checker.checks.runs import absent_files
from checker.checks.runs.absent_modules import absence_of, remedy
from checker.checks.runs.ending_text import ending
from checker.checks.runs.run_endings import known_ending
from checker.course import Course
from checker.facts.absent_modules import AbsentModules
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.environment_needs import missing_module
from checker.facts.job import KERNEL_EXIT, End, StudentError
from checker.facts.main_script import MainRun
from checker.facts.notebook import NotebookFile, NotebookRun, PastNotebook
from checker.facts.tree import Tree
from checker.model import Advice, Failed, Json, Location, Passed, Text, ToDo, Unavailable, Verdict, advice, known, text
from checker.quoting import quoted

_FIRST_LINES = 3
_WIDEST = 120


@check("notebook-runs")
def notebook_runs(
    tree: Tree,
    course: Course,
    notebook: NotebookFile | None,
    run: NotebookRun | None,
    past: PastNotebook | Unavailable | None,
    main: MainRun | Unavailable | None,
    declared: Declared | None,
    use: EnvironmentUse | None,
    absent: AbsentModules | None,
) -> Verdict:
    """The notebook runs from top to bottom

    ## What it checks

    Every code cell runs once, in order, in a fresh kernel, on a fresh copy of the repository, and none of them
    stops with an error. The notebook is started from its own folder; if that fails, from the root of the
    repository, which passes with advice.

    The notebook is `{=names.notebook_folder}/{=names.notebook}`, else `{=names.notebook}`, else the only one, else the largest.
    `%matplotlib inline`, `!pip install` and `%run` are allowed, and a failing `!` command is no error. The kernel
    named in the file is ignored. The tags `raises-exception` and `skip-execution` hide nothing, nor do magics that do
    the same (`%%script echo`, `%%debug`, `--no-raise-error`). An error that Jupyter only shows counts: in a script of
    `%run`, under `%%capture`, in a thread or a task that a cell starts. A file that is not valid JSON, or that holds
    conflict markers, fails.

    ## Why it matters

    A notebook that runs on its author's computer only cannot be reproduced, and nobody can trust its figures.

    ## How to do it

    Restart the kernel, run all the cells, and mend the first one that stops. Read the data by a path relative to
    the notebook. If a later step broke the notebook, nothing is lost: the report names the commit where it still
    ran, and the one that broke it.

    ## Example

    ```python
    # Before: only the author has this folder
    os.chdir("/home/author/project")
    train = pd.read_csv("train.csv")

    # After: the data lie next to the notebook
    train = pd.read_csv("train.csv")
    ```

    ## Known limits

    `exit()` or `quit()` before the last cell fails, even where Jupyter is quick enough to run the rest.
    A program that `%%script --bg` starts, and an error that a pool of threads keeps to itself, are not looked at.
    Figures are drawn but not looked at. A notebook that takes longer than the limit of the course fails; the
    message says in which cell. When the repository asks for versions of libraries that the grading environment does
    not have, the answer is *unavailable*, not *failed*. Where there is no notebook file, a script with jupytext's
    header (percent format) is the notebook.
    """  # noqa: E501  wrapped as it is printed
    if notebook is None:
        return _gone(course, known(past), main)
    if notebook.problem is not None:
        return _unreadable(notebook, notebook.problem)
    if run is None or not notebook.running_cells:
        return _empty(notebook)
    if run.succeeded:
        return Passed(
            message=text(
                "All {cells} code cells of {path} ran in {seconds} s.",
                cells=run.cells,
                path=run.path,
                seconds=round(run.finished.seconds, 1),
            ),
            advice=tuple(_about_success(run)),
            details=_details(run, known(past)),
        )
    if other := undecided(run.finished, course, declared, use):
        return other
    if isinstance(past, Unavailable):
        return past  # an earlier state may have earned a share, and could not be run here
    reached = past is not None and past.reached_at is not None
    hint, command = _hint(notebook, run, tree, absent), notebook_command(notebook, run)
    return Failed(
        expected=text("Every code cell of {path} runs, in order, in a fresh kernel.", path=notebook.path),
        actual=_actual(notebook, run),
        hint=_past_hint(past, hint) if past is not None and reached else hint,
        reproduce=absent_files.command(run.absent[-1], f"{{ {command}\n}}") if run.absent else command,
        where=_where(notebook, run),
        credit=course.credit.share("regression") if reached else Fraction(0),
        credits=("regression",) if reached else (),
        reached_at=past.reached_at if past is not None else None,
        advice=tuple(_unfinished(past)),
        details=_details(run, past),
    )


def _gone(course: Course, past: PastNotebook | None, main: MainRun | Unavailable | None) -> Verdict:
    """No notebook any more: the work was done if it once ran, and main has taken over."""
    if past is None or (past.reached_at is None and not past.looked_at):
        return ToDo(what=text("There is no notebook in the repository."))
    if past.reached_at is not None and isinstance(main, Unavailable):
        return main
    runs = known(main)
    reached = past.reached_at is not None and runs is not None and runs.succeeded
    commit = (past.reached_at or "")[:8]
    return Failed(
        expected=text("The repository holds the notebook, and it runs."),
        actual=text("There is no notebook any more; at commit {commit} there was one that ran.", commit=commit)
        if past.reached_at
        else text("There is no notebook any more, and none that was there before runs."),
        hint=text("Bring it back: git checkout {commit} -- {path}", commit=commit, path=past.path)
        if past.reached_at
        else text("Bring the notebook back from the history, and make it run."),
        reproduce="git ls-files | grep -q '[.]ipynb$'",
        where=(Location(past.path or course.names.notebook),),
        credit=course.credit.share("regression") if reached else Fraction(0),
        credits=("regression",) if reached else (),
        reached_at=past.reached_at,
        details={"reached_at": past.reached_at, "states_run": past.looked_at},
    )


def _unreadable(notebook: NotebookFile, problem: Text) -> Verdict:
    return Failed(
        expected=text("{path} is a notebook that Jupyter can open.", path=notebook.path),
        actual=problem,
        hint=text(
            "Open the file in a text editor at that line, or take the last version that could be opened from git."
        ),
        reproduce=f"jupyter nbconvert --to notebook --stdout {quoted(notebook.path)} > /dev/null",
        where=notebook.problem_where or (Location(notebook.path),),
    )


def _empty(notebook: NotebookFile) -> Verdict:
    return Failed(
        expected=text("{path} holds the analysis, and runs.", path=notebook.path),
        actual=text("{path} holds no code.", path=notebook.path),
        hint=text("Save the notebook before you commit it, or take the last version that held code from git."),
        reproduce=f"jupyter nbconvert --to script --stdout {quoted(notebook.path)} | grep -v '^ *#' | grep -q .",
        where=(Location(notebook.path),),
    )


def _actual(notebook: NotebookFile, run: NotebookRun) -> Text:
    cell = failing_cell(notebook, run)
    how = ending(run.finished, run.limit)
    if cell is None:
        return how
    lines = first_lines(notebook, cell)
    if run.finished.went_on:
        return text(
            "Cell {cell}, which begins with {lines}, fails, and Jupyter goes on: {how}", cell=cell, how=how, lines=lines
        )
    return text("Cell {cell}, which begins with {lines}, stops: {how}", cell=cell, how=how, lines=lines)


def failing_cell(notebook: NotebookFile, run: NotebookRun) -> int | None:
    """The number of the code cell at which a run stopped."""
    error = run.finished.error
    places = [place for place, _ in error.frames] if error is not None else []
    for place in (*places, *run.finished.where):
        if place.path == notebook.path and place.cell is not None:
            return place.cell
    following = run.finished.cells + 1
    return following if following <= len(notebook.cells) else None


def first_lines(notebook: NotebookFile, cell: int) -> str:
    """The first lines of a cell that hold something, in one line."""
    lines = [line.strip() for line in notebook.cells[cell - 1].splitlines() if line.strip()]
    shown = " ⏎ ".join(lines[:_FIRST_LINES])
    return shown if len(shown) <= _WIDEST else shown[: _WIDEST - 1] + "…"


def _where(notebook: NotebookFile, run: NotebookRun) -> tuple[Location, ...]:
    """The line of the cell first, then the line of a module in which the error was raised."""
    error = run.finished.error
    frames = [place for place, _ in error.frames] if error else []
    cells = [place for place in frames if place.cell is not None and place.path == notebook.path]
    places = [*cells[:1], *frames[-1:], *run.finished.where]
    return tuple(dict.fromkeys(places or [Location(notebook.path, failing_cell(notebook, run))]))[:2]


def _hint(notebook: NotebookFile, run: NotebookRun, tree: Tree, absent: AbsentModules | None) -> Text:
    error = run.finished.error
    if failing_cell(notebook, run) in notebook.muted_cells:
        return text(
            "The magic at the top of that cell hides its errors: take that line out, restart the kernel, run all cells."
        )
    if run.finished.went_on:
        return text(
            "Mend it where it is raised: in the script, the cell, the thread or the task that this cell starts."
        )
    if run.finished.end is End.TIME:
        return text(
            "See what takes so long in that cell: fewer trees, fewer plots, no search over hundreds of settings."
        )
    if error is not None and error.name == KERNEL_EXIT:
        return text("Take exit() or quit() out of that cell: a notebook is run to its last cell.")
    if error is None or error.name == "DeadKernelError":
        return text(
            "The kernel ended in the middle: look for what leaves Python or needs too much memory in that cell."
        )
    if known := known_ending(run.finished, notebook.path):
        return known.hint
    kind = error.name.rpartition(".")[2]
    if "chdir" in _failing_line(error):
        return text(
            "That folder exists on its author's machine only: remove the os.chdir, and write paths from the notebook."
        )
    if kind == "FileNotFoundError":
        if run.absent:
            return absent_files.remedy(run.absent[-1])
        return _file_hint(notebook, error, tree)
    if module := missing_module(error):
        absence = absence_of(module, absent)
        return remedy(absence) if absence is not None else _module_hint(module, tree)
    if kind == "NameError" and error.frames and error.frames[-1][0].path != notebook.path:
        return text("Put every import that the module needs at its top; it knows nothing of the notebook's variables.")
    if kind == "NameError":
        return text(
            "Nothing of that name exists when this cell is reached: restart the kernel, and define it further up."
        )
    if kind in ("SyntaxError", "IndentationError", "TabError"):
        return text("Python cannot read this line: correct it, then restart the kernel and run all cells.")
    return text(
        "Mend this cell first. Where it runs on your machine all the same, restart the kernel and run all cells."
    )


def _failing_line(error: StudentError) -> str:
    return " ".join(line for _, line in error.frames[:1]) + " ".join(line for _, line in error.frames[-1:])


def _file_hint(notebook: NotebookFile, error: StudentError, tree: Tree) -> Text:
    found = re.search(r"['\"]([^'\"\n]{1,300})['\"]", error.message)
    path = found[1] if found else ""
    if re.match(r"^(/|~|[A-Za-z]:[\\/])", path):
        return text("{path} exists on your machine only: write a path relative to the notebook.", path=path)
    name = re.split(r"[\\/]", path)[-1]
    there = sorted(entry for entry in tree.entries if name and entry.rpartition("/")[2] == name)
    if there:
        return text(
            "The file is {there}: from the notebook's folder its path is {path}.",
            there=there[0],
            path=_from(notebook.folder, there[0]),
        )
    return text("{path} is not in the repository: commit it, or read it from where it is served.", path=path or "?")


def _from(folder: str, path: str) -> str:
    """*path*, as it is written in a file of *folder*; both are relative to the root."""
    steps = folder.split("/") if folder else []
    parts = path.split("/")
    while steps and len(parts) > 1 and steps[0] == parts[0]:
        steps, parts = steps[1:], parts[1:]
    return "/".join([".."] * len(steps) + parts)


def _module_hint(module: str, tree: Tree) -> Text:
    path = module.replace(".", "/")
    if any(entry == f"{path}.py" or entry.startswith(f"{path}/") for entry in tree.entries):
        return text(
            "{module} lies at the root: put the root on the path first, with sys.path.insert(0, '..').", module=module
        )
    elsewhere = sorted(entry for entry in tree.entries if entry.endswith(f"/{path}.py"))
    if elsewhere:
        return text("The module is now {path}: import it from there.", path=elsewhere[0])
    return text("{module} is neither in the repository nor a library here: if it is yours, git add it.", module=module)


def _past_hint(past: PastNotebook, hint: Text) -> Text:
    return text(
        "{hint} The step is reached all the same: the notebook ran at commit {commit}.",
        hint=past.cause or hint,
        commit=(past.reached_at or "")[:8],
    )


def _unfinished(past: PastNotebook | None) -> Iterator[Advice]:
    if past is not None and not past.complete and past.reached_at is None:
        yield advice(
            "Of the earlier commits only {count} states could be tried: there may be one at which the notebook ran.",
            count=past.looked_at,
        )


def _about_success(run: NotebookRun) -> Iterator[Advice]:
    if run.from_root:
        yield advice(
            "It runs only from the root; Jupyter starts it in its own folder: write paths from there.",
            where=(Location(run.path),),
        )
    if run.observation is not None and not run.observation.fits:
        yield advice("The notebook trains no forest any more.", where=(Location(run.path),))
    yield from absent_files.lent(run.absent, run.path)


def _details(run: NotebookRun, past: PastNotebook | None) -> dict[str, Json]:
    error = run.finished.error
    found: dict[str, Json] = {
        "path": run.path,
        "folder": run.folder,
        "cells": run.cells,
        "cells_run": run.finished.cells,
        "seconds": round(run.finished.seconds, 2),
        "error": f"{error.name}: {error.message[:500]}" if error else None,
        "traceback": [f"{place}: {line}" for place, line in error.frames[-10:]] if error else [],
    }
    if past is not None:
        found |= {"reached_at": past.reached_at, "broken_at": past.broken_at, "states_run": past.looked_at}
    return found


def notebook_command(notebook: NotebookFile, run: NotebookRun) -> str:
    """Executes the notebook as Jupyter would, from its own folder or else from the root; tags hide nothing.

    Jupyter itself overlooks a cell that ends the kernel where the rest is quick, and errors that end no cell.
    """
    if run.finished.error is not None and run.finished.error.name == KERNEL_EXIT:
        return here_document("notebook_to_the_end", PATH=repr(notebook.path), FOLDER=repr(run.folder or "."))
    within = f"timeout {round(run.limit)} " if run.finished.end is End.TIME else ""
    if notebook.path.endswith(".py"):  # kept as a script
        own = f"(cd {quoted(notebook.folder or '.')} && {within}python {quoted(notebook.name)})"
        return f"{own} || {within}python {quoted(notebook.path)}"
    if run.finished.went_on or failing_cell(notebook, run) in notebook.muted_cells:
        return within + here_document(
            "notebook_aloud",
            PATH=repr(notebook.path),
            FOLDER=repr(run.folder or "."),
            QUIET=repr([*notebook.muted_cells]),
        )
    if notebook.tagged:
        return within + here_document(
            "notebook_without_tags", PATH=repr(notebook.path), FOLDER=repr(notebook.folder or ".")
        )
    execute = f"{within}jupyter nbconvert --ExecutePreprocessor.kernel_name=python3 --to notebook --execute --stdout"
    own = f"{execute} {quoted(notebook.path)} > /dev/null"
    return f"{own} || {execute} --stdin < {quoted(notebook.path)} > /dev/null" if notebook.folder else own
