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

from checker.cli.check import completed
from checker.cli.console import Console
from checker.cli.display import Display, Lines, Terminal
from checker.cli.failing import log_fault
from checker.errors import CheckerError
from checker.model import Report, Text, Verdict, text
from checker.render.screen import Round, Screen
from checker.sandbox.interruptible import InterruptibleSandbox, Turn
from checker.sandbox.store import Store, store_folder
from checker.session import Outcome, Request, interruptible_sandbox, validate
from checker.session import run as run_session
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


def run(console: Console, request: Request) -> int:
    """Grade until somebody ends it. Raises UsageError where there is nothing to watch, or not any more."""
    watched = Watched(request.path)
    complete = completed(console, request)
    validate(complete)
    return _Watching(console, complete, watched).run()


@dataclass
class _Watching:
    """The loop: events come from the thread that grades and the one that watches, and are shown by this one."""

    console: Console
    request: Request
    watched: Watched
    events: queue.SimpleQueue[_Event] = field(default_factory=queue.SimpleQueue)

    def run(self) -> int:
        shown = _Shown(_folder(self.watched.root))
        workshop = _Workshop(self.request, self.events)
        with ExitStack() as stack:
            display = stack.enter_context(_display(self.console))
            stack.enter_context(_resizing(self.events))
            shown.screen = replace(shown.screen, round=Round())
            display.show(shown.screen, self._language(shown))
            display.note(text("The place where your code runs is made ready; that takes some seconds."))
            stack.enter_context(workshop)
            rounds = stack.enter_context(Rounds(workshop.turn, workshop.grade, workshop.ended))
            stack.callback(workshop.give_up)
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


class _Workshop:
    """What rounds need and share: one warm sandbox, and what earlier runs gave.

    Where something of ours failed in a round, the next one gets a new sandbox: that of the round may be broken.
    """

    def __init__(self, request: Request, events: queue.SimpleQueue[_Event]) -> None:
        self._request = request
        self._events = events
        self._store = Store(store_folder())
        self._stack = ExitStack()
        self._sandbox: InterruptibleSandbox | None = None
        self._started = 0.0

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def give_up(self) -> None:
        """Let what is being loaded hold up nobody who leaves."""
        if (sandbox := self._sandbox) is not None:
            sandbox.give_up()

    def turn(self) -> Turn:
        self._started = time.monotonic()
        if self._sandbox is None:
            sandbox = interruptible_sandbox(self._request.sandbox)
            self._stack.enter_context(sandbox)
            sandbox.warm()
            self._sandbox = sandbox
        return Turn(self._sandbox)

    def grade(self, turn: Turn) -> Outcome:
        try:
            outcome = self._graded(turn)
        except CheckerError:
            raise
        except Exception:  # noqa: BLE001  files that go while they are read: they are looked at once more
            time.sleep(_PATIENCE)
            outcome = self._graded(turn)
        if outcome.faults:
            self._sandbox = None
            self._stack.close()
        return outcome

    def _graded(self, turn: Turn) -> Outcome:
        return run_session(
            self._request,
            sandbox=turn,
            store=self._store,
            on_start=lambda count: self._events.put(_Begun(count)),
            on_check=lambda check, verdict: None if turn.abandoned else self._events.put(_Judged(check, verdict)),
        )

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
