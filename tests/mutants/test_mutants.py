"""Each check fails what it should and passes what it should, and its command shows the same without the checker."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import pytest

from checker.course import load
from checker.evidence.datasets.served import ordinary_data
from checker.facts.actions import Command
from checker.facts.job import Job, RunLimits
from checker.grader import Outcome
from checker.locale import Speech
from checker.model import Advice, Blocked, Failed, Report, Verdict, credit_of
from checker.render.json import message_of
from checker.sandbox.base import Sandbox
from tests.conftest import result_of, shell, tree_of_folder
from tests.mutants.model import Mutant, Variant, apply
from tests.mutants.registry import MUTANTS, VARIANTS

Grade = Callable[..., Outcome]
Copy = Callable[[str], Path]


def identity(case: Mutant | Variant) -> str:
    return f"{case.check}--{case.name}".replace(" ", "-")


def first_of_each(cases: Iterable[Mutant]) -> list[Mutant]:
    """The first case of each check."""
    return list({case.check: case for case in reversed(tuple(cases))}.values())


def made(case: Mutant | Variant, copy_of: Copy) -> Path:
    """The solution of the case's base, edited."""
    folder = copy_of(case.base)
    apply(case.edits, folder)
    if case.commit:
        shell("git add -A && git commit -q --allow-empty -m 'Work on it'", folder)
    return folder


def judged(case: Mutant | Variant, folder: Path, grade: Grade) -> Verdict:
    outcome = grade(folder, checks=(case.check,), variables=case.variables)
    return result_of(outcome.report, case.check).verdict


def sentences(verdict: Verdict, language: str = "en") -> str:
    """All that a verdict says."""
    return f"{explanation(verdict, language)} {advice_of(verdict.advice, language)}"


def explanation(verdict: Verdict, language: str = "en") -> str:
    """All that a verdict says but for its advice."""
    said = [message_of(verdict), *((verdict.expected, verdict.hint) if isinstance(verdict, Failed) else ())]
    return " ".join(map(Speech(language).say, said))


def advice_of(advice: tuple[Advice, ...], language: str = "en") -> str:
    return " ".join(Speech(language).say(one.message) for one in advice)


def reproduced(line: str, folder: Path, sandbox: Sandbox) -> int:
    """The exit status of a command at the root of *folder*, with the course's data on the network."""
    course = load().course
    finished = sandbox.run(
        Job(
            tree=tree_of_folder(folder),
            action=Command(line),
            variables=course.data.variables,
            served_data=ordinary_data(course),
            limits=RunLimits(seconds=120),
        ),
    )
    return finished.status if finished.succeeded else finished.status or 1


@pytest.fixture(scope="session")
def status_on_right(shared_folder: Path, sandbox: Sandbox) -> Callable[[str, str, Callable[[], Path]], int]:
    """The exit status of a command on a right solution, by the solution's name and a function that makes it.

    Mutants of one check often share both: each pair is run once in a test session.
    """
    folder = shared_folder / "statuses"
    folder.mkdir(exist_ok=True)

    def status(line: str, name: str, make: Callable[[], Path]) -> int:
        path = folder / sha256(f"{name}\n{line}".encode()).hexdigest()
        if not path.exists():
            written = path.with_suffix(f".{os.getpid()}")
            written.write_text(str(reproduced(line, make(), sandbox)))
            written.replace(path)
        return int(path.read_text())

    return status


def charged(report: Report) -> dict[str, Failed]:
    """The failures that cost something, by check."""
    results = (result for step in report.steps for result in step.checks)
    return {
        result.id: result.verdict
        for result in results
        if isinstance(result.verdict, Failed) and credit_of(result.verdict) < 1
    }


def assert_judged_as_meant(case: Mutant, verdict: Verdict) -> None:
    assert isinstance(verdict, case.verdict), verdict
    assert case.says in sentences(verdict)
    if isinstance(verdict, Failed):
        places = [str(place) for place in verdict.where]
        assert not case.where or case.where in places, places
        assert case.credit is None or verdict.credit == case.credit
        assert verdict.reproduce


@pytest.mark.parametrize("case", first_of_each(MUTANTS), ids=identity)
def test_mutant(case: Mutant, copy_of: Copy, grade: Grade) -> None:
    """The first mutant of each check, whenever tests are run: graded for this check alone."""
    assert_judged_as_meant(case, judged(case, made(case, copy_of), grade))


@pytest.mark.slow
@pytest.mark.usefixtures("without_suspicions")
@pytest.mark.parametrize("case", MUTANTS, ids=identity)
def test_a_mistake_is_charged_once_and_its_command_shows_it(
    case: Mutant,
    copy_of: Copy,
    grade: Grade,
    sandbox: Sandbox,
    solution_report: Callable[[str], Report],
    status_on_right: Callable[[str, str, Callable[[], Path]], int],
) -> None:
    """In a whole grading the check of the mutant alone costs points, but for charges that have their reason.

    The command of each failure fails in the folder where the student stands. The one of the mutant's check is content
    with the solution, and with variants of the same check and step.
    """
    folder = made(case, copy_of)
    report = grade(folder, docker="off", variables=case.variables).report
    verdict = result_of(report, case.check).verdict
    assert_judged_as_meant(case, verdict)
    before = charged(solution_report(case.base))
    costs = {check: failed for check, failed in charged(report).items() if check not in before}
    at_fault = {case.check, *(verdict.by if isinstance(verdict, Blocked) else ())}
    assert set(costs) - at_fault == set(case.charged_too), {check: sentences(costs[check]) for check in costs}
    if case.not_reproduced:
        return
    for failed in costs.values():
        assert reproduced(failed.reproduce, folder, sandbox) != 0, failed.reproduce
    if isinstance(verdict, Failed):
        for name, make in right_of(case, copy_of).items():
            assert status_on_right(verdict.reproduce, name, make) == 0, f"{name}: {verdict.reproduce}"


def right_of(case: Mutant, copy_of: Copy) -> dict[str, Callable[[], Path]]:
    """What the command of a mutant's check has to be content with: the solution, and two variants."""
    alike = [one for one in VARIANTS if one.check == case.check and one.base == case.base and not one.not_reproduced]
    chosen = sorted(alike, key=lambda one: sha256(f"{identity(case)} {identity(one)}".encode()).hexdigest())[:2]
    variants = {identity(one): lambda one=one: made(one, copy_of) for one in chosen}
    return {case.base: lambda: copy_of(case.base), **variants}


@pytest.mark.slow
@pytest.mark.parametrize("case", VARIANTS, ids=identity)
def test_variant(case: Variant, copy_of: Copy, grade: Grade) -> None:
    verdict = judged(case, made(case, copy_of), grade)
    assert isinstance(verdict, case.verdict), f"{verdict} {sentences(verdict)}"
    assert case.advises in advice_of(verdict.advice)


def test_every_check_has_two_mutants_and_two_variants() -> None:
    for _, entry in load().course.checks():
        mutants = [case for case in MUTANTS if case.check == entry.id]
        variants = [case for case in VARIANTS if case.check == entry.id]
        assert len(mutants) >= 2, entry.id
        assert len(variants) >= 2, entry.id


def test_a_second_charge_has_a_reason() -> None:
    for case in MUTANTS:
        assert case.check not in case.charged_too
        assert all(len(reason.split()) > 3 for reason in case.charged_too.values()), identity(case)


def test_only_what_needs_a_forge_is_not_reproduced() -> None:
    assert {case.check for case in MUTANTS if case.not_reproduced} <= {"pull-request"}


def test_no_name_is_taken_twice() -> None:
    names = [identity(case) for case in (*MUTANTS, *VARIANTS)]
    assert sorted(names) == sorted(set(names))


def test_the_surroundings_are_clean() -> None:
    assert "GITHUB_ACTIONS" not in os.environ
