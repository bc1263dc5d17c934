"""``checker watch``: grade again whenever a file is saved, and show what came of it on one screen."""

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
from pathlib import Path

from checker.cli.check import options_here, submission_here
from checker.cli.console import Console
from checker.cli.display import Display, Lines, Terminal
from checker.cli.failing import log_fault
from checker.errors import CheckerError
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader, Outcome, validate, validate_submission
from checker.listener import Listener
from checker.model import Report, Text, Verdict, text
from checker.render.screen import Round, Screen
from checker.sandbox.clock import Cancellation, Cancelled
from checker.selection import Selection
from checker.watching.changes import differences, overlaid
from checker.watching.rounds import Rounds
from checker.watching.saves import Gone, Saves, Watched

_FAULTS_KEPT = 100
_PATIENCE = 0.5


@dataclass(frozen=True, slots=True)
class _Saved:
    """A file was saved."""


@dataclass(frozen=True, slots=True)
class _Resized:
    """The window has another size."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A round asks for so many checks."""

    asked: int


@dataclass(frozen=True, slots=True)
class _Judged:
    """A round has come to a verdict."""

    check: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class _Ended:
    """A round came to its end, and nothing was saved in the meantime."""

    result: Outcome | Exception
    seconds: float


_Event = _Saved | _Resized | _Begun | _Judged | _Ended | Gone


def run(console: Console, options: GradingOptions, submission: Submission, selection: Selection) -> int:
    """Grade until somebody ends it. Raises UsageError where there is nothing to watch, or not any more."""
    watched = Watched(submission.path)
    here = submission_here(submission)
    # Whoever saves files in a folder works there, wherever the command was started.
    asked = _Asked(options_here(console, options), replace(here, own=not here.variables), selection)
    validate(asked.options)
    validate_submission(asked.options, asked.submission, selection)
    return _Watching(console, asked, watched).run()


@dataclass(frozen=True, slots=True)
class _Asked:
    """One grading that is made again and again."""

    options: GradingOptions
    submission: Submission
    selection: Selection


@dataclass
class _Watching:
    """The loop: events come from the thread that grades and the one that watches, and are shown by this one."""

    console: Console
    asked: _Asked
    watched: Watched
    events: queue.SimpleQueue[_Event] = field(default_factory=queue.SimpleQueue)

    def run(self) -> int:
        shown = _Shown(_folder(self.watched.root))
        gradings = _Gradings(self.asked, self.events)
        with ExitStack() as stack:
            display = stack.enter_context(_display(self.console))
            stack.enter_context(_resizing(self.events))
            shown.screen = replace(shown.screen, round=Round())
            display.show(shown.screen, self._language(shown))
            display.note(text("The place where your code runs is made ready; that takes some seconds."))
            stack.enter_context(gradings)
            rounds = stack.enter_context(Rounds(gradings.begin, gradings.grade, gradings.ended))
            stack.callback(gradings.give_up)
            stack.enter_context(Saves(self.watched, lambda: self.events.put(_Saved()), self.events.put))
            rounds.ask()
            while True:
                for event in _waiting(self.events):
                    if isinstance(event, Gone):
                        raise event
                    if isinstance(event, _Saved):
                        rounds.ask()
                    shown.take(event)
                display.show(shown.screen, self._language(shown))

    def _language(self, shown: _Shown) -> str:
        """The language of what is graded, as soon as it is known."""
        return self.console.speech(shown.whole.language if shown.whole else None).language


@dataclass
class _Shown:
    """What the screen shows, as events change it."""

    folder: str
    whole: Report | None = None
    newer: dict[str, Verdict] = field(default_factory=dict)
    faults: set[str] = field(default_factory=set)
    screen: Screen = field(init=False)

    def __post_init__(self) -> None:
        self.screen = Screen(folder=self.folder)

    def take(self, event: _Event) -> None:
        match event:
            case _Saved():
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
            if number == 1:  # no save mends what the command line asks for
                raise result
            trouble = self._trouble(result)
            self.screen = replace(self.screen, number=number, report=self.whole, round=None, trouble=trouble)
            return
        for identity, fault in result.faults.items():
            self._keep(fault, identity)
        changes = None
        if self.whole is not None:
            changes = tuple(one.sentence for one in differences(self.whole, result.report))
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
    """Grades each round by one grader, which stays warm from round to round.

    Where something of ours failed in a round, the next one gets a new grader: that of the round may be broken.
    """

    def __init__(self, asked: _Asked, events: queue.SimpleQueue[_Event]) -> None:
        self._asked = asked
        self._events = events
        self._stack = ExitStack()
        self._grader: Grader | None = None
        self._started = 0.0

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def give_up(self) -> None:
        """End what is being loaded, so that it delays nobody who leaves."""
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
    """At least one event, and all that are there."""
    yield events.get()
    while not events.empty():
        yield events.get()


def _folder(root: Path) -> str:
    """*root* as its owner would write it."""
    home = Path.home()
    return f"~/{root.relative_to(home)}" if root.is_relative_to(home) and root != home else str(root)


def _display(console: Console) -> Display:
    if console.terminal and os.environ.get("TERM") != "dumb":
        return Terminal(sys.stdout, color=console.color, size=_window)
    return Lines(console)


def _window() -> os.terminal_size:
    """What the terminal says of its size. ``COLUMNS``, where it is exported, is what the window once was."""
    size = os.get_terminal_size(sys.stdout.fileno())
    return size if all(size) else os.terminal_size((80, 24))


@contextmanager
def _resizing(events: queue.SimpleQueue[_Event]) -> Iterator[None]:
    """Tell when the window gets another size, where the system says so."""
    number = getattr(signal, "SIGWINCH", None)
    if number is None:
        yield
        return
    before = signal.signal(number, lambda *_: events.put(_Resized()))  # such a queue may be filled by a handler
    try:
        yield
    finally:
        signal.signal(number, before)
