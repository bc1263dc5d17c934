"""``checker class show``: one student, with all records of the gradebook."""

from __future__ import annotations

from pathlib import Path

from checker.classroom.authors import commits_by_author
from checker.classroom.current import current_grades, rules_of
from checker.classroom.gradebook.decisions import all_decisions
from checker.classroom.gradebook.grades import history_of
from checker.classroom.gradebook.roster import fetched, students
from checker.classroom.gradebook.runs import graded_runs, runs_of
from checker.classroom.named import student_named
from checker.classroom.points import Grade
from checker.classroom.records import Decision, DecisionKind, Run, RunEnd
from checker.cli.classes.opened import opened_here
from checker.cli.classes.rows import say_row
from checker.cli.console import Console
from checker.model import Text, Trust, text

_TIME = "%Y-%m-%d %H:%M UTC"
_ENDS = {
    RunEnd.GRADED: text("graded"),
    RunEnd.REFUSED: text("refused"),
    RunEnd.ERRORED: text("ended by a fault of the checker or the machine"),
}
_DECISIONS = {
    DecisionKind.OVERRIDE: text("other points for {check}"),
    DecisionKind.WAIVER: text("a waiver of {check}"),
    DecisionKind.WEIGHT: text("another weight of {check}"),
    DecisionKind.WITHDRAWN: text("a withdrawal of the decision on {check}"),
}
_CAUSES = {
    "run": text("by a grading"),
    "class file": text("by another deadline or policy"),
    "rescore": text("by other rules"),
    **dict.fromkeys((kind.value for kind in DecisionKind), text("by a decision")),
}


def run(console: Console, folder: Path, name: str) -> None:
    """Print the student. Raises UsageError for an unknown or ambiguous name, ClassError if the class is unusable."""
    with opened_here(folder) as opened:
        with opened.gradebook.reading() as connection:
            student = student_named(students(connection), name)
            rules = rules_of(connection, opened.file.late)
            graded = graded_runs(connection, student.repository) if student.repository else {}
            grade = current_grades(graded, [student], rules).get(student.key)
            runs = runs_of(connection, student.repository) if student.repository else ()
            decisions = tuple(one for one in all_decisions(connection) if one.student in (None, student.key))
            past = history_of(connection, student.key)
            last = fetched(connection).get(student.repository or "")
        authors = commits_by_author(opened.folder.repositories / last.place, last.tip) if last and last.tip else {}
    console.say(text("{name} ({key})", name=student.shown, key=student.key))
    facts = (student.email, student.number, student.account, student.group)
    if any(facts):
        say_row(console, text("Also: {facts}", facts=tuple(one for one in facts if one)))
    _say_grade(console, grade)
    for one in runs:
        say_row(console, _run(one))
    for decision in decisions:
        say_row(console, _decision(decision))
    for old in past:
        words = text(
            "{at}: {points} of {most} ({cause})",
            at=old.at.strftime(_TIME),
            points=float(old.points),
            most=float(old.max_points),
            cause=_CAUSES.get(old.cause, old.cause),
        )
        say_row(console, words)
    for author, count in authors.items():
        say_row(console, text("commits by {author}: {count}", count=count, author=author))


def _say_grade(console: Console, grade: Grade | None) -> None:
    if grade is None:
        console.say(text("There is no grade yet."))
        return
    console.say(text("{points} of {most} points", points=float(grade.points), most=float(grade.max_points)))
    if grade.penalty:
        say_row(console, text("{points} points are taken off for lateness.", points=float(grade.penalty)))
    if grade.open_points:
        say_row(console, text("{points} points could not be checked.", points=float(grade.open_points)))
    for step, (points, most) in grade.steps.items():
        say_row(console, text("{step}: {points} of {most}", step=step, points=float(points), most=float(most)))


def _run(grading: Run) -> Text:
    provenance = grading.provenance
    run = text(
        "{at}: {end}, commit {commit}, checker {checker}, {environment}",
        at=grading.at.strftime(_TIME),
        end=_ENDS[grading.end],
        commit=provenance.identity[:12],
        checker=provenance.checker,
        environment=provenance.environment,
    )
    if provenance.trust is Trust.OFFICIAL:
        return run
    return text("{run} (no grade rests on it: it was not made by this class)", run=run)


def _decision(decision: Decision) -> Text:
    return text(
        "{at}: {decision}, by {author}: {reason}",
        at=decision.at.strftime(_TIME),
        decision=Text(_DECISIONS[decision.kind].template, (("check", decision.check),)),
        author=decision.author,
        reason=decision.reason,
    )
