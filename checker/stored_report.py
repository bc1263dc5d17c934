"""A stored report, read back: from the bytes of ``titanic-checker/report/v1`` to a :class:`Report`.

The bytes may come from a stranger, for instance from the continuous integration of a fork. Size, depth and the length
of what its sentences say are bounded; names have to be names; points are counted anew, and have to be those it states.
What later versions of the form add is ignored, and what earlier ones lacked has its default.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NoReturn

import pydantic_core
from pydantic import ValidationError

from checker.errors import DamagedReport, NewerReport, NoReport
from checker.locale import LANGUAGES
from checker.model import (
    NOTHING,
    Advice,
    Basis,
    Blocked,
    CheckResult,
    EnvironmentInfo,
    Errored,
    Failed,
    Location,
    Passed,
    Report,
    StepResult,
    SubmissionInfo,
    Suspicion,
    Text,
    ToDo,
    Trust,
    Unavailable,
    Verdict,
    credit_of,
    text,
)
from checker.report import SCHEMA, AdvicePart, CheckPart, ReportDocument, Sentence, StepPart, SuspicionPart, Where
from checker.stored_values import LONGEST_STORED, extent, fraction_of, literal, moment_of, told

LARGEST = 16_000_000
"""Bytes of a stored report."""

_MOST_PARTS = 300_000
"""Objects, lists and their members: these take more memory than their bytes."""
_DEEPEST = 40
_WIDEST = 63
_MOST_POINTS = 1_000_000
_LONGEST_SAID = 50_000_000
"""Characters of all rendered sentences together."""
_TOLERANCE = 0.01
"""Points by which sums of rounded numbers may differ from a rounded sum."""

_TOO_LARGE = text("This is larger than any report.")
_NO_JSON = text("This is not JSON in UTF-8, or it is cut short.")
_NO_FORM = text("This is no report of the checker: it does not name its form.")

_FORM = re.compile(r"titanic-checker/report/v(\d{1,9})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,99}")
_HEXADECIMAL = re.compile(r"[0-9a-f]{1,64}")


def read(content: bytes) -> Report:
    """The report in *content*, without the tracebacks of errored checks, which are not published.

    Raises NoReport, NewerReport, or DamagedReport with the wrong field.
    """
    data = _parsed(content)
    _bounded(data)
    try:
        document = ReportDocument.model_validate(data, strict=True, extra="ignore")
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        _refuse(*first["loc"])
    return _Reading().report(document)


def _parsed(content: bytes) -> dict[str, Any]:
    if len(content) > LARGEST or sum(content.count(sign) for sign in (b"{", b"[", b",")) > _MOST_PARTS:
        raise NoReport(_TOO_LARGE)
    try:
        data = pydantic_core.from_json(content.removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False)
    except ValueError as error:
        raise NoReport(_NO_JSON) from error
    stated = data.get("schema") if isinstance(data, dict) else None
    form = _FORM.fullmatch(stated) if isinstance(stated, str) else None
    if form is None or int(form[1]) < 1:
        raise NoReport(_NO_FORM)
    if stated != SCHEMA:
        raise NewerReport(form[0], SCHEMA)
    return dict(data)


def _bounded(data: object) -> None:
    """Raises DamagedReport where a string, a number or the depth of *data* exceeds the limits of the form."""
    pending: list[tuple[object, int]] = [(data, 0)]
    while pending:
        value, depth = pending.pop()
        if depth > _DEEPEST:
            raise NoReport(_TOO_LARGE)
        if isinstance(value, dict):
            pending += ((inner, depth + 1) for pair in value.items() for inner in pair)
        elif isinstance(value, list):
            pending += ((inner, depth + 1) for inner in value)
        elif isinstance(value, str):
            if len(value) > LONGEST_STORED:
                raise NoReport(_TOO_LARGE)
        elif isinstance(value, int):
            if value.bit_length() > _WIDEST:
                raise DamagedReport(str(value)[:_WIDEST])
        elif isinstance(value, float) and not math.isfinite(value):
            raise DamagedReport(str(value))


def _refuse(*field: str | int) -> NoReturn:
    raise DamagedReport(".".join(str(part) for part in field))


def _name(words: str, *field: str | int) -> str:
    return words if _NAME.fullmatch(words) else _refuse(*field)


def _names(names: Iterable[str], *field: str | int) -> tuple[str, ...]:
    return tuple(_name(words, *field) for words in names)


def _commit(words: str | None, *field: str | int) -> str | None:
    return words if words is None or _HEXADECIMAL.fullmatch(words) else _refuse(*field)


def _instant(words: str | None, *field: str | int) -> datetime | None:
    try:
        return None if words is None else moment_of(words)
    except ValueError:
        _refuse(*field)


def _number(number: float, exact: Mapping[Any, str], *field: str | int) -> Fraction:
    """The number of a field, from its fraction in *exact* where the report gives one."""
    if not 0 <= number <= _MOST_POINTS:
        _refuse(*field)
    words = exact.get(field[-1])
    try:
        value = fraction_of(words) if words is not None else Fraction(str(number))
    except ValueError:
        _refuse(*field)
    return value if abs(value - Fraction(number)) <= _TOLERANCE else _refuse(*field)


def _agree(stated: float, counted: Fraction, *field: str | int) -> None:
    if abs(stated - float(counted)) > _TOLERANCE:
        _refuse(*field)


class _Reading:
    """One report being read, with the characters left for its rendered sentences."""

    def __init__(self) -> None:
        self._room = _LONGEST_SAID

    def report(self, document: ReportDocument) -> Report:
        steps = tuple(self._step(part, "steps", number) for number, part in enumerate(document.steps))
        for names in ([step.id for step in steps], [check.id for step in steps for check in step.checks]):
            if len(names) != len(set(names)):
                _refuse("steps")
        submission, environment = document.submission, document.environment
        report = Report(
            checker=_name(document.checker, "checker"),
            course=document.course.id,
            edition=document.course.edition,
            course_hash=_commit(document.course.hash, "course", "hash") or "",
            language=document.language if document.language in LANGUAGES else "en",
            submission=SubmissionInfo(
                path=submission.path,
                commit=_commit(submission.commit, "submission", "commit"),
                branch=submission.branch,
                author=submission.author,
                dirty=submission.dirty,
                not_committed=tuple(submission.not_committed),
                committed_at=_instant(submission.committed_at, "submission", "committed_at"),
                folder=submission.folder,
            ),
            environment=EnvironmentInfo(
                kind=_name(environment.kind, "environment", "kind"),
                sandbox=_name(environment.sandbox, "environment", "sandbox"),
                docker=_name(environment.docker, "environment", "docker"),
            ),
            steps=steps,
            cap=_cap(document, steps),
            seconds=document.seconds,
            command=document.command,
            remarks=self._advice(document.remarks, "remarks"),
            suspicions=tuple(
                self._suspicion(part, "suspicious", number) for number, part in enumerate(document.suspicious)
            ),
            trust=Trust(document.trust),
        )
        _agree(document.grade.points, report.points, "grade", "points")
        _agree(document.grade.max_points, report.max_points, "grade", "max_points")
        return report

    def _step(self, part: StepPart, *field: str | int) -> StepResult:
        step = StepResult(
            id=_name(part.id, *field, "id"),
            title=self._sentence(part, "title", *field),
            checks=tuple(self._check(check, *field, "checks", number) for number, check in enumerate(part.checks)),
            bonus=part.bonus,
            begun=part.begun,
            optional=part.optional,
        )
        _agree(part.points, step.points, *field, "points")
        return step

    def _check(self, part: CheckPart, *field: str | int) -> CheckResult:
        verdict = self._verdict(part, *field)
        _agree(part.credit, credit_of(verdict), *field, "credit")
        check = CheckResult(
            id=_name(part.id, *field, "id"),
            title=self._sentence(part, "title", *field),
            verdict=verdict,
            max_points=_number(part.max_points, part.exact, *field, "max_points"),
            seconds=part.seconds,
        )
        _agree(part.points, check.points, *field, "points")
        return check

    def _verdict(self, part: CheckPart, *field: str | int) -> Verdict:
        judged: dict[str, Any] = {
            "advice": self._advice(part.advice, *field, "advice"),
            "basis": Basis(part.basis),
            "details": MappingProxyType(part.details) if part.details else NOTHING,
        }
        match part.status:
            case "passed":
                return Passed(message=self._sentence(part, "message", *field), **judged)
            case "failed":
                credit = _number(part.credit, part.exact, *field, "credit")
                return Failed(
                    expected=self._sentence(part, "expected", *field),
                    actual=self._sentence(part, "actual", *field),
                    hint=self._sentence(part, "hint", *field),
                    reproduce=part.reproduce if part.reproduce is not None else _refuse(*field, "reproduce"),
                    where=_places(part.where),
                    credit=credit if credit <= 1 else _refuse(*field, "credit"),
                    credits=_names(part.credits, *field, "credits"),
                    reached_at=_commit(part.reached_at, *field, "reached_at"),
                    **judged,
                )
            case "todo":
                return ToDo(what=self._sentence(part, "message", *field), **judged)
            case "blocked":
                return Blocked(by=_names(part.blocked_by, *field, "blocked_by"), **judged)
            case "unavailable":
                what, remedy = (self._sentence(part, name, *field) for name in ("message", "hint"))
                return Unavailable(what=what, remedy=remedy, **judged)
            case "errored":
                return Errored(fault="", **judged)

    def _sentence(self, part: StepPart | CheckPart, name: str, *field: str | int) -> Text:
        """The sentence in that field; if the report holds only rendered words, a sentence of those words."""
        if sentence := part.sentences.get(name):
            return self._text(sentence, *field, "sentences", name)
        words = getattr(part, name)
        return self._text(words, *field, name) if words is not None else _refuse(*field, name)

    def _text(self, stored: Sentence | str, *field: str | int) -> Text:
        """The sentence, as long as there is room for it."""
        try:
            sentence = literal(stored) if isinstance(stored, str) else told(stored)
        except ValueError:
            _refuse(*field)
        self._room -= extent(sentence)
        return sentence if self._room >= 0 else _refuse(*field)

    def _advice(self, parts: Iterable[AdvicePart], *field: str | int) -> tuple[Advice, ...]:
        return tuple(
            Advice(self._text(part.sentence, *field, number), _places(part.where)) for number, part in enumerate(parts)
        )

    def _suspicion(self, part: SuspicionPart, *field: str | int) -> Suspicion:
        return Suspicion(
            id=_name(part.id, *field, "id"),
            reason=self._text(part.sentence, *field, "sentence"),
            where=_places(part.where),
            checks=_names(part.checks, *field, "checks"),
        )


def _places(parts: Iterable[Where]) -> tuple[Location, ...]:
    return tuple(Location(part.path, part.cell, part.line, part.column) for part in parts)


def _cap(document: ReportDocument, steps: tuple[StepResult, ...]) -> Fraction:
    """The maximum of the course; if the report does not state it, the bound that its grade has reached, if any."""
    grade = document.grade
    if grade.cap is not None:
        return _number(grade.cap, grade.exact, "grade", "cap")
    counted_max = sum((step.max_points for step in steps if not step.bonus), Fraction(0))
    counted = sum((step.points for step in steps), Fraction(0))
    for stated, points in ((grade.max_points, counted_max), (grade.points, counted)):
        if stated < points - Fraction(_TOLERANCE):
            return _number(stated, {}, "grade", "points")
    return sum((step.max_points for step in steps), Fraction(0))
