"""The scratch folder of an intake: removed when it is closed, or by a later intake after a kill."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from pathlib import Path
from typing import Self

from checker import archive

_PREFIX = "submission-"
_LOCK = "in-use"
_OLD_ENOUGH = 60
"""Seconds after which a folder without a lock counts as left behind: a new one may not be locked yet."""


class Scratch:
    """A private folder, locked while it is in use: the kernel releases the lock of a killed process."""

    def __init__(self) -> None:
        sweep(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder with all its content. May be called repeatedly."""
        if self._lock >= 0:
            archive.remove(self.path)
            os.close(self._lock)
            self._lock = -1


def sweep(folder: Path) -> None:
    """Remove the scratch folders that this user's killed graders left below *folder*."""
    for place in folder.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            status = place.lstat()
            if status.st_uid == os.geteuid() and time.time() - status.st_mtime > _OLD_ENOUGH and _is_left(place):
                archive.remove(place)


def _is_left(place: Path) -> bool:
    """Whether *place* is a scratch folder of ours that no process has locked."""
    try:
        descriptor = os.open(place / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
