"""``checker watch``: grade again whenever a file is saved, and show the result on one screen."""

from __future__ import annotations

import os
import queue
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from pathlib import Path

from checker.cli.check import options_here, submission_here
from checker.cli.console import Console
from checker.cli.display import Lines, Terminal
from checker.cli.failing import log_fault
from checker.errors import CheckerError
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader, Outcome, validate, validate_submission
from checker.listener import Listener
from checker.model import Report, Text, Verdict, text
from checker.render.screen import Round, Screen
from checker.sandbox.per_grading.clock import Cancellation, Cancelled
from checker.selection import Selection
from checker.watching.changes import differences, overlaid
from checker.watching.rounds import Rounds
from checker.watching.saves import Gone, Saves, Watched

_FAULTS_KEPT = 100
_PATIENCE = 0.5


class _Signal(Enum):
    """An event without values."""

    SAVED = auto()
    RESIZED = auto()
    """The window has another size."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A round has begun, with so many checks."""

    asked: int


@dataclass(frozen=True, slots=True)
class _Judged:
    check: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class _Ended:
    """A round has ended, and no file was saved in the meantime."""

    result: Outcome | Exception
    seconds: float


_Event = _Signal | _Begun | _Judged | _Ended | Gone


def run(console: Console, options: GradingOptions, submission: Submission, selection: Selection) -> int:
    """Grade until the user ends it. Raises UsageError if there is nothing to watch, or no longer."""
    watched = Watched(submission.path)
    here = submission_here(submission)
    # The user who saves files in a folder is its author, wherever the command was started.
    asked = _Asked(options_here(console, options), replace(here, own=not here.variables), selection)
    validate(asked.options)
    validate_submission(asked.options, asked.submission, selection)
    return _Watching(console, asked, watched).run()


@dataclass(frozen=True, slots=True)
class _Asked:
    options: GradingOptions
    submission: Submission
    selection: Selection


@dataclass
class _Watching:
    """The loop: events come from the grading and the watching threads, and are shown by this one."""

    console: Console
    asked: _Asked
    watched: Watched
    events: queue.SimpleQueue[_Event] = field(default_factory=queue.SimpleQueue)

    def run(self) -> int:
        shown = _Shown(Screen(folder=_folder(self.watched.root), round=Round()))
        gradings = _Gradings(self.asked, self.events)
        display = _display(self.console)
        with display, ExitStack() as stack:
            stack.enter_context(_resizing(self.events))
            display.show(shown.screen, self._language(shown))
            display.note(text("The place where your code runs is made ready; that takes some seconds."))
            stack.callback(gradings.close)
            rounds = stack.enter_context(Rounds(gradings.begin, gradings.grade, gradings.ended))
            stack.callback(gradings.give_up)
            stack.enter_context(Saves(self.watched, lambda: self.events.put(_Signal.SAVED), self.events.put))
            rounds.ask()
            while True:
                for event in _waiting(self.events):
                    if isinstance(event, Gone):
                        raise event
                    if event is _Signal.SAVED:
                        rounds.ask()
                    shown.take(event)
                display.show(shown.screen, self._language(shown))

    def _language(self, shown: _Shown) -> str:
        """The language of the submission, as soon as it is known."""
        return self.console.speech(shown.whole.language if shown.whole else None).language


@dataclass
class _Shown:
    """The content of the screen, changed by events."""

    screen: Screen
    whole: Report | None = None
    newer: dict[str, Verdict] = field(default_factory=dict)
    faults: set[str] = field(default_factory=set)

    def take(self, event: _Event) -> None:
        match event:
            case _Signal.SAVED:
                self._begin(Round())
            case _Begun(asked):
                self._begin(Round(asked=asked))
            case _Judged(check, verdict):
                self.newer[check] = verdict
                going_on = replace(self.screen.round or Round(), judged=len(self.newer))
                newer = overlaid(self.whole, self.newer) if self.whole else None
                self.screen = replace(self.screen, report=newer, round=going_on)
            case _Ended(result, seconds):
                self._end(result, seconds)
            case _:
                pass

    def _begin(self, going_on: Round) -> None:
        self.newer = {}
        self.screen = replace(self.screen, report=self.whole, round=going_on)

    def _end(self, result: Outcome | Exception, seconds: float) -> None:
        number = self.screen.number + 1
        if isinstance(result, Exception):
            if number == 1:  # saving a file does not change the command line
                raise result
            trouble = self._trouble(result)
            self.screen = replace(self.screen, number=number, report=self.whole, round=None, trouble=trouble)
            return
        for identity, fault in result.faults.items():
            self._keep(fault, identity)
        changes = None
        if self.whole is not None:
            changes = tuple(difference.sentence for difference in differences(self.whole, result.report))
        self.whole = result.report
        self.screen = replace(
            self.screen,
            number=number,
            report=self.whole,
            round=None,
            checked_at=time.strftime("%H:%M:%S"),
            seconds=seconds,
            changes=changes,
            trouble=(),
        )

    def _trouble(self, error: Exception) -> tuple[Text, Text]:
        if isinstance(error, CheckerError):
            return error.cause, error.remedy
        self._keep("".join(traceback.format_exception(error)))
        return (
            text("The checker itself failed. This is not your fault and costs no points."),
            text("The next save is checked again."),
        )

    def _keep(self, fault: str, *about: str) -> None:
        """Log a fault of ours, once."""
        if fault not in self.faults and len(self.faults) < _FAULTS_KEPT:
            self.faults.add(fault)
            log_fault(fault, (*sys.argv[1:], *about))


@dataclass(frozen=True)
class _RoundListener(Listener):
    """Puts the progress of a round into the queue of events, until the round is cancelled."""

    events: queue.SimpleQueue[_Event]
    cancellation: Cancellation

    def begun(self, checks: int) -> None:
        self.events.put(_Begun(checks))

    def judged(self, check: str, verdict: Verdict) -> None:
        if not self.cancellation.cancelled:
            self.events.put(_Judged(check, verdict))


class _Gradings:
    """Grades each round with one grader, which stays warm from round to round.

    After a fault of the checker the next round gets a new grader: the old one may be broken.
    """

    def __init__(self, asked: _Asked, events: queue.SimpleQueue[_Event]) -> None:
        self._asked = asked
        self._events = events
        self._stack = ExitStack()
        self._grader: Grader | None = None
        self._started = 0.0

    def close(self) -> None:
        self._stack.close()

    def give_up(self) -> None:
        """Stop loading, so that leaving is not delayed."""
        if (grader := self._grader) is not None:
            grader.give_up()

    def begin(self) -> Cancellation:
        self._started = time.monotonic()
        if self._grader is None:
            grader = self._stack.enter_context(Grader(self._asked.options))
            grader.warm()
            self._grader = grader
        return Cancellation()

    def grade(self, cancellation: Cancellation) -> Outcome:
        try:
            outcome = self._graded(cancellation)
        except (CheckerError, Cancelled):
            raise
        except Exception:  # noqa: BLE001  files that go while they are read: they are looked at once more
            time.sleep(_PATIENCE)
            outcome = self._graded(cancellation)
        if outcome.faults:
            self._grader = None
            self._stack.close()
        return outcome

    def _graded(self, cancellation: Cancellation) -> Outcome:
        if self._grader is None:
            raise Cancelled
        listener = _RoundListener(self._events, cancellation)
        return self._grader.grade(self._asked.submission, self._asked.selection, listener, cancellation)

    def ended(self, result: Outcome | Exception) -> None:
        self._events.put(_Ended(result, time.monotonic() - self._started))


def _waiting(events: queue.SimpleQueue[_Event]) -> Iterator[_Event]:
    """The waiting events: at least one, which is waited for."""
    yield events.get()
    while not events.empty():
        yield events.get()


def _folder(root: Path) -> str:
    """*root* as its owner would write it."""
    home = Path.home()
    return f"~/{root.relative_to(home)}" if root.is_relative_to(home) and root != home else str(root)


def _display(console: Console) -> Terminal | Lines:
    if console.terminal and os.environ.get("TERM") != "dumb":
        return Terminal(sys.stdout, color=console.color, size=_window)
    return Lines(console)


def _window() -> os.terminal_size:
    """The size of the terminal window. ``COLUMNS``, if it is exported, may be outdated."""
    size = os.get_terminal_size(sys.stdout.fileno())
    return size if all(size) else os.terminal_size((80, 24))


@contextmanager
def _resizing(events: queue.SimpleQueue[_Event]) -> Iterator[None]:
    """Put an event into the queue when the window is resized, if the system has a signal for that."""
    number = getattr(signal, "SIGWINCH", None)
    if number is None:
        yield
        return
    before = signal.signal(number, lambda *_: events.put(_Signal.RESIZED))  # safe in a signal handler
    try:
        yield
    finally:
        signal.signal(number, before)
