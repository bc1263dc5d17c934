"""The findings of a report: failures, the linter's messages and advice, each at a line of the work, the worst first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from checker.model import Errored, Failed, Location, Report, Text
from checker.model import text as t
from checker.render.entries import Entry, entries, message_of
from checker.render.lint_messages import lint_messages
from checker.render.places import in_repository

_PLACES = 20
"""Maximal places of one failure or one piece of advice; the other formats name more."""


class Severity(IntEnum):
    """The severity of a finding; the worst has the lowest number."""

    ERROR = 0
    """A failure that loses points."""
    WARNING = 1
    """A failure that loses none, a message of the linter, a fault of the checker."""
    NOTICE = 2
    """Advice."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding at a place, or about the whole submission if it has none.

    ``checks`` are those with this finding, ``rule`` is the first of them, or the linter's symbol. ``said`` are
    sentences, the most important first.
    """

    checks: tuple[str, ...]
    rule: str
    severity: Severity
    said: tuple[Text, ...]
    where: Location | None


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A finding with its sort key: the first place of each check comes before the second of any."""

    finding: Finding
    round: int
    cost: float


def findings(report: Report) -> tuple[Finding, ...]:
    """All findings, the worst first: by severity, then the first places of each, then by the points they cost.

    Their places are relative to the root of the repository, where a forge looks for them. A suspicion is no finding: it
    is for a person and not for a line.
    """
    ranked_findings = [*_verdicts(report), *_linted(report), *_advised(report)]
    ordered = sorted(ranked_findings, key=lambda ranked: (ranked.finding.severity, ranked.round, -ranked.cost))
    every = (ranked.finding for ranked in ordered)
    return tuple(replace(one, where=one.where and in_repository(one.where, report)) for one in every)


def _verdicts(report: Report) -> Iterator[_Ranked]:
    for step in report.steps:
        for entry in entries(step):
            verdict = entry.verdict
            if isinstance(verdict, Failed):
                yield from _failure(entry, verdict)
            elif isinstance(verdict, Errored):
                sentences = (message_of(verdict),)
                cost = sum(float(check.max_points) for check in entry.checks)
                yield _Ranked(_finding(entry, Severity.WARNING, sentences, None), 0, cost)


def _failure(entry: Entry, verdict: Failed) -> Iterator[_Ranked]:
    """The findings of a failure, one for each place; a failure of several checks gives one."""
    whole = sum(check.max_points for check in entry.checks)
    lost = whole - sum(check.points for check in entry.checks)
    severity = Severity.ERROR if lost or not whole else Severity.WARNING
    linted = bool(verdict.details.get("messages"))  # each message then stands at its own place
    places = verdict.where[: 1 if linted else _PLACES]
    for number, place in enumerate(places or (None,)):
        sentences = (verdict.actual, verdict.hint)
        yield _Ranked(_finding(entry, severity, sentences, place), number, float(lost))


def _finding(entry: Entry, severity: Severity, sentences: tuple[Text, ...], where: Location | None) -> Finding:
    checks = tuple(check.id for check in entry.checks)
    return Finding(checks, checks[0], severity, sentences, where)


def _linted(report: Report) -> Iterator[_Ranked]:
    rounds: dict[str, int] = {}
    for message in lint_messages(report):
        number = rounds[message.symbol] = rounds.get(message.symbol, -1) + 1
        sentences = (t("{symbol}: {message}", symbol=message.symbol, message=message.words),)
        finding = Finding((message.check,), message.symbol, Severity.WARNING, sentences, message.where)
        yield _Ranked(finding, number + 1, message.cost)  # after the failures, which cost points themselves


def _advised(report: Report) -> Iterator[_Ranked]:
    advice_by_check = [
        (check.id, one) for step in report.steps for check in step.checks for one in check.verdict.advice
    ]
    for check, one in (*advice_by_check, *(("remark", one) for one in report.remarks)):
        for number, place in enumerate(one.where[:_PLACES]):
            yield _Ranked(Finding((check,), check, Severity.NOTICE, (one.message,), place), number, 0.0)
