"""The report as GitLab's Code Quality report: notes beside the lines of a merge request.

The form is the one that GitLab documents, a subset of Code Climate's: ``description``, ``check_name``, ``fingerprint``,
``severity`` and ``location``. Findings without a place are left out; JUnit and the Markdown have them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from checker.locale import Speech
from checker.model import Location, Report
from checker.render.cleaning import visible
from checker.render.findings import Severity, findings
from checker.render.json_text import json_text

_SEVERITIES: Mapping[Severity, str] = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTICE: "info"}
_MOST = 300
_LONGEST = 600


def render(report: Report, speech: Speech) -> str:
    """A JSON list of the findings that have a place, the worst first."""
    return json_text([*_issues(report, speech)][:_MOST])


def _issues(report: Report, speech: Speech) -> Iterator[dict[str, Any]]:
    counts: Counter[tuple[str, str, str, int | None]] = Counter()
    for finding in findings(report):
        where = finding.where
        if where is None:
            continue
        key = (finding.checks[0], finding.rule, where.path, where.cell)
        counts[key] += 1
        cell = [f"{where}:"] if where.cell is not None else []
        words = [*cell, *(speech.say(sentence) for sentence in finding.said)]
        yield {
            "description": " ".join(visible(part, longest=_LONGEST) for part in words),
            "check_name": visible(finding.rule),
            "fingerprint": _fingerprint(*key, counts[key]),
            "severity": _SEVERITIES[finding.severity],
            "location": {"path": visible(where.path), "lines": {"begin": _line(where)}},
        }


def _fingerprint(check: str, rule: str, path: str, cell: int | None, number: int) -> str:
    """The id by which GitLab finds one problem in two pipelines: independent of the line and of the language."""
    words = "\0".join([check, rule, path, str(cell), str(number)])
    return hashlib.sha256(words.encode("utf-8", "backslashreplace")).hexdigest()


def _line(where: Location) -> int:
    """The line in the file: 1 for a notebook, as the lines of its cells are not those of its JSON."""
    return where.line if where.line is not None and where.cell is None else 1
