"""The reader, a confined process: the only one that touches a submission that is not the user's own.

Started as ``python -I -c … FOLDER`` with an order as JSON on its standard input, the reader writes frames to its
standard output, and ends. In namespaces, it sees the submission read-only, a scratch folder, Python, and no other file;
without namespaces, only its limits hold.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import BinaryIO

import pygit2

from checker import archive
from checker.errors import UsageError
from checker.intake import frames
from checker.intake.bounds import Bounds
from checker.intake.export import Export
from checker.intake.frames import Frame
from checker.intake.sentences import told
from checker.intake.view import lends_objects, view_of
from checker.model import Text, text
from checker.repository.git_folder import is_bare, look_over, open_git, quieten_libgit2
from checker.repository.refusals import missing_objects, not_a_submission, unreadable
from checker.repository.repository import Repository, opened

_OPEN_FILES = 256


def main() -> None:
    """Export the submission that the order on the standard input names."""
    order = json.load(sys.stdin)
    bounds = Bounds(**order["bounds"])
    _limit(bounds)
    # Only frames may be written to the descriptor of the frames.
    target = os.fdopen(os.dup(1), "wb", buffering=1 << 18)
    os.dup2(2, 1)
    frames.write(target, Frame.READY)
    target.flush()
    try:
        try:
            _take_in(order, target, bounds)
        except MemoryError:
            raise _too_much_memory(bounds.memory) from None
        except RecursionError:
            raise unreadable(Path(order["asked"]), "its parts are nested without end") from None
        except (KeyError, ValueError, OSError, pygit2.GitError) as error:
            raise unreadable(Path(order["asked"]), _reason(error)) from error
    except UsageError as refused:
        refusal = json.dumps([told(refused.cause), told(refused.remedy)]).encode()
        frames.write(target, Frame.REFUSED, refusal)
        target.flush()
    os._exit(0)  # an orderly shutdown would take a while, for nothing


def _limit(bounds: Bounds) -> None:
    for kind, most in {
        resource.RLIMIT_AS: bounds.memory,
        resource.RLIMIT_CPU: bounds.seconds,
        resource.RLIMIT_FSIZE: bounds.unpacked,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 1,
    }.items():
        hard = resource.getrlimit(kind)[1]
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # The soft limit on processor time sends a signal, which reports the cause; the hard limit kills.
        grace = 2 if kind == resource.RLIMIT_CPU and hard == resource.RLIM_INFINITY else 0
        resource.setrlimit(kind, (soft, soft + grace))


def _take_in(order: dict[str, str | None], target: BinaryIO, bounds: Bounds) -> None:
    quieten_libgit2()
    asked, place = Path(order["asked"] or ""), Path(order["place"] or "")
    scratch, commit = Path(order["scratch"] or ""), order["commit"]
    inner = order["inner"]
    if inner is None:
        repository = _archive(asked, place, scratch, commit, bounds)
    else:
        repository = _folder(asked, place, scratch, commit, inner, bounds)
    try:
        Export(repository, target, bounds).write(inner or "")
    finally:
        repository.close()


def _folder(
    asked: Path, root: Path, scratch: Path, commit: str | None, inner: str, bounds: Bounds, notes: tuple[Text, ...] = ()
) -> Repository:
    bare = not os.path.lexists(root / ".git")
    git = root if bare else root / ".git"
    view = view_of(git, scratch / "git", bounds)
    ignore_files = look_over(root)
    try:
        return opened(
            asked,
            open_git(view, asked),
            None if bare else root,
            commit,
            inner="" if bare else inner,
            notes=notes,
            ignore_files=ignore_files,
        )
    except UsageError as error:
        if lends_objects(git):
            raise missing_objects(KeyError("they are in another repository")) from error
        raise


def _archive(asked: Path, place: Path, scratch: Path, commit: str | None, bounds: Bounds) -> Repository:
    if not archive.is_archive(place):
        raise not_a_submission(asked)
    (scratch / "files").mkdir()
    unpacked = archive.unpack(place, scratch / "files", name=asked.name, members=bounds.members, size=bounds.unpacked)
    folder = unpacked.folder
    notes = tuple(text("Left out of the archive: {name}.", name=name) for name in unpacked.left_out[:20])
    if is_bare(folder) or (folder / ".git").is_dir():
        return _folder(asked, folder, scratch, commit, "", bounds, notes)
    if commit is not None:
        raise UsageError(
            text("The archive {path} has no history, hence no commit {commit}.", path=asked.name, commit=commit),
            text("Leave out --commit, or archive the folder .git with the rest."),
        )
    if os.path.lexists(folder / ".git"):
        notes += (text("Left out of the archive: {name}.", name=".git"),)
        (folder / ".git").unlink()
    ignore_files = look_over(folder)
    git = pygit2.init_repository(str(scratch / "git"), bare=False, workdir_path=str(folder))
    (folder / ".git").unlink(missing_ok=True)
    git.workdir = str(folder)
    return Repository(
        asked, git, root=folder, commit=None, branch=None, work_tree=True, notes=notes, ignore_files=ignore_files
    )


def _too_much_memory(most: int) -> UsageError:
    return UsageError(
        text("Reading the submission takes more than {size} GB of memory.", size=round(most / 1e9, 1)),
        text("Take large files and archives out of it, and commit."),
    )


def _reason(error: Exception) -> str:
    return str(error)[:300] or type(error).__name__
