"""The report as data, in the published form."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, cast

from checker.locale import Speech
from checker.model import (
    Advice,
    Blocked,
    CheckResult,
    Failed,
    Json,
    Location,
    Report,
    StepResult,
    Suspicion,
    Text,
    Unavailable,
    Value,
    credit_of,
)
from checker.quoting import inside_commands, read_again
from checker.render.entries import message_of
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
    SuspicionPart,
    Where,
)

LONGEST = 20_000
"""Characters of one string of a report: what is longer is cut, and says so."""

_WIDEST = 63


def render(report: Report, speech: Speech) -> str:
    """JSON with line ends, in UTF-8 that any reader takes: lone surrogates are written out."""
    data = document(report, speech).model_dump(mode="json", by_alias=True)
    shown = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)
    return shown.replace("##", "#\\u0023") + "\n"  # the same to any reader, but no command to one that keeps a log


def document(report: Report, speech: Speech) -> ReportDocument:
    """The published form of *report*, its sentences in the language of *speech*."""
    following = report.next_step
    return ReportDocument(
        schema=SCHEMA,
        checker=report.checker,
        course=CoursePart(id=_clean(report.course), edition=_clean(report.edition), hash=report.course_hash),
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
            kind=_clean(report.environment.kind),
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
        suspicious=_suspicions(report.suspicions, speech),
        steps=[_step(step, speech) for step in report.steps],
    )


def _step(step: StepResult, speech: Speech) -> StepPart:
    return StepPart(
        id=step.id,
        title=_clean(speech.say(step.title)),
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
        details={_clean(key): _plain(value) for key, value in verdict.details.items()},
        sentences={name: _sentence(sentence) for name, sentence in sentences.items()},
        seconds=round(check.seconds, 3),
    )


def told(sentence: Sentence) -> Text:
    """A stored sentence, to be said again, in any language."""
    return _text(sentence.model_dump(mode="json"))


def _text(stored: Mapping[str, Any]) -> Text:
    commands = inside_commands(stored["template"])
    values = {name: _value(value) for name, value in stored["values"].items()}
    return Text(
        stored["template"],
        tuple(
            (name, read_again(value) if name in commands and isinstance(value, str) else value)
            for name, value in values.items()
        ),
        tuple(stored["translations"].items()),
    )


def _value(stored: Any) -> Value:
    if isinstance(stored, dict):
        return _text(stored)
    if isinstance(stored, list):
        return tuple(_value(item) for item in stored)
    return "" if stored is None else cast("Value", stored)


def _sentence(sentence: Text) -> Sentence:
    return Sentence.model_validate(_plain(_data(sentence)))


def _data(value: Value) -> Json:
    if isinstance(value, Text):
        return {
            "template": value.template,
            "values": {name: _data(inner) for name, inner in value.values},
            "translations": dict(value.translations),
        }
    if isinstance(value, tuple):
        return [_data(inner) for inner in value]
    if isinstance(value, Fraction):
        return float(value)
    return str(value) if isinstance(value, Location) else value


def _advice(pieces: Iterable[Advice], speech: Speech) -> list[AdvicePart]:
    return [
        AdvicePart(
            message=_clean(speech.say(one.message)),
            where=_where(one.where),
            sentence=_sentence(one.message),
        )
        for one in pieces
    ]


def _suspicions(found: Iterable[Suspicion], speech: Speech) -> list[SuspicionPart]:
    return [
        SuspicionPart(
            id=one.id,
            message=_clean(speech.say(one.reason)),
            where=_where(one.where),
            checks=list(one.checks),
            sentence=_sentence(one.reason),
        )
        for one in found
    ]


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
    """*value* with every string cleaned, and as null the numbers that JSON does not know or no reader can hold."""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, int) and value.bit_length() > _WIDEST:
        return None
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {_clean(str(key)): _plain(item) for key, item in value.items()}
    return value
