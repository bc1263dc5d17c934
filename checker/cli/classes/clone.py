"""``checker class clone``: fetch new commits of the repositories of a class."""

from __future__ import annotations

import os
import time
from pathlib import Path

from checker.classroom.cloning.fetching import Cloned, CloneOrder
from checker.classroom.cloning.whole import clone_class
from checker.classroom.records import ClassRepository, Fetched
from checker.cli.classes.opened import opened_here
from checker.cli.classes.progress import PLAINLY_EVERY, RepositoriesProgress
from checker.cli.classes.rows import say_row
from checker.cli.console import Console, Progress
from checker.model import Text, text

_NAMED = 20


def run(console: Console, folder: Path, *, only: tuple[str, ...], jobs: int, full: bool) -> None:
    """Fetch the repositories, and print the results.

    Raises UsageError for an unknown name or without a git, ClassError if the class cannot be used.
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
            shown = _CloneProgress(console, progress, len(chosen))
            clone_class(order, chosen, said, before, at_once=jobs, keep=keep, listener=shown)
    _say_end(console, shown)


class _CloneProgress(RepositoriesProgress):
    """Shows the progress of a fetch of *whole* repositories, and collects the messages for its end."""

    def __init__(self, console: Console, progress: Progress, whole: int) -> None:
        super().__init__(console, progress, "clone", whole, plainly=time.monotonic() + PLAINLY_EVERY)
        self._done = 0
        self.new = 0
        self.unchanged = 0
        self.elsewhere: list[str] = []
        self.problems: dict[str, Text] = {}
        self.notes: dict[str, Text] = {}

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
        self._log(repository.key, fault)

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
        names = tuple(self._running)
        self._note(text("{done} of {whole} fetched; now: {names}", done=self._done, whole=self._whole, names=names))


def _say_end(console: Console, shown: _CloneProgress) -> None:
    console.say(
        text(
            "With something new: {new}. Unchanged: {unchanged}. With a problem: {problems}.",
            new=shown.new,
            unchanged=shown.unchanged,
            problems=len(shown.problems),
        )
    )
    for key, sentence in [*sorted(shown.problems.items()), *sorted(shown.notes.items())][:_NAMED]:
        say_row(console, text("{key}: {reason}", key=key, reason=sentence))
    if (more := len(shown.problems) + len(shown.notes) - _NAMED) > 0:
        console.say(text("And {count} more: checker class status.", count=more), before="  ")
    if shown.elsewhere:
        console.say(text("Another process is fetching: {names}.", names=tuple(shown.elsewhere[:_NAMED])))
    shown.say_faults()
    console.say(text("Next: checker class grade"))
