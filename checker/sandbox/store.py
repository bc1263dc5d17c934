"""What is kept between gradings: small files in a folder of the user's own, oldest use first out.

Nothing here raises because of the disk: what cannot be kept is not kept, and what cannot be trusted is not there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

VARIABLE = "TITANIC_CHECKER_CACHE"
"""The environment variable that names another folder."""

MOST = 256 << 20
"""Bytes that all entries may take together."""

_LARGEST = 16 << 20
_FORM = b"titanic-checker/kept/v1"
_ENTRY = re.compile(r"[0-9a-f]{64}\.kept")
UNFINISHED = re.compile(r"\.[0-9]+-[0-9a-f]{16}\.tmp")
"""The name of a file that was not written to its end."""
_SECRET = "secret"
_SECRET_BYTES = 32
_ABANDONED_SECONDS = 3600
_LEFT = 0.8
"""The share of the most that is left when the oldest entries are removed, so that this is seldom done."""
_RECOUNTED = 64
"""After so many entries of ours the folder is counted again: others write, too."""


def store_folder() -> Path:
    """Where entries are kept: what the environment variable names, else the user's own folder for caches."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path(platformdirs.user_cache_dir("titanic-checker"))


@dataclass(frozen=True, slots=True)
class Contents:
    """How many entries there are, and their bytes together."""

    entries: int
    size: int


class Store:
    """Entries by key (64 hexadecimal digits) in *folder*, which is made when the first one is put.

    Several processes and threads may use one folder at once. Only what this user alone can have written is read: a
    folder, or an entry in it, that belongs to somebody else, is a link, or can be written by others is not touched.
    A damaged entry is removed. Together the entries take at most *most* bytes.
    """

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self.folder = folder
        self._most = most
        self._lock = threading.Lock()
        self._size = 0
        self._until_count = 0

    def get(self, key: str) -> bytes | None:
        """What was put under *key*; None where there is nothing, or nothing that can be trusted."""
        try:
            with self._opened() as folder:
                return self._get(folder, key)
        except OSError:
            return None

    def put(self, key: str, body: bytes) -> None:
        """Keep *body* under *key*, if that can be done."""
        content = b"%s %s %s\n%s" % (_FORM, key.encode(), hashlib.sha256(body).hexdigest().encode(), body)
        if len(content) > min(_LARGEST, self._most):
            return
        with contextlib.suppress(OSError), self._opened(make=True) as folder:
            _write(folder, _name(key), content)
            self._make_room(folder, len(content))

    def drop(self, key: str) -> None:
        """Remove what is kept under *key*, if anything is."""
        with contextlib.suppress(OSError), self._opened() as folder:
            os.unlink(_name(key), dir_fd=folder)

    def secret(self) -> bytes | None:
        """Bytes that nobody else knows, the same each time; None where they cannot be kept."""
        with contextlib.suppress(OSError), self._opened(make=True) as folder:
            for _ in range(2):
                with contextlib.suppress(FileNotFoundError):
                    kept = _read(folder, _SECRET)
                    if kept is not None and len(kept) == _SECRET_BYTES:
                        return kept
                    os.unlink(_SECRET, dir_fd=folder)
                with contextlib.suppress(FileExistsError):  # another process was first: its secret is the one
                    _write(folder, _SECRET, secrets.token_bytes(_SECRET_BYTES), replacing=False)
            return _read(folder, _SECRET)
        return None

    def contents(self) -> Contents:
        """What is there now."""
        with contextlib.suppress(OSError), self._opened() as folder:
            sizes = [size for _, size, _ in _entries(folder)]
            return Contents(len(sizes), sum(sizes))
        return Contents(0, 0)

    def clear(self) -> Contents:
        """Remove all entries and the secret, and nothing else that may lie there. Gives what was removed."""
        entries = size = 0
        with contextlib.suppress(OSError), self._opened() as folder:
            for name, bytes_, _ in _entries(folder):
                with contextlib.suppress(OSError):
                    os.unlink(name, dir_fd=folder)
                    entries, size = entries + 1, size + bytes_
            for name in os.listdir(folder):
                if name == _SECRET or UNFINISHED.fullmatch(name):
                    with contextlib.suppress(OSError):
                        os.unlink(name, dir_fd=folder)
        return Contents(entries, size)

    @contextlib.contextmanager
    def _opened(self, *, make: bool = False) -> Iterator[int]:
        """The folder as a descriptor, so that nobody can put another in its place. Raises OSError."""
        if make and not self.folder.is_dir():
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if not is_own(os.fstat(folder)):
                raise PermissionError(self.folder)
            yield folder
        finally:
            os.close(folder)

    def _get(self, folder: int, key: str) -> bytes | None:
        name = _name(key)
        content = _read(folder, name, used=True)
        if content is None:
            return None
        head, _, body = content.partition(b"\n")
        if head == b"%s %s %s" % (_FORM, key.encode(), hashlib.sha256(body).hexdigest().encode()):
            return body
        os.unlink(name, dir_fd=folder)
        return None

    def _make_room(self, folder: int, added: int) -> None:
        with self._lock:
            self._size += added
            self._until_count -= 1
            if self._size <= self._most and self._until_count > 0:
                return
            found = sorted(_entries(folder), key=lambda entry: entry[2])
            self._size = sum(size for _, size, _ in found)
            self._until_count = _RECOUNTED
            _remove_abandoned(folder)
            if self._size <= self._most:
                return
            for name, size, _ in found:
                if self._size <= self._most * _LEFT:
                    break
                with contextlib.suppress(FileNotFoundError):  # another process makes room, too
                    os.unlink(name, dir_fd=folder)
                self._size -= size


def _name(key: str) -> str:
    name = f"{key}.kept"
    if not _ENTRY.fullmatch(name):
        raise ValueError(key)
    return name


def is_own(status: os.stat_result) -> bool:
    """Whether nobody but this user can have written it."""
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


def unfinished_name() -> str:
    """A new name for a file that is being written, which ``UNFINISHED`` matches."""
    return f".{os.getpid()}-{secrets.token_hex(8)}.tmp"


def _read(folder: int, name: str, *, used: bool = False) -> bytes | None:
    """The content of a file of ours; None where it is absent, foreign, no file or too large."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or not is_own(status) or status.st_size > _LARGEST:
            return None
        if used:
            with contextlib.suppress(OSError):
                os.utime(descriptor)
        return file.read(_LARGEST + 1)


def _write(folder: int, name: str, content: bytes, *, replacing: bool = True) -> None:
    """Make the file at once: who reads sees all of it or none. Raises OSError, FileExistsError among them."""
    unfinished = unfinished_name()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(unfinished, flags, 0o600, dir_fd=folder), "wb") as file:
            file.write(content)
        if replacing:
            os.replace(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)
        else:
            os.link(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(unfinished, dir_fd=folder)


def _entries(folder: int) -> list[tuple[str, int, int]]:
    """Name, size and time of last use of each entry."""
    found = []
    with os.scandir(folder) as listed:
        for entry in listed:
            if _ENTRY.fullmatch(entry.name):
                with contextlib.suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    found.append((entry.name, status.st_size, status.st_mtime_ns))
    return found


def _remove_abandoned(folder: int) -> None:
    """Remove what a process that was killed left unfinished."""
    for name in os.listdir(folder):
        if UNFINISHED.fullmatch(name):
            with contextlib.suppress(OSError):
                if os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime < time.time() - _ABANDONED_SECONDS:
                    os.unlink(name, dir_fd=folder)
