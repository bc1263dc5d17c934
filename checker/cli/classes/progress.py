"""The progress of a class grading: running and remaining gradings, and an estimate of its end."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence

from checker.classroom.planning import Task
from checker.classroom.records import Run, RunEnd
from checker.cli.console import Console, Progress
from checker.cli.failing import log_fault
from checker.model import Text, text

PLAINLY_EVERY = 30.0
"""Seconds between two lines where the output is no terminal."""


class RepositoriesProgress:
    """Shows the progress of a *command* on *whole* repositories of a class; called from several threads.

    The first plain line comes at the time *plainly*, on the clock of ``time.monotonic``.
    """

    def __init__(self, console: Console, progress: Progress, command: str, whole: int, plainly: float) -> None:
        self._console = console
        self._progress = progress
        self._command = command
        self._whole = whole
        self._plainly = plainly
        self._lock = threading.Lock()
        self._running: dict[str, None] = {}
        self._faults: dict[str, None] = {}

    def say_faults(self) -> None:
        """Print where the checker's own faults are written."""
        for place in self._faults:
            self._console.say(text("What happened is written in {path}.", path=place), sys.stderr)

    def _log(self, key: str, fault: str) -> None:
        log = log_fault(fault, ("class", self._command, key))
        with self._lock:
            self._faults |= {str(log): None} if log else {}

    def _note(self, sentence: Text) -> None:
        """Show the progress: always on a terminal, and now and then elsewhere."""
        if self._console.terminal or time.monotonic() > self._plainly:
            self._plainly = time.monotonic() + PLAINLY_EVERY
            self._progress.note(sentence)


class ClassProgress(RepositoriesProgress):
    """Shows a grading of *tasks* repositories, *at_once* side by side."""

    def __init__(self, console: Console, progress: Progress, tasks: Sequence[Task], at_once: int) -> None:
        super().__init__(console, progress, "grade", len(tasks), plainly=0.0)
        self._at_once = at_once
        self._seconds: list[float] = []
        self.ends: Counter[RunEnd] = Counter()
        self.elsewhere_count = 0

    def begun(self, task: Task) -> None:
        with self._lock:
            self._running[task.repository.key] = None
            self._show()

    def ended(self, task: Task, run: Run) -> None:
        with self._lock:
            self._running.pop(task.repository.key, None)
            self._seconds.append(run.seconds)
            self.ends[run.end] += 1
            self._show()

    def elsewhere(self, task: Task) -> None:
        del task
        with self._lock:
            self.elsewhere_count += 1

    def fault(self, task: Task, fault: str) -> None:
        self._log(task.repository.key, fault)

    def _show(self) -> None:
        done = sum(self.ends.values()) + self.elsewhere_count
        names, left = tuple(self._running), self._left()
        self._note(
            text("{done} of {whole} graded. {left} Now: {names}", done=done, whole=self._whole, names=names, left=left)
        )

    def _left(self) -> Text:
        """The estimated time left, from the durations of the gradings so far."""
        left = self._whole - sum(self.ends.values()) - self.elsewhere_count
        if not self._seconds or not left:
            return text("The end is not known yet.")
        seconds_each = sum(self._seconds) / len(self._seconds)
        seconds = seconds_each * left / max(1, min(self._at_once, left))
        if seconds < 90:
            return text("About {seconds} s to go.", seconds=max(1, round(seconds)))
        return text("About {minutes} min to go.", minutes=round(seconds / 60))
