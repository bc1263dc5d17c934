"""What goes on, so that whoever closes can end it and wait: that may be in the middle, by Ctrl-C."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from checker.sandbox.base import Abandonable, SandboxFault


class GoingOn:
    """Counts what is being done and who watches over it. May be used by several threads at once."""

    def __init__(self, closed: str) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._watches: set[Abandonable] = set()
        self._closed = False
        self._said = closed

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """One thing more that is being done. Raises SandboxFault once it is over."""
        with self._changed:
            if self._closed:
                raise SandboxFault(self._said)
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def watched(self, watch: Abandonable) -> Iterator[None]:
        """While this lasts, *watch* is abandoned when all is ended; at once, where that was before."""
        with self._changed:
            self._watches.add(watch)
            if self._closed:
                watch.abandon()
        try:
            yield
        finally:
            with self._changed:
                self._watches.discard(watch)

    def abandon(self) -> None:
        """End what is being watched over."""
        with self._changed:
            for watch in self._watches:
                watch.abandon()

    def close(self, seconds: float) -> None:
        """Begin nothing any more, end what goes on, and wait for its end, so many *seconds* at most."""
        with self._changed:
            self._closed = True
            self.abandon()
            self._changed.wait_for(lambda: self._count == 0, seconds)
