"""The time of one grading, and the number of runs that a process allows at once."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Self

from checker.absences import NoFact, OutOfTime
from checker.facts.actions import Program
from checker.model import Failed, Location, Text, Unavailable, text
from checker.sandbox.base import CancellableRun, SandboxFault
from checker.sandbox.shutdown import InFlight

_GRACE = 0.05
"""The share of the grading's time that runs may take to end after they were told to."""
_LEAST_GRACE = 2.0
_SHORTEST_WAIT = 0.05
_POLL = 0.2
_NAMED = 3
_LEAST_ALLOWED = 10


class Cancelled(Exception):
    """The grading was cancelled."""


class Cancellation:
    """Cancels a grading from another thread, also before it has begun."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clock: GradingClock | None = None
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        """End the runs of the grading, and let it begin nothing more. Returns at once."""
        with self._lock:
            self._cancelled = True
            clock = self._clock
        if clock is not None:
            clock.cancel()

    def bind(self, clock: GradingClock) -> None:
        """Cancel *clock* when this is cancelled; at once where that has happened already."""
        with self._lock:
            self._clock = clock
            cancelled = self._cancelled
        if cancelled:
            clock.cancel()


class RunSlots:
    """The slots for the runs that one process allows at once, over all its gradings."""

    def __init__(self, number: int) -> None:
        self._free = threading.BoundedSemaphore(number)

    def take(self, going_on: Callable[[], None]) -> contextlib.ExitStack:
        """A slot, waited for, and given back by closing the result. *going_on* may raise to end the wait."""
        while not self._free.acquire(timeout=_POLL):
            going_on()
        slot = contextlib.ExitStack()
        slot.callback(self._free.release)
        return slot


class GradingClock:
    """Counts the *seconds* that one grading may take, and ends its runs when the time is over or it is cancelled.

    Time in which the grading can do nothing does not count: waiting for a slot while none of its runs goes on, and
    work that is :meth:`excluded`. A context manager: leaving it ends the runs that still go on. May be used by several
    threads.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._lock = threading.RLock()
        self._runs = InFlight("the time of the grading is over")
        self._spent: dict[Program, list[float]] = {}
        self._begun: dict[object, tuple[Program, float]] = {}
        self._used = 0.0
        self._counted_at = time.monotonic()
        self._active = Counter[str]()
        """The numbers of runs that go on (``running``), of those that wait for a slot, and of work that is excluded."""
        self._out_of_time = False
        self._cancelled = False
        self._left = threading.Event()

    def __enter__(self) -> Self:
        self._count()
        threading.Thread(target=self._watch, name="clock", daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._left.set()
        self._runs.close(0)

    @property
    def left(self) -> float:
        """Seconds that are left; negative for the seconds since the time was over."""
        return self.seconds - self._count()

    @property
    def over(self) -> bool:
        """Whether even the time for an orderly end is over."""
        return self.left < -max(_LEAST_GRACE, _GRACE * self.seconds)

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        """End all runs and begin nothing more. Returns at once."""
        self._cancelled = True
        threading.Thread(target=self._runs.close, args=(0,), name="cancelling", daemon=True).start()

    def check_cancelled(self) -> None:
        """Raises Cancelled where the grading was cancelled."""
        if self._cancelled:
            raise Cancelled

    def check(self) -> None:
        """Raises Cancelled or OutOfTime where nothing more may be begun."""
        self.check_cancelled()
        if self._out_of_time:
            raise self.too_late()

    def admit(self, program: Program | None) -> None:
        """Raises as :meth:`check`, and where *program* is known to take longer than what is left."""
        self.check()
        durations = self._spent.get(program) if program is not None else None
        if durations and max(durations) > self.left:
            raise self.too_late()

    def waiting(self) -> AbstractContextManager[None]:
        """A context in which a run waits for a slot."""
        return self._during("waiting")

    def excluded(self) -> AbstractContextManager[None]:
        """A context for work with limits of its own (building an image or an environment): its time does not count."""
        return self._during("excluded")

    @contextlib.contextmanager
    def running(self, program: Program | None) -> Iterator[None]:
        """A context for a run of *program*, None for one of our own.

        Raises Cancelled or OutOfTime where this clock ended the run.
        """
        with self._during("running"):
            run = object()
            if program is not None:
                with self._lock:
                    self._begun[run] = (program, time.monotonic())
            try:
                yield
            except SandboxFault:
                self._note(run)
                self.check()
                raise
            self._note(run)
            self.check_cancelled()

    def watched(self, run: CancellableRun) -> AbstractContextManager[None]:
        """A context in which *run* is abandoned when the time is over; at once where it is over already."""
        return self._runs.watched(run)

    def too_late(self) -> NoFact:
        """The absence of a fact for which no time was left, with the programs that took most of it.

        The submission is charged where its runs took at least half of the time, else this machine is too slow.
        """
        durations = self._taken()
        spent = [(sum(seconds), len(seconds), program) for program, seconds in durations.items()]
        spent.sort(key=lambda each: (-each[0], each[2].name))
        names = tuple(_described(total, runs, program) for total, runs, program in spent[:_NAMED])
        if not spent or sum(total for total, _, _ in spent) < self.seconds / 2:
            return OutOfTime(
                Unavailable(
                    what=text(
                        "This machine was too slow for a whole grading of {limit} s.", limit=_rounded(self.seconds)
                    ),
                    remedy=text("Grade it again with less at the same time (--jobs 1), or set limits.total higher."),
                )
            )
        slowest = spent[0][2]
        return OutOfTime(
            Failed(
                expected=text("All checks of a submission end within {limit} s.", limit=_rounded(self.seconds)),
                actual=text("Too slow: the time was used up before this check, by {programs}.", programs=names),
                hint=text(
                    "Make {program} faster: a smaller search for parameters, fewer trees. Then this is judged, too.",
                    program=slowest.name,
                ),
                reproduce=f"timeout {max(_LEAST_ALLOWED, int(max(durations[slowest]) / 2))} {slowest.command}",
                where=(Location(slowest.path),) if slowest.path else (),
            )
        )

    def _note(self, run: object) -> None:
        with self._lock:
            if run in self._begun:
                program, started = self._begun.pop(run)
                self._spent.setdefault(program, []).append(time.monotonic() - started)

    def _taken(self) -> dict[Program, list[float]]:
        """The seconds of each run by program, unfinished runs included."""
        now = time.monotonic()
        with self._lock:
            durations = {program: list(seconds) for program, seconds in self._spent.items()}
            for program, started in self._begun.values():
                durations.setdefault(program, []).append(now - started)
        return durations

    @contextlib.contextmanager
    def _during(self, kind: str) -> Iterator[None]:
        self._change(kind, 1)
        try:
            yield
        finally:
            self._change(kind, -1)

    def _change(self, kind: str, by: int) -> None:
        with self._lock:
            self._count()
            self._active[kind] += by

    def _count(self) -> float:
        with self._lock:
            now, active = time.monotonic(), self._active
            stands_still = active["excluded"] > 0 or (active["waiting"] > 0 and active["running"] == 0)
            if not stands_still:
                self._used += now - self._counted_at
            self._counted_at = now
            return self._used

    def _watch(self) -> None:
        while not self._left.wait(max(_SHORTEST_WAIT, min(self.left, _LEAST_GRACE))):
            if self.left <= 0:
                self._out_of_time = True
                self._runs.close(0)
                return


def _described(total: float, runs: int, program: Program) -> Text:
    if runs == 1:
        return text("{program} ({seconds} s)", program=program.name, seconds=_rounded(total))
    return text("{program} ({runs} runs, {seconds} s)", program=program.name, runs=runs, seconds=_rounded(total))


def _rounded(seconds: float) -> int:
    return max(1, round(seconds))
