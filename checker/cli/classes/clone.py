"""``checker class clone``: fetch what is new of the repositories of a class."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from checker.classroom.cloning.fetching import Cloned, CloneOrder
from checker.classroom.cloning.whole import clone_class
from checker.classroom.records import ClassRepository, Fetched
from checker.cli.classes.opened import opened_here
from checker.cli.classes.rows import say_row
from checker.cli.console import Console, Progress
from checker.cli.failing import log_fault
from checker.model import Text, text

_PLAINLY_EVERY = 30.0
"""Seconds between two lines where the output is no terminal."""
_NAMED = 20


def run(
    console: Console,
    folder: Path,
    *,
    only: tuple[str, ...] = (),
    jobs: int = 6,
    full: bool = False,
) -> None:
    """Fetch them, and say what came of it.

    Raises UsageError for names that nobody has or without a git, ClassError where the class cannot be used.
    """
    with opened_here(folder) as opened:
        # needs the extra, which is here once the class is open
        from checker.classroom.clone_tokens import clone_tokens
        from checker.classroom.gradebook.roster import fetched, forked, put_fetched, repositories, students
        from checker.classroom.named import repositories_named

        with opened.gradebook.reading() as connection:
            chosen = repositories_named(repositories(connection), students(connection), only)
            said, before = forked(connection), fetched(connection)
        if not chosen:
            console.say(text("There is no repository yet. Next: checker class add roster.csv"))
            return
        order = CloneOrder(
            repositories=opened.folder.repositories,
            deadline=opened.file.deadline,
            late=opened.file.late,
            tokens=clone_tokens(chosen, opened.file.forge, os.environ),
            surroundings=os.environ,
            full=full,
        )

        def keep(repository: ClassRepository, found: Fetched) -> None:
            with opened.gradebook.writing() as connection:
                put_fetched(connection, repository.key, found)

        with console.progress() as progress:
            shown = _Shown(console, progress, len(chosen))
            clone_class(order, chosen, said, before, at_once=jobs, keep=keep, listener=shown)
    _say_end(console, shown)


class _Shown:
    """Shows how far the fetching of so many repositories is, and gathers what is said at its end."""

    def __init__(self, console: Console, progress: Progress, whole: int) -> None:
        self._console = console
        self._progress = progress
        self._whole = whole
        self._lock = threading.Lock()
        self._running: dict[str, None] = {}
        self._done = 0
        self._plainly = time.monotonic()
        self.new = 0
        self.unchanged = 0
        self.elsewhere: list[str] = []
        self.problems: dict[str, Text] = {}
        self.notes: dict[str, Text] = {}
        self.faults: list[str] = []

    def begun(self, repository: ClassRepository) -> None:
        with self._lock:
            self._running[repository.key] = None
            self._show()

    def ended(self, repository: ClassRepository, cloned: Cloned | None) -> None:
        with self._lock:
            self._running.pop(repository.key, None)
            self._done += 1
            self._gather(repository.key, cloned)
            self._show()

    def fault(self, repository: ClassRepository, fault: str) -> None:
        kept = log_fault(fault, ("class", "clone", repository.key))
        with self._lock:
            self.faults += [str(kept)] if kept else []

    def _gather(self, key: str, cloned: Cloned | None) -> None:
        if cloned is None:
            self.elsewhere.append(key)
        elif cloned.fetched.problem is not None:
            self.problems[key] = cloned.fetched.problem
        elif cloned.kept is not None:
            date = cloned.fetched.at.strftime("%Y-%m-%d %H:%M")
            self.problems[key] = text("{reason} What was fetched on {date} (UTC) stays.", reason=cloned.kept, date=date)
        elif cloned.new:
            self.new += 1
        else:
            self.unchanged += 1
        if cloned is not None and cloned.uncommitted:
            self.notes[key] = text("Files in no commit, which do not count: {count}.", count=cloned.uncommitted)

    def _show(self) -> None:
        """Say where it stands: always on a terminal, and now and then elsewhere."""
        if self._console.terminal or time.monotonic() - self._plainly > _PLAINLY_EVERY:
            self._plainly = time.monotonic()
            self._progress.note(
                text(
                    "{done} of {whole} fetched; now: {names}",
                    done=self._done,
                    whole=self._whole,
                    names=tuple(self._running),
                )
            )


def _say_end(console: Console, shown: _Shown) -> None:
    console.say(
        text(
            "With something new: {new}. Unchanged: {unchanged}. With a problem: {problems}.",
            new=shown.new,
            unchanged=shown.unchanged,
            problems=len(shown.problems),
        )
    )
    for key, said in [*sorted(shown.problems.items()), *sorted(shown.notes.items())][:_NAMED]:
        say_row(console, text("{key}: {reason}", key=key, reason=said))
    if (more := len(shown.problems) + len(shown.notes) - _NAMED) > 0:
        console.say(text("And {count} more: checker class status.", count=more), before="  ")
    if shown.elsewhere:
        console.say(text("Another process is fetching: {names}.", names=tuple(shown.elsewhere[:_NAMED])))
    for place in dict.fromkeys(shown.faults):
        console.say(text("What happened is written in {path}.", path=place), sys.stderr)
    console.say(text("Next: checker class grade"))
