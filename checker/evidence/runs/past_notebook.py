"""The newest earlier state at which the notebook ran, and the change that broke it."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from checker.absences import NotDoneYet, UnavailableHere
from checker.course import Course
from checker.evidence.project.code import notebook_paths, own_python_files
from checker.evidence.runs.notebook import find_notebook, run_anywhere
from checker.evidence.runs.student_runs import StudentRuns
from checker.evidence.source.python import python_file
from checker.facts.history import History
from checker.facts.job import StudentError
from checker.facts.notebook import NotebookFile, NotebookRun, PastNotebook
from checker.facts.tree import Tree
from checker.model import Text, Unavailable, text

_DEPENDED_ON = (
    ".py", ".csv", ".tsv", ".parquet", ".gz", ".zip", ".xlsx", ".json", ".feather", ".pkl", ".yaml", ".yml", ".toml",
    ".ini", ".txt",
)  # fmt: skip
_CONFIGURATION = (".yaml", ".yml", ".toml", ".ini", ".json")
_MOST_STATES = 30
_MOST_COMMITS = 2000
_ALIKE = 0.5
_A_TABLE = 200


def past_notebook(
    tree: Tree,
    course: Course,
    history: History | Unavailable,
    notebook: NotebookFile | None,
    run: NotebookRun | None,
    runs: StudentRuns,
) -> PastNotebook:
    """The newest earlier commit at which the notebook ran, searched only where the notebook fails now.

    A notebook counts that fits the model on the data, or has most of the lines of the present or the initial notebook.

    Raises NotDoneYet where nothing is searched: the notebook runs, or the submission has no history. Raises
    UnavailableHere where no state ran, and one could not be run because the clone lacks a large file.
    """
    if run is not None and run.succeeded:
        raise NotDoneYet(text("The notebook runs now: there is no need to look further back."))
    if isinstance(history, Unavailable):
        raise NotDoneYet(history.what)  # not handed in: an earlier state cannot regain points for an uncommitted one
    ends = time.monotonic() + course.limits.history
    reference_lines = _lines_to_know_it_by(course, history, notebook)
    states = {_state(tree, course)}
    broken_at: str | None = None
    looked_at = 0
    lacks: tuple[str, str] | None = None
    for commit in history.commits[:_MOST_COMMITS]:
        then = commit.tree()
        state = _state(then, course)
        if state in states:
            broken_at = commit.id
            continue
        seconds_left = ends - time.monotonic()
        if seconds_left <= 0 or looked_at >= _MOST_STATES:
            _demand_all(lacks)
            return PastNotebook(None, None, None, looked_at, complete=False)
        states.add(state)
        absent = next((entry.path for entry in then.files() if entry.absent), None)
        if absent is not None:
            lacks = lacks or (absent, commit.short)
            broken_at = commit.id
            continue
        old = find_notebook(then, course)
        if old is not None and old.problem is None and old.running_cells:
            looked_at += 1
            ran = run_anywhere(then, old, course, runs, seconds=seconds_left)
            if ran.succeeded and (_does_the_work(ran) or any(_most_of(lines, old) for lines in reference_lines)):
                change = Change(then, tree, old, notebook, run)
                return PastNotebook(
                    reached_at=commit.id,
                    broken_at=broken_at,
                    run=ran,
                    looked_at=looked_at,
                    complete=True,
                    cause=change.cause(),
                    path=old.path,
                    unchanged=_unchanged(then, tree),
                )
        broken_at = commit.id
    _demand_all(lacks)
    return PastNotebook(None, None, None, looked_at, complete=not history.shallow)


def _lines_to_know_it_by(course: Course, history: History, notebook: NotebookFile | None) -> list[Counter[str]]:
    """The lines of the present notebook, and of the one where the student began."""
    begun = next((commit for commit in history.commits if commit.id == history.start), None)
    oldest = begun or (history.commits[-1] if history.commits else None)
    initial = find_notebook(oldest.tree(), course) if oldest is not None else None
    return [lines for file in (notebook, initial) if file is not None and (lines := _lines(file))]


def _lines(notebook: NotebookFile) -> Counter[str]:
    lines = (line.strip() for cell in notebook.cells for line in cell.splitlines())
    return Counter(line for line in lines if line and not line.startswith("#"))


def _most_of(lines: Counter[str], candidate: NotebookFile) -> bool:
    """True where a notebook has most of these lines; a replacement of a line or two is not the mended notebook."""
    return 2 * (lines & _lines(candidate)).total() >= lines.total()


def _does_the_work(run: NotebookRun) -> bool:
    """True where a run fitted the model on more rows than anybody types, whatever its cells look like."""
    return run.observation is not None and any(fit.rows >= _A_TABLE for fit in run.observation.fits)


def _demand_all(lacks: tuple[str, str] | None) -> None:
    """Raises UnavailableHere where a state could not be run, because it might have succeeded."""
    if lacks is not None:
        path, commit = lacks
        raise UnavailableHere(
            text(
                "The repository was cloned without {path} of commit {commit}, which is large.", path=path, commit=commit
            ),
            text("Grade a full clone: git clone without --filter, or checker class clone --full."),
        )


def _state(tree: Tree, course: Course) -> tuple[tuple[str, str], ...]:
    """The files that a run of the notebook may depend on: itself, code, data and configuration."""
    paths = set(own_python_files(tree)) | set(notebook_paths(tree)[:1])
    notebook = {f"{course.names.notebook_folder}/{course.names.notebook}", course.names.notebook}
    return tuple(
        (entry.path, entry.blob)
        for entry in tree.files()
        if entry.path in paths
        or entry.path in notebook
        or entry.path.endswith(".ipynb")
        or (entry.path.lower().endswith(_DEPENDED_ON) and not entry.path.endswith(".py"))
    )


def _unchanged(then: Tree, now: Tree) -> frozenset[str]:
    blobs = {entry.blob for entry in then.files(".py")}
    return frozenset(entry.path for entry in now.files(".py") if entry.blob in blobs)


@dataclass(frozen=True, slots=True)
class Change:
    """Two states of a submission, and the notebook's error in the later one."""

    then: Tree
    now: Tree
    old: NotebookFile
    new: NotebookFile | None
    run: NotebookRun | None

    def cause(self) -> Text | None:
        """The change that broke the notebook; None where the trees and the error do not agree on one."""
        if self.new is None:
            return text("The notebook {path} was removed.", path=self.old.path)
        error = self.run.finished.error if self.run is not None else None
        if error is None:
            return None
        kind = error.name.rpartition(".")[2]
        if kind == "ModuleNotFoundError":
            return self._module_gone(error)
        if kind in ("ImportError", "AttributeError", "NameError"):
            return self._function_gone(error)
        if kind in ("FileNotFoundError", "OSError", "ValueError"):
            return self._file_gone(error)
        return None

    def _module_gone(self, error: StudentError) -> Text | None:
        match = re.search(r"No module named '([\w.]+)'", error.message)
        if match is None:
            return None
        path = match[1].replace(".", "/") + ".py"
        was = next((each for each in own_python_files(self.then) if each == path or each.endswith(f"/{path}")), None)
        if was is None:
            folder = match[1].replace(".", "/") + "/"
            return self._notebook_moved() if any(each.startswith(folder) for each in self.now.entries) else None
        if was in self.now:
            return self._notebook_moved()
        target = self._moved_to(was)
        if target is None:
            return text("The module {path} was removed, and the notebook still imports it.", path=was)
        return text(
            "The module {path} was moved to {target}, and the notebook still imports it.", path=was, target=target
        )

    def _moved_to(self, was: str) -> str | None:
        """The file that now holds most of the functions of a module; None for none."""
        names = functions_of(self.then, was)
        best, most_shared = None, 0
        for path in own_python_files(self.now):
            shared = len(names & functions_of(self.now, path))
            if shared > most_shared or (
                shared == most_shared == 0 and self.now.entries[path].blob == self.then.entries[was].blob
            ):
                best, most_shared = path, shared
        return best

    def _function_gone(self, error: StudentError) -> Text | None:
        match = re.search(
            r"cannot import name '(\w+)' from '([\w.]+)'|module '([\w.]+)' has no attribute '(\w+)'|"
            r"()()name '(\w+)' is not defined",
            error.message,
        )
        if match is None:
            return None
        name = match[1] or match[4] or match[7]
        for path in own_python_files(self.then):
            if name not in functions_of(self.then, path):
                continue
            if any(name in functions_of(self.now, each) for each in own_python_files(self.now)):
                continue
            new = self._new_name(name, path)
            if new is None:
                return text(
                    "The function {name} of {path} is gone, and the notebook still calls it.", name=name, path=path
                )
            return text(
                "The function {name} of {path} is now called {new}, and the notebook still calls it by its old name.",
                name=name,
                path=path,
                new=new,
            )
        return None

    def _new_name(self, name: str, path: str) -> str | None:
        before = functions_of(self.then, path)
        candidates = [
            each for file in own_python_files(self.now) for each in functions_of(self.now, file) if each not in before
        ]
        likeness, new = max(((_likeness(name, each), each) for each in candidates), default=(0.0, ""))
        return new if likeness >= _ALIKE else None

    def _file_gone(self, error: StudentError) -> Text | None:
        for path in _files_named(error):
            if self._is_written_out(path):
                return None  # an absolute path on the author's machine is the cause, wherever the file is now
            name = path.rpartition("/")[2]
            if name.lower().endswith(_CONFIGURATION):
                where = _named(name, self.now)
                if where is None:
                    return None
                return text("The configuration lies in {path}, and the notebook looks for it elsewhere.", path=where)
            was = _named(name, self.then)
            if was is None:
                continue
            if was in self.now:
                return self._notebook_moved()
            blob = self.then.entries[was].blob
            target = next((entry.path for entry in self.now.files() if entry.blob == blob), None)
            if target is not None:
                return text(
                    "The data {path} were moved to {target}, and the notebook looks for them at the old place.",
                    path=was,
                    target=target,
                )
            return text(
                "Git no longer follows the data {path}, and the notebook still reads them from there.", path=was
            )
        return None

    def _is_written_out(self, path: str) -> bool:
        """True where an absolute path is written in the code."""
        if not path.startswith(("/", "~")):
            return False
        cells = self.new.cells if self.new is not None else ()
        sources = (self.now.read(each).decode("utf-8", "replace") for each in own_python_files(self.now))
        return any(path in source for source in (*cells, *sources))

    def _notebook_moved(self) -> Text | None:
        if self.new is None or self.new.folder == self.old.folder:
            return None
        return text(
            "The notebook was moved to {path}: what it names by relative paths is no longer beside it.",
            path=self.new.path,
        )


def _named(name: str, tree: Tree) -> str | None:
    return next((path for path in tree.entries if path.rpartition("/")[2] == name), None)


def _files_named(error: StudentError) -> Iterator[str]:
    """The paths of the files that an error message mentions."""
    paths = re.findall(r"['\"]([^'\"\n]{1,300})['\"]", error.message)
    return (path for path in paths if "." in path.rpartition("/")[2])


def _likeness(one: str, another: str) -> float:
    """The similarity of two names, regardless of case and underscores."""
    first, second = (re.sub(r"_", "", name).lower() for name in (one, another))
    return SequenceMatcher(None, first, second).ratio()


def functions_of(tree: Tree, path: str) -> frozenset[str]:
    """The names that a Python file defines at its top level."""
    content = tree.read_if_small(path, 1_000_000)
    return _defined(path, content) if content is not None else frozenset()


@lru_cache(maxsize=256)
def _defined(path: str, content: bytes) -> frozenset[str]:
    parsed = python_file(path, content).tree
    return frozenset(node.name for node in parsed.body if hasattr(node, "name")) if parsed else frozenset()


PROBES = (past_notebook,)
