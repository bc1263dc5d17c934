"""``checker class export``: hand the grades over, and say what could not be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from checker.classroom.current import current_grades, rules_of
from checker.classroom.export.canvas import gradebook
from checker.classroom.export.csv_file import csv_file
from checker.classroom.export.filling import COMMENT_MARK, FillableFile, fill
from checker.classroom.export.formats import Format
from checker.classroom.export.handed import HandedGrade, handed_grades
from checker.classroom.export.json_file import json_file
from checker.classroom.export.moodle import worksheet
from checker.classroom.export.table import table_of
from checker.classroom.export.writing import refuse_existing, write_grades
from checker.classroom.gradebook.claims import held
from checker.classroom.gradebook.roster import fetched, students
from checker.classroom.gradebook.runs import graded_runs, latest_runs
from checker.classroom.opening import OpenClass
from checker.classroom.standing import standings
from checker.classroom.whole_class import WholeClass, options_of
from checker.cli.check import options_here
from checker.cli.classes.handover import say_doubtful, say_filled, say_ungraded
from checker.cli.classes.opened import opened_here
from checker.cli.console import Console
from checker.errors import UsageError
from checker.facts.options import GradingOptions
from checker.grader import Grader
from checker.locale import Speech
from checker.model import text

_NAMES = {
    Format.MOODLE: "moodle.csv",
    Format.CANVAS: "canvas.csv",
    Format.CSV: "grades.csv",
    Format.JSON: "grades.json",
    Format.XLSX: "grades.xlsx",
}
_HEADERS = {
    "name": text("name"),
    "email": text("e-mail"),
    "number": text("number"),
    "account": text("account"),
    "group": text("group"),
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
    """What is handed over, and how: ``fill`` is the file of Moodle or Canvas that is filled in."""

    format: str | None
    output: Path | None
    fill: Path | None = None
    grade_column: str | None = None
    comments: bool = True
    force: bool = False


def run(console: Console, folder: Path, asked: Asked) -> None:
    """Write the grades, and name whom they were not written for.

    Raises UsageError where the file to fill in or to write cannot be used, ClassError where the class cannot.
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
        with_grade = sum(one.grade is not None for one in handed)
        console.say(
            text("{path}: students: {count}; with a grade: {graded}.", path=str(output), count=len(handed),
                 graded=with_grade)
        )  # fmt: skip
        say_ungraded(console, [one for one in handed if one.grade is None])
    say_doubtful(console, handed)


def _output(path: Path | None, kind: Format) -> Path:
    if path is None:
        raise UsageError(
            text("It is not said where the grades go."),
            text("Name the file to write: --output {name}.", name=_NAMES[kind]),
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
        names = [one.value for one in Format]
        close = get_close_matches(words, names, n=1, cutoff=0.5)
        raise UsageError(
            text("There is no format {name}.", name=words),
            text("Did you mean {name}?", name=close[0]) if close else text("There are: {names}.", names=tuple(names)),
        ) from error


def _fillable(kind: Format, asked: Asked) -> FillableFile | None:
    """The file to fill in, for the systems that give one."""
    if kind in (Format.MOODLE, Format.CANVAS):
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
    grader = Grader(options_of(of, options_here(console, GradingOptions())))
    to_do = WholeClass(of, grader).plan(grader.course(), (), ())
    with of.gradebook.reading() as connection:
        members = students(connection)
        runs = graded_runs(connection)
        grades = current_grades(runs, members, rules_of(connection, of.file.late))
        got, now = fetched(connection), datetime.now(UTC)
        found = standings(members, to_do, got, latest_runs(connection), held(connection, now), grades)
    counting = {**to_do.up_to_date, **{task.repository.key: task.counting for task in to_do.tasks}}
    return handed_grades(found, runs, counting)


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
