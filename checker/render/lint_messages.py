"""The linter's messages, one by one, from the details of the lint checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checker.model import Json, Location, Report

_SYMBOL = re.compile(r"[a-z][a-z0-9-]{0,79}")
_ID = re.compile(r"[CEFIRW]\d{4}")


@dataclass(frozen=True, slots=True)
class LintMessage:
    """One message at one place.

    ``cost`` is the points that all messages of its kind take off the score together. ``symbol`` and ``id`` have the
    form of pylint's (``line-too-long``, ``C0301``), also in a report from a stranger.
    """

    check: str
    symbol: str
    id: str
    words: str
    where: Location
    cost: float


def lint_messages(report: Report) -> tuple[LintMessage, ...]:
    """All messages of the report that have a place, each once, in the order of the checks.

    Details are data that a stranger may have written: parts of another form are left out.
    """
    messages: dict[tuple[str, Location, str], LintMessage] = {}
    for step in report.steps:
        for check in step.checks:
            for message in _messages(check.id, check.verdict.details.get("messages")):
                messages.setdefault((message.id, message.where, message.words), message)
    return tuple(messages.values())


def linter_version(report: Report) -> str | None:
    """The version of pylint in the details, if there is one."""
    versions = (check.verdict.details.get("pylint") for step in report.steps for check in step.checks)
    return next((version for version in versions if isinstance(version, str)), None)


def _messages(check: str, groups: Json) -> Iterator[LintMessage]:
    for group in _mappings(groups):
        symbol, identity, cost = group.get("symbol"), group.get("id"), group.get("cost")
        if not (isinstance(symbol, str) and isinstance(identity, str) and isinstance(cost, int | float)):
            continue
        if not (_SYMBOL.fullmatch(symbol) and _ID.fullmatch(identity)):
            continue
        for place in _mappings(group.get("places")):
            path, words = place.get("path"), place.get("message")
            if isinstance(path, str) and path and isinstance(words, str):
                where = Location(path, line=_count(place.get("line")), column=_count(place.get("column")))
                yield LintMessage(check, symbol, identity, words, where, float(cost))


def _mappings(value: Json) -> Iterator[dict[str, Json]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def _count(value: Json) -> int | None:
    """*value* if it is a number that can count lines and columns, else None."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and 0 < value < 1 << 31 else None
