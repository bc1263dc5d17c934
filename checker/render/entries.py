"""The entries of a step: its checks as a person reads them, checks with an equal sentence joined."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from checker.model import (
    Advice,
    Basis,
    Blocked,
    CheckResult,
    Errored,
    Failed,
    Passed,
    Report,
    Status,
    StepResult,
    Text,
    ToDo,
    Unavailable,
    Value,
    Verdict,
)
from checker.model import text as t

WORDS: Mapping[Status, Text] = {
    Status.PASSED: t("passed"),
    Status.PARTIAL: t("partial"),
    Status.FAILED: t("failed"),
    Status.TODO: t("to do"),
    Status.BLOCKED: t("blocked"),
    Status.UNAVAILABLE: t("unavailable"),
    Status.ERRORED: t("errored"),
}
"""The words for the signs of a report: a sign never stands alone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One or more checks of a step with an equal sentence."""

    checks: tuple[CheckResult, ...]

    @property
    def verdict(self) -> Verdict:
        return self.checks[0].verdict

    @property
    def status(self) -> Status:
        """The status of its checks, but *partial* for a failure that keeps some of the points."""
        partly = isinstance(self.verdict, Failed) and self.verdict.credit > 0
        return Status.PARTIAL if partly else self.checks[0].status

    @property
    def notes(self) -> tuple[Text, ...]:
        """Notes on the verdict: its basis, and the credit that it earns all the same."""
        verdict = self.verdict
        sentences: list[Text] = []
        if isinstance(verdict, Failed) and verdict.reached_at:
            sentences.append(t("worked at commit {commit}", commit=verdict.reached_at[:8]))
        if isinstance(verdict, Failed) and verdict.credit:
            points, whole = (sum(worth) for worth in zip(*((c.points, c.max_points) for c in self.checks), strict=True))
            sentences.append(t("earns {points} of {max_points}", points=points, max_points=whole))
        if verdict.basis is Basis.READ and isinstance(verdict, Passed | Failed):
            sentences.append(t("read, not run"))
        return tuple(sentences)


def entries(step: StepResult) -> tuple[Entry, ...]:
    """The entries of a step, each at the place of its first check."""
    groups: dict[Hashable, list[CheckResult]] = {}
    for check in step.checks:
        groups.setdefault(_likeness(check), []).append(check)
    return tuple(Entry(tuple(checks)) for checks in groups.values())


def _likeness(check: CheckResult) -> Hashable:
    verdict = check.verdict
    match verdict:
        case Passed():
            return (Status.PASSED, verdict.basis)
        case Failed(expected=expected, actual=actual, hint=hint, where=where, reproduce=reproduce):
            credit = (verdict.credit, verdict.reached_at, verdict.basis)
            return (Status.FAILED, expected, actual, hint, where, reproduce, credit)
        case ToDo(what=what):
            return (Status.TODO, what)
        case Blocked(by=by):
            return (Status.BLOCKED, by)
        case Unavailable(what=what, remedy=remedy):
            return (Status.UNAVAILABLE, what, remedy)
        case Errored():
            return (Status.ERRORED,)


def message_of(verdict: Verdict) -> Text:
    """The main sentence of a verdict."""
    match verdict:
        case Passed(message=message):
            return message
        case Failed(actual=actual):
            return actual
        case ToDo(what=what) | Unavailable(what=what):
            return what
        case Blocked(by=by):
            return t("This can be judged once {checks} passes.", checks=by)
        case Errored():
            return t("The checker itself failed here. This is not your fault and costs no points.")


OPTIONAL = t("optional")
"""The word beside the title of a step without which the path goes on."""

SUSPICIOUS = t("Your instructor will look at this (it changes no points)")
"""The heading over suspicions."""


def lies_ahead(step: StepResult) -> bool:
    """True if no part of the step exists yet, and no check of it has failed."""
    return all(check.status is Status.TODO for check in step.checks)


def left_out(report: Report) -> Text | None:
    """The sentence on optional steps of which nothing is there; None where there are none."""
    steps = tuple(step.id for step in report.steps if step.left_out and step is not report.next_step)
    return t("Optional: {steps}", steps=steps) if steps else None


def advised(steps: Iterable[StepResult]) -> tuple[tuple[CheckResult, Advice], ...]:
    """The advice of all checks, each piece once."""
    checks_by_advice: dict[Advice, CheckResult] = {}
    for step in steps:
        for check in step.checks:
            for piece in check.verdict.advice:
                checks_by_advice.setdefault(piece, check)
    return tuple((check, piece) for piece, check in checks_by_advice.items())


def seen_here(step: StepResult) -> Text | None:
    """The number of a step's checks that this machine could judge, if it was not all of them."""
    unseen = sum(check.status in (Status.UNAVAILABLE, Status.ERRORED) for check in step.checks)
    if not unseen:
        return None
    return t("{seen} of {all} checks seen here", seen=len(step.checks) - unseen, all=len(step.checks))


def single(report: Report) -> CheckResult | None:
    """The check of a report on one check alone, which is shown in full."""
    checks = [check for step in report.steps for check in step.checks]
    return checks[0] if len(checks) == 1 else None


def not_committed(files: Value) -> Text:
    """The sentence on graded files that are in no commit, and that nobody else can see yet."""
    return t("Not committed yet: {files}. They are judged here; elsewhere only commits count.", files=files)
