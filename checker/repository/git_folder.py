"""The git folder of a submission: finding it, and opening it with libgit2 without leaving it."""

from __future__ import annotations

import functools
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pygit2
from pygit2.enums import ConfigLevel, Option, RepositoryOpenFlag

from checker.loose_objects import cut_short
from checker.repository.bounds import LEAST_LEFT_OUT
from checker.repository.refusals import pipe_refused, too_new, unreadable
from checker.work_tree_states import IGNORE_FILE

_LEFT_OUT = re.compile(r"blob:limit=([0-9]{1,12})([kmg]?)")
_UNITS: Mapping[str, int] = MappingProxyType({"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30})
_READ_BY_GIT = frozenset({".git", ".gitignore", ".gitattributes"})


@functools.cache
def quieten_libgit2() -> None:
    """Let libgit2 read other users' repositories, and ignore the system's and the user's configuration."""
    pygit2.option(Option.SET_OWNER_VALIDATION, False)
    for level in (ConfigLevel.SYSTEM, ConfigLevel.GLOBAL, ConfigLevel.XDG, ConfigLevel.PROGRAMDATA):
        pygit2.settings.search_path[level] = os.devnull


def look_over(root: Path) -> tuple[str, ...]:
    """The ignore files below *root*. Raises UsageError for a pipe, on which reading the repository would block."""
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
                        raise pipe_refused(os.path.relpath(entry, root))
                    elif entry.name == IGNORE_FILE and not inside:
                        ignore_files.append(os.path.relpath(entry, root))
        except OSError:
            continue  # the next reader of the folder reports the error
    return tuple(ignore_files)


def _is_pipe(entry: os.DirEntry[str]) -> bool:
    try:
        return stat.S_ISFIFO(entry.stat().st_mode)
    except OSError:  # a link that leads nowhere
        return False


def git_root(place: Path) -> Path | None:
    """The nearest folder, from *place* upwards, that has a git folder or is a bare repository; None without one."""
    for folder in (place, *place.parents):
        try:
            if (folder / ".git").exists() or is_bare(folder):
                return folder
        except OSError:
            return None
    return None


def is_bare(folder: Path) -> bool:
    """Whether *folder* is itself a git folder, that is, a bare repository."""
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def open_git(place: Path, asked: Path) -> pygit2.Repository:
    """The git folder *place*, opened without alternates. Raises UsageError for a damaged one, naming *asked*."""
    quieten_libgit2()
    if place.is_dir() and not (place / "HEAD").exists():
        raise unreadable(asked, "it has no file HEAD")
    try:
        git = pygit2.Repository(str(place), RepositoryOpenFlag.NO_SEARCH)
    except (KeyError, ValueError, pygit2.GitError) as error:
        reason = str(error).replace(str(place), ".git")
        raise too_new(reason) or unreadable(asked, reason) from error
    objects = common_folder(git) / "objects"
    if damaged := cut_short(objects):
        raise unreadable(asked, f"corrupt loose object {damaged}")
    store = pygit2.Odb()
    store.add_backend(pygit2.OdbBackendPack(str(objects)), 2)
    store.add_backend(pygit2.OdbBackendLoose(str(objects), -1, False), 1)
    git.set_odb(store)  # without alternates, which are other repositories' objects
    return git


def common_folder(git: pygit2.Repository) -> Path:
    """The folder of the objects; for a linked work tree, that of its main repository."""
    place = Path(git.path or "")
    pointer = place / "commondir"
    if pointer.is_file():
        return (place / pointer.read_text(encoding="utf-8", errors="replace").strip()).resolve()
    return place


def left_out_from(git: pygit2.Repository) -> int | None:
    """The size in bytes from which on a partial clone lacks historic files; None where all should be present.

    Only filters that keep all files which checks read are recognised.
    """
    try:
        settings = {entry.name: entry.value for entry in git.config if entry.name.startswith("remote.")}
    except (KeyError, ValueError, pygit2.GitError):
        return None
    limits: list[int] = []
    for name, value in settings.items():
        if name.endswith(".promisor") and value in ("true", "1", "yes", "on"):
            match = _LEFT_OUT.fullmatch(settings.get(name.removesuffix("promisor") + "partialclonefilter") or "")
            limits += [int(match[1]) * _UNITS[match[2]] if match else 0]
    return min(limits) if limits and min(limits) >= LEAST_LEFT_OUT else None
