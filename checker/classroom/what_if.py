"""The grades under other rules: shares of the course, or points of a check. No code is run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from checker.classroom.current import current_grades
from checker.classroom.points import Grade, Rules
from checker.classroom.records import Decision, DecisionKind, Run, Student
from checker.course import Course, Credit
from checker.errors import UsageError, did_you_mean
from checker.model import text

_LIKE_THIS = text("Write it like this: --what-if near=0.2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A student whose grade would change."""

    student: Student
    now: Grade
    would_be: Grade


def other_rules(rules: Rules, words: Collection[str], course: Course, at: datetime) -> Rules:
    """*rules*, changed by *words* such as ``near=0.2`` (a share of the course) or ``lint-main=2`` (points of a check).

    Raises UsageError for any other word.
    """
    shares: dict[str, tuple[Fraction, Fraction]] = {}
    weights: list[Decision] = []
    checks = {entry.id for _, entry in course.checks()}
    for word in words:
        name, _, number = word.partition("=")
        value = _number(word, number)
        if name in Credit.model_fields:
            if not 0 <= value <= 1:
                raise UsageError(text("{word}: a share is between 0 and 1.", word=word), _LIKE_THIS)
            shares[name] = (Fraction(getattr(course.credit, name)), value)
        elif name in checks:
            weights.append(Decision(kind=DecisionKind.WEIGHT, check=name, points=value, reason="", author="", at=at))
        else:
            shares_told = text("The shares are: {names}.", names=tuple(Credit.model_fields))
            raise UsageError(
                text("There is no share and no check {name} in this course.", name=name),
                did_you_mean(name, sorted({*Credit.model_fields, *checks}), shares_told),
            )
    return replace(rules, credits=shares or None, decisions=(*rules.decisions, *weights))


def changes(runs: Mapping[str, Run], members: Collection[Student], now: Rules, would_be: Rules) -> tuple[Change, ...]:
    """The students whose grade would change under other rules, the largest difference first."""
    by_now = current_grades(runs, members, now)
    then = current_grades(runs, members, would_be)
    changed = [
        Change(student=one, now=by_now[one.key], would_be=then[one.key])
        for one in members
        if one.key in by_now
        and (by_now[one.key].points, by_now[one.key].max_points) != (then[one.key].points, then[one.key].max_points)
    ]
    return tuple(sorted(changed, key=lambda one: (-abs(one.would_be.points - one.now.points), one.student.key)))


def _number(word: str, number: str) -> Fraction:
    try:
        value = Fraction(number.strip().replace(",", "."))
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(text("{word} names no number.", word=word), _LIKE_THIS) from error
    if value < 0 or value > 1000:
        raise UsageError(text("{word}: that is no number of points.", word=word), _LIKE_THIS)
    return value
