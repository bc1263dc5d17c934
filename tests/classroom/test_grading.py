"""What comes of single repositories never stops the grading of a class; a gradebook that fails does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checker.classroom.gradebook.claims import Claimant, held, take
from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.gradebook.roster import put_repositories
from checker.classroom.gradebook.runs import add_run, latest_runs
from checker.classroom.grading import Desk, grade_class
from checker.classroom.planning import Task
from checker.classroom.records import ClassRepository, Counting, Fetched, Forked, Provenance, Run, RunEnd
from checker.errors import CheckerFault, ClassError, UsageError
from checker.facts.submission import Submission
from checker.locale import Speech
from checker.model import Trust, text
from checker.render.json import render
from tests.classroom.conftest import NOON, PASSED, report_of

WORDS = (text("cause"), text("remedy"))
OUTCOMES: dict[str, Any] = {
    "good": report_of(("1.1", {"notebook-runs": (PASSED, 1)})),
    "refused": UsageError(text("It holds too much."), WORDS[1]),
    "fault": CheckerFault(text("The sandbox is gone."), WORDS[1]),
    "crash": ZeroDivisionError(),
    "unreadable": "no report",
    "a runner's": replace(report_of(("1.1", {"notebook-runs": (PASSED, 1)})), trust=Trust.CI),
}
ENDS = {
    "good": RunEnd.GRADED,
    "refused": RunEnd.REFUSED,
    "fault": RunEnd.ERRORED,
    "crash": RunEnd.ERRORED,
    "unreadable": RunEnd.ERRORED,
    "a runner's": RunEnd.ERRORED,
}


@dataclass
class Heard:
    """A listener that remembers."""

    ended_ones: list[str] = field(default_factory=list)
    elsewhere_ones: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def begun(self, task: Task) -> None:
        pass

    def ended(self, task: Task, run: Run) -> None:
        self.ended_ones.append(task.repository.key)

    def elsewhere(self, task: Task) -> None:
        self.elsewhere_ones.append(task.repository.key)

    def fault(self, task: Task, fault: str) -> None:
        self.faults.append(task.repository.key)


@dataclass
class FakeGrader:
    """Gives for each repository what was planted: a report, or something raised."""

    given_up: bool = False

    def grade(self, submission: Submission) -> Any:
        planted = OUTCOMES[submission.path.name]
        if isinstance(planted, Exception):
            raise planted
        return SimpleNamespace(report=planted, faults={})

    def give_up(self) -> None:
        self.given_up = True


def document(outcome: Any) -> bytes:
    return b"{}" if isinstance(outcome.report, str) else render(outcome.report, Speech("en")).encode()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Gradebook(tmp_path / "gradebook.sqlite") as gradebook:
        with gradebook.writing() as connection:
            put_repositories(connection, [ClassRepository(key=key, source=key) for key in OUTCOMES])
        yield Desk(
            gradebook=gradebook,
            grader=FakeGrader(),  # type: ignore[arg-type]
            who=Claimant("here", "1 2 3"),
            submission=lambda task: Submission(path=Path(task.repository.key)),
            document=document,
            keep=lambda _connection, _run: None,
            listener=Heard(),
        )


def task(key: str) -> Task:
    return Task(
        repository=ClassRepository(key=key, source=key),
        fetched=Fetched(at=NOON),
        forked=Forked(),
        counting=Counting(commit="a" * 40, identity="a" * 40),
        provenance=Provenance(identity="a" * 40, course_hash="c", checker="1", environment="embedded"),
    )


TASKS = tuple(task(key) for key in OUTCOMES)


@pytest.mark.parametrize("at_once", [1, 3])
def test_each_repository_has_its_end(desk: Desk, at_once: int) -> None:
    grade_class(desk, TASKS, at_once=at_once)
    with desk.gradebook.reading() as connection:
        runs = latest_runs(connection, reports=True)
        assert {key: run.end for key, run in runs.items()} == ENDS
        assert {key for key, run in runs.items() if run.report is not None} == {"good"}
        assert str(runs["refused"].reason) == "It holds too much."
        assert held(connection, NOON) == {}
    heard: Any = desk.listener
    assert sorted(heard.ended_ones) == sorted(OUTCOMES)
    assert sorted(heard.faults) == ["crash", "unreadable"]


def test_what_another_process_grades_is_left_to_it(desk: Desk) -> None:
    with desk.gradebook.writing() as connection:
        take(connection, "good", Claimant("there", "1 2 3"), datetime.now(UTC))
    grade_class(desk, TASKS, at_once=2)
    heard: Any = desk.listener
    assert heard.elsewhere_ones == ["good"]
    with desk.gradebook.reading() as connection:
        assert "good" not in latest_runs(connection)


def test_what_another_process_has_graded_since_the_plan_is_not_graded_again(
    desk: Desk, make_run: Callable[..., Run]
) -> None:
    with desk.gradebook.writing() as connection:
        add_run(connection, make_run("good", OUTCOMES["good"], provenance=TASKS[0].provenance))
    grade_class(desk, TASKS[:1], at_once=1)
    heard: Any = desk.listener
    assert (heard.elsewhere_ones, heard.ended_ones) == (["good"], [])


def test_a_gradebook_that_fails_ends_the_class_and_keeps_what_was_kept(desk: Desk) -> None:
    def full(_connection: object, run: Run) -> None:
        if run.repository == "crash":
            raise ClassError(text("The disk is full."), WORDS[1])

    with pytest.raises(ClassError, match="The disk is full"):
        grade_class(replace(desk, keep=full), TASKS, at_once=1)
    grader: Any = desk.grader
    assert grader.given_up
    with desk.gradebook.reading() as connection:
        assert set(latest_runs(connection)) == {"good", "refused", "fault"}
