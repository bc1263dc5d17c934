"""What can be said beside a line of the work: failures, the linter's messages and advice, the worst first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from checker.model import CheckResult, Errored, Failed, Location, Report, Text
from checker.model import text as t
from checker.render.entries import message_of
from checker.render.lint_messages import lint_messages

_PLACES = 20
"""Places of one failure or one piece of advice; the other formats name more."""


class Severity(IntEnum):
    """How bad a finding is; the worst has the lowest number."""

    ERROR = 0
    """A failure that loses points."""
    WARNING = 1
    """A failure that loses none, a message of the linter, a fault of the checker."""
    NOTICE = 2
    """Advice."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to say at a place, or about the whole where there is none.

    ``rule`` is the check, or the linter's symbol. ``said`` are sentences, the most important first.
    """

    check: str
    rule: str
    severity: Severity
    said: tuple[Text, ...]
    where: Location | None


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A finding and what it is ordered by: the first place of each check comes before the second of any."""

    finding: Finding
    round: int
    cost: float


def findings(report: Report) -> tuple[Finding, ...]:
    """All findings, the worst first: by severity, then the first places of each, then by the points they cost.

    What an instructor is asked to look at is no finding: it is for a person and not for a line.
    """
    every = [*_verdicts(report), *_linted(report), *_advised(report)]
    ordered = sorted(every, key=lambda one: (one.finding.severity, one.round, -one.cost))
    return tuple(one.finding for one in ordered)


def _verdicts(report: Report) -> Iterator[_Ranked]:
    for step in report.steps:
        for check in step.checks:
            verdict = check.verdict
            if isinstance(verdict, Failed):
                yield from _failure(check, verdict)
            elif isinstance(verdict, Errored):
                said = (message_of(verdict),)
                yield _Ranked(Finding(check.id, check.id, Severity.WARNING, said, None), 0, float(check.max_points))


def _failure(check: CheckResult, verdict: Failed) -> Iterator[_Ranked]:
    lost = check.max_points - check.points
    severity = Severity.ERROR if lost or not check.max_points else Severity.WARNING
    linted = bool(verdict.details.get("messages"))  # then each message stands at its own place
    places = verdict.where[: 1 if linted else _PLACES]
    for number, place in enumerate(places or (None,)):
        yield _Ranked(Finding(check.id, check.id, severity, (verdict.actual, verdict.hint), place), number, float(lost))


def _linted(report: Report) -> Iterator[_Ranked]:
    seen: dict[str, int] = {}
    for message in lint_messages(report):
        number = seen[message.symbol] = seen.get(message.symbol, -1) + 1
        said = (t("{symbol}: {message}", symbol=message.symbol, message=message.words),)
        finding = Finding(message.check, message.symbol, Severity.WARNING, said, message.where)
        yield _Ranked(finding, number + 1, message.cost)  # after the failures, which cost points themselves


def _advised(report: Report) -> Iterator[_Ranked]:
    given = [(check.id, one) for step in report.steps for check in step.checks for one in check.verdict.advice]
    for check, one in (*given, *(("remark", one) for one in report.remarks)):
        for number, place in enumerate(one.where[:_PLACES]):
            yield _Ranked(Finding(check, check, Severity.NOTICE, (one.message,), place), number, 0.0)
