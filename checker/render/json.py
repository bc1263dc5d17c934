"""The report as data, in the published form."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, cast

from checker.locale import Speech
from checker.model import (
    Advice,
    Blocked,
    CheckResult,
    Failed,
    Location,
    Report,
    StepResult,
    Suspicion,
    Text,
    Unavailable,
    credit_of,
)
from checker.render.entries import message_of
from checker.render.json_text import json_text
from checker.report import (
    SCHEMA,
    AdvicePart,
    CheckPart,
    CheckStatus,
    CoursePart,
    EnvironmentPart,
    GradePart,
    ReportDocument,
    StepPart,
    SubmissionPart,
    SuspicionPart,
    Where,
)
from checker.stored_values import clean, instant, plain, sentence_part


def render(report: Report, speech: Speech) -> str:
    """JSON with line ends, in UTF-8 that any reader takes: lone surrogates are written out."""
    return json_text(document(report, speech).model_dump(mode="json", by_alias=True))


def document(report: Report, speech: Speech) -> ReportDocument:
    """The published form of *report*, its sentences in the language of *speech*."""
    following = report.next_step
    return ReportDocument(
        schema=SCHEMA,
        checker=report.checker,
        course=CoursePart(id=clean(report.course), edition=clean(report.edition), hash=report.course_hash),
        language=speech.language,
        submission=SubmissionPart(
            path=clean(report.submission.path),
            commit=report.submission.commit,
            branch=_optional(report.submission.branch),
            author=_optional(report.submission.author),
            committed_at=instant(report.submission.committed_at),
            folder=clean(report.submission.folder),
            dirty=report.submission.dirty,
            not_committed=[clean(path) for path in report.submission.not_committed],
        ),
        environment=EnvironmentPart(
            kind=clean(report.environment.kind),
            sandbox=report.environment.sandbox,
            docker=report.environment.docker,
        ),
        grade=GradePart(
            points=_number(report.points),
            max_points=_number(report.max_points),
            not_checked_points=_number(report.not_checked_points),
            cap=_number(report.cap),
            exact=_exact(cap=report.cap),
        ),
        seconds=round(report.seconds, 3),
        command=clean(report.command),
        next=following.id if following else None,
        remarks=_advice(report.remarks, speech),
        suspicious=_suspicions(report.suspicions, speech),
        trust=report.trust.value,
        steps=[_step(step, speech) for step in report.steps],
    )


def _step(step: StepResult, speech: Speech) -> StepPart:
    return StepPart(
        id=step.id,
        title=clean(speech.say(step.title)),
        status=step.status.value,
        begun=step.begun,
        bonus=step.bonus,
        points=_number(step.points),
        max_points=_number(step.max_points),
        checks=[_check(check, speech) for check in step.checks],
        sentences={"title": sentence_part(step.title)},
        optional=step.optional,
    )


def _check(check: CheckResult, speech: Speech) -> CheckPart:
    verdict = check.verdict
    sentences: dict[str, Text] = {"title": check.title, "message": message_of(verdict)}
    match verdict:
        case Failed(expected=expected, actual=actual, hint=hint):
            sentences |= {"expected": expected, "actual": actual, "hint": hint}
        case Unavailable(remedy=remedy):
            sentences |= {"hint": remedy}
        case _:
            pass
    rendered = {name: clean(speech.say(sentence)) for name, sentence in sentences.items()}
    failed = verdict if isinstance(verdict, Failed) else None
    return CheckPart(
        id=check.id,
        title=rendered["title"],
        status=cast("CheckStatus", check.status.value),  # a check is never partial: status_of says so
        credit=_number(credit_of(verdict)),
        points=_number(check.points),
        max_points=_number(check.max_points),
        basis=verdict.basis.value,
        message=rendered["message"],
        expected=rendered.get("expected"),
        actual=rendered.get("actual"),
        hint=rendered.get("hint"),
        reproduce=clean(failed.reproduce) if failed else None,
        reached_at=failed.reached_at if failed else None,
        where=_where(failed.where) if failed else [],
        advice=_advice(verdict.advice, speech),
        blocked_by=list(verdict.by) if isinstance(verdict, Blocked) else [],
        details={clean(key): plain(value) for key, value in verdict.details.items()},
        sentences={name: sentence_part(sentence) for name, sentence in sentences.items()},
        seconds=round(check.seconds, 3),
        credits=list(failed.credits) if failed else [],
        exact=_exact(credit=credit_of(verdict), max_points=check.max_points),
    )


def _advice(pieces: Iterable[Advice], speech: Speech) -> list[AdvicePart]:
    return [
        AdvicePart(
            message=clean(speech.say(piece.message)),
            where=_where(piece.where),
            sentence=sentence_part(piece.message),
        )
        for piece in pieces
    ]


def _suspicions(suspicions: Iterable[Suspicion], speech: Speech) -> list[SuspicionPart]:
    return [
        SuspicionPart(
            id=suspicion.id,
            message=clean(speech.say(suspicion.reason)),
            where=_where(suspicion.where),
            checks=list(suspicion.checks),
            sentence=sentence_part(suspicion.reason),
        )
        for suspicion in suspicions
    ]


def _where(places: Iterable[Location]) -> list[Where]:
    return [Where(path=clean(place.path), cell=place.cell, line=place.line, column=place.column) for place in places]


def _number(fraction: Fraction) -> float:
    return round(float(fraction), 4)


def _exact(**numbers: Fraction) -> dict[Any, str]:
    """The *numbers* that the decimals of the report do not give exactly."""
    return {name: str(number) for name, number in numbers.items() if Fraction(str(_number(number))) != number}


def _optional(words: str | None) -> str | None:
    return None if words is None else clean(words)
