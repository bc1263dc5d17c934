"""A folder or an archive on this machine as the repository of a class, without running git on it: it is a stranger's.

A folder is taken in by the confined reader, whose output becomes a bare repository; its last commit is what counts. An
archive is copied unchanged, and taken in when it is graded.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pygit2

from checker import archive
from checker.classroom.cloning.bare import HEADS, OF_ORIGIN
from checker.classroom.cloning.failures import NotFetched
from checker.classroom.cloning.fetching import Cloned, CloneOrder
from checker.classroom.cloning.git import size_of
from checker.classroom.cloning.lock import locked
from checker.classroom.counting import BARE
from checker.classroom.records import ClassRepository, Fetched
from checker.errors import UsageError
from checker.intake.taken import TakenIn
from checker.model import Text, text
from checker.open_submission import open_submission
from checker.repository.bounds import HUGE, LEAST_LEFT_OUT
from checker.repository.git_folder import is_bare

_CHUNK = 1 << 20
_DIGITS = 12
_ENDINGS = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tar", ".zip")
_REMOTE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


def copy(order: CloneOrder, repository: ClassRepository, before: Fetched | None) -> Cloned:
    """Copy the folder or archive that is the source of *repository*.

    Raises NotFetched, FetchedElsewhere, OSError, and CheckerFault where the confined reader cannot be started.
    """
    source = Path(repository.source)
    uncommitted = 0
    with locked(order.repositories / f"{repository.key}.lock"):
        _sweep(order.repositories, repository.key, before)
        try:
            if source.is_dir():
                fetched, uncommitted = _folder(order.repositories, repository, source)
            elif source.is_file() and archive.looks_like_archive(source):
                fetched = _archive(order, repository, source)
            else:
                raise _refused(source)
        except UsageError as refusal:
            problem = text("{cause} {remedy}", cause=refusal.cause, remedy=refusal.remedy)
            raise NotFetched(problem) from refusal
    new = before is None or (before.tip, before.branch) != (fetched.tip, fetched.branch)
    size = size_of(order.repositories / fetched.place)
    return Cloned(fetched=fetched, new=new, uncommitted=uncommitted, bytes=size)


def _folder(repositories: Path, repository: ClassRepository, source: Path) -> tuple[Fetched, int]:
    """The last commit in the folder *source*, and the number of its files that are in no commit."""
    if not os.path.lexists(source / ".git") and not is_bare(source):
        raise UsageError(
            text("{path} is no repository of git.", path=str(source)),
            text("Give a clone of it, or pack it into a zip archive and give that."),
        )
    with _taken(source, repository.branch) as taken:
        branch = repository.branch or taken.branch or ""
        content = tuple(_files(taken, branch))
        total = hashlib.sha256(b"".join(part for _, part in content)).hexdigest()[:_DIGITS]
        place = repositories / f"{repository.key}.{total}{BARE}"
        if not place.is_dir():
            beside = place.with_name(f"{place.name}.new")
            archive.remove(beside)
            for name in ("objects/info", "refs/remotes/origin"):
                (beside / name).mkdir(parents=True)
            shutil.copytree(taken.packs, beside / "objects" / "pack")
            for name, part in content:
                (beside / name).write_bytes(part)
            beside.rename(place)
        fetched = Fetched(
            at=datetime.now(UTC),
            place=place.name,
            branch=branch,
            tip=taken.head,
            default_branch=_default_branch(taken),
        )
        return fetched, len(taken.not_committed)


def _taken(source: Path, branch: str) -> TakenIn:
    """The folder, taken in at its own or origin's *branch*; if that is empty, as it is now. Raises UsageError."""
    try:
        repository = open_submission(source, commit=f"{HEADS}{branch}" if branch else None, own=False)
    except UsageError:
        if not branch:
            raise
        repository = open_submission(source, commit=f"{OF_ORIGIN}{branch}", own=False)
    if not isinstance(repository, TakenIn):
        raise TypeError("a folder was read where it lies")
    return repository


def _default_branch(taken: TakenIn) -> str:
    return (taken.symbolic(f"{OF_ORIGIN}HEAD") or "").removeprefix(OF_ORIGIN)


def _files(taken: TakenIn, branch: str) -> Iterator[tuple[str, bytes]]:
    """The files of the bare repository beside its packs: name to content."""
    references = {name: commit for name, commit in taken.references().items() if _is_plain(taken, name)}
    lines = [f"{references[name]} {name}\n" for name in sorted(references, key=os.fsencode)]
    head = f"ref: {HEADS}{branch}\n" if f"{HEADS}{branch}" in references else f"{taken.head}\n"
    yield "HEAD", os.fsencode(head)
    yield "packed-refs", b"# pack-refs with: peeled fully-peeled sorted \n" + os.fsencode("".join(lines))
    if OF_ORIGIN + _default_branch(taken) in references:
        yield f"{OF_ORIGIN}HEAD", os.fsencode(f"ref: {OF_ORIGIN}{_default_branch(taken)}\n")
    if taken.shallow:
        yield "shallow", "".join(f"{commit}\n" for commit in sorted(taken.shallow_commits())).encode()
    yield "config", os.fsencode(_configuration(taken))


def _is_plain(taken: TakenIn, name: str) -> bool:
    try:
        return taken.symbolic(name) is None and bool(pygit2.reference_is_valid_name(name))
    except ValueError:
        return False


def _configuration(taken: TakenIn) -> str:
    lines = ["[core]", "\trepositoryformatversion = 0", "\tbare = true"]
    for name, url in taken.remotes():
        if _REMOTE.fullmatch(name) and url.isprintable():
            quoted = url.replace("\\", "\\\\").replace('"', '\\"')
            lines += [f'[remote "{name}"]', f'\turl = "{quoted}"']
    large, absent = taken.lacks
    if large or absent:
        limit = LEAST_LEFT_OUT if absent else HUGE + 1
        lines += ['[remote "left-out"]', "\tpromisor = true", f"\tpartialclonefilter = blob:limit={limit}"]
    return "\n".join((*lines, ""))


def _archive(order: CloneOrder, repository: ClassRepository, source: Path) -> Fetched:
    """A copy of the archive *source*. Raises UsageError for one that is too large."""
    ending = next((ending for ending in _ENDINGS if source.name.lower().endswith(ending)), ".archive")
    beside = order.repositories / f"{repository.key}.archive.new"
    with _opened(source) as read, beside.open("wb") as write:
        total = hashlib.sha256()
        size = 0
        while part := read.read(_CHUNK):
            size += len(part)
            if size > order.bounds.archive:
                beside.unlink()
                raise UsageError(
                    text("{path} holds more than {size} GB.", path=str(source), size=order.bounds.archive / 1e9),
                    text("Its author takes data and environments out of it."),
                )
            total.update(part)
            write.write(part)
    place = order.repositories / f"{repository.key}.{total.hexdigest()[:_DIGITS]}{ending}"
    beside.replace(place)
    return Fetched(at=datetime.now(UTC), place=place.name, tip=total.hexdigest())


def _opened(source: Path) -> BinaryIO:
    """The file, if it is one: a pipe in its place would never end. Raises OSError, UsageError."""
    descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _refused(source)
    return os.fdopen(descriptor, "rb")


def _sweep(repositories: Path, key: str, before: Fetched | None) -> None:
    """Remove older and half-made copies, except for the one that may be graded now."""
    endings = "|".join(re.escape(ending) for ending in (BARE, *_ENDINGS, ".archive"))
    pattern = re.compile(rf"{re.escape(key)}\.(?:[0-9a-f]{{{_DIGITS}}}(?:{endings})(?:\.new)?|archive\.new)")
    for place in repositories.iterdir():
        if pattern.fullmatch(place.name) and (before is None or place.name != before.place):
            archive.remove(place) if place.is_dir() else place.unlink(missing_ok=True)


def _refused(source: Path) -> UsageError:
    cause: Text = (
        text("{path} is neither a folder nor a zip or tar archive.", path=str(source))
        if source.exists()
        else text("There is no {path}.", path=str(source))
    )
    return UsageError(cause, text("Correct it in the roster."))
