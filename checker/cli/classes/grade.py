"""``checker class grade``: grade the repositories that have changed, and store each result at once."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from checker.classroom.planning import Plan, Retry
from checker.classroom.records import RunEnd
from checker.classroom.whole_class import WholeClass
from checker.cli.classes.grading import grader_here
from checker.cli.classes.opened import opened_here
from checker.cli.classes.progress import ClassProgress
from checker.cli.classes.rows import say_row
from checker.cli.console import Console
from checker.cli.progress import MAKING
from checker.errors import UsageError, did_you_mean
from checker.facts.options import GradingOptions
from checker.grader import runs_at_once
from checker.listener import Listener
from checker.model import text

_NAMED = 20


@dataclass(frozen=True)
class _Making(Listener):
    """Prints that an environment is being installed, which takes minutes."""

    console: Console

    def making_environment(self) -> None:
        if not self.console.quiet:
            self.console.say(MAKING, sys.stderr)


def run(
    console: Console,
    folder: Path,
    options: GradingOptions,
    *,
    only: tuple[str, ...],
    retry: tuple[str, ...],
    dry_run: bool,
) -> int:
    """Grade the class by *options*, and print the results. The exit code: 0, or 4 if a grading failed by our fault.

    Raises UsageError for an unknown name, ClassError if the class cannot be used, and the errors of entering a grader.
    """
    again = tuple(_retry(word) for word in retry)
    with opened_here(folder) as opened:
        grader = grader_here(console, opened, options)
        # the plan needs no sandbox
        course = grader.course()
        of_class = WholeClass(opened, grader)
        to_do = of_class.plan(course, only, again)
        if dry_run:
            _say_plan(console, to_do)
            return 0
        of_class.settle(to_do)
        _say_unready(console, to_do)
        if not to_do.tasks:
            console.say(text("Nothing is to be graded. Up to date: {count}.", count=len(to_do.up_to_date)))
            return 0
        at_once = min(runs_at_once(), len(to_do.tasks))
        with grader, console.progress() as progress:
            grader.prepare(_Making(console))
            shown = ClassProgress(console, progress, to_do.tasks, at_once)
            of_class.grade(to_do.tasks, shown, at_once=at_once)
    _say_end(console, shown)
    return 4 if shown.ends[RunEnd.ERRORED] else 0


def _retry(word: str) -> Retry:
    try:
        return Retry(word)
    except ValueError as error:
        raise UsageError(text("--retry knows no {word}.", word=word), did_you_mean(word, Retry)) from error


def _say_plan(console: Console, to_do: Plan) -> None:
    console.say(
        text(
            "{tasks} to be graded, {known} up to date, {unready} that cannot be graded now.",
            tasks=len(to_do.tasks),
            known=len(to_do.up_to_date),
            unready=len(to_do.unready),
        )
    )
    for task in to_do.tasks:
        say_row(console, text("{key}: {commit}", key=task.repository.key, commit=task.counting.identity[:12]))
    _say_unready(console, to_do)


def _say_unready(console: Console, to_do: Plan) -> None:
    for key, reason in list(to_do.unready.items())[:_NAMED]:
        say_row(console, text("{key}: {reason}", key=key, reason=reason), sys.stderr)
    if (more := len(to_do.unready) - _NAMED) > 0:
        say_row(console, text("And {count} more: checker class status.", count=more), sys.stderr)


def _say_end(console: Console, shown: ClassProgress) -> None:
    console.say(
        text(
            "Graded: {graded}. Refused: {refused}. Ended by a fault of the checker or the machine: {errored}.",
            graded=shown.ends[RunEnd.GRADED],
            refused=shown.ends[RunEnd.REFUSED],
            errored=shown.ends[RunEnd.ERRORED],
        )
    )
    if shown.elsewhere_count:
        console.say(text("Another process is grading {count} of them.", count=shown.elsewhere_count))
    if shown.ends[RunEnd.ERRORED]:
        console.say(text("Nobody loses a point by it. Try them again: checker class grade --retry errored"))
    shown.say_faults()
    console.say(text("Next: checker class status, then checker class export."))
