"""Without namespaces an honest submission gets the verdicts that it gets with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from checker.checks.registry import checks
from checker.evidence.reading_alone import needs_run
from checker.facts.options import GradingOptions
from checker.grader import Grader
from checker.model import Report, Verdict
from tests.conftest import graded_by
from tests.mutants.model import Variant
from tests.mutants.registry import VARIANTS
from tests.mutants.test_mutants import advice_of, identity, judged, made, sentences

pytestmark = pytest.mark.slow

STEPS = ("1.1", "1.5", "2.1", "2.3")
"""Solutions whose code differs most: the notebook alone, modules in folders, a configuration, links without storage."""


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grader]:
    """A grader that runs plain processes, with their warm parents."""
    options = GradingOptions(sandbox="plain", cache=tmp_path_factory.mktemp("kept"), lasting=True)
    with Grader(options) as opened:
        yield opened


def verdicts(report: Report) -> dict[str, Verdict]:
    return {result.id: result.verdict for step in report.steps for result in step.checks}


def told(verdict: Verdict) -> tuple[str, str, tuple[str, ...]]:
    """What a student is told: the kind of the verdict, its sentences but for times and matrices, its places."""
    places = tuple(str(place) for place in getattr(verdict, "where", ()))
    return type(verdict).__name__, re.sub(r"\b[0-9.]+ s\b|\[\[.*?\]\]", "…", sentences(verdict)), places


@pytest.mark.parametrize("step", STEPS)
def test_a_solution_gets_the_same_report(
    step: str,
    solution: Callable[[str], Path],
    plain: Grader,
    grader: Grader,
    solution_report: Callable[[str], Report],
) -> None:
    if grader.sandbox.kind == plain.sandbox.kind:
        pytest.skip("there is nothing to compare with")
    here, there = graded_by(plain, solution(step), docker="off").report, solution_report(step)
    assert here.environment.sandbox == "plain"
    here_said, there_said = ({name: told(one) for name, one in verdicts(report).items()} for report in (here, there))
    assert here_said == there_said
    assert [(one.points, one.status) for one in here.steps] == [(one.points, one.status) for one in there.steps]


@pytest.mark.parametrize("case", [case for case in VARIANTS if needs_run(checks()[case.check].judge)], ids=identity)
def test_variant(case: Variant, copy_of: Callable[[str], Path], plain: Grader) -> None:
    verdict = judged(case, made(case, copy_of), partial(graded_by, plain))
    assert isinstance(verdict, case.verdict), f"{verdict} {sentences(verdict)}"
    assert case.advises in advice_of(verdict.advice)
