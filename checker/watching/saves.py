"""The saves in a repository that change its grading, reported as they happen."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import pygit2
from watchfiles import Change, watch
from watchfiles._rust_notify import WatchfilesRustInternalError

from checker.errors import UsageError
from checker.model import text
from checker.open_submission import follow_git
from checker.work_tree_states import IGNORE_FILE, endless_rules, ignores

_QUIET = 25
"""Milliseconds without a further change after which a save is reported: editors write a file in several steps."""
_LONGEST = 300
"""Milliseconds after which changes that do not end are reported all the same."""
_PATIENCE = 50
"""Milliseconds without any change after which an empty set is reported."""
_LOOK = 20
"""Empty sets in a row after which the repository itself is checked: it may have been removed."""
_POLL = 0.3
"""Seconds between two looks at all files."""
_MOST_FOLDERS = 5000

_UNTOLD = ("9p", "drvfs", "nfs", "nfs4", "cifs", "smb3", "virtiofs", "vboxsf", "prl_fs", "vmhgfs")
"""File systems that a remote host can write to unseen by this kernel."""

_TEMPORARY = re.compile(
    r"""
      ~$ | ^\#.*\#$ | ^\.\# | ^\.~            # Emacs, gedit, Jupyter's own half of a save
    | \.sw[a-z]$ | ^4913$                     # vim
    | ___jb_(tmp|old)___$                     # PyCharm
    | ^\.goutputstream-\w+$ | \.kate-swp$ | ^flycheck_ | \.crswap$
    | \.py[cod]$ | ^\.DS_Store$ | ^\.nfs\w+$
    """,
    re.VERBOSE,
)
_BY_PROGRAMS = frozenset({".ipynb_checkpoints", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
_REFERENCES = ("HEAD", "packed-refs")


class Gone(UsageError):
    """The repository is gone, or another one is in its place."""

    def __init__(self, root: Path) -> None:
        super().__init__(
            text("The folder {path} was removed or replaced.", path=str(root)),
            text("Start the command again in the folder that there is now."),
        )


class Watched:
    """The repository around a folder: the folders that can hold graded files, and the changes that count.

    Raises UsageError if the folder is in no repository with files of its own.
    """

    def __init__(self, path: Path) -> None:
        git, root, references = follow_git(path)
        self.root = root
        self._git = git
        self._references = references
        self._stamp = _stamp(root)

    def check(self) -> None:
        """Raises Gone if the repository was replaced or removed."""
        stamp = _stamp(self.root)
        if stamp is None or stamp != self._stamp:
            raise Gone(self.root)

    def folders(self) -> list[Path]:
        """The folders whose entries count, those of git's references included; without ignored ones."""
        places = [self.root, *self._below(self.root)]
        for place in self._references:
            places += [place, *(Path(folder) for folder, _, _ in os.walk(place / "refs"))]
        return [folder for folder in dict.fromkeys(places) if folder.is_dir()][:_MOST_FOLDERS]

    def counts(self, change: Change, path: str) -> bool:
        """True if a change of *path* can change the grading."""
        place = Path(path)
        for folder in self._references:
            if place.is_relative_to(folder):
                inner = place.relative_to(folder).as_posix()
                moved = inner in _REFERENCES or inner.startswith("refs/")
                return moved and not inner.endswith(".lock") and not place.is_dir()
        if not place.is_relative_to(self.root) or place == self.root:
            return False
        parts = place.relative_to(self.root).parts
        if parts[0] == ".git" or _TEMPORARY.search(parts[-1]):
            return False
        # leftovers of programs are graded as clutter, whose removal counts
        if change is not Change.deleted and _BY_PROGRAMS.intersection(parts):
            return False
        if change is Change.modified and place.is_dir():
            return False
        return not self._ignored("/".join(parts), folder=change is not Change.deleted and place.is_dir())

    def _below(self, folder: Path) -> Iterator[Path]:
        try:
            inner = sorted(Path(entry) for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
        except OSError:
            return
        for place in inner:
            if place.name == ".git" or place.name in _BY_PROGRAMS:
                continue
            if not self._ignored(place.relative_to(self.root).as_posix(), folder=True):
                yield place
                yield from self._below(place)

    def _ignored(self, path: str, *, folder: bool) -> bool:
        """True if git ignores *path*, and tracks no file there."""
        try:
            if not self._is_ignored(path, folder=folder):
                return False
            self._git.index.read(force=False)
            return not any(item.path == path or item.path.startswith(path + "/") for item in self._git.index)
        except (KeyError, ValueError, pygit2.GitError):
            return False

    def _is_ignored(self, path: str, *, folder: bool) -> bool:
        exclude = Path(self._git.path or "", "info", "exclude")
        above = [str(parent / IGNORE_FILE) for parent in Path(path).parents]
        if endless_rules(self.root, above, exclude):
            return ignores(self.root, exclude, path, folder=folder)
        return bool(self._git.path_is_ignored(path + "/" if folder else path))


class Saves:
    """Calls *saved* after each save that counts, and *gone* once the repository is gone. A context manager.

    Both are called from a thread of its own. If the system cannot report changes, or the file system can be written to
    by a remote host unseen, files are polled a few times a second instead.
    """

    def __init__(self, watched: Watched, saved: Callable[[], None], gone: Callable[[Gone], None]) -> None:
        self._watched = watched
        self._saved = saved
        self._gone = gone
        self._over = threading.Event()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._work, name="saves", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._begun.wait(10)
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join(5)

    def _work(self) -> None:
        looking = told_by_looking(self._watched.root)
        first = True
        try:
            while not self._over.is_set():
                try:
                    self._follow(looking=looking, first=first)
                except (OSError, WatchfilesRustInternalError):
                    # too many folders for the system's tables, a folder that has just vanished, a name that is no text
                    self._watched.check()
                    looking = True
                first = False
        except Gone as gone:
            self._gone(gone)

    def _follow(self, *, looking: bool, first: bool) -> None:
        """Follow the present folders, until there are others."""
        watched = self._watched
        watched.check()
        folders = watched.folders()
        changes = seen(folders, self._over) if looking else told(folders, self._over)
        quiet = 0
        for number, found in enumerate(changes):
            if number == 0:  # no change is missed from here on
                if first:
                    self._begun.set()
                else:
                    self._saved()
            if not found:
                quiet += 1
                if quiet % _LOOK == 0:
                    watched.check()
                continue
            watched.check()
            if watched.folders() != folders:
                return
            if any(watched.counts(change, path) for change, path in found):
                self._saved()


Changes = Iterator[set[tuple[Change, str]]]


def told(folders: Sequence[Path], over: threading.Event) -> Changes:
    """The changes in *folders* as the system reports them, or an empty set now and then, until it is *over*.

    Raises OSError if the system reports none.
    """
    yield from watch(
        *folders,
        watch_filter=None,
        debounce=_LONGEST,
        step=_QUIET,
        stop_event=over,
        rust_timeout=_PATIENCE,
        yield_on_timeout=True,
        raise_interrupt=False,
        force_polling=False,
        recursive=False,
        ignore_permission_denied=True,
    )


def seen(folders: Sequence[Path], over: threading.Event) -> Changes:
    """The changes as :func:`told` gives them, found by polling all files a few times a second.

    The library's own polling compares whole seconds: of two saves in one of them, it finds the first.
    """
    before = _state(folders)
    yield set()
    while not over.wait(_POLL):
        now = _state(folders)
        while (later := now) != before and not over.wait(_QUIET / 1000) and (now := _state(folders)) != later:
            pass
        yield {
            *((Change.added, path) for path in now.keys() - before.keys()),
            *((Change.deleted, path) for path in before.keys() - now.keys()),
            *((Change.modified, path) for path in now.keys() & before.keys() if now[path] != before[path]),
        }
        before = now


def _state(folders: Sequence[Path]) -> Mapping[str, tuple[int, int, int]]:
    state: dict[str, tuple[int, int, int]] = {}
    for folder in folders:
        try:
            for entry in os.scandir(folder):
                status = entry.stat(follow_symlinks=False)
                # the time of a folder is that of its entries, which are polled themselves
                moment = 0 if entry.is_dir(follow_symlinks=False) else status.st_mtime_ns
                state[entry.path] = (status.st_ino, 0 if not moment else status.st_size, moment)
        except OSError:
            continue
    return state


def told_by_looking(place: Path, mounts: str | None = None) -> bool:
    """True if changes in *place* can only be found by polling, by the kind of its file system, where Linux tells it."""
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return False
    kinds: Mapping[str, str] = dict(_mounts(mounts))
    for folder in (place, *place.parents):
        if (kind := kinds.get(os.fspath(folder))) is not None:
            return kind in _UNTOLD or kind.startswith("fuse.")
    return False


def _mounts(table: str) -> Iterator[tuple[str, str]]:
    for line in table.splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) > 4 and kinds:
            yield re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[4]), kinds[0]


def _stamp(root: Path) -> tuple[int, int] | None:
    try:
        status = root.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
