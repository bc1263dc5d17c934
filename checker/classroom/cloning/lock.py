"""The lock on fetching a repository: one process at a time, as long as any of its child processes runs."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PATIENCE = 10.0
_PAUSE = 0.1


class FetchedElsewhere(Exception):
    """Another process is fetching this repository now."""


@contextmanager
def locked(path: Path, patience: float = _PATIENCE) -> Iterator[int]:
    """Hold the lock file *path*, and give its descriptor to pass to child processes.

    Raises FetchedElsewhere if another process holds the lock for longer than *patience* seconds, and OSError.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        ends = time.monotonic() + patience
        while not _taken(descriptor):
            if time.monotonic() > ends:
                raise FetchedElsewhere(str(path))
            time.sleep(_PAUSE)
        yield descriptor
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
