"""Graceful shutdown: operations in flight are ended and waited for, also after Ctrl-C."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from checker.sandbox.base import CancellableRun, SandboxFault


class InFlight:
    """Counts the operations in flight and knows the runs among them. May be used by several threads at once."""

    def __init__(self, closed: str) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._runs: set[CancellableRun] = set()
        self._closed = False
        self._closed_message = closed

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """A context that counts as one operation. Raises SandboxFault after :meth:`close`."""
        with self._changed:
            if self._closed:
                raise SandboxFault(self._closed_message)
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def watched(self, run: CancellableRun) -> Iterator[None]:
        """A context in which *run* is abandoned when all runs are ended; at once where that has happened already."""
        with self._changed:
            self._runs.add(run)
            if self._closed:
                run.abandon()
        try:
            yield
        finally:
            with self._changed:
                self._runs.discard(run)

    def close(self, seconds: float) -> None:
        """Begin nothing more, end all runs, and wait for their end, for at most so many *seconds*."""
        with self._changed:
            self._closed = True
            for run in self._runs:
                run.abandon()
            self._changed.wait_for(lambda: self._count == 0, seconds)
