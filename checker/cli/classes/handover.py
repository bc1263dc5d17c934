"""What ``checker class export`` says of grades that were handed over, and of those that were not."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from checker.classroom.export.filling import FillableFile, Filled, Remark
from checker.classroom.export.formats import Format
from checker.classroom.export.handed import HandedGrade
from checker.cli.console import Console
from checker.model import Text, text

_NAMED = 20


def say_filled(console: Console, kind: Format, fillable: FillableFile, filled: Filled, output: Path) -> None:
    """Say what was filled in, and whom it was not filled in for."""
    console.say(
        text("{path}: grades written in the column {column}: {count}; there already: {kept}.", path=str(output),
             count=filled.written, column=fillable.column[:60], kept=filled.kept)
    )  # fmt: skip
    for whole, maximum in filled.scales:
        console.say(
            text("Points out of {whole} were converted to points out of {maximum}, to the nearest hundredth.",
                 whole=whole, maximum=maximum)
        )  # fmt: skip
    _say(console, text("Changed in the file, where another grade stood:"), _remarks(filled.replaced))
    _say(console, text("Left as they were:"), _remarks(filled.left_alone))
    say_ungraded(console, filled.ungraded)
    unknown = [text("line {line}: {name}", line=one.line, name=one.shown) for one in filled.unknown]
    _say(console, text("In the file, but not in the class:"), unknown)
    unclear = [text("line {line}: {name}", line=one.line, name=one.shown) for one in filled.unclear]
    _say(console, text("It is not clear who of the class this is, so nothing was written:"), unclear)
    without = [text("{name}", name=one.name or one.key) for one in filled.without_row]
    _say(console, text("In the class, but not in the file:"), without)
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
    """Name the students without a grade, and why they have none."""
    sentences = [
        text("{name}: {reason}", name=one.student.name or one.student.key, reason=one.reason or text("not graded yet"))
        for one in handed
    ]
    _say(console, text("Without a grade, and left empty:"), sentences)


def say_doubtful(console: Console, handed: Iterable[HandedGrade]) -> None:
    """Name the grades that may still change."""
    every = tuple(handed)
    old = [text("{name}", name=one.student.name or one.student.key) for one in every if one.old]
    _say(console, text("The grade is not of the last commit (checker class status):"), old)
    points = [(one, one.grade.open_points) for one in every if one.grade is not None and one.grade.open_points]
    unsure = [
        text("{name}: {points} points", name=one.student.name or one.student.key, points=open_points)
        for one, open_points in points
    ]
    _say(console, text("Not everything could be checked:"), unsure)


def _remarks(remarks: Iterable[Remark]) -> list[Text]:
    return [text("{name}: {reason}", name=one.name, reason=one.reason) for one in remarks]


def _say(console: Console, title: Text, sentences: Sequence[Text]) -> None:
    if not sentences:
        return
    console.say(title, sys.stderr)
    for sentence in sentences[:_NAMED]:
        console.say(sentence, sys.stderr, before="  ")
    if len(sentences) > _NAMED:
        console.say(text("and {count} more", count=len(sentences) - _NAMED), sys.stderr, before="  ")
