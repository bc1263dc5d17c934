"""What would become of the grades by other rules: shares of the course, or points of a check. Nothing is run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from fractions import Fraction

from checker.classroom.current import current_grades
from checker.classroom.points import Grade, Rules
from checker.classroom.records import Decision, DecisionKind, Run, Student
from checker.course import Course, Credit
from checker.errors import UsageError
from checker.model import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A student whose grade would become another one."""

    student: Student
    now: Grade
    would_be: Grade


def other_rules(rules: Rules, words: Collection[str], course: Course, at: datetime) -> Rules:
    """*rules*, changed by *words* such as ``near=0.2`` (a share of the course) or ``lint-main=2`` (points of a check).

    Raises UsageError for a word that is none of these.
    """
    shares: dict[str, tuple[Fraction, Fraction]] = {}
    weights: list[Decision] = []
    checks = {entry.id for _, entry in course.checks()}
    for word in words:
        name, _, number = word.partition("=")
        value = _number(word, number)
        if name in Credit.model_fields:
            if not 0 <= value <= 1:
                raise UsageError(
                    text("{word}: a share is between 0 and 1.", word=word),
                    text("Write it like this: --what-if near=0.2"),
                )
            shares[name] = (Fraction(getattr(course.credit, name)), value)
        elif name in checks:
            weights.append(Decision(kind=DecisionKind.WEIGHT, check=name, points=value, reason="", author="", at=at))
        else:
            raise _unknown(name, sorted({*Credit.model_fields, *checks}))
    return replace(rules, credits=shares or None, decisions=(*rules.decisions, *weights))


def changes(runs: Mapping[str, Run], members: Collection[Student], now: Rules, would_be: Rules) -> tuple[Change, ...]:
    """Who would have another grade by other rules, the largest difference first."""
    by_now = current_grades(runs, members, now)
    then = current_grades(runs, members, would_be)
    found = [
        Change(student=one, now=by_now[one.key], would_be=then[one.key])
        for one in members
        if one.key in by_now
        and (by_now[one.key].points, by_now[one.key].max_points) != (then[one.key].points, then[one.key].max_points)
    ]
    return tuple(sorted(found, key=lambda one: (-abs(one.would_be.points - one.now.points), one.student.key)))


def _number(word: str, number: str) -> Fraction:
    try:
        value = Fraction(number.strip().replace(",", "."))
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(
            text("{word} names no number.", word=word), text("Write it like this: --what-if near=0.2")
        ) from error
    if value < 0 or value > 1000:
        raise UsageError(
            text("{word}: that is no number of points.", word=word), text("Write it like this: --what-if near=0.2")
        )
    return value


def _unknown(name: str, known: list[str]) -> UsageError:
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return UsageError(
        text("There is no share and no check {name} in this course.", name=name),
        text("Did you mean {name}?", name=close[0])
        if close
        else text("The shares are: {names}.", names=tuple(Credit.model_fields)),
    )
