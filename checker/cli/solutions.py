"""``checker solutions``: build one, or prove all."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from checker import solutions
from checker.cli.console import Console
from checker.locale import Speech
from checker.model import Status, Text, text
from checker.render.entries import WORDS
from checker.render.terminal import SIGNS
from checker.solution_matrix import Column, columns

_SIGNS: Mapping[Status, str] = {status: sign for status, (sign, _) in SIGNS.items() if status is not Status.PARTIAL}
_NAMES = 28


def build(console: Console, step: str, directory: Path) -> None:
    """Make the repository of a step's solution. Raises UsageError if there is none, or if the folder is taken."""
    solutions.build(step, directory, language=console.language)
    console.say(text("The solution of step {step} is in {path}.", step=step, path=str(directory)))


def check(console: Console) -> int:
    """Grade all solutions and print a table, check by state. Returns 0 if the course is proved, else 1."""
    faults: list[Text] = [*solutions.faults()]
    graded: list[Column] = []
    with console.progress() as progress:
        for column in columns(
            language=console.language,
            on_state=lambda step: progress.note(text("The solution of step {step} is graded…", step=step)),
        ):
            graded.append(column)
            faults += column.faults
    console.write(table(graded))
    console.write(legend(console.speech()))
    for fault in faults:
        console.say(fault, sys.stderr)
    if not faults:
        console.say(text("Every solution passes its own step and those before, and leaves the later ones to do."))
    return 1 if faults else 0


def table(graded: Sequence[Column]) -> str:
    """The checks in rows, the states in columns: 80 characters wide for the first edition."""
    lines = [" " * _NAMES + " ".join(f"{column.step:>3}" for column in graded)]
    rows = [(step.id, check.id) for step in graded[0].report.steps for check in step.checks] if graded else []
    statuses = [{check.id: check.status for step in column.report.steps for check in step.checks} for column in graded]
    for step, identity in rows:
        signs = " ".join(f"{_SIGNS[of_state[identity]]:>3}" for of_state in statuses)
        lines.append(f"{f'{step} {identity}'[: _NAMES - 1]:<{_NAMES}}{signs}".rstrip())
    return "\n".join(lines)


def legend(speech: Speech) -> str:
    """The legend of the table's signs."""
    return "  ".join(f"{sign} {speech.say(WORDS[status])}" for status, sign in _SIGNS.items())
