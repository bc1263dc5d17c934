"""Each check fails what it should and passes what it should, and its command shows the same without the checker."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from checker.course import load
from checker.evidence.worlds import ordinary_world
from checker.facts.running import Command, Job, Limits
from checker.grader import Outcome
from checker.locale import Speech
from checker.model import Advice, Failed, Verdict
from checker.render.json import message_of
from checker.sandbox.base import Sandbox
from tests.conftest import result_of, shell, tree_of_folder
from tests.mutants.model import Mutant, Variant, apply
from tests.mutants.registry import MUTANTS, VARIANTS

Grade = Callable[..., Outcome]
Copy = Callable[[str], Path]
_DEAR = ("functions-", "notebook-", "layout-")
"""Families whose variants run a notebook, or several states of one."""


def identity(case: Mutant | Variant) -> str:
    return f"{case.check}--{case.name}".replace(" ", "-")


def paced(cases: Iterable[Mutant | Variant]) -> list[Any]:
    """One of each check whenever tests are run, the others where there is time."""
    known: set[str] = set()
    found = []
    for case in cases:
        waits = case.check in known or (isinstance(case, Variant) and case.check.startswith(_DEAR))
        found.append(pytest.param(case, marks=[pytest.mark.slow] if waits else []))
        known.add(case.check)
    return found


def made(case: Mutant | Variant, copy_of: Copy) -> Path:
    """The solution of the case's base, edited."""
    folder = copy_of(case.base)
    apply(case.edits, folder, lambda line: shell(line, folder))
    if case.commit:
        shell("git add -A && git commit -q --allow-empty -m 'Work on it'", folder)
    return folder


def judged(case: Mutant | Variant, folder: Path, grade: Grade) -> Verdict:
    outcome = grade(folder, checks=(case.check,), variables=case.variables)
    return result_of(outcome.report, case.check).verdict


def sentences(verdict: Verdict) -> str:
    """All that a verdict says in English."""
    said = [message_of(verdict)]
    if isinstance(verdict, Failed):
        said += [verdict.expected, verdict.hint]
    return " ".join([*(Speech("en").say(one) for one in said), advice_of(verdict.advice)])


def advice_of(advice: tuple[Advice, ...]) -> str:
    return " ".join(Speech("en").say(one.message) for one in advice)


def reproduced(line: str, folder: Path, sandbox: Sandbox) -> int:
    """The exit status of a command at the root of *folder*, with the course's data on the network."""
    course = load().course
    finished = sandbox.run(
        Job(
            tree=tree_of_folder(folder),
            action=Command(line),
            variables=course.data.variables,
            world=ordinary_world(course),
            limits=Limits(seconds=120),
        ),
    )
    return finished.status if finished.succeeded else finished.status or 1


@pytest.mark.parametrize("case", paced(MUTANTS), ids=identity)
def test_mutant(case: Mutant, copy_of: Copy, grade: Grade) -> None:
    verdict = judged(case, made(case, copy_of), grade)
    assert isinstance(verdict, case.verdict), verdict
    said = sentences(verdict)
    assert case.says in said
    if isinstance(verdict, Failed):
        places = [str(place) for place in verdict.where]
        assert not case.where or case.where in places, places
        assert case.credit is None or verdict.credit == case.credit
        assert verdict.reproduce


@pytest.mark.slow
@pytest.mark.parametrize("case", paced(VARIANTS), ids=identity)
def test_variant(case: Variant, copy_of: Copy, grade: Grade) -> None:
    verdict = judged(case, made(case, copy_of), grade)
    assert isinstance(verdict, case.verdict), f"{verdict} {sentences(verdict)}"
    assert case.advises in advice_of(verdict.advice)


@pytest.fixture(scope="session")
def known() -> dict[tuple[str, str], int]:
    """What commands did on what is right: mutants of one check often share theirs."""
    return {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [case for case in MUTANTS if case.verdict is Failed and not case.not_reproduced],
    ids=identity,
)
def test_the_command_shows_the_mistake_and_is_content_with_what_is_right(
    case: Mutant,
    copy_of: Copy,
    grade: Grade,
    sandbox: Sandbox,
    known: dict[tuple[str, str], int],
) -> None:
    """It fails on the mutant and succeeds on the solution, and on each variant of the same step."""
    folder = made(case, copy_of)
    verdict = judged(case, folder, grade)
    assert isinstance(verdict, Failed)
    line = verdict.reproduce
    assert reproduced(line, folder, sandbox) != 0, line
    right = {case.base: lambda: copy_of(case.base)} | {
        identity(variant): lambda variant=variant: made(variant, copy_of)
        for variant in VARIANTS
        if variant.check == case.check and variant.base == case.base
    }
    for name, make in right.items():
        if (line, name) not in known:
            known[line, name] = reproduced(line, make(), sandbox)
        assert known[line, name] == 0, f"{name}: {line}"


def test_every_check_has_two_mutants_and_two_variants() -> None:
    for _, entry in load().course.checks():
        mutants = [case for case in MUTANTS if case.check == entry.id]
        variants = [case for case in VARIANTS if case.check == entry.id]
        assert len(mutants) >= 2, entry.id
        assert len(variants) >= 2, entry.id


def test_only_what_needs_a_forge_is_not_reproduced() -> None:
    assert {case.check for case in MUTANTS if case.not_reproduced} <= {"pull-request"}


def test_no_name_is_taken_twice() -> None:
    names = [identity(case) for case in (*MUTANTS, *VARIANTS)]
    assert sorted(names) == sorted(set(names))


def test_the_surroundings_are_clean() -> None:
    assert "GITHUB_ACTIONS" not in os.environ
