"""Each fault of a situation is charged once, explained in both languages, and shown by its command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker.grader import Outcome
from checker.model import Failed, Status, credit_of
from checker.sandbox.base import SharedSandbox
from tests.conftest import shell
from tests.field.model import Situation
from tests.field.registry import SITUATIONS
from tests.mutants.model import apply
from tests.mutants.test_mutants import reproduced, sentences

NEVER_SEEN_HERE = frozenset({"pull-request", "image-builds", "image-runs", "image-clean", "image-cache"})
"""Checks that need a forge or an engine: unavailable in each of these reports."""


@pytest.mark.slow
@pytest.mark.usefixtures("without_suspicions")
@pytest.mark.parametrize(
    "situation",
    [
        pytest.param(situation, id=f"{module}--{situation.name}".replace(" ", "-"))
        for module, situations in SITUATIONS.items()
        for situation in situations
    ],
)
def test_situation(
    situation: Situation, copy_of: Callable[[str], Path], grade: Callable[..., Outcome], sandbox: SharedSandbox
) -> None:
    folder = copy_of(situation.base)
    apply(situation.edits, folder)
    if situation.committed:
        shell("git add -A && git commit -q --allow-empty -m 'Work on it'", folder)
    report = grade(folder, docker="off", up_to=situation.up_to, variables=situation.variables).report
    results = {result.id: result for step in report.steps for result in step.checks}

    def of(status: Status) -> set[str]:
        return {name for name, result in results.items() if result.status is status} - NEVER_SEEN_HERE

    told = {name: sentences(result.verdict) for name, result in results.items()}
    charged = {name for name in of(Status.FAILED) if credit_of(results[name].verdict) < 1}
    assert of(Status.FAILED) - charged >= set(situation.reached)
    assert of(Status.ERRORED) == set()
    assert charged == set(situation.charged), {name: told[name] for name in charged}
    assert of(Status.UNAVAILABLE) == set(situation.unavailable), {name: told[name] for name in of(Status.UNAVAILABLE)}
    assert of(Status.BLOCKED) >= set(situation.blocked)
    assert {name: results[name].status for name in situation.passed} == dict.fromkeys(situation.passed, Status.PASSED)
    apart = (situation.reached, situation.unavailable, situation.blocked, situation.advises)
    for fragments in (situation.charged, *apart):
        for name, fragment in fragments.items():
            assert fragment in told[name], (name, told[name])
    for name, fragment in situation.french.items():
        french = sentences(results[name].verdict, "fr")
        assert fragment in french, (name, french)
    for number, name in enumerate((*situation.charged, *situation.reached)):
        verdict = results[name].verdict
        assert isinstance(verdict, Failed)
        assert situation.credit is None or name in situation.reached or verdict.credit == situation.credit
        places = [str(place) for place in verdict.where]
        assert number or any(place.startswith(situation.where) for place in places or [""]), places
        assert reproduced(verdict.reproduce, folder, sandbox) != 0, verdict.reproduce


def test_no_name_is_taken_twice() -> None:
    names = [situation.name for situations in SITUATIONS.values() for situation in situations]
    assert sorted(names) == sorted(set(names))
