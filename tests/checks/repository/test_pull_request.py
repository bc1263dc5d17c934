"""The check of step 1.9, on requests made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.course import load
from checker.facts.pull_requests import PullRequest, PullRequests, State
from checker.model import Passed, ToDo, Verdict
from checker.testing import verdict_of
from tests.pull_requests import pull_request
from tests.verdicts import failed, passed

COURSE = load().course
RIGHT = pull_request(4, "student/titanic", "nettoyage")


def judged(*requests: PullRequest) -> Verdict:
    return verdict_of("pull-request", PullRequests(requests, "event"), COURSE)


def test_none_is_to_do() -> None:
    assert isinstance(judged(), ToDo)


@pytest.mark.parametrize("state", [State.OPEN, State.MERGED])
@pytest.mark.parametrize("conflict", [None, False])
def test_the_right_one_passes(state: State, conflict: bool | None) -> None:
    assert passed(judged(replace(RIGHT, state=state, conflict=conflict))).advice == ()


def test_one_within_the_own_repository_passes_with_advice() -> None:
    verdict = passed(judged(replace(RIGHT, target_repository="Student/Titanic")))
    assert "within your own repository" in str(verdict.advice[0].message)


def test_a_merged_one_that_conflicts_by_now_passes() -> None:
    assert isinstance(judged(replace(RIGHT, state=State.MERGED, conflict=True)), Passed)


@pytest.mark.parametrize(
    ("request_", "says", "hint"),
    [
        (replace(RIGHT, source_branch="main"), "comes from main, the default branch", "git switch -c nettoyage"),
        (replace(RIGHT, target_branch="dev"), "goes to dev, but the default branch there is main", "target"),
        (replace(RIGHT, state=State.CLOSED), "closed without being merged", "Open it again"),
        (replace(RIGHT, conflict=True), "in conflict with main", "resolve the conflict"),
    ],
)
def test_a_wrong_one_fails(request_: PullRequest, says: str, hint: str) -> None:
    verdict = failed(judged(request_))
    assert says in str(verdict.actual)
    assert hint in str(verdict.hint)
    assert verdict.reproduce.startswith("test ")


def test_one_right_request_is_enough() -> None:
    assert isinstance(judged(replace(RIGHT, source_branch="main", state=State.CLOSED), RIGHT), Passed)


def test_a_branch_name_cannot_leave_its_place_in_the_command() -> None:
    verdict = failed(judged(replace(RIGHT, target_default="x'; touch /tmp/y; '", target_branch="main")))
    assert "; touch" not in verdict.reproduce
