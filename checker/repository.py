"""A submission as one safe, read-only tree with its history: a folder, a commit, a bare repository, an archive.

A repository is read, never trusted. libgit2 opens it without hooks, filters, file-system monitor, submodules and
without anybody's configuration but the repository's own, of which nothing is executed; objects are looked up in the
repository's own store only (no alternates), and links are kept as links.
"""

from __future__ import annotations

import builtins
import functools
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Self

import pygit2
from pygit2.enums import ConfigLevel, FileStatus, ObjectType, Option, RepositoryOpenFlag, SortMode

from checker import archive
from checker.errors import UsageError
from checker.facts.tree import Entry, Kind, Tree, tree_of
from checker.loose_objects import cut_short
from checker.model import Text, text
from checker.work_tree_states import IGNORE_FILE, Walk, endless_rules

MOST_FILES = 200_000
HUGE = 100_000_000
"""Files above this size, in bytes, are listed and never read."""

LEAST_LEFT_OUT = 5_000_001
"""Bytes. A clone without the historic files of this size on lacks none that a check reads to look for something."""

MOST_UNPACKED = 1_000_000_000
"""Bytes of all files of one state together, each counted as often as it has names: so much each run lays out."""

_KINDS: Mapping[int, Kind] = MappingProxyType(
    {0o100644: Kind.FILE, 0o100664: Kind.FILE, 0o100755: Kind.EXECUTABLE, 0o120000: Kind.LINK, 0o160000: Kind.SUBMODULE}
)
_FOLDER = 0o040000
_OBJECTS: Mapping[int, bytes] = MappingProxyType(
    {ObjectType.COMMIT: b"commit", ObjectType.TREE: b"tree", ObjectType.BLOB: b"blob", ObjectType.TAG: b"tag"}
)
_LEFT_OUT = re.compile(r"blob:limit=([0-9]{1,12})([kmg]?)")
_UNITS: Mapping[str, int] = MappingProxyType({"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30})
_READ_BY_GIT = frozenset({".git", ".gitignore", ".gitattributes"})
_MARKS = (".checker.yml", "main.py")
_NOTEBOOK_FOLDERS = ("notebooks", "notebook")


@dataclass(frozen=True, slots=True)
class RawCommit:
    """A commit as git has it, without an opinion on whose it is. ``seconds`` since the epoch, the committer's."""

    id: str
    parents: tuple[str, ...]
    author: str
    email: str
    seconds: int
    message: str


class Repository:
    """One state of a submission, and the way to it. A context manager: closing it removes what was unpacked.

    ``path`` is what was asked for, ``folder`` the project's place within the repository (``""``: its root).
    ``work_tree`` says that the working folder is graded and not a commit. ``head`` is the commit that is graded, or
    that the working folder started from; None where an archive came without its history. ``branch`` is the branch
    that HEAD, or the name of the commit asked for, stands on. ``notes`` are facts worth a sentence: what was left
    out, and why.
    """

    def __init__(
        self,
        path: Path,
        git: pygit2.Repository,
        *,
        root: Path | None,
        commit: str | None,
        branch: str | None,
        work_tree: bool,
        inner: str = "",
        notes: tuple[Text, ...] = (),
        scratch: Path | None = None,
        ignore_files: tuple[str, ...] = (),
    ) -> None:
        self.path = path
        self.root = root
        self.head = commit
        self.branch = branch
        self.work_tree = work_tree
        self._git = git
        self._notes = list(notes)
        self._scratch = scratch
        self._ignore_files = ignore_files
        self._whole: Tree | None = None
        self._left_out_from: int | None = left_out_from(git)
        self._not_committed: tuple[str, ...] = ()
        self._untracked: frozenset[str] = frozenset()
        self.whole()
        self.folder = _project_folder(self.whole(), inner)

    @property
    def notes(self) -> tuple[Text, ...]:
        return tuple(dict.fromkeys(self._notes))

    @property
    def author(self) -> str | None:
        """Who wrote the graded commit, as the commit says."""
        return self.commit(self.head).author if self.head else None

    @property
    def committed_at(self) -> datetime | None:
        """When the graded commit was made, by its committer's clock; None where that is no date."""
        if not self.head:
            return None
        try:
            return datetime.fromtimestamp(self.commit(self.head).seconds, UTC)
        except (ValueError, OverflowError, OSError):
            return None

    @property
    def dirty(self) -> bool:
        """Whether the working folder differs from the commit that it started from."""
        return bool(self._not_committed)

    @property
    def not_committed(self) -> tuple[str, ...]:
        """Paths, from the repository's root, that ``git add -A && git commit`` would still record."""
        return self._not_committed

    @property
    def untracked(self) -> frozenset[str]:
        """Those of :attr:`not_committed` that git does not follow at all yet, nor ignores."""
        return self._untracked

    @property
    def git_folder(self) -> Path | None:
        """Git's own folder; None for an archive, whose maker could have put anything into it."""
        return Path(self._git.path) if self._scratch is None and self._git.path else None

    @property
    def shallow(self) -> bool:
        """Whether older commits exist elsewhere and are not here."""
        return bool(self._git.is_shallow)

    def shallow_commits(self) -> tuple[str, ...]:
        """The ids of the commits whose parents exist elsewhere and are not here."""
        try:
            words = Path(self._git.path, "shallow").read_text(encoding="ascii", errors="replace").split()
        except OSError:
            return ()
        return tuple(word for word in words if re.fullmatch(r"[0-9a-f]{40}", word))

    def tree(self) -> Tree:
        """The graded state of the project: paths are relative to its folder."""
        return _below(self.whole(), self.folder)

    def whole(self) -> Tree:
        """The graded state of the whole repository: other than :meth:`tree` where the project is in a sub-folder."""
        if self._whole is None:
            if self.work_tree:
                self._whole = self._working_tree()
            else:
                self._whole = self._committed(self._resolve_commit(self.head or ""), graded=True)
            if _unpacked(self._whole) > MOST_UNPACKED:
                self._whole = None
                raise _too_heavy()
        return self._whole

    def tree_of(self, commit: str) -> Tree:
        """The project at another commit, by its id. Raises KeyError where the repository has no such commit.

        Of a state whose files are too heavy to be laid out, the largest are listed, and empty.
        """
        whole = _lightened(self._committed(self._resolve_commit(commit)))
        inside = _below(whole, self.folder)
        return inside if inside.entries else whole

    def commit(self, commit: str) -> RawCommit:
        """One commit by its id. Raises KeyError where the repository has no such commit."""
        return _raw(self._resolve_commit(commit))

    def commits(self, start: str, most: int = 100_000) -> Iterator[RawCommit]:
        """The commits that lead to *start*, newest first and children before their parents, itself included."""
        walker = self._git.walk(pygit2.Oid(hex=start), SortMode.TOPOLOGICAL | SortMode.TIME)
        for number, found in enumerate(walker):
            if number >= most:
                return
            yield _raw(found)

    def first_parents(self, start: str, most: int = 100_000) -> Iterator[RawCommit]:
        """The line of first parents that leads to *start*, newest first, itself included."""
        following: str | None = start
        for _ in range(most):
            if following is None:
                return
            try:
                found = self.commit(following)
            except KeyError:
                return
            yield found
            following = found.parents[0] if found.parents else None

    def object_size(self, identity: str) -> int:
        """The size of an object in bytes, found without reading it. Raises KeyError where there is none."""
        try:
            return int(self._git.odb.read_header(pygit2.Oid(hex=identity))[1])
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise KeyError(str(error)) from error

    def is_left_out(self, identity: str, *, graded: bool = False) -> bool:
        """Whether a blob that is not here was left out on purpose: a clone without the large files of earlier states.

        Of the *graded* state none may be left out but those that are never read.
        """
        del identity
        return self._left_out_from is not None and (not graded or self._left_out_from > HUGE)

    def object(self, identity: str) -> tuple[bytes, bytes]:
        """An object as git keeps it: the word for its kind, and its content. Raises KeyError where there is none."""
        try:
            kind, content = self._git.odb.read(pygit2.Oid(hex=identity))
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise KeyError(str(error)) from error
        return _OBJECTS.get(kind, b"object"), content

    def references(self) -> Mapping[str, str]:
        """Full names of branches, remote branches and tags, with the commits that they stand for."""
        found: dict[str, str] = {}
        for raw in self._git.raw_listall_references():
            name = raw.decode("utf-8", "surrogateescape")
            try:
                target = self._git.lookup_reference(name).peel(pygit2.Commit)
            except (KeyError, ValueError, pygit2.GitError):
                continue
            found[name] = str(target.id)
        return found

    def symbolic(self, name: str) -> str | None:
        """What a symbolic reference such as ``refs/remotes/origin/HEAD`` points to."""
        try:
            target = self._git.lookup_reference(name).target
        except (KeyError, ValueError, pygit2.GitError):
            return None
        return target if isinstance(target, str) else None

    def remotes(self) -> tuple[tuple[str, str], ...]:
        """Names and addresses of the remotes, as they are written, secrets included: mind where they go."""
        try:
            return tuple((remote.name, remote.url) for remote in self._git.remotes if remote.name and remote.url)
        except (pygit2.GitError, ValueError, UnicodeDecodeError):
            return ()

    def merge_base(self, one: str, other: str) -> str | None:
        """The commit where two lines of history part, where they have one in common."""
        try:
            base = self._git.merge_base(pygit2.Oid(hex=one), pygit2.Oid(hex=other))
        except (KeyError, ValueError, pygit2.GitError):
            return None
        return str(base) if base else None

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether *older* is on the way to *newer* (or the same)."""
        return self.merge_base(older, newer) == older

    def ignored_here(self, path: str) -> bool:
        """Whether the working folder holds *path*, from the project's folder, but git ignores it: a run lacks it."""
        if not self.work_tree or self.root is None:
            return False
        inner = f"{self.folder}/{path}" if self.folder else path
        if inner in self.whole() or not os.path.lexists(self.root / inner):
            return False
        if self._has_endless_rules:
            return inner in self.ignored(MOST_FILES)
        try:
            return bool(self._git.path_is_ignored(inner))
        except (pygit2.GitError, ValueError):
            return False

    def ignored(self, most: int) -> tuple[str, ...]:
        """The files in the working folder that git ignores, from the repository's root; of very many the first."""
        if not self.work_tree or self.root is None:
            return ()
        found: list[str] = []
        for path, state in self._states(self._index(), ignored=True).items():
            if state & FileStatus.IGNORED:
                found += islice(_files_in(self.root, path), most - len(found)) if path.endswith("/") else [path]
            if len(found) >= most:
                break
        return tuple(found)

    def reachable(self, start: str, hidden: Iterable[str] = (), most: int = 100_000) -> frozenset[str]:
        """The ids of the commits that lead to *start* and to none of *hidden*."""
        try:
            walker = self._git.walk(pygit2.Oid(hex=start), SortMode.NONE)
            for other in hidden:
                walker.hide(pygit2.Oid(hex=other))
            return frozenset(str(found.id) for found, _ in zip(walker, range(most), strict=False))
        except (KeyError, ValueError, pygit2.GitError):
            return frozenset()

    def tree_hash(self, commit: str, leave_out: str = "") -> str:
        """Git's own hash of the project's folder at a commit, as if it lacked the file *leave_out*.

        Raises KeyError where the repository has no such commit.
        """
        place = self._resolve_commit(commit).tree
        for part in self.folder.split("/") if self.folder else ():
            try:
                place = (place / part).peel(pygit2.Tree)
            except (KeyError, ValueError, pygit2.GitError):
                break
        lines = (
            f"{int(item.filemode):o} ".encode() + (item.raw_name or b"") + b"\0" + item.id.raw
            for item in place
            if item.name != leave_out
        )
        body = b"".join(lines)
        return hashlib.sha1(b"tree %d\0" % len(body) + body, usedforsecurity=False).hexdigest()

    def close(self) -> None:
        """Let go of the repository, and remove what was unpacked for it."""
        self._git.free()
        if self._scratch is not None:
            archive.remove(self._scratch)
            self._scratch = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: builtins.object) -> None:
        self.close()

    def _resolve_commit(self, identity: str) -> pygit2.Commit:
        try:
            found = self._git[identity]
        except (ValueError, pygit2.GitError) as error:
            raise KeyError(identity) from error
        if found.type != ObjectType.COMMIT:
            raise KeyError(identity)
        return found.peel(pygit2.Commit)

    def _committed(self, commit: pygit2.Commit, *, graded: bool = False) -> Tree:
        entries: dict[str, Entry] = {}
        try:
            pending: list[tuple[str, pygit2.Tree]] = [("", commit.tree)]
            while pending:
                prefix, folder = pending.pop()
                for item in folder:
                    name = item.name or ""
                    path = prefix + name
                    if not _harmless(name):
                        self._notes.append(text("Left out because of its name: {path}.", path=path))
                    elif item.filemode == _FOLDER:
                        if path.count("/") < 100:
                            pending.append((f"{path}/", self._git[item.id].peel(pygit2.Tree)))
                    else:
                        kind = _KINDS.get(int(item.filemode), Kind.FILE)
                        entries[path] = self._entry(path, kind, str(item.id), graded=graded)
                if len(entries) + len(pending) > MOST_FILES:
                    raise _too_many()
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise missing_objects(error) from error
        return tree_of(entries, self._stored)

    def _entry(self, path: str, kind: Kind, blob: str, *, graded: bool) -> Entry:
        if kind is Kind.SUBMODULE:
            return Entry(path, kind, 0, blob)
        try:
            return Entry(path, kind, self.object_size(blob), blob)
        except KeyError:
            if not self.is_left_out(blob, graded=graded):
                raise
            return Entry(path, kind, HUGE + 1, blob, absent=True)

    def _stored(self, entry: Entry) -> bytes:
        if entry.kind is Kind.SUBMODULE or entry.size > HUGE:
            return b""
        try:
            kind, content = self.object(entry.blob)
        except KeyError as error:
            raise missing_objects(error) from error
        return content if kind == b"blob" else b""

    def _working_tree(self) -> Tree:
        """What ``git add -A && git commit`` would record: the index, and what differs from it on disk."""
        if self.root is None:
            raise ValueError("a bare repository has no working folder")
        try:
            entries = self._index()
            states = self._states(entries)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise missing_objects(error) from error
        if len(entries) + len(states) > MOST_FILES:
            raise _too_many()
        on_disk: set[str] = set()
        untracked: set[str] = set()
        changed: list[str] = []
        for path, state in states.items():
            staged = bool(
                state
                & (
                    FileStatus.INDEX_NEW
                    | FileStatus.INDEX_MODIFIED
                    | FileStatus.INDEX_DELETED
                    | FileStatus.INDEX_RENAMED
                    | FileStatus.INDEX_TYPECHANGE
                )
            )
            if path.endswith("/"):
                if self._nested(path, entries):
                    changed.append(path)
                continue
            if state & FileStatus.WT_DELETED:
                entries.pop(path, None)
                changed.append(path)
                continue
            if state & (FileStatus.WT_NEW | FileStatus.WT_MODIFIED | FileStatus.WT_TYPECHANGE | FileStatus.CONFLICTED):
                found = self._differs(path, entries.get(path))
                if found is not None:
                    entries[path] = found
                    on_disk.add(path)
                    untracked.update([path] if state & FileStatus.WT_NEW else [])
                    changed.append(path)
                    continue
            if staged:
                changed.append(path)
        if self.head:
            self._not_committed = tuple(sorted(changed))
            self._untracked = frozenset(untracked)

        def fetch(entry: Entry) -> bytes:
            return self._on_disk(entry) if entry.path in on_disk else self._stored(entry)

        return tree_of(entries, fetch)

    def _states(self, recorded: Mapping[str, Entry], *, ignored: bool = False) -> Mapping[str, FileStatus]:
        """How what is recorded and what is committed differ from the files on disk, by path."""
        if not self._has_endless_rules:
            states = self._git.status(untracked_files="all", ignored=ignored)
            return {path: FileStatus(state) for path, state in states.items()}
        committed = self._committed(self._resolve_commit(self.head), graded=True).entries if self.head else {}
        walk = Walk(self.root or Path(), self._exclude, recorded, committed, self._is_changed)
        return walk.states(ignored=ignored)

    @property
    def _exclude(self) -> Path:
        return Path(self._git.path or "", "info", "exclude")

    @property
    def _has_endless_rules(self) -> bool:
        return self.root is not None and endless_rules(self.root, self._ignore_files, self._exclude)

    def _is_changed(self, recorded: Entry) -> bool:
        """Whether the file on disk is another than *recorded*, byte by byte."""
        place = Path(self.root or "") / recorded.path
        try:
            status = place.lstat()
            if stat.S_ISLNK(status.st_mode):
                return recorded.kind is not Kind.LINK or _blob(os.fsencode(place.readlink())) != recorded.blob
            if status.st_size > HUGE:
                return status.st_size != recorded.size
            executable = os.name == "posix" and bool(status.st_mode & 0o100)
            kind = Kind.EXECUTABLE if executable else Kind.FILE
            return kind is not recorded.kind or _blob(_read(place)) != recorded.blob
        except (OSError, ValueError):
            return True

    def _index(self) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for item in self._git.index:
            if all(_harmless(part) for part in item.path.split("/")):
                kind = _KINDS.get(int(item.mode), Kind.FILE)
                size = 0 if kind is Kind.SUBMODULE else self.object_size(str(item.id))
                entries[item.path] = Entry(item.path, kind, size, str(item.id))
        return entries

    def _nested(self, path: str, entries: dict[str, Entry]) -> bool:
        """A repository within the working folder: git would record its commit alone, or refuse one without any."""
        name = path.rstrip("/")
        try:
            inner = pygit2.Repository(str(Path(self.root or "") / name), RepositoryOpenFlag.NO_SEARCH)
            entries[name] = Entry(name, Kind.SUBMODULE, 0, str(inner.head.target))
        except (KeyError, ValueError, pygit2.GitError):
            self._notes.append(
                text("{path} is a repository of its own without a commit: git cannot add it.", path=name)
            )
            return False
        self._notes.append(
            text(
                "{path} is a repository of its own: git records none of its files. Remove {path}/.git to add them.",
                path=name,
            ),
        )
        return True

    def _differs(self, path: str, recorded: Entry | None) -> Entry | None:
        """The file on disk as an entry, unless git's own conversions would make of it what is recorded."""
        place = Path(self.root or "") / path
        try:
            status = place.lstat()
        except (OSError, ValueError):
            return None
        if stat.S_ISLNK(status.st_mode):
            target = os.fsencode(place.readlink())
            return Entry(path, Kind.LINK, len(target), _blob(target))
        if not stat.S_ISREG(status.st_mode):
            return None
        if recorded is not None and self._filtered(path):
            return None
        executable = bool(status.st_mode & 0o100) if os.name == "posix" else False
        kind = Kind.EXECUTABLE if executable else Kind.FILE
        if status.st_size > HUGE:
            stamp = f"{path}\0{status.st_size}\0{status.st_mtime_ns}".encode("utf-8", "surrogateescape")
            return Entry(path, kind, status.st_size, hashlib.sha1(stamp, usedforsecurity=False).hexdigest())
        try:
            content = _read(place)
        except OSError as error:
            self._notes.append(text("{path} cannot be read ({reason}).", path=path, reason=error.strerror or ""))
            return None
        if recorded is not None and recorded.kind is kind and _blob(content.replace(b"\r\n", b"\n")) == recorded.blob:
            return None
        return Entry(path, kind, len(content), _blob(content))

    def _filtered(self, path: str) -> bool:
        """Whether git would put the file through a program (Git LFS, …), which we never do."""
        try:
            return isinstance(self._git.get_attr(path, "filter"), str)
        except (KeyError, ValueError, pygit2.GitError):
            return False

    def _on_disk(self, entry: Entry) -> bytes:
        place = Path(self.root or "") / entry.path
        if entry.kind is Kind.LINK:
            return os.fsencode(place.readlink())
        return _read(place)


def open_submission(path: str | Path, *, commit: str | None = None, own: bool | None = None) -> Repository:
    """The submission at *path*: a folder in a git repository, a bare repository, a zip or tar archive.

    A folder's working tree is what is judged, unless *commit* names one. *own* says that it is the work tree of the
    user who asks, which is read where it lies, with all that its git folder leads to; anything else is taken in first
    (:mod:`checker.intake`), as every archive is. Without a word on it, :func:`is_own_work_tree` decides.

    Raises UsageError, with its remedy, for what cannot be read as a submission, and CheckerFault where this machine
    cannot start the process that takes it in.
    """
    asked = Path(path)
    try:
        place = asked.resolve()
        there = place.exists()
    except (OSError, RuntimeError, ValueError):
        there, place = False, asked
    if not there:
        raise UsageError(
            text("There is no {path}.", path=str(asked)),
            text("Give the folder of the project, or start the command there."),
        )
    if place.is_dir():
        return _open_folder(asked, place, commit, own=own)
    if archive.looks_like_archive(place):
        return _taken_in(asked, place, commit)
    if place.is_file() and _git_root(place.parent) is not None:
        return _open_folder(asked, place.parent, commit, own=own)
    raise not_a_submission(asked)


def is_own_work_tree(path: Path) -> bool:
    """Whether the folder *path* is where the user who asks works, so that its git folder may be followed.

    It is if that user owns the root of its repository and the current directory lies in the same repository.
    Continuous integration, which starts in a stranger's folder that it owns, has to be told apart by whoever asks.
    """
    try:
        place = path.resolve()
        root = _git_root(place) if place.is_dir() else None
        return root is not None and root.stat().st_uid == os.geteuid() and _git_root(Path.cwd().resolve()) == root
    except (OSError, RuntimeError, ValueError):
        return False


def _taken_in(asked: Path, place: Path, commit: str | None, inner: str | None = None) -> Repository:
    from checker.intake.taking import take_in  # noqa: PLC0415  which few need, and which reads with what is here

    return take_in(asked, place, commit=commit, inner=inner)


def not_a_submission(asked: Path) -> UsageError:
    """What is said of a file that is neither a folder nor an archive."""
    return UsageError(
        text("{path} is neither a folder nor a zip or tar archive.", path=str(asked)),
        text("Give the folder of the project."),
    )


@functools.cache
def quieten_libgit2() -> None:
    """Set libgit2 up for reading what belongs to others, and for nobody's configuration."""
    pygit2.option(Option.SET_OWNER_VALIDATION, False)
    for level in (ConfigLevel.SYSTEM, ConfigLevel.GLOBAL, ConfigLevel.XDG, ConfigLevel.PROGRAMDATA):
        pygit2.settings.search_path[level] = os.devnull


def _open_folder(asked: Path, place: Path, commit: str | None, *, own: bool | None) -> Repository:
    root = _git_root(place)
    if root is None:
        raise UsageError(
            text("{path} is not in a git repository.", path=str(asked)),
            text("Start the command in the folder that git clone made, or make a repository: git init -b main."),
        )
    inner = "" if root == place else place.relative_to(root).as_posix()
    if not (is_own_work_tree(place) if own is None else own):
        return _taken_in(asked, root, commit, inner)
    ignore_files = look_over(root)
    if (root / ".git").exists():
        return opened(asked, open_git(root / ".git", asked), root, commit, inner=inner, ignore_files=ignore_files)
    return opened(asked, open_git(root, asked), None, commit)


def follow_git(path: Path) -> tuple[pygit2.Repository, Path, tuple[Path, ...]]:
    """To follow the repository around the folder *path*: itself, the root of its files, and where its references lie.

    Raises UsageError where there is no such folder, no repository, or one without files of its own.
    """
    quieten_libgit2()
    place = path.resolve()
    root = _git_root(place) if place.is_dir() else None
    if root is None or not (root / ".git").exists():
        open_submission(
            path, own=True
        ).close()  # it says what is wrong, if it is more than that nothing can be saved there
        raise UsageError(
            text("{path} is not a folder in which somebody works.", path=str(path)),
            text("Give the folder of the project, or start the command there."),
        )
    git = open_git(root / ".git", path)
    git.workdir = str(root)
    return git, root, tuple(dict.fromkeys((Path(git.path).resolve(), _common(git).resolve())))


def look_over(root: Path) -> tuple[str, ...]:
    """The ignore files below *root*. Raises UsageError for a pipe that reading the repository would wait for."""
    ignore_files: list[str] = []
    waiting = [(os.fspath(root), not (root / ".git").exists() and is_bare(root))]
    while waiting:
        folder, inside = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((entry.path, inside or entry.name == ".git"))
                    elif (inside or entry.name in _READ_BY_GIT) and not entry.is_file() and _is_pipe(entry):
                        raise _is_a_pipe(os.path.relpath(entry, root))
                    elif entry.name == IGNORE_FILE and not inside:
                        ignore_files.append(os.path.relpath(entry, root))
        except OSError:
            continue  # who reads the folder next says it better
    return tuple(ignore_files)


def _is_a_pipe(path: str) -> UsageError:
    return UsageError(
        text("{path} is a pipe, and reading it would never end.", path=path),
        text("Remove it, and put a file in its place."),
    )


def _files_in(root: Path, folder: str) -> Iterator[str]:
    for place, _, names in os.walk(root / folder):
        for name in names:
            yield os.path.relpath(os.path.join(place, name), root)  # noqa: PTH118  tens of thousands of them


def _is_pipe(entry: os.DirEntry[str]) -> bool:
    try:
        return stat.S_ISFIFO(entry.stat().st_mode)
    except OSError:  # a link that leads nowhere
        return False


def opened(
    asked: Path,
    git: pygit2.Repository,
    root: Path | None,
    commit: str | None,
    *,
    inner: str = "",
    notes: tuple[Text, ...] = (),
    ignore_files: tuple[str, ...] = (),
) -> Repository:
    """What *git* holds, at *commit* or as its files lie in *root*. Raises UsageError where nothing can be judged."""
    if root is not None:
        git.workdir = str(root)  # whatever core.worktree says
    if commit is None:
        head, branch = _head(git, asked)
    else:
        head, branch = _named(git, commit)
    return Repository(
        asked,
        git,
        root=root,
        commit=head,
        branch=branch,
        work_tree=root is not None and commit is None,
        inner=inner,
        notes=notes,
        ignore_files=ignore_files,
    )


def _git_root(place: Path) -> Path | None:
    """The nearest folder, upwards from *place*, that holds a repository or is a bare one."""
    for folder in (place, *place.parents):
        try:
            if (folder / ".git").exists() or is_bare(folder):
                return folder
        except OSError:
            return None
    return None


def is_bare(folder: Path) -> bool:
    """Whether *folder* is a git folder itself, without files beside it."""
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def open_git(place: Path, asked: Path) -> pygit2.Repository:
    """The git folder *place*, without alternates. Raises UsageError, which speaks of *asked*, for a damaged one."""
    quieten_libgit2()
    if place.is_dir() and not (place / "HEAD").exists():
        raise unreadable(asked, "it has no file HEAD")
    try:
        git = pygit2.Repository(str(place), RepositoryOpenFlag.NO_SEARCH)
    except (KeyError, ValueError, pygit2.GitError) as error:
        reason = str(error).replace(str(place), ".git")
        raise _too_new(reason) or unreadable(asked, reason) from error
    damaged = cut_short(_common(git) / "objects")
    if damaged is not None:
        raise unreadable(asked, f"corrupt loose object {damaged}")
    objects = str(_common(git) / "objects")
    store = pygit2.Odb()
    store.add_backend(pygit2.OdbBackendPack(objects), 2)
    store.add_backend(pygit2.OdbBackendLoose(objects, -1, False), 1)
    git.set_odb(store)  # without alternates: nobody else's objects
    return git


def _common(git: pygit2.Repository) -> Path:
    """Where the objects are: of a linked work tree, in the repository that it belongs to."""
    place = Path(git.path or "")
    pointer = place / "commondir"
    if pointer.is_file():
        return (place / pointer.read_text(encoding="utf-8", errors="replace").strip()).resolve()
    return place


def _head(git: pygit2.Repository, asked: Path) -> tuple[str, str | None]:
    """The commit of HEAD and its branch. Raises UsageError where there is none."""
    try:
        if not git.head_is_unborn:
            branch = None if git.head_is_detached else git.head.name.removeprefix("refs/heads/")
            return _commit_of(git.head), branch
    except (KeyError, ValueError, pygit2.GitError) as error:
        if (_common(git) / "objects" / "info" / "alternates").is_file():
            raise missing_objects(error) from error
        raise _broken_head(git, str(error)) from error
    branches = _branches(git)
    if branches:
        raise _broken_head(git, "it names a branch that does not exist")
    raise UsageError(
        text("The repository {path} has no commit yet.", path=str(asked)),
        text("Record what you have: git add -A && git commit -m 'Start of the exercise'."),
    )


def _commit_of(head: pygit2.Reference) -> str:
    """The commit that a reference leads to. Raises UsageError where that is lost or damaged."""
    try:
        return str(head.peel(pygit2.Commit).id)
    except (KeyError, ValueError, pygit2.GitError) as error:
        raise missing_objects(error) from error


def _named(git: pygit2.Repository, name: str) -> tuple[str, str | None]:
    try:
        found = git.revparse_single(name).peel(pygit2.Commit)
    except (KeyError, ValueError, pygit2.GitError, UnicodeError) as error:
        raise UsageError(
            text("The repository has no commit {name}.", name=name),
            text("See what there is: git log --oneline --all. Its branches: {branches}.", branches=_branches(git)),
        ) from error
    for prefix in ("refs/heads/", "refs/remotes/origin/"):
        try:
            git.lookup_reference(prefix + name.removeprefix("origin/"))
        except (KeyError, ValueError, pygit2.GitError):
            continue
        return str(found.id), name.removeprefix("origin/")
    return str(found.id), None


def _branches(git: pygit2.Repository) -> tuple[str, ...]:
    try:
        return tuple(raw.decode("utf-8", "surrogateescape") for raw in git.raw_listall_branches())[:10]
    except (ValueError, pygit2.GitError):
        return ()


def _broken_head(git: pygit2.Repository, reason: str) -> UsageError:
    branches = _branches(git)
    if branches:
        remedy = text("Switch to a branch that exists: git switch -f {branch}.", branch=branches[0])
    else:
        remedy = text("Clone the repository again, and copy your files into the new folder.")
    return UsageError(text("HEAD of the repository cannot be read ({reason}).", reason=reason), remedy)


def unreadable(asked: Path, reason: str) -> UsageError:
    """What is said of a git folder that is damaged."""
    return UsageError(
        text("The folder .git of {path} is there, but git cannot read it ({reason}).", path=str(asked), reason=reason),
        text("Clone the repository again, and copy your files into the new folder."),
    )


def _too_new(reason: str) -> UsageError | None:
    """What is said of the formats that git has and libgit2 lacks: a new clone would have the same."""
    if "object format" in reason:
        return UsageError(
            text("The repository names its objects by SHA-256, which cannot be read here."),
            text(
                'Convert it: git -c init.defaultRefFormat=files init --object-format=sha1 -b "$(git branch '
                '--show-current)" ../converted && git fast-export --all | git -C ../converted fast-import && git -C '
                "../converted reset --hard. Then work in ../converted."
            ),
        )
    if "refstorage" in reason:
        return UsageError(
            text("The repository keeps its branches in the format reftable, which cannot be read here."),
            text("Convert it: git refs migrate --ref-format=files (git 2.46 or newer)."),
        )
    return None


def missing_objects(error: Exception) -> UsageError:
    """What is said where objects are elsewhere, or lost."""
    reason = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return UsageError(
        text("The repository lacks objects that its commits name ({reason}).", reason=reason),
        text("Clone it again in full: without --filter, --reference and --shared."),
    )


def _too_many() -> UsageError:
    return UsageError(
        text("The repository holds more than {number} files.", number=MOST_FILES),
        text("Take out what a program made (git rm -r --cached FOLDER), and commit."),
    )


def _too_heavy() -> UsageError:
    return UsageError(
        text("The files of the repository hold more than {size} GB together.", size=MOST_UNPACKED // 1_000_000_000),
        text("Take data and environments out of it (git rm -r --cached FOLDER), and commit."),
    )


def _unpacked(tree: Tree) -> int:
    return sum(min(entry.size, HUGE) for entry in tree.entries.values())


def _lightened(tree: Tree) -> Tree:
    """The same entries; where they hold more than may be laid out, the largest without their content."""
    held = _unpacked(tree)
    empty: set[str] = set()
    for entry in sorted(tree.entries.values(), key=lambda entry: -entry.size):
        if held <= MOST_UNPACKED:
            break
        held -= min(entry.size, HUGE)
        empty.add(entry.blob)
    return tree_of(tree.entries, lambda entry: b"" if entry.blob in empty else tree.fetch(entry)) if empty else tree


def left_out_from(git: pygit2.Repository) -> int | None:
    """The size from which on git was told to leave historic files out; None where all of them should be here.

    A filter that leaves out what a check looks at is none that is known here.
    """
    try:
        settings = {entry.name: entry.value for entry in git.config if entry.name.startswith("remote.")}
    except (KeyError, ValueError, pygit2.GitError):
        return None
    limits: list[int] = []
    for name, value in settings.items():
        if name.endswith(".promisor") and value in ("true", "1", "yes", "on"):
            said = _LEFT_OUT.fullmatch(settings.get(name.removesuffix("promisor") + "partialclonefilter") or "")
            limits += [int(said[1]) * _UNITS[said[2]] if said else 0]
    return min(limits) if limits and min(limits) >= LEAST_LEFT_OUT else None


def _raw(commit: pygit2.Commit) -> RawCommit:
    message = commit.raw_message[:10_000].decode("utf-8", "replace")
    author = commit.author
    return RawCommit(
        id=str(commit.id),
        parents=tuple(str(parent) for parent in commit.parent_ids),
        author=author.raw_name.decode("utf-8", "replace"),
        email=author.raw_email.decode("utf-8", "replace"),
        seconds=commit.commit_time,
        message=message,
    )


def _harmless(name: str) -> bool:
    return name not in ("", ".", "..") and "/" not in name and "\0" not in name and name.lower() != ".git"


def _blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _read(place: Path) -> bytes:
    """The content of a regular file, through no link."""
    descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("not a regular file")
        return file.read(HUGE + 1)


def _below(whole: Tree, folder: str) -> Tree:
    if not folder:
        return whole
    prefix = f"{folder}/"
    outer = {path.removeprefix(prefix): entry for path, entry in whole.entries.items() if path.startswith(prefix)}
    inner = {path: replace(entry, path=path) for path, entry in outer.items()}
    return tree_of(inner, lambda entry: whole.fetch(outer[entry.path]))


def _project_folder(whole: Tree, inner: str) -> str:
    """Where the project lies: the root if it looks like one, else the one folder that does.

    Raises UsageError where several do and none of them was named.
    """
    marked: set[str] = set()
    identified: set[str] = set()
    for path in whole.entries:
        folder, _, name = path.rpartition("/")
        if "site-packages" in folder or not (name in _MARKS or name.lower().endswith(".ipynb")):
            continue
        above, _, last = folder.rpartition("/")
        place = above if last.lower() in _NOTEBOOK_FOLDERS else folder
        marked.add(place)
        if name == ".checker.yml":
            identified.add(folder)
    if "" in marked or not marked:
        return ""
    tops = sorted(place for place in marked if not any(place.startswith(f"{other}/") for other in marked))
    if len(tops) == 1:
        return tops[0]
    chosen = [place for place in tops if f"{inner}/".startswith(f"{place}/")]
    if not chosen:
        chosen = [place for place in tops if place in identified]
    if len(chosen) == 1:
        return chosen[0]
    raise UsageError(
        text("The repository holds several projects: {folders}.", folders=tuple(tops[:10])),
        text("Give the folder of the one to judge: checker check {folder}.", folder=tops[0]),
    )
