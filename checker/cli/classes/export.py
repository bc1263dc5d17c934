"""``checker class export``: hand the grades over, and name those that could not be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from checker.classroom.export.canvas import gradebook
from checker.classroom.export.csv_file import csv_file
from checker.classroom.export.filling import COMMENT_MARK, FillableFile, fill
from checker.classroom.export.formats import Format
from checker.classroom.export.handed import HandedGrade, handed_grades
from checker.classroom.export.json_file import json_file
from checker.classroom.export.moodle import worksheet
from checker.classroom.export.table import table_of
from checker.classroom.export.writing import refuse_existing, write_grades
from checker.classroom.opening import OpenClass
from checker.classroom.roster.fields import WORDS, Field
from checker.cli.classes.grading import standing_here
from checker.cli.classes.handover import say_doubtful, say_filled, say_ungraded
from checker.cli.classes.opened import opened_here
from checker.cli.console import Console
from checker.errors import UsageError, did_you_mean
from checker.locale import Speech
from checker.model import text

_FILLED = (Format.MOODLE, Format.CANVAS)
"""The systems that want their own file back."""
_HEADERS = {
    **{field.value: WORDS[field] for field in (Field.NAME, Field.EMAIL, Field.NUMBER, Field.ACCOUNT, Field.GROUP)},
    "state": text("state"),
    "points": text("points"),
    "max_points": text("maximum"),
    "not_checked_points": text("not checked"),
    "late_penalty": text("late penalty"),
    "commit": text("commit"),
    "date": text("date (UTC)"),
    "overrides": text("overrides"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of an export: ``fill`` is the file of Moodle or Canvas that is filled in."""

    format: str | None
    output: Path | None
    fill: Path | None = None
    grade_column: str | None = None
    comments: bool = True
    force: bool = False


def run(console: Console, folder: Path, asked: Asked) -> None:
    """Write the grades, and name the students without one.

    Raises UsageError if the file to fill in or to write cannot be used, ClassError if the class cannot.
    """
    kind = _format(asked.format)
    output = _output(asked.output, kind)
    fillable = _fillable(kind, asked)
    if not asked.force:
        refuse_existing(output)
    with opened_here(folder) as of:
        handed = _handed(console, of)
        course = of.file.course
    if fillable is not None:
        filled = fill(fillable, handed, _comment(console.speech()) if asked.comments else None)
        write_grades(output, filled.content, over=asked.force)
        say_filled(console, kind, fillable, filled, output)
    else:
        write_grades(output, _content(kind, handed, course, console.speech()), over=asked.force)
        with_grade = sum(grade.grade is not None for grade in handed)
        console.say(
            text("{path}: students: {count}; with a grade: {graded}.", path=str(output), count=len(handed),
                 graded=with_grade)
        )  # fmt: skip
        say_ungraded(console, [grade for grade in handed if grade.grade is None])
    say_doubtful(console, handed)


def _output(path: Path | None, kind: Format) -> Path:
    if path is None:
        name = f"{kind}.csv" if kind in _FILLED else f"grades.{kind}"
        raise UsageError(
            text("It is not said where the grades go."),
            text("Name the file to write: --output {name}.", name=name),
        )
    return path


def _format(words: str | None) -> Format:
    if words is None:
        raise UsageError(
            text("It is not said what the grades are for."),
            text("Choose one: --format moodle, canvas, csv, json or xlsx."),
        )
    try:
        return Format(words)
    except ValueError as error:
        raise UsageError(text("There is no format {name}.", name=words), did_you_mean(words, Format)) from error


def _fillable(kind: Format, asked: Asked) -> FillableFile | None:
    if kind in _FILLED:
        if asked.fill is None:
            raise UsageError(
                text("{format} wants its own file back, with the grades in it.", format=kind.value.capitalize()),
                text("Download it there (Moodle: the grading worksheet; Canvas: Grades, Export), then: --fill FILE."),
            )
        return (worksheet if kind is Format.MOODLE else gradebook)(asked.fill, asked.grade_column)
    if asked.fill is not None:
        raise UsageError(
            text("--fill is for moodle and canvas only."), text("Leave it out, or choose one of these formats.")
        )
    return None


def _handed(console: Console, of: OpenClass) -> tuple[HandedGrade, ...]:
    to_do, runs, class_standings = standing_here(console, of)
    counting = {**to_do.up_to_date, **{task.repository.key: task.counting for task in to_do.tasks}}
    return handed_grades(class_standings, runs, counting)


def _content(kind: Format, handed: Sequence[HandedGrade], course: str, speech: Speech) -> bytes:
    match kind:
        case Format.JSON:
            return json_file(handed, course)
        case Format.XLSX:
            from checker.classroom.export.xlsx_file import xlsx_file

            headers: Mapping[str, str] = {name: speech.say(words) for name, words in _HEADERS.items()}
            return xlsx_file(table_of(handed), lambda name: headers.get(name, name), speech.say(text("Grades")))
        case _:
            return csv_file(table_of(handed))


def _comment(speech: Speech) -> Callable[[HandedGrade], str]:
    """The comment on a grade, for the student: it holds no word that a student wrote."""

    def comment(one: HandedGrade) -> str:
        if one.grade is None:
            return ""
        steps = ", ".join(
            speech.say(text("{step}: {points}/{most}", step=step, points=points, most=most))
            for step, (points, most) in one.steps.items()
        )
        sentence = text(
            "{points} of {most} points. By step: {steps}. Commit {commit}.",
            points=one.grade.points,
            most=one.grade.max_points,
            steps=steps,
            commit=one.commit[:12],
        )
        late = text("Taken off for lateness: {points}.", points=one.grade.penalty) if one.grade.penalty else None
        return " ".join((COMMENT_MARK, speech.say(sentence), *((speech.say(late),) if late else ())))

    return comment
