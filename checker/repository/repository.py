"""A submission as one safe, read-only tree with its history: a folder, a commit, a bare repository, an archive.

A repository is read, never trusted. libgit2 opens it without hooks, filters, file-system monitor and submodules. Only
the repository's own configuration is read, and nothing in it is executed. Objects are looked up in the repository's own
store only (no alternates), and links are kept as links.
"""

from __future__ import annotations

import builtins
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Self

import pygit2
from pygit2.enums import FileStatus, ObjectType, RepositoryOpenFlag, SortMode

from checker import archive
from checker.facts.tree import Kind, Tree, TreeEntry, tree_of
from checker.model import Text, text
from checker.repository.bounds import HUGE, MOST_FILES, MOST_UNPACKED
from checker.repository.git_folder import left_out_from
from checker.repository.head import head_commit, named_commit
from checker.repository.project_folder import files_below, project_folder
from checker.repository.refusals import missing_objects, too_heavy_files, too_many_files
from checker.work_tree_states import Walk, endless_rules

_KINDS: Mapping[int, Kind] = MappingProxyType(
    {0o100644: Kind.FILE, 0o100664: Kind.FILE, 0o100755: Kind.EXECUTABLE, 0o120000: Kind.LINK, 0o160000: Kind.SUBMODULE}
)
_FOLDER = 0o040000
_STAGED = (
    FileStatus.INDEX_NEW
    | FileStatus.INDEX_MODIFIED
    | FileStatus.INDEX_DELETED
    | FileStatus.INDEX_RENAMED
    | FileStatus.INDEX_TYPECHANGE
)
_OBJECTS: Mapping[int, bytes] = MappingProxyType(
    {ObjectType.COMMIT: b"commit", ObjectType.TREE: b"tree", ObjectType.BLOB: b"blob", ObjectType.TAG: b"tag"}
)


@dataclass(frozen=True, slots=True)
class RawCommit:
    """A commit as git stores it. ``seconds`` is the committer's time since the epoch."""

    id: str
    parents: tuple[str, ...]
    author: str
    email: str
    seconds: int
    message: str


class Repository:
    """One state of a submission, with its history. A context manager: closing it removes unpacked files.

    - ``path``: the path that the user named.
    - ``folder``: the project's folder within the repository, ``""`` for its root and until :meth:`find_project`.
    - ``work_tree``: True where the working folder is graded and not a commit.
    - ``head``: the graded commit, or the one that the working folder started from; None for an archive without history.
    - ``branch``: the branch of HEAD, or of the requested commit's name.
    - ``notes``: sentences for the report about files that were left out, and why.
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
        self._left_out_from = left_out_from(git)
        self._not_committed: tuple[str, ...] = ()
        self._untracked: frozenset[str] = frozenset()
        self._inner = inner
        self.folder = ""
        self.whole()

    def find_project(self, scripts: Iterable[str]) -> None:
        """Find the folder of the project, which may have one of *scripts* as its main script.

        Raises UsageError where several folders look like a project.
        """
        self.folder = project_folder(self.whole(), self._inner, scripts)

    @property
    def notes(self) -> tuple[Text, ...]:
        return tuple(dict.fromkeys(self._notes))

    @property
    def author(self) -> str | None:
        """The author of the graded commit, as written in it."""
        return self.commit(self.head).author if self.head else None

    @property
    def committed_at(self) -> datetime | None:
        """The time of the graded commit by its committer's clock; None where that is no valid date."""
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
        """The paths in :attr:`not_committed` that are untracked."""
        return self._untracked

    @property
    def git_folder(self) -> Path | None:
        """The git folder; None for an archive, whose git folder is not trusted."""
        return Path(self._git.path) if self._scratch is None and self._git.path else None

    @property
    def shallow(self) -> bool:
        """Whether the repository is a shallow clone, without its older commits."""
        return bool(self._git.is_shallow)

    def shallow_commits(self) -> tuple[str, ...]:
        """The ids of the commits whose parents a shallow clone lacks."""
        try:
            ids = Path(self._git.path, "shallow").read_text(encoding="ascii", errors="replace").split()
        except OSError:
            return ()
        return tuple(identity for identity in ids if re.fullmatch(r"[0-9a-f]{40}", identity))

    def tree(self) -> Tree:
        """The graded state of the project: paths are relative to its folder."""
        return files_below(self.whole(), self.folder)

    def whole(self) -> Tree:
        """The graded state of the whole repository; it differs from :meth:`tree` for a project in a sub-folder."""
        if self._whole is None:
            if self.work_tree:
                self._whole = self._working_tree()
            else:
                self._whole = self._committed(self._resolve_commit(self.head or ""), graded=True)
            if _unpacked(self._whole) > MOST_UNPACKED:
                self._whole = None
                raise too_heavy_files()
        return self._whole

    def tree_of(self, commit: str) -> Tree:
        """The project at another commit, by its id. Raises KeyError where the repository has no such commit.

        In a state with more bytes than a run may unpack, the largest files are listed without their content.
        """
        whole = _lightened(self._committed(self._resolve_commit(commit)))
        inside = files_below(whole, self.folder)
        return inside if inside.entries else whole

    def commit(self, commit: str) -> RawCommit:
        """One commit by its id. Raises KeyError where the repository has no such commit."""
        return _raw(self._resolve_commit(commit))

    def commits(self, start: str, most: int = 100_000) -> Iterator[RawCommit]:
        """The commit *start* and its ancestors, newest first and children before their parents."""
        walker = self._git.walk(pygit2.Oid(hex=start), SortMode.TOPOLOGICAL | SortMode.TIME)
        yield from map(_raw, islice(walker, most))

    def first_parents(self, start: str, most: int = 100_000) -> Iterator[RawCommit]:
        """The commit *start* and its line of first parents, newest first."""
        following: str | None = start
        for _ in range(most):
            if following is None:
                return
            try:
                commit = self.commit(following)
            except KeyError:
                return
            yield commit
            following = commit.parents[0] if commit.parents else None

    def object_size(self, identity: str) -> int:
        """The size in bytes of the object *identity*, without reading it. Raises KeyError where there is none."""
        try:
            return int(self._git.odb.read_header(pygit2.Oid(hex=identity))[1])
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise KeyError(str(error)) from error

    def is_left_out(self, identity: str, *, graded: bool = False) -> bool:
        """Whether a missing blob was left out on purpose, by a clone without the large files of earlier states.

        In the *graded* state, only blobs that are never read may be left out.
        """
        del identity
        return self._left_out_from is not None and (not graded or self._left_out_from > HUGE)

    def object(self, identity: str) -> tuple[bytes, bytes]:
        """The object *identity* as git stores it: its kind and its content. Raises KeyError where there is none."""
        try:
            kind, content = self._git.odb.read(pygit2.Oid(hex=identity))
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise KeyError(str(error)) from error
        return _OBJECTS.get(kind, b"object"), content

    def references(self) -> Mapping[str, str]:
        """The commits of branches, remote branches and tags, by full name."""
        commits: dict[str, str] = {}
        for raw in self._git.raw_listall_references():
            name = raw.decode("utf-8", "surrogateescape")
            try:
                target = self._git.lookup_reference(name).peel(pygit2.Commit)
            except (KeyError, ValueError, pygit2.GitError):
                continue
            commits[name] = str(target.id)
        return commits

    def symbolic(self, name: str) -> str | None:
        """The target of a symbolic reference such as ``refs/remotes/origin/HEAD``; None where it is none."""
        try:
            target = self._git.lookup_reference(name).target
        except (KeyError, ValueError, pygit2.GitError):
            return None
        return target if isinstance(target, str) else None

    def remotes(self) -> tuple[tuple[str, str], ...]:
        """The names and addresses of the remotes, unchanged. They may contain secrets and must not be shown."""
        try:
            return tuple((remote.name, remote.url) for remote in self._git.remotes if remote.name and remote.url)
        except (pygit2.GitError, ValueError, UnicodeDecodeError):
            return ()

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits; None where they have none."""
        try:
            base = self._git.merge_base(pygit2.Oid(hex=one), pygit2.Oid(hex=other))
        except (KeyError, ValueError, pygit2.GitError):
            return None
        return str(base) if base else None

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether *older* is *newer* itself or an ancestor of it."""
        return self.merge_base(older, newer) == older

    def ignored_here(self, path: str) -> bool:
        """Whether *path*, from the project's folder, exists on disk but is ignored by git, so that runs lack it."""
        if not self.work_tree or self.root is None:
            return False
        inner = self._from_root(path)
        if inner in self.whole() or not os.path.lexists(self.root / inner):
            return False
        if self._has_endless_rules:
            return inner in self.ignored(MOST_FILES)
        try:
            return bool(self._git.path_is_ignored(inner))
        except (pygit2.GitError, ValueError):
            return False

    def ignored_file(self, path: str) -> bytes:
        """The content of the ignored file *path*, from the project's folder.

        Raises KeyError where there is no such file, or where the path goes through a link.
        """
        if not self.work_tree or self.root is None:
            raise KeyError(path)
        place = self.root / self._from_root(path)
        above = [folder for folder in place.parents if folder != self.root and folder.is_relative_to(self.root)]
        try:
            if any(folder.is_symlink() for folder in above) or place.lstat().st_size > HUGE:
                raise KeyError(path)
            return _read(place)
        except (OSError, ValueError) as error:
            raise KeyError(path) from error

    def nested_files(self, folder: str, most: int = 2_000) -> Mapping[str, bytes]:
        """The files of a nested repository in *folder* that are not ignored, by their paths from the project's folder.

        Empty above *most* files, and for a commit, which has no files of nested repositories.
        """
        if not self.work_tree or self.root is None:
            return {}
        prefix = self._from_root("")
        files: dict[str, bytes] = {}
        size = 0
        for path in islice(_files_in(self.root, prefix + folder), most + 1):
            inner = path.removeprefix(prefix)
            if all(_harmless(part) for part in path.split("/")) and not self._is_ignored(path):
                try:
                    files[inner] = self.ignored_file(inner)
                except KeyError:
                    continue
                size += len(files[inner])
            if size > MOST_UNPACKED:
                return {}
        return {} if len(files) > most else files

    def _is_ignored(self, path: str) -> bool:
        """Whether git ignores *path*, from the root; False for rules on which libgit2 would not terminate."""
        try:
            return not self._has_endless_rules and bool(self._git.path_is_ignored(path))
        except (pygit2.GitError, ValueError):
            return False

    def ignored(self, most: int) -> tuple[str, ...]:
        """The ignored files in the working folder, from the repository's root; the first *most* of them."""
        if not self.work_tree or self.root is None:
            return ()
        paths: list[str] = []
        for path, state in self._states(self._index(), ignored=True).items():
            if state & FileStatus.IGNORED:
                paths += islice(_files_in(self.root, path), most - len(paths)) if path.endswith("/") else [path]
            if len(paths) >= most:
                break
        return tuple(paths)

    def reachable(self, start: str, hidden: Iterable[str] = (), most: int = 100_000) -> frozenset[str]:
        """The ids of *start* and its ancestors, without those of *hidden*."""
        try:
            walker = self._git.walk(pygit2.Oid(hex=start), SortMode.NONE)
            for hidden_start in hidden:
                walker.hide(pygit2.Oid(hex=hidden_start))
            return frozenset(str(commit.id) for commit in islice(walker, most))
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
        return object_id(b"tree", b"".join(lines))

    def close(self) -> None:
        """Close the repository, and remove the files that were unpacked for it."""
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
            target = self._git[identity]
        except (ValueError, pygit2.GitError) as error:
            raise KeyError(identity) from error
        if target.type != ObjectType.COMMIT:
            raise KeyError(identity)
        return target.peel(pygit2.Commit)

    def _committed(self, commit: pygit2.Commit, *, graded: bool = False) -> Tree:
        entries: dict[str, TreeEntry] = {}
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
                    raise too_many_files()
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise missing_objects(error) from error
        return tree_of(entries, self._stored)

    def _entry(self, path: str, kind: Kind, blob: str, *, graded: bool) -> TreeEntry:
        if kind is Kind.SUBMODULE:
            return TreeEntry(path, kind, 0, blob)
        try:
            return TreeEntry(path, kind, self.object_size(blob), blob)
        except KeyError:
            if not self.is_left_out(blob, graded=graded):
                raise
            return TreeEntry(path, kind, HUGE + 1, blob, absent=True)

    def _stored(self, entry: TreeEntry) -> bytes:
        if entry.kind is Kind.SUBMODULE or entry.size > HUGE:
            return b""
        try:
            kind, content = self.object(entry.blob)
        except KeyError as error:
            raise missing_objects(error) from error
        return content if kind == b"blob" else b""

    def _working_tree(self) -> Tree:
        """The tree that ``git add -A && git commit`` would record: the index, with the changes on disk."""
        if self.root is None:
            raise ValueError("a bare repository has no working folder")
        try:
            entries = self._index()
            states = self._states(entries)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise missing_objects(error) from error
        if len(entries) + len(states) > MOST_FILES:
            raise too_many_files()
        on_disk: set[str] = set()
        untracked: set[str] = set()
        changed: list[str] = []
        for path, state in states.items():
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
            if state & _STAGED:
                changed.append(path)
        if self.head:
            self._not_committed = tuple(sorted(changed))
            self._untracked = frozenset(untracked)

        def fetch(entry: TreeEntry) -> bytes:
            return self._on_disk(entry) if entry.path in on_disk else self._stored(entry)

        return tree_of(entries, fetch)

    def _states(self, recorded: Mapping[str, TreeEntry], *, ignored: bool = False) -> Mapping[str, FileStatus]:
        """The status of files by path: differences between commit, index and disk."""
        if not self._has_endless_rules:
            states = self._git.status(untracked_files="all", ignored=ignored)
            return {path: FileStatus(state) for path, state in states.items()}
        committed = self._committed(self._resolve_commit(self.head), graded=True).entries if self.head else {}
        walk = Walk(self.root or Path(), self._exclude, recorded, committed, self._is_changed)
        return walk.states(ignored=ignored)

    @property
    def _exclude(self) -> Path:
        return Path(self._git.path or "", "info", "exclude")

    def _from_root(self, path: str) -> str:
        """*path* of the project's folder, as seen from the repository's root."""
        return f"{self.folder}/{path}" if self.folder else path

    @property
    def _has_endless_rules(self) -> bool:
        return self.root is not None and endless_rules(self.root, self._ignore_files, self._exclude)

    def _is_changed(self, recorded: TreeEntry) -> bool:
        """Whether the file on disk differs from *recorded*, byte by byte."""
        place = Path(self.root or "") / recorded.path
        try:
            status = place.lstat()
            if stat.S_ISLNK(status.st_mode):
                return recorded.kind is not Kind.LINK or _blob(os.fsencode(place.readlink())) != recorded.blob
            if status.st_size > HUGE:
                return status.st_size != recorded.size
            return _kind(status) is not recorded.kind or _blob(_read(place)) != recorded.blob
        except (OSError, ValueError):
            return True

    def _index(self) -> dict[str, TreeEntry]:
        entries: dict[str, TreeEntry] = {}
        for item in self._git.index:
            if all(_harmless(part) for part in item.path.split("/")):
                kind = _KINDS.get(int(item.mode), Kind.FILE)
                size = 0 if kind is Kind.SUBMODULE else self.object_size(str(item.id))
                entries[item.path] = TreeEntry(item.path, kind, size, str(item.id))
        return entries

    def _nested(self, path: str, entries: dict[str, TreeEntry]) -> bool:
        """Add the entry of a nested repository, of which git records the commit alone; False without a commit."""
        name = path.rstrip("/")
        try:
            inner = pygit2.Repository(str(Path(self.root or "") / name), RepositoryOpenFlag.NO_SEARCH)
            entries[name] = TreeEntry(name, Kind.SUBMODULE, 0, str(inner.head.target))
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

    def _differs(self, path: str, recorded: TreeEntry | None) -> TreeEntry | None:
        """The entry of the file on disk; None where git's conversions of the file would give *recorded*."""
        place = Path(self.root or "") / path
        try:
            status = place.lstat()
        except (OSError, ValueError):
            return None
        if stat.S_ISLNK(status.st_mode):
            target = os.fsencode(place.readlink())
            return TreeEntry(path, Kind.LINK, len(target), _blob(target))
        if not stat.S_ISREG(status.st_mode):
            return None
        if recorded is not None and self._filtered(path):
            return None
        kind = _kind(status)
        if status.st_size > HUGE:
            stamp = f"{path}\0{status.st_size}\0{status.st_mtime_ns}".encode("utf-8", "surrogateescape")
            return TreeEntry(path, kind, status.st_size, hashlib.sha1(stamp, usedforsecurity=False).hexdigest())
        try:
            content = _read(place)
        except OSError as error:
            self._notes.append(text("{path} cannot be read ({reason}).", path=path, reason=error.strerror or ""))
            return None
        if recorded is not None and recorded.kind is kind and _blob(content.replace(b"\r\n", b"\n")) == recorded.blob:
            return None
        return TreeEntry(path, kind, len(content), _blob(content))

    def _filtered(self, path: str) -> bool:
        """Whether git would filter the file through a program (Git LFS, …), which is never run here."""
        try:
            return isinstance(self._git.get_attr(path, "filter"), str)
        except (KeyError, ValueError, pygit2.GitError):
            return False

    def _on_disk(self, entry: TreeEntry) -> bytes:
        place = Path(self.root or "") / entry.path
        if entry.kind is Kind.LINK:
            return os.fsencode(place.readlink())
        return _read(place)


def _files_in(root: Path, folder: str) -> Iterator[str]:
    for place, _, names in os.walk(root / folder):
        for name in names:
            yield os.path.relpath(os.path.join(place, name), root)  # noqa: PTH118  tens of thousands of them


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
    """The repository *git* at *commit*, or with the files in *root*. Raises UsageError where it cannot be judged."""
    if root is not None:
        git.workdir = str(root)  # whatever core.worktree says
    head, branch = head_commit(git, asked) if commit is None else named_commit(git, commit)
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


def _unpacked(tree: Tree) -> int:
    return sum(min(entry.size, HUGE) for entry in tree.entries.values())


def _lightened(tree: Tree) -> Tree:
    """*tree*; if it has more bytes than may be unpacked, with its largest files emptied."""
    held = _unpacked(tree)
    empty: set[str] = set()
    for entry in sorted(tree.entries.values(), key=lambda entry: -entry.size):
        if held <= MOST_UNPACKED:
            break
        held -= min(entry.size, HUGE)
        empty.add(entry.blob)
    return tree_of(tree.entries, lambda entry: b"" if entry.blob in empty else tree.fetch(entry)) if empty else tree


def _raw(commit: pygit2.Commit) -> RawCommit:
    return RawCommit(
        id=str(commit.id),
        parents=tuple(map(str, commit.parent_ids)),
        author=commit.author.raw_name.decode("utf-8", "replace"),
        email=commit.author.raw_email.decode("utf-8", "replace"),
        seconds=commit.commit_time,
        message=commit.raw_message[:10_000].decode("utf-8", "replace"),
    )


def _harmless(name: str) -> bool:
    return name not in ("", ".", "..") and "/" not in name and "\0" not in name and name.lower() != ".git"


def _kind(status: os.stat_result) -> Kind:
    return Kind.EXECUTABLE if status.st_mode & 0o100 else Kind.FILE


def object_id(kind: bytes, content: bytes) -> str:
    """The id of an object in git: the SHA-1 of its kind, size and content, as 40 hexadecimal digits."""
    total = hashlib.sha1(b"%s %d\0" % (kind, len(content)), usedforsecurity=False)
    total.update(content)
    return total.hexdigest()


def _blob(content: bytes) -> str:
    return object_id(b"blob", content)


def _read(place: Path) -> bytes:
    """The content of a regular file, read without following links."""
    descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("not a regular file")
        return file.read(HUGE + 1)
