"""The store of cached results: small files in a folder of the user's own, the least recently used removed first.

No method raises because of the disk: an entry that cannot be written is dropped, one that cannot be trusted is absent.
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
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from checker.sandbox.cache.lru_folder import Entry, LruFolder, is_own

VARIABLE = "TITANIC_CHECKER_CACHE"
"""The environment variable that names another folder."""

MOST = 256 << 20
"""Bytes that all entries may take together."""

_LARGEST = 16 << 20
_FORM = b"titanic-checker/kept/v1"
_ENTRY = re.compile(r"[0-9a-f]{64}\.kept")
UNFINISHED = re.compile(r"\.[0-9]+-[0-9a-f]{16}\.tmp")
"""The names of files that are still being written."""
_SECRET = "secret"
_SECRET_BYTES = 32
_ABANDONED_SECONDS = 3600
_LEFT = 0.8
"""The share of the largest size that remains after a removal, so that removals are rare."""
_RECOUNTED = 64
"""Entries written by this process before the folder is counted again: other processes write, too."""


def store_folder() -> Path:
    """The folder of the store: the value of the environment variable, else the user's own folder for caches."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path(platformdirs.user_cache_dir("titanic-checker"))


@dataclass(frozen=True, slots=True)
class Contents:
    """The number of entries, and their total size in bytes."""

    entries: int
    size: int


class ResultStore:
    """Entries by key (64 hexadecimal digits) in *folder*, which is made with the first entry.

    Several processes and threads may use one folder at once. Only files that this user alone can have written are read:
    a folder or entry that belongs to another user, is a link, or can be written by others is not touched.
    A damaged entry is removed. Together the entries take at most *most* bytes.
    """

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self.folder = folder
        self._place = LruFolder(folder, most, left=_LEFT)
        self._lock = threading.Lock()
        self._size = 0
        self._until_count = 0

    def get(self, key: str) -> bytes | None:
        """The body under *key*; None where there is none, or none that can be trusted."""
        name = _name(key)
        with contextlib.suppress(OSError), self._place.opened() as folder:
            content = _read(folder, name, used=True)
            if content is None:
                return None
            head, _, body = content.partition(b"\n")
            if head == b"%s %s %s" % (_FORM, key.encode(), hashlib.sha256(body).hexdigest().encode()):
                return body
            os.unlink(name, dir_fd=folder)
        return None

    def put(self, key: str, body: bytes) -> None:
        """Keep *body* under *key*, if the disk allows it and it is not too large."""
        content = b"%s %s %s\n%s" % (_FORM, key.encode(), hashlib.sha256(body).hexdigest().encode(), body)
        if len(content) > min(_LARGEST, self._place.most):
            return
        with contextlib.suppress(OSError), self._place.opened(make=True) as folder:
            _write(folder, _name(key), content)
            self._make_room(folder, len(content))

    def drop(self, key: str) -> None:
        """Remove the entry under *key*, if there is one."""
        with contextlib.suppress(OSError), self._place.opened() as folder:
            os.unlink(_name(key), dir_fd=folder)

    def secret(self) -> bytes | None:
        """The secret of this folder, made once and kept; None where it cannot be kept."""
        with contextlib.suppress(OSError), self._place.opened(make=True) as folder:
            for _ in range(2):
                with contextlib.suppress(FileNotFoundError):
                    kept = _read(folder, _SECRET)
                    if kept is not None and len(kept) == _SECRET_BYTES:
                        return kept
                    os.unlink(_SECRET, dir_fd=folder)
                with contextlib.suppress(FileExistsError):  # another process was first: its secret counts
                    _write(folder, _SECRET, secrets.token_bytes(_SECRET_BYTES), replacing=False)
            return _read(folder, _SECRET)
        return None

    def contents(self) -> Contents:
        """The present number and size of the entries."""
        with contextlib.suppress(OSError), self._place.opened() as folder:
            kept = _entries(folder)
            return Contents(len(kept), sum(entry.size for entry in kept))
        return Contents(0, 0)

    def clear(self) -> Contents:
        """Remove all entries and the secret, and no other file. Gives the number and size of the removed entries."""
        entries = size = 0
        with contextlib.suppress(OSError), self._place.opened() as folder:
            for entry in _entries(folder):
                with contextlib.suppress(OSError):
                    os.unlink(entry.name, dir_fd=folder)
                    entries, size = entries + 1, size + entry.size
            for name in os.listdir(folder):
                if name == _SECRET or UNFINISHED.fullmatch(name):
                    with contextlib.suppress(OSError):
                        os.unlink(name, dir_fd=folder)
        return Contents(entries, size)

    def _make_room(self, folder: int, added: int) -> None:
        with self._lock:
            self._size += added
            self._until_count -= 1
            if self._size <= self._place.most and self._until_count > 0:
                return
            entries = _entries(folder)
            self._size = sum(entry.size for entry in entries)
            self._until_count = _RECOUNTED
            _remove_abandoned(folder)
            for entry in self._place.surplus(entries):
                with contextlib.suppress(FileNotFoundError):  # another process makes room, too
                    os.unlink(entry.name, dir_fd=folder)
                self._size -= entry.size


def _name(key: str) -> str:
    name = f"{key}.kept"
    if not _ENTRY.fullmatch(name):
        raise ValueError(key)
    return name


def unfinished_name() -> str:
    """A new name, matched by ``UNFINISHED``, for a file that is being written."""
    return f".{os.getpid()}-{secrets.token_hex(8)}.tmp"


def _read(folder: int, name: str, *, used: bool = False) -> bytes | None:
    """The content of a file of ours; None for one that is absent, another user's, not regular, or too large."""
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
    """Write the file atomically. Raises OSError, and FileExistsError where *replacing* is False and it exists."""
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


def _entries(folder: int) -> list[Entry]:
    entries = []
    with os.scandir(folder) as listed:
        for entry in listed:
            if _ENTRY.fullmatch(entry.name):
                with contextlib.suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    entries.append(Entry(entry.name, status.st_size, status.st_mtime_ns))
    return entries


def _remove_abandoned(folder: int) -> None:
    """Remove the unfinished files of processes that were killed."""
    for name in os.listdir(folder):
        if UNFINISHED.fullmatch(name):
            with contextlib.suppress(OSError):
                if os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime < time.time() - _ABANDONED_SECONDS:
                    os.unlink(name, dir_fd=folder)
