"""``checker class status``: the standing of the class, also while another process grades it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from checker.classroom.standing import Stand, StudentStanding
from checker.cli.classes.grading import standing_here
from checker.cli.classes.opened import opened_here
from checker.cli.classes.rows import say_row
from checker.cli.console import Console
from checker.model import Text, text

_LONGEST_NAME = 28
_WORDS = {
    Stand.NO_REPOSITORY: text("without a repository"),
    Stand.NOT_FETCHED: text("not fetched yet"),
    Stand.UNREADY: text("cannot be graded now"),
    Stand.WAITING: text("waiting to be graded"),
    Stand.RUNNING: text("being graded"),
    Stand.GRADED: text("graded"),
    Stand.REFUSED: text("refused"),
    Stand.ERRORED: text("ended by a fault of the checker or the machine"),
}


def run(console: Console, folder: Path) -> None:
    """Print the standing. Raises UsageError if there is no class, ClassError if it cannot be used."""
    with opened_here(folder) as opened:
        _, _, class_standings = standing_here(console, opened)
    console.say(text("{folder}: students: {count}", folder=str(opened.folder.root), count=len(class_standings)))
    counts = Counter(standing.stand for standing in class_standings)
    for stand in Stand:
        if counts[stand]:
            say_row(console, text("{state}: {count}", count=counts[stand], state=_WORDS[stand]))
    for standing in class_standings:
        say_row(console, _line(standing))
    console.say(_next(counts))


def _line(standing: StudentStanding) -> Text:
    name = (standing.student.shown)[:_LONGEST_NAME]
    state: Text = _WORDS[standing.stand] if standing.reason is None else standing.reason
    if standing.grade is None:
        return text("{name}: {state}", name=name, state=state)
    grade = text("{points} of {most}", points=float(standing.grade.points), most=float(standing.grade.max_points))
    if standing.stand is Stand.GRADED:
        return text("{name}: {grade}", name=name, grade=grade)
    return text("{name}: {grade}; {state}", name=name, grade=grade, state=state)


def _next(counts: Counter[Stand]) -> Text:
    if not counts:
        return text("Next: checker class add roster.csv")
    if set(counts) == {Stand.NO_REPOSITORY}:
        return text("Next: checker class forks OWNER/REPO, or checker class add FOLDER with their work in it.")
    if counts[Stand.NOT_FETCHED]:
        return text("Next: checker class clone, then checker class grade.")
    if counts[Stand.WAITING]:
        return text("Next: checker class grade")
    return text("Next: checker class export")
