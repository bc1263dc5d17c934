"""The linter's messages as SARIF 2.1.0, for services that show the findings of code scanners.

No other part of the report is a finding of a scanner: an unfinished exercise is no alert. The limits are GitHub's:
5,000 results of a run are shown. Source of the form: the OASIS standard and its JSON schema.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from checker.locale import Speech
from checker.model import Location, Report
from checker.render.cleaning import visible
from checker.render.json_text import json_text
from checker.render.lint_messages import LintMessage, lint_messages, linter_version
from checker.render.places import in_repository

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_MOST = 5000
_LEVELS = {"F": "error", "E": "error", "W": "warning", "R": "note", "C": "note", "I": "note"}
_KINDS = {"F": "fatal", "E": "error", "W": "warning", "R": "refactor", "C": "convention", "I": "information"}
_PAGES = "https://pylint.readthedocs.io/en/stable/user_guide/messages"


def render(report: Report, speech: Speech) -> str:
    """One run of pylint, with a result for each message; without results if no file was linted."""
    del speech  # the linter speaks English
    messages = [
        replace(lint_message, where=in_repository(lint_message.where, report))
        for lint_message in lint_messages(report)[:_MOST]
    ]
    rules = {message.id: message for message in reversed(messages)}
    order = {identity: number for number, identity in enumerate(sorted(rules))}
    driver: dict[str, Any] = {
        "name": "pylint",
        "informationUri": "https://pylint.readthedocs.io",
        "rules": [_rule(rules[identity]) for identity in order],
    }
    if version := linter_version(report):
        driver["version"] = visible(version, longest=40)
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "titanic-checker/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "results": _results(messages, order),
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(message: LintMessage) -> dict[str, Any]:
    return {
        "id": message.id,
        "name": message.symbol,
        "shortDescription": {"text": message.symbol},
        "helpUri": f"{_PAGES}/{_KINDS[message.id[0]]}/{message.symbol}.html",
        "defaultConfiguration": {"level": _LEVELS[message.id[0]]},
    }


def _results(messages: Iterable[LintMessage], order: Mapping[str, int]) -> list[dict[str, Any]]:
    counts: Counter[tuple[str, str, str]] = Counter()
    results: list[dict[str, Any]] = []
    for message in messages:
        key = (message.id, message.where.path, message.words)
        counts[key] += 1
        results.append(
            {
                "ruleId": message.id,
                "ruleIndex": order[message.id],
                "level": _LEVELS[message.id[0]],
                "message": {"text": visible(message.words) or message.symbol},
                "locations": [{"physicalLocation": _place(message.where)}],
                "partialFingerprints": {"pylintMessage/v1": _fingerprint(*key, counts[key])},
            }
        )
    return results


def _place(where: Location) -> dict[str, Any]:
    artifact = {"uri": quote(where.path.encode("utf-8", "backslashreplace")), "uriBaseId": "%SRCROOT%"}
    if where.line is None:
        return {"artifactLocation": artifact}
    region = {"startLine": where.line}
    if where.column is not None:
        region["startColumn"] = where.column
    return {"artifactLocation": artifact, "region": region}


def _fingerprint(identity: str, path: str, words: str, number: int) -> str:
    """An id of the message that does not depend on its line."""
    content = "\0".join([identity, path, words, str(number)])
    return hashlib.sha256(content.encode("utf-8", "backslashreplace")).hexdigest()
