"""``checker class show``: one student, with everything that the gradebook knows."""

from __future__ import annotations

from pathlib import Path

from checker.classroom.authors import commits_by_author
from checker.classroom.current import current_grades, rules_of
from checker.classroom.gradebook.decisions import all_decisions
from checker.classroom.gradebook.grades import history_of
from checker.classroom.gradebook.roster import fetched, students
from checker.classroom.gradebook.runs import graded_runs, runs_of
from checker.classroom.named import student_named
from checker.classroom.points import CheckGrade, Grade
from checker.classroom.records import Decision, DecisionKind, Run, RunEnd
from checker.cli.classes.opened import opened_here
from checker.cli.classes.rows import say_row
from checker.cli.console import Console
from checker.model import Text, text

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
    """Print it. Raises UsageError for a name that nobody or several have, ClassError where the class is unusable."""
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
    console.say(text("{name} ({key})", name=student.name or student.key, key=student.key))
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
    steps: dict[str, list[CheckGrade]] = {}
    for one in grade.checks:
        steps.setdefault(one.step, []).append(one)
    for step, checks in steps.items():
        words = text(
            "{step}: {points} of {most}",
            step=step,
            points=float(sum(one.points for one in checks)),
            most=float(sum(one.max_points for one in checks)),
        )
        say_row(console, words)


def _run(one: Run) -> Text:
    return text(
        "{at}: {end}, commit {commit}, checker {checker}, {environment}",
        at=one.at.strftime(_TIME),
        end=_ENDS[one.end],
        commit=one.provenance.identity[:12],
        checker=one.provenance.checker,
        environment=one.provenance.environment,
    )


def _decision(one: Decision) -> Text:
    return text(
        "{at}: {decision}, by {author}: {reason}",
        at=one.at.strftime(_TIME),
        decision=Text(_DECISIONS[one.kind].template, (("check", one.check),)),
        author=one.author,
        reason=one.reason,
    )
