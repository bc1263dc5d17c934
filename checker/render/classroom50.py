"""The report as a result of Classroom 50 (``classroom50/result/v1``).

The owner of the submission comes from variables of the runner; a missing one is written as *unknown*, and such a result
is refused where results are collected. Scores there are whole numbers: hundredths of a point. Bonus steps cannot lift a
score above its maximum. ``datetime`` is the instant of the commit, so grading again does not make it late.

Source of the form: Classroom 50's published schema ``result-v1`` and its page on custom autograders.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from checker.locale import Speech
from checker.model import CheckResult, Failed, Passed, Report, StepResult, Unavailable
from checker.render.cleaning import visible
from checker.render.entries import message_of
from checker.render.json_text import json_text
from checker.stored_values import instant

VARIABLES = ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL")
"""Required variables of Classroom 50's runner, besides one of :data:`OWNERS`."""
OWNERS = ("OWNER", "USERNAME")

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})
_UNKNOWN = "unknown"
_NO_COMMIT = "1970-01-01T00:00:00Z"
_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
_SCALE = 100
_LONGEST = 2000


def render(report: Report, speech: Speech, variables: Mapping[str, str] = _NO_VARIABLES) -> str:
    """One JSON object; *variables* are those of the runner."""

    def said(*names: str) -> str:
        found = next((variables[name] for name in names if variables.get(name)), _UNKNOWN)
        return visible(found, longest=_LONGEST)

    most = _whole(report.max_points)
    tag = said("SUBMISSION_TAG")
    document: dict[str, Any] = {
        "schema": "classroom50/result/v1",
        "classroom": said("CLASSROOM"),
        "assignment": said("ASSIGNMENT"),
        "assignment_type": "group" if variables.get("ASSIGNMENT_TYPE") == "group" else "individual",
        "owner": said(*OWNERS),
        "submission": tag if tag.startswith("submit/") else f"submit/{tag}",
        "commit": said("COMMIT_URL"),
        "release": said("RELEASE_URL"),
        "review": said("REVIEW_URL", "COMMIT_URL"),
        "datetime": instant(report.submission.committed_at) or _NO_COMMIT,
        "score": min(_whole(report.points), most),
        "max-score": most,
        "tests": [_test(check, step, speech) for step in report.steps for check in step.checks],
    }
    if actor := variables.get("GITHUB_ACTOR"):
        identity = variables.get("GITHUB_ACTOR_ID", "")
        number = int(identity) if _WHOLE.fullmatch(identity) else None
        document["submitted_by"] = {"username": visible(actor, longest=_LONGEST), "id": number}
    return json_text(document)


def _test(check: CheckResult, step: StepResult, speech: Speech) -> dict[str, Any]:
    verdict = check.verdict
    message = speech.say(message_of(verdict))
    test: dict[str, Any] = {
        "test-name": f"{step.id} {check.id}",
        "passed": isinstance(verdict, Passed),
        "score": _whole(check.points),
        "max-score": _whole(check.max_points),
        "status": check.status.value,
        "title": visible(speech.say(check.title)),
        "message": visible(message, longest=_LONGEST, lines=True),
    }
    if isinstance(verdict, Failed):
        test["hint"] = visible(speech.say(verdict.hint), longest=_LONGEST, lines=True)
        test["where"] = [visible(str(place), longest=200) for place in verdict.where[:20]]
    elif isinstance(verdict, Unavailable):
        test["hint"] = visible(speech.say(verdict.remedy), longest=_LONGEST, lines=True)
    return test


def _whole(points: Fraction) -> int:
    """*points* in hundredths, halves away from zero."""
    return int(points * _SCALE + Fraction(1, 2))
