"""Opens a submission: the user's own work tree in place, any other through the intake."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pygit2

from checker import archive
from checker.errors import UsageError
from checker.model import text
from checker.repository.git_folder import common_folder, git_root, look_over, open_git, quieten_libgit2
from checker.repository.refusals import not_a_submission
from checker.repository.repository import Repository, opened


def open_submission(
    path: str | Path, *, commit: str | None = None, own: bool | None = None, scripts: Iterable[str] = ()
) -> Repository:
    """The submission at *path*: a folder in a git repository, a bare repository, a zip or tar archive.

    The working tree of a folder is judged, unless *commit* names a commit. With *own*, the folder is the user's own
    work tree, which is read in place, links of its git folder included; any other folder, and every archive, is taken
    in first (:mod:`checker.intake`). None lets :func:`is_own_work_tree` decide. A project below the root is also known
    by one of *scripts*, the names of a main script.

    Raises UsageError, with a remedy, for a path that is no readable submission, and CheckerFault where this machine
    cannot start the intake's reader.
    """
    repository = _opened(Path(path), commit, own=own)
    try:
        repository.find_project(scripts)
    except BaseException:
        repository.close()
        raise
    return repository


def _opened(asked: Path, commit: str | None, *, own: bool | None) -> Repository:
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
    if place.is_file() and git_root(place.parent) is not None:
        return _open_folder(asked, place.parent, commit, own=own)
    raise not_a_submission(asked)


def is_own_work_tree(path: Path) -> bool:
    """Whether the folder *path* is a work tree of this user, so that links of its git folder may be followed.

    True if the user owns the root of the repository and the current directory lies in the same repository. Continuous
    integration starts in another person's folder that it owns, so its callers must not rely on this function.
    """
    try:
        place = path.resolve()
        root = git_root(place) if place.is_dir() else None
        return root is not None and root.stat().st_uid == os.geteuid() and git_root(Path.cwd().resolve()) == root
    except (OSError, RuntimeError, ValueError):
        return False


def _taken_in(asked: Path, place: Path, commit: str | None, inner: str | None = None) -> Repository:
    from checker.intake.taking import take_in  # noqa: PLC0415  a work tree of one's own does not need it

    return take_in(asked, place, commit=commit, inner=inner)


def _open_folder(asked: Path, place: Path, commit: str | None, *, own: bool | None) -> Repository:
    root = git_root(place)
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
    """The repository around the folder *path*, the root of its files, and the folders of its references, to follow it.

    Raises UsageError where there is no such folder, no repository, or a repository without a work tree.
    """
    quieten_libgit2()
    place = path.resolve()
    root = git_root(place) if place.is_dir() else None
    if root is None or not (root / ".git").exists():
        # Raises the sentence for every fault but the lack of a work tree.
        open_submission(path, own=True).close()
        raise UsageError(
            text("{path} is not a folder in which somebody works.", path=str(path)),
            text("Give the folder of the project, or start the command there."),
        )
    git = open_git(root / ".git", path)
    git.workdir = str(root)
    return git, root, tuple(dict.fromkeys((Path(git.path).resolve(), common_folder(git).resolve())))
