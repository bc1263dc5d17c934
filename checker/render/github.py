"""The report as annotations of GitHub Actions: workflow commands for the lines of a job's log.

The form of a command is that of GitHub's own toolkit (``actions/toolkit``, ``packages/core/src/command.ts``). GitHub
shows ten errors, ten warnings and ten notices of a step and drops the rest without a word: so many are given, the worst
first. The others are listed below, as lines of the log, where commands are stopped: no word of a submission is
obeyed. The token that ends the stop is the digest of the lines between, so they cannot hold it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from checker.locale import Speech
from checker.model import Location, Report
from checker.model import text as t
from checker.render.cleaning import visible, without_commands
from checker.render.findings import Finding, Severity, findings

MOST = 10
"""Annotations of one severity that GitHub shows of a step."""

_COMMANDS: Mapping[Severity, str] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "notice"}
_LISTED = 200
_LONGEST = 3000


def render(report: Report, speech: Speech) -> str:
    """Workflow commands, then the findings beyond GitHub's limit; a notice if there is no finding."""
    shown, others = _cut(findings(report))
    lines = [_command(finding, speech) for finding in shown]
    if others:
        lines += _stopped([*_rest(others, speech)])
    return "\n".join(lines or [speech.say(t("There is nothing to annotate."))]) + "\n"


def _cut(candidates: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The findings that become annotations, and those beyond GitHub's limit."""
    count: Counter[Severity] = Counter()
    shown: list[Finding] = []
    others: list[Finding] = []
    for finding in candidates:
        count[finding.severity] += 1
        (shown if count[finding.severity] <= MOST else others).append(finding)
    return shown, others


def _command(finding: Finding, speech: Speech) -> str:
    properties = {**_place(finding.where), "title": _title(finding)}
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {named}::{_data(_words(finding, speech, lines=True))}"


def _place(where: Location | None) -> dict[str, str]:
    """The properties of a place. A notebook is named without a line: its lines would be those of its JSON."""
    if where is None:
        return {}
    line = where.line if where.cell is None else None
    column = where.column if line is not None else None
    numbers = {"line": line, "col": column}
    return {"file": where.path} | {name: str(number) for name, number in numbers.items() if number is not None}


def _title(finding: Finding) -> str:
    checks = ", ".join(finding.checks)
    return checks if finding.rule in finding.checks else f"{checks}: {finding.rule}"


def _words(finding: Finding, speech: Speech, *, lines: bool) -> str:
    cell = finding.where is not None and finding.where.cell is not None
    parts = [f"{finding.where}:"] if cell else []
    parts += [speech.say(sentence) for sentence in finding.said]
    return "\n".join(visible(words, longest=_LONGEST, lines=lines) for words in parts)


def _rest(others: Sequence[Finding], speech: Speech) -> Iterator[str]:
    yield speech.say(t("… and {number} more:", number=len(others)))
    for finding in others[:_LISTED]:
        place = f"{visible(str(finding.where), longest=200)} " if finding.where is not None else ""
        words = " ".join(visible(speech.say(sentence), longest=200) for sentence in finding.said[:1])
        yield f"  {place}[{visible(_title(finding))}] {words}"
    if len(others) > _LISTED:
        yield f"  … (+{len(others) - _LISTED})"


def _stopped(lines: Sequence[str]) -> list[str]:
    """*lines* between a stop of all commands and its end."""
    words = without_commands("\n".join(lines))
    token = hashlib.sha256(words.encode("utf-8", "backslashreplace")).hexdigest()
    return [f"::stop-commands::{token}", words, f"::{token}::"]


def _data(words: str) -> str:
    plain = without_commands(words)
    return plain.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(visible(value, longest=500)).replace(":", "%3A").replace(",", "%2C")
