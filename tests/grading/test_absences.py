"""A whole grading, of a solution that is right, on a machine that cannot tell one fact: nobody fails for it.

Each fact that a probe gathers is made unavailable in turn. What builds on it is gathered anew, the rest is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import get_type_hints

import pytest

from checker.absences import NotDoneYet, UnavailableHere, VerdictInstead
from checker.checks.registry import checks
from checker.course import Course, load
from checker.evidence.datasets.aliases import with_own_names
from checker.evidence.datasets.served import Seeds
from checker.evidence.registry import probes
from checker.facts.absent_modules import AbsentModules
from checker.facts.submission import Submission
from checker.facts.tree import Tree
from checker.model import Errored, Passed, ToDo, Unavailable, Verdict, status_of, text
from checker.needs import Probe, needs
from checker.open_submission import open_submission
from checker.plan import Evidence
from checker.repository.repository import Repository
from checker.sandbox.base import SharedSandbox
from checker.submission_defaults import Defaults, defaults
from tests.conftest import run_facts

pytestmark = pytest.mark.slow

LACKING = Unavailable(what=text("This machine cannot tell."), remedy=text("Take another one."))

OF_MAIN = {"main-runs", "main-reports", "main-imports", "data-remote", "data-parameters"}
LEAVES_OPEN = {
    "History": {"branch"},
    "LintedDockerfile": set(),
    "MainRun": OF_MAIN | {"config-read", "config-followed", "config-not-hardcoded", "environment-sufficient"},
    "NotebookRun": {"notebook-runs"},
    "PastNotebook": set(),
    "Rehearsal": set(),
    "ImageTrial": set(),
}
"""Of the whole course: what is no longer judged where one fact is lacking. All else is judged as before."""


def kinds() -> Mapping[type, Probe]:
    return {get_type_hints(probe)["return"]: probe for probe in probes()}


def outcome_of(evidence: Evidence, kind: type) -> object:
    """The fact of that type, or the verdict that stands in its place."""

    def same(fact):
        return fact

    same.__annotations__ = {"fact": kind}
    return evidence.judge_or(same)


def kept(kind: type, outcome: object) -> Probe:
    """A probe that comes to the same as before."""

    def probe():
        if isinstance(outcome, ToDo):
            raise NotDoneYet(outcome.what)
        if isinstance(outcome, Verdict):
            raise VerdictInstead(outcome)
        return outcome

    probe.__annotations__ = {"return": kind}
    return probe


def lacking(kind: type) -> Probe:
    """A probe that finds that this machine cannot tell."""

    def probe():
        raise UnavailableHere(LACKING.what, LACKING.remedy)

    probe.__annotations__ = {"return": kind}
    return probe


def above(kind: type, found: Mapping[type, Probe]) -> frozenset[type]:
    """The facts that are gathered by way of that one."""
    reached = {kind}
    while more := {
        other for other, probe in found.items() if other not in reached and {n.kind for n in needs(probe)} & reached
    }:
        reached |= more
    return frozenset(reached)


def verdicts(evidence: Evidence) -> dict[str, Verdict]:
    judges = {identity: check.judge for identity, check in checks().items()}
    evidence.gather(judges.values())
    return {identity: evidence.judge(judge) for identity, judge in judges.items()}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("step", ["1.1", "1.2", "1.3", "2.3"])
def test_nobody_fails_for_what_the_machine_cannot_tell(
    step: str, solution: Callable[[str], object], sandbox: SharedSandbox
) -> None:
    found = kinds()
    with open_submission(solution(step), commit="HEAD") as repository:
        tree = repository.tree()
        given = {
            Course: with_own_names(load().course, repository, tree),
            Defaults: defaults(tree),
            Repository: repository,
            Seeds: Seeds(),
            Submission: Submission(path=repository.path, own=False),
            AbsentModules: AbsentModules(tree, tree),
            Tree: tree,
            **run_facts(sandbox),
        }
        whole = Evidence(given, found.values())
        usual = verdicts(whole)
        assert sum(isinstance(verdict, Passed) for verdict in usual.values()) >= 3
        outcomes = {kind: outcome_of(whole, kind) for kind in found}
        wrong = []
        left_open: dict[str, set[str]] = {}
        for absent in found:
            anew = above(absent, found) - {absent}
            gathered = [
                lacking(kind) if kind is absent else probe if kind in anew else kept(kind, outcomes[kind])
                for kind, probe in found.items()
            ]
            for identity, verdict in verdicts(Evidence(given, gathered)).items():
                as_before = status_of(verdict) is status_of(usual[identity])
                if not as_before:
                    left_open.setdefault(absent.__name__, set()).add(identity)
                if not (as_before or isinstance(verdict, Unavailable)):
                    wrong.append((absent.__name__, identity, str(status_of(verdict)), str(usual[identity])[:80]))
                assert not isinstance(verdict, Errored), verdict.fault
    assert wrong == []
    if step == "2.3":
        assert {name: left_open.get(name, set()) for name in LEAVES_OPEN} == LEAVES_OPEN
