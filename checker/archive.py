"""Unpacking of untrusted archives: nothing is written outside of the folder, and nothing without limit."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from checker.errors import UsageError
from checker.model import text

_CHUNK = 1 << 20
_DEEPEST = 100
_LONGEST_TARGET = 4096
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An unpacked archive: its ``folder``, and the members ``left_out`` (devices, hard links, unsafe links)."""

    folder: Path
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    content: Callable[[], IO[bytes] | None] | None
    executable: bool = False
    target: str | None = None
    folder: bool = False


def is_archive(path: Path) -> bool:
    """Whether *path* is a zip or tar file, by its content."""
    return path.is_file() and (zipfile.is_zipfile(path) or _is_tar(path))


def looks_like_archive(path: Path) -> bool:
    """Whether *path* may be a zip or tar file, by its first bytes alone: further parsing is for the confined reader."""
    try:
        # to open a pipe would wait for its other end
        if not path.is_file():
            return False
        with path.open("rb") as file:
            start = file.read(512)
    except OSError:
        return False
    return start.startswith(_COMPRESSED) or start[257:262] == b"ustar" or zipfile.is_zipfile(path)


def unpack(path: Path, into: Path, *, name: str, members: int, size: int) -> Unpacked:
    """Unpack the zip or tar file *path* into the empty folder *into*.

    *name* is the archive's name in sentences; *members* and *size* are the limits of its entries and of their bytes.

    An archive whose members all lie in one folder gives that folder. Links are made last, as links, and never
    followed. Raises UsageError for a member that would land elsewhere, for too many members or too many bytes, and
    for a damaged file.
    """
    links: list[_Member] = []
    left_out: list[str] = []
    space = size
    too_much = _too_much(name, members, size)
    try:
        with closing(_members(path)) as all_members:
            for number, member in enumerate(all_members, start=1):
                if number > members:
                    raise too_much
                place = into / _inside(name, member.name)
                if member.folder:
                    place.mkdir(parents=True, exist_ok=True)
                elif member.target is not None:
                    links.append(member)
                elif member.content is None or place == into or (source := member.content()) is None:
                    left_out.append(member.name)
                else:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    with source, place.open("wb") as target:
                        space = _copy(source, target, space, too_much)
                    place.chmod(0o755 if member.executable else 0o644)
        left_out += [link.name for link in links if not _link(into, link, name)]
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UsageError(
            text("The archive {path} cannot be unpacked ({reason}).", path=name, reason=str(error)),
            text("Make it again, or give the folder itself."),
        ) from error
    except (OSError, ValueError) as error:
        raise UsageError(
            text("The archive {path} holds a file that cannot be written ({reason}).", path=name, reason=str(error)),
            text("Make it again without that file, or give the folder itself."),
        ) from error
    return Unpacked(_only_folder(into), tuple(left_out))


def _members(path: Path) -> Generator[_Member]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                mode = info.external_attr >> 16
                linked = (mode & 0o170000) == 0o120000
                yield _Member(
                    info.filename,
                    None if linked or info.is_dir() else partial(archive.open, info),
                    executable=bool(mode & 0o100),
                    target=_start_of(archive, info) if linked else None,
                    folder=info.is_dir(),
                )
        return
    with tarfile.open(path, "r|*") as tar:
        for entry in tar:
            content = partial(tar.extractfile, entry) if entry.isreg() else None
            target = entry.linkname if entry.issym() else None
            yield _Member(entry.name, content, bool(entry.mode & 0o100), target, entry.isdir())
            tar.members = []  # type: ignore[attr-defined]  # tarfile keeps each member, which is not needed again


def _start_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    """The target of a link; at most the length of a path is read."""
    with archive.open(info) as file:
        return file.read(_LONGEST_TARGET).decode("utf-8", "surrogateescape")


def _inside(archive: str, name: str) -> PurePosixPath:
    inner = PurePosixPath(name.replace("\\", "/"))
    drive = len(name) > 1 and name[1] == ":"
    if inner.is_absolute() or ".." in inner.parts or drive or "\0" in name:
        cause = text("The archive {path} holds the name {name}, which lies outside of it.", path=archive, name=name)
    elif len(inner.parts) > _DEEPEST:
        cause = text(
            "The archive {path} holds folders that are nested more than {count} deep.", path=archive, count=_DEEPEST
        )
    else:
        return inner
    raise UsageError(cause, text("Make the archive again from within the folder of the project."))


def _copy(source: IO[bytes], target: IO[bytes], space: int, too_much: UsageError) -> int:
    while chunk := source.read(_CHUNK):
        space -= len(chunk)
        if space < 0:
            raise too_much
        target.write(chunk)
    return space


def _too_much(archive: str, members: int, size: int) -> UsageError:
    return UsageError(
        text(
            "The archive {path} is too large once unpacked (limits: {members} files, {size} GB).",
            path=archive,
            members=members,
            size=round(size / (1 << 30), 2),
        ),
        text("Leave virtual environments and data out of it."),
    )


def _link(into: Path, link: _Member, archive: str) -> bool:
    """Make a link, unless it lies in the git folder or its path goes through another link; True where it was made."""
    inner = _inside(archive, link.name)
    place = into / inner
    if ".git" in (part.lower() for part in inner.parts) or link.target is None or os.path.lexists(place):
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.parent.resolve() != into.resolve() / inner.parent:
        return False
    place.symlink_to(link.target)
    return True


def _only_folder(into: Path) -> Path:
    children = [child for child in into.iterdir() if child.name != "__MACOSX"]
    alone = len(children) == 1 and children[0].is_dir() and not children[0].is_symlink()
    return children[0] if alone and children[0].name != ".git" else into


def _is_tar(path: Path) -> bool:
    try:
        return tarfile.is_tarfile(path)
    except (OSError, EOFError, zlib.error):
        return False
    except RecursionError:  # nested headers without end: unpacking reports the error
        return True


def remove(folder: Path) -> None:
    """Remove an unpacked folder, whatever its permissions."""
    shutil.rmtree(folder, ignore_errors=True)
