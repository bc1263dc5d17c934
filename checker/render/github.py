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
from types import MappingProxyType

from checker.locale import Speech
from checker.model import Location, Report
from checker.model import text as t
from checker.render.cleaning import visible, without_commands
from checker.render.findings import Finding, Severity, findings

MOST = 10
"""Annotations of one severity that GitHub shows of a step."""

_COMMANDS: Mapping[Severity, str] = MappingProxyType(
    {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "notice"}
)
_LISTED = 200
_LONGEST = 3000


def render(report: Report, speech: Speech) -> str:
    """Workflow commands, then what had no room among them; a line that says so where there is nothing to annotate."""
    shown, left = _cut(findings(report))
    lines = [_command(finding, speech) for finding in shown]
    if left:
        lines += _stopped([*_rest(left, speech)])
    return "\n".join(lines or [speech.say(t("There is nothing to annotate."))]) + "\n"


def _cut(every: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Those that are annotations, and those for which there is no room."""
    count: Counter[Severity] = Counter()
    shown: list[Finding] = []
    left: list[Finding] = []
    for finding in every:
        count[finding.severity] += 1
        (shown if count[finding.severity] <= MOST else left).append(finding)
    return shown, left


def _command(finding: Finding, speech: Speech) -> str:
    properties = {**_place(finding.where), "title": _title(finding)}
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {named}::{_data(_words(finding, speech, lines=True))}"


def _place(where: Location | None) -> dict[str, str]:
    """The properties of a place. Of a notebook the lines are those of its JSON: it is named without one."""
    if where is None:
        return {}
    line = where.line if where.cell is None else None
    column = where.column if line is not None else None
    numbers = {"line": line, "col": column}
    return {"file": where.path} | {name: str(number) for name, number in numbers.items() if number is not None}


def _title(finding: Finding) -> str:
    return finding.check if finding.check == finding.rule else f"{finding.check}: {finding.rule}"


def _words(finding: Finding, speech: Speech, *, lines: bool) -> str:
    cell = finding.where is not None and finding.where.cell is not None
    said = [f"{finding.where}:"] if cell else []
    said += [speech.say(sentence) for sentence in finding.said]
    return "\n".join(visible(words, longest=_LONGEST, lines=lines) for words in said)


def _rest(left: Sequence[Finding], speech: Speech) -> Iterator[str]:
    yield speech.say(t("… and {number} more:", number=len(left)))
    for finding in left[:_LISTED]:
        place = f"{visible(str(finding.where), longest=200)} " if finding.where is not None else ""
        words = " ".join(visible(speech.say(sentence), longest=200) for sentence in finding.said[:1])
        yield f"  {place}[{visible(_title(finding))}] {words}"
    if len(left) > _LISTED:
        yield f"  … (+{len(left) - _LISTED})"


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
