"""The messages of ``checker class export`` about grades that were handed over, and those that were not."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from checker.classroom.export.filling import FillableFile, Filled, Remark
from checker.classroom.export.formats import Format
from checker.classroom.export.handed import HandedGrade
from checker.cli.classes.rows import say_list
from checker.cli.console import Console
from checker.model import Text, text


def say_filled(console: Console, kind: Format, fillable: FillableFile, filled: Filled, output: Path) -> None:
    """Print what was filled in, and for whom nothing was."""
    console.say(
        text("{path}: grades written in the column {column}: {count}; there already: {kept}.", path=str(output),
             count=filled.written, column=fillable.column[:60], kept=filled.kept)
    )  # fmt: skip
    for whole, maximum in filled.scales:
        console.say(
            text("Points out of {whole} were converted to points out of {maximum}, to the nearest hundredth.",
                 whole=whole, maximum=maximum)
        )  # fmt: skip
    say_list(console, text("Changed in the file, where another grade stood:"), _remarks(filled.replaced), sys.stderr)
    say_list(console, text("Left as they were:"), _remarks(filled.left_alone), sys.stderr)
    say_ungraded(console, filled.ungraded)
    unknown = [text("line {line}: {name}", line=one.line, name=one.shown) for one in filled.unknown]
    say_list(console, text("In the file, but not in the class:"), unknown, sys.stderr)
    unclear = [text("line {line}: {name}", line=one.line, name=one.shown) for one in filled.unclear]
    say_list(console, text("It is not clear who of the class this is, so nothing was written:"), unclear, sys.stderr)
    without = [text("{name}", name=one.shown) for one in filled.without_row]
    say_list(console, text("In the class, but not in the file:"), without, sys.stderr)
    if not filled.written and not filled.kept:
        return
    if kind is Format.MOODLE:
        console.say(
            text("Next: upload it in Moodle (Upload grading worksheet). Let it update records that were modified since "
                 "the download: it cannot read its own dates in every language.")
        )  # fmt: skip
    else:
        console.say(text("Next: import it in Canvas (Grades, Import), which shows each change before it is made."))


def say_ungraded(console: Console, handed: Sequence[HandedGrade]) -> None:
    """Name the students without a grade, with the reason."""
    sentences = [
        text("{name}: {reason}", name=grade.student.shown, reason=grade.reason or text("not graded yet"))
        for grade in handed
    ]
    say_list(console, text("Without a grade, and left empty:"), sentences, sys.stderr)


def say_doubtful(console: Console, handed: Iterable[HandedGrade]) -> None:
    """Name the grades that may still change."""
    every = tuple(handed)
    old = [text("{name}", name=one.student.shown) for one in every if one.old]
    say_list(console, text("The grade is not of the last commit (checker class status):"), old, sys.stderr)
    unsure = [
        text("{name}: {points} points", name=one.student.shown, points=one.grade.open_points)
        for one in every
        if one.grade is not None and one.grade.open_points
    ]
    say_list(console, text("Not everything could be checked:"), unsure, sys.stderr)


def _remarks(remarks: Iterable[Remark]) -> list[Text]:
    return [text("{name}: {reason}", name=remark.name, reason=remark.reason) for remark in remarks]
