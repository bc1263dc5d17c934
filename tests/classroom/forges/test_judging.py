"""Step 1.9 is judged by what the forge told: from its API, through the gradebook, to a verdict of a real grading."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from checker.classroom.fork_reading import ForkReading
from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.gradebook.roster import forked
from checker.forge.local import RECORD
from checker.grader import Outcome
from checker.model import CheckResult, Passed, Status, ToDo
from tests.classroom.forges.class_world import UPSTREAM, Asked, Project, World
from tests.classroom.forges.conftest import Played
from tests.conftest import result_of
from tests.verdicts import failed, passed

RIGHT = Asked(12, "ada/titanic", "nettoyage")
Judge = Callable[..., CheckResult]


@pytest.fixture
def judge(
    play: Callable[..., Played], tmp_path: Path, solution: Callable[[str], Path], grade: Callable[..., Outcome]
) -> Judge:
    """``judge(*requests)``: the result of step 1.9 for a student of whom the forge tells these requests."""
    bare = tmp_path / "repositories" / "ada.git"
    source = solution("1.8")
    subprocess.run(["git", "clone", "--quiet", "--bare", "--no-local", source, bare], check=True)
    assert not (bare / RECORD).exists(), "nothing but the forge tells of requests"

    def judged(*asked: Asked) -> CheckResult:
        played = play(World([Project(UPSTREAM), Project("ada/titanic", fork_of=UPSTREAM)], list(asked)))
        with Gradebook(tmp_path / "gradebook.sqlite") as gradebook:
            ForkReading(gradebook, played.forge, played.heard, add=True).read(UPSTREAM)
            with gradebook.reading() as connection:
                requests = forked(connection)["ada"].requests
        outcome = grade(bare, own=False, commit="HEAD", requests=requests, checks=("pull-request",))
        return result_of(outcome.report, "pull-request")

    return judged


@pytest.mark.parametrize("state", ["open", "merged"])
def test_an_open_or_merged_request_passes(judge: Judge, state: str) -> None:
    result = judge(replace(RIGHT, state=state))
    assert isinstance(result.verdict, Passed)
    assert result.points == result.max_points > 0
    assert result.verdict.details["known_by"] == "forge"
    assert ("was merged" in str(result.verdict.message)) == (state == "merged")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (replace(RIGHT, state="closed"), "Request 12 was closed without being merged."),
        (replace(RIGHT, conflict=True), "Request 12 is in conflict with main."),
        (replace(RIGHT, branch="main"), "Request 12 comes from main, the default branch"),
        (replace(RIGHT, target_branch="dev"), "Request 12 goes to dev, but the default branch there is main."),
    ],
    ids=["closed", "conflict", "from main", "to dev"],
)
def test_a_wrong_request_fails_for_its_reason(judge: Judge, asked: Asked, says: str) -> None:
    assert says in str(failed(judge(asked).verdict).actual)


def test_a_right_request_counts_beside_a_closed_one(judge: Judge) -> None:
    assert isinstance(judge(replace(RIGHT, number=3, state="closed"), RIGHT).verdict, Passed)


def test_a_request_within_the_fork_passes_with_advice(judge: Judge) -> None:
    assert "aim at the original" in str(passed(judge(replace(RIGHT, target="ada/titanic")).verdict).advice[0].message)


def test_no_request_is_to_do_and_not_unavailable(judge: Judge) -> None:
    result = judge()
    assert isinstance(result.verdict, ToDo)
    assert result.status is Status.TODO


def test_a_request_whose_conflict_is_unknown_is_not_held_against_anybody(judge: Judge) -> None:
    assert isinstance(judge(replace(RIGHT, conflict=None)).verdict, Passed)
