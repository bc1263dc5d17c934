"""One grading after the other, never two at once; what is saved in the middle of one is graded by the next."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, Self, TypeVar

Result = TypeVar("Result")


class Cancellable(Protocol):
    """A round that has begun; cancelled, it ends soon, with a result that nobody reads."""

    def cancel(self) -> None: ...


RoundKind = TypeVar("RoundKind", bound=Cancellable)


class Rounds(Generic[RoundKind, Result]):
    """Calls *grade* in a thread of its own, each time that a round was asked for, with what *begin* gives for it.

    *ended* is told what a round gave, or raised; never of one that was asked for again while it went on: the next
    begins as soon as that one has come to its end. A context manager: leaving it cancels what goes on, and waits.
    """

    def __init__(
        self,
        begin: Callable[[], RoundKind],
        grade: Callable[[RoundKind], Result],
        ended: Callable[[Result | Exception], None],
    ) -> None:
        self._begin = begin
        self._grade = grade
        self._ended = ended
        self._change = threading.Condition()
        self._wanted = False
        self._closed = False
        self._current: RoundKind | None = None
        self._thread = threading.Thread(target=self._work, name="rounds", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        with self._change:
            self._closed = True
            self._change.notify_all()
            if self._current is not None:
                self._current.cancel()
        self._thread.join(20)

    def ask(self) -> None:
        """Let there be a round that begins from now on."""
        with self._change:
            self._wanted = True
            self._change.notify_all()
            if self._current is not None:
                self._current.cancel()

    def _work(self) -> None:
        while self._next():
            result = self._round()
            with self._change:
                self._current = None
                stale = self._wanted or self._closed
            if not stale:
                self._ended(result)

    def _next(self) -> bool:
        with self._change:
            self._change.wait_for(lambda: self._wanted or self._closed)
            self._wanted = False
            return not self._closed

    def _round(self) -> Result | Exception:
        try:
            current = self._begin()
            with self._change:
                self._current = current
                if self._wanted or self._closed:
                    current.cancel()
            return self._grade(current)
        except Exception as error:  # noqa: BLE001  whoever shows the results has a sentence for it
            return error
