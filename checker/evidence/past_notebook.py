"""The newest earlier state at which the notebook ran, and what broke it since."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from checker.absences import NotDoneYet, UnavailableHere
from checker.course import Course
from checker.evidence.code import own_python_files
from checker.evidence.notebook import find_notebook, notebook_paths, run_anywhere
from checker.evidence.source import python_file
from checker.evidence.student_runs import StudentRuns
from checker.facts.history import History
from checker.facts.notebook import NotebookFile, NotebookRun, PastNotebook
from checker.facts.running import StudentError
from checker.facts.tree import TooLarge, Tree
from checker.model import Text, Unavailable, text

_DEPENDED_ON = (
    ".py", ".csv", ".tsv", ".parquet", ".gz", ".zip", ".xlsx", ".json", ".feather", ".pkl", ".yaml", ".yml", ".toml",
    ".ini", ".txt",
)  # fmt: skip
_CONFIGURATION = (".yaml", ".yml", ".toml", ".ini", ".json")
_MOST_STATES = 30
_MOST_COMMITS = 2000
_ALIKE = 0.5


def past_notebook(
    tree: Tree,
    course: Course,
    history: History | Unavailable,
    notebook: NotebookFile | None,
    run: NotebookRun | None,
    runs: StudentRuns,
) -> PastNotebook:
    """The newest earlier commit at which the notebook ran. Looked for only where it does not run now.

    Raises NotDoneYet where there is nothing to look for: it runs, or the submission came without its history; and
    UnavailableHere where none ran, and one could not be run because the repository was cloned without a large file.
    """
    if run is not None and run.succeeded:
        raise NotDoneYet(text("The notebook runs now: there is no need to look further back."))
    if isinstance(history, Unavailable):
        raise NotDoneYet(history.what)  # not handed in: what an earlier state earned back cannot be earned by it
    ends = time.monotonic() + course.limits.history
    seen = {_state(tree, course)}
    broken_at: str | None = None
    looked_at = 0
    lacks: tuple[str, str] | None = None
    for commit in history.commits[:_MOST_COMMITS]:
        then = commit.tree()
        state = _state(then, course)
        if state in seen:
            broken_at = commit.id
            continue
        left = ends - time.monotonic()
        if left <= 0 or looked_at >= _MOST_STATES:
            _demand_all(lacks)
            return PastNotebook(None, None, None, looked_at, complete=False)
        seen.add(state)
        absent = next((entry.path for entry in then.files() if entry.absent), None)
        if absent is not None:
            lacks = lacks or (absent, commit.short)
            broken_at = commit.id
            continue
        old = find_notebook(then, course)
        if old is not None and old.problem is None and old.running_cells:
            looked_at += 1
            ran = run_anywhere(then, old, course, runs, seconds=left)
            if ran.succeeded:
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


def _demand_all(lacks: tuple[str, str] | None) -> None:
    """Raises UnavailableHere where a state could not be run: it might have been the one that ran."""
    if lacks is not None:
        path, commit = lacks
        raise UnavailableHere(
            text(
                "The repository was cloned without {path} of commit {commit}, which is large.", path=path, commit=commit
            ),
            text("Grade a full clone: git clone without --filter, or checker class clone --full."),
        )


def _state(tree: Tree, course: Course) -> tuple[tuple[str, str], ...]:
    """What a run of the notebook may depend on: itself, code, data and configuration."""
    wanted = set(own_python_files(tree)) | set(notebook_paths(tree)[:1])
    notebook = {f"{course.names.notebook_folder}/{course.names.notebook}", course.names.notebook}
    return tuple(
        (entry.path, entry.blob)
        for entry in tree.files()
        if entry.path in wanted
        or entry.path in notebook
        or entry.path.endswith(".ipynb")
        or (entry.path.lower().endswith(_DEPENDED_ON) and not entry.path.endswith(".py"))
    )


def _unchanged(then: Tree, now: Tree) -> frozenset[str]:
    blobs = {entry.blob for entry in then.files(".py")}
    return frozenset(entry.path for entry in now.files(".py") if entry.blob in blobs)


@dataclass(frozen=True, slots=True)
class Change:
    """Two states of a submission, and the notebook's failure in the later one."""

    then: Tree
    now: Tree
    old: NotebookFile
    new: NotebookFile | None
    run: NotebookRun | None

    def cause(self) -> Text | None:
        """What broke the notebook, where the trees and the error agree on it."""
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
        found = re.search(r"No module named '([\w.]+)'", error.message)
        if found is None:
            return None
        path = found[1].replace(".", "/") + ".py"
        was = next((each for each in own_python_files(self.then) if each == path or each.endswith(f"/{path}")), None)
        if was is None:
            return self._notebook_moved() if self._is_folder(found[1]) else None
        if was in self.now:
            return self._notebook_moved()
        target = self._moved_to(was)
        if target is None:
            return text("The module {path} was removed, and the notebook still imports it.", path=was)
        return text(
            "The module {path} was moved to {target}, and the notebook still imports it.", path=was, target=target
        )

    def _is_folder(self, module: str) -> bool:
        start = module.replace(".", "/") + "/"
        return any(path.startswith(start) for path in self.now.entries)

    def _moved_to(self, was: str) -> str | None:
        """Where the functions of a module are now: the file that holds most of them."""
        names = functions_of(self.then, was)
        best, most = None, 0
        for path in own_python_files(self.now):
            shared = len(names & functions_of(self.now, path))
            if shared > most or (shared == most == 0 and self.now.entries[path].blob == self.then.entries[was].blob):
                best, most = path, shared
        return best

    def _function_gone(self, error: StudentError) -> Text | None:
        found = re.search(
            r"cannot import name '(\w+)' from '([\w.]+)'|module '([\w.]+)' has no attribute '(\w+)'|"
            r"()()name '(\w+)' is not defined",
            error.message,
        )
        if found is None:
            return None
        name = found[1] or found[4] or found[7]
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
        rated = sorted(((_likeness(name, each), each) for each in candidates), reverse=True)
        return rated[0][1] if rated and rated[0][0] >= _ALIKE else None

    def _file_gone(self, error: StudentError) -> Text | None:
        for path in _files_named(error):
            if self._is_written_out(path):
                return None  # a place on somebody's machine: it is that, wherever the file is now
            name = path.rpartition("/")[2]
            if name.lower().endswith(_CONFIGURATION):
                where = next((path for path in self.now.entries if path.rpartition("/")[2] == name), None)
                if where is not None:
                    return text(
                        "The configuration lies in {path}, and the notebook looks for it elsewhere.", path=where
                    )
                return None
            was = next((path for path in self.then.entries if path.rpartition("/")[2] == name), None)
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
        """Whether an absolute path stands in the code as it is."""
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


def _files_named(error: StudentError) -> Iterator[str]:
    """The paths of the files that the message of an error mentions."""
    for match in re.finditer(r"['\"]([^'\"\n]{1,300})['\"]", error.message):
        if "." in match[1].rpartition("/")[2]:
            yield match[1]


def _likeness(one: str, other: str) -> float:
    """How alike two names are, whatever their case and underscores."""
    first, second = (re.sub(r"_", "", name).lower() for name in (one, other))
    return SequenceMatcher(None, first, second).ratio()


def functions_of(tree: Tree, path: str) -> frozenset[str]:
    """The names that a Python file defines at its top level."""
    try:
        content = tree.read(path, limit=1_000_000)
    except (KeyError, TooLarge):
        return frozenset()
    return _defined(path, content)


@lru_cache(maxsize=256)
def _defined(path: str, content: bytes) -> frozenset[str]:
    parsed = python_file(path, content).tree
    return frozenset(node.name for node in parsed.body if hasattr(node, "name")) if parsed else frozenset()


PROBES = (past_notebook,)
