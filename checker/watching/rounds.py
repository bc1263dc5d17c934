"""One grading after the other, never two at once; a file saved during one is graded by the next."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, Self, TypeVar

Result = TypeVar("Result")


class CancellableRound(Protocol):
    """A round that has begun; after cancellation it ends soon, with a result that nobody reads."""

    def cancel(self) -> None: ...


RoundKind = TypeVar("RoundKind", bound=CancellableRound)


class Rounds(Generic[RoundKind, Result]):
    """Calls *grade* in a thread of its own, once for each requested round, with the round that *begin* makes.

    *ended* gets the result of a round, or its exception; it is not called for a round during which the next one was
    requested: that one begins as soon as the round has ended. A context manager: leaving it cancels the running round,
    and waits.
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
        """Request a round that begins from now on."""
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
