"""How far a grading of a class is: what runs, what is left, and about when it ends."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence

from checker.classroom.planning import Task
from checker.classroom.records import Run, RunEnd
from checker.cli.console import Console, Progress
from checker.cli.failing import log_fault
from checker.model import Text, text

_PLAINLY_EVERY = 30.0
"""Seconds between two lines where the output is no terminal."""


class ClassProgress:
    """Shows a grading of so many *tasks*, *at_once* side by side; told from several threads."""

    def __init__(self, console: Console, progress: Progress, tasks: Sequence[Task], at_once: int) -> None:
        self._console = console
        self._progress = progress
        self._whole = len(tasks)
        self._at_once = at_once
        self._lock = threading.Lock()
        self._running: dict[str, float] = {}
        self._seconds: list[float] = []
        self._plainly = 0.0
        self.ends: Counter[RunEnd] = Counter()
        self.elsewhere_count = 0
        self.faults: list[str] = []

    def begun(self, task: Task) -> None:
        with self._lock:
            self._running[task.repository.key] = time.monotonic()
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
        kept = log_fault(fault, ("class", "grade", task.repository.key))
        with self._lock:
            self.faults += [str(kept)] if kept else []

    def _show(self) -> None:
        """Say where it stands: always on a terminal, and now and then elsewhere."""
        done = sum(self.ends.values()) + self.elsewhere_count
        sentence = text(
            "{done} of {whole} graded. {left} Now: {names}",
            done=done,
            whole=self._whole,
            names=tuple(self._running),
            left=self._left(),
        )
        if self._console.terminal or time.monotonic() - self._plainly > _PLAINLY_EVERY:
            self._plainly = time.monotonic()
            self._progress.note(sentence)

    def _left(self) -> Text:
        """About how long it goes on, from how long the gradings took until now."""
        left = self._whole - sum(self.ends.values()) - self.elsewhere_count
        if not self._seconds or not left:
            return text("The end is not known yet.")
        each = sum(self._seconds) / len(self._seconds)
        seconds = each * left / max(1, min(self._at_once, left))
        if seconds < 90:
            return text("About {seconds} s to go.", seconds=max(1, round(seconds)))
        return text("About {minutes} min to go.", minutes=round(seconds / 60))
