"""The folder that a submission is taken into: it goes when it is closed, or with the next one after a kill."""

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
"""Seconds after which a folder without a lock was left behind: a younger one may not have come to it yet."""


class Scratch:
    """A private folder, locked as long as it is in use: the kernel lets go of the lock of a process that was killed."""

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
        """Remove the folder with all that is in it. To be called any number of times."""
        if self._lock >= 0:
            archive.remove(self.path)
            os.close(self._lock)
            self._lock = -1


def sweep(folder: Path) -> None:
    """Remove what killed graders of this user left below *folder*."""
    for place in folder.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            status = place.lstat()
            if status.st_uid == os.geteuid() and time.time() - status.st_mtime > _OLD_ENOUGH and _is_left(place):
                archive.remove(place)


def _is_left(place: Path) -> bool:
    """Whether the folder *place* is one of ours that no process has locked."""
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
