"""The report as data, in the published form."""

from __future__ import annotations

import json
from collections.abc import Iterable
from fractions import Fraction
from typing import cast

from checker.locale import Speech
from checker.model import (
    Advice,
    Blocked,
    CheckResult,
    Errored,
    Failed,
    Json,
    Location,
    Passed,
    Report,
    StepResult,
    Text,
    ToDo,
    Unavailable,
    Value,
    Verdict,
    credit_of,
    text,
)
from checker.report import (
    SCHEMA,
    AdvicePart,
    CheckPart,
    CheckStatus,
    CoursePart,
    EnvironmentPart,
    GradePart,
    ReportDocument,
    Sentence,
    StepPart,
    SubmissionPart,
    Where,
)

LONGEST = 20_000
"""Characters of one string of a report: what is longer is cut, and says so."""


def render(report: Report, speech: Speech) -> str:
    """JSON with line ends, in UTF-8 that any reader takes: lone surrogates are written out."""
    data = document(report, speech).model_dump(mode="json", by_alias=True)
    return json.dumps(_plain(data), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def document(report: Report, speech: Speech) -> ReportDocument:
    """The published form of *report*, its sentences in the language of *speech*."""
    following = report.next_step
    return ReportDocument(
        schema=SCHEMA,
        checker=report.checker,
        course=CoursePart(id=report.course, edition=report.edition, hash=report.course_hash),
        language=speech.language,
        submission=SubmissionPart(
            path=_clean(report.submission.path),
            commit=report.submission.commit,
            branch=_optional(report.submission.branch),
            author=_optional(report.submission.author),
            dirty=report.submission.dirty,
            not_committed=[_clean(path) for path in report.submission.not_committed],
        ),
        environment=EnvironmentPart(
            kind=report.environment.kind,
            sandbox=report.environment.sandbox,
            docker=report.environment.docker,
        ),
        grade=GradePart(
            points=_number(report.points),
            max_points=_number(report.max_points),
            not_checked_points=_number(report.not_checked_points),
        ),
        seconds=round(report.seconds, 3),
        command=_clean(report.command),
        next=following.id if following else None,
        remarks=_advice(report.remarks, speech),
        steps=[_step(step, speech) for step in report.steps],
    )


def message_of(verdict: Verdict) -> Text:
    """The one sentence that says what a verdict is about."""
    match verdict:
        case Passed(message=message):
            return message
        case Failed(actual=actual):
            return actual
        case ToDo(what=what) | Unavailable(what=what):
            return what
        case Blocked(by=by):
            return text("This can be judged once {checks} passes.", checks=by)
        case Errored():
            return text("The checker itself failed here. This is not your fault and costs no points.")


def _step(step: StepResult, speech: Speech) -> StepPart:
    return StepPart(
        id=step.id,
        title=speech.say(step.title),
        status=step.status.value,
        begun=step.begun,
        bonus=step.bonus,
        points=_number(step.points),
        max_points=_number(step.max_points),
        checks=[_check(check, speech) for check in step.checks],
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
    said = {name: _clean(speech.say(sentence)) for name, sentence in sentences.items()}
    failed = verdict if isinstance(verdict, Failed) else None
    return CheckPart(
        id=check.id,
        title=said["title"],
        status=cast("CheckStatus", check.status.value),  # a check is never partial: status_of says so
        credit=_number(credit_of(verdict)),
        points=_number(check.points),
        max_points=_number(check.max_points),
        basis=verdict.basis.value,
        message=said["message"],
        expected=said.get("expected"),
        actual=said.get("actual"),
        hint=said.get("hint"),
        reproduce=_clean(failed.reproduce) if failed else None,
        reached_at=failed.reached_at if failed else None,
        where=_where(failed.where) if failed else [],
        advice=_advice(verdict.advice, speech),
        blocked_by=list(verdict.by) if isinstance(verdict, Blocked) else [],
        details={key: _plain(value) for key, value in verdict.details.items()},
        sentences={name: _sentence(sentence) for name, sentence in sentences.items()},
        seconds=round(check.seconds, 3),
    )


def _sentence(sentence: Text) -> Sentence:
    return Sentence(
        template=sentence.template,
        values={name: _plain(_data(value)) for name, value in sentence.values},
    )


def _data(value: Value) -> Json:
    if isinstance(value, Text):
        return {"template": value.template, "values": {name: _data(inner) for name, inner in value.values}}
    if isinstance(value, tuple):
        return [_data(inner) for inner in value]
    if isinstance(value, Fraction):
        return float(value)
    return str(value) if isinstance(value, Location) else value


def _advice(pieces: Iterable[Advice], speech: Speech) -> list[AdvicePart]:
    return [AdvicePart(message=_clean(speech.say(one.message)), where=_where(one.where)) for one in pieces]


def _where(places: Iterable[Location]) -> list[Where]:
    return [Where(path=_clean(place.path), cell=place.cell, line=place.line, column=place.column) for place in places]


def _number(fraction: Fraction) -> float:
    return round(float(fraction), 4)


def _optional(words: str | None) -> str | None:
    return None if words is None else _clean(words)


def _clean(words: str) -> str:
    cut = words if len(words) <= LONGEST else words[:LONGEST] + f" … (+{len(words) - LONGEST})"
    return cut.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(value: Json) -> Json:
    """*value* with every string cleaned, and numbers that JSON does not know as null."""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {_clean(str(key)): _plain(item) for key, item in value.items()}
    return value
