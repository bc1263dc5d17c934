"""The time of one grading, and the number of runs that a process allows at once."""

from __future__ import annotations

import contextlib
import shlex
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

from checker.absences import NoFact, OutOfTime
from checker.model import Failed, Location, Text, Unavailable, text
from checker.sandbox.base import Abandonable, SandboxFault
from checker.sandbox.closing import GoingOn

_GRACE = 0.05
"""The share of the time that runs which were ended may still take to come to their end."""
_LEAST_GRACE = 2.0
_SHORTEST_WAIT = 0.05
_POLL = 0.2
_NAMED = 3
_LEAST_ALLOWED = 10


class Cancelled(Exception):
    """The grading was cancelled: its outcome is of no use any more."""


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
        """End what the grading is running, and let it begin nothing more. Returns at once."""
        with self._lock:
            self._cancelled = True
            clock = self._clock
        if clock is not None:
            clock.cancel()

    def bind(self, clock: GradingClock) -> None:
        """Cancel *clock* when this is cancelled; at once, where that was before."""
        with self._lock:
            self._clock = clock
            cancelled = self._cancelled
        if cancelled:
            clock.cancel()


class RunSlots:
    """The runs that one process allows at once, over all gradings that it does."""

    def __init__(self, number: int) -> None:
        self._free = threading.BoundedSemaphore(number)

    def take(self, going_on: Callable[[], None]) -> contextlib.ExitStack:
        """A slot, waited for and given back by closing the result; *going_on* may raise to end the wait."""
        while not self._free.acquire(timeout=_POLL):
            going_on()
        slot = contextlib.ExitStack()
        slot.callback(self._free.release)
        return slot


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the submission that is run: its name for people, its place, and a command that runs it."""

    name: str
    path: str
    command: str


class GradingClock:
    """Counts the *seconds* that one grading may take, and ends its runs when they are over or it is cancelled.

    Time in which the grading can do nothing does not count: waiting for a slot while nothing of it runs, and what is
    :meth:`excluded`. A context manager: leaving it ends what is still running. May be used by several threads.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._runs = GoingOn("the time of the grading is over")
        self._spent: dict[Program, list[float]] = {}
        self._begun: dict[object, tuple[Program, float]] = {}
        self._used = 0.0
        self._counted_at = time.monotonic()
        self._running = 0
        self._waiting = 0
        self._excluded = 0
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
        """Seconds that are left; negative: the time has been over for so long."""
        return self.seconds - self._count()

    @property
    def over(self) -> bool:
        """Whether even the time for an orderly end is over."""
        return self.left < -max(_LEAST_GRACE, _GRACE * self.seconds)

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        """End what is running and begin nothing more. Returns at once."""
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
        known = self._spent.get(program) if program is not None else None
        if known and max(known) > self.left:
            raise self.too_late()

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """A run that waits for a slot."""
        self._change(waiting=1)
        try:
            yield
        finally:
            self._change(waiting=-1)

    @contextlib.contextmanager
    def excluded(self) -> Iterator[None]:
        """Work with limits of its own, whose time does not count: an image, an environment that is made."""
        self._change(excluded=1)
        try:
            yield
        finally:
            self._change(excluded=-1)

    @contextlib.contextmanager
    def running(self, program: Program | None) -> Iterator[None]:
        """A run of *program* (None: one of ours). Raises Cancelled or OutOfTime where it was ended by this clock."""
        self._change(running=1)
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
        else:
            self._note(run)
            self.check_cancelled()
        finally:
            self._change(running=-1)

    @contextlib.contextmanager
    def watched(self, run: Abandonable) -> Iterator[None]:
        """While this lasts, *run* is abandoned when the time is over; at once, where it is over already."""
        with self._runs.watched(run):
            yield

    def too_late(self) -> NoFact:
        """The absence of a fact for which no time was left: the program that took most of it is named.

        The time is the submission's where its runs took at least half of it, else this machine's.
        """
        taken = self._taken()
        spent = sorted(((sum(each), len(each), program) for program, each in taken.items()), key=_by_time)
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
                reproduce=f"timeout {max(_LEAST_ALLOWED, int(max(taken[slowest]) / 2))} {slowest.command}",
                where=(Location(slowest.path),) if slowest.path else (),
            )
        )

    def _note(self, run: object) -> None:
        with self._lock:
            if run in self._begun:
                program, started = self._begun.pop(run)
                self._spent.setdefault(program, []).append(time.monotonic() - started)

    def _taken(self) -> dict[Program, list[float]]:
        """The seconds of each run by program, those that still go on included."""
        now = time.monotonic()
        with self._lock:
            taken = {program: list(each) for program, each in self._spent.items()}
            for program, started in self._begun.values():
                taken.setdefault(program, []).append(now - started)
        return taken

    def _change(self, *, running: int = 0, waiting: int = 0, excluded: int = 0) -> None:
        with self._lock:
            self._count_locked()
            self._running += running
            self._waiting += waiting
            self._excluded += excluded

    def _count(self) -> float:
        with self._lock:
            return self._count_locked()

    def _count_locked(self) -> float:
        now = time.monotonic()
        stands_still = self._excluded > 0 or (self._waiting > 0 and self._running == 0)
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


def python_program(path: str) -> Program:
    """``python PATH`` as a program of the submission."""
    return Program(path, path, f"python {shlex.quote(path)}")


def _by_time(one: tuple[float, int, Program]) -> tuple[float, str]:
    return -one[0], one[2].name


def _described(total: float, runs: int, program: Program) -> Text:
    if runs == 1:
        return text("{program} ({seconds} s)", program=program.name, seconds=_rounded(total))
    return text("{program} ({runs} runs, {seconds} s)", program=program.name, runs=runs, seconds=_rounded(total))


def _rounded(seconds: float) -> int:
    return max(1, round(seconds))
