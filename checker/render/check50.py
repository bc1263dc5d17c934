"""The report in the form of check50's results (``check50 -o json``): one result for each check, in the course's order.

``passed`` is true, false, or null for a check that was not judged: to do, blocked, not possible here, or a fault of the
checker. Source of the form: check50's documentation of its JSON.
"""

from __future__ import annotations

from typing import Any

from checker.locale import Speech
from checker.model import Blocked, CheckResult, Errored, Failed, Passed, Report, StepResult, Unavailable
from checker.render.cleaning import visible
from checker.render.entries import Entry, message_of
from checker.render.json_text import json_text

_PLACES = 50
_LONGEST = 4000


def render(report: Report, speech: Speech) -> str:
    """One JSON object; its ``version`` is the checker's."""
    results = [_result(check, step, speech) for step in report.steps for check in step.checks]
    slug = f"{visible(report.course)}/{visible(report.edition)}"
    return json_text({"slug": slug, "version": visible(report.checker), "results": results})


def _result(check: CheckResult, step: StepResult, speech: Speech) -> dict[str, Any]:
    verdict = check.verdict
    judged = isinstance(verdict, Passed | Failed)
    return {
        "name": check.id,
        "description": _line(speech.say(check.title)),
        "passed": isinstance(verdict, Passed) if judged else None,
        "log": _log(check, speech),
        "cause": None if isinstance(verdict, Passed) else _cause(check, speech),
        "data": {
            "step": step.id,
            "status": check.status.value,
            "points": round(float(check.points), 4),
            "max_points": round(float(check.max_points), 4),
        },
        "dependency": verdict.by[0] if isinstance(verdict, Blocked) and verdict.by else None,
    }


def _cause(check: CheckResult, speech: Speech) -> dict[str, Any]:
    verdict = check.verdict
    message = visible(speech.say(message_of(verdict)), longest=_LONGEST, lines=True)
    cause: dict[str, Any] = {"rationale": message}
    if isinstance(verdict, Failed):
        cause["help"] = visible(speech.say(verdict.hint), longest=_LONGEST, lines=True)
        cause["expected"] = visible(speech.say(verdict.expected), longest=_LONGEST, lines=True)
        cause["actual"] = message
    elif isinstance(verdict, Unavailable):
        cause["help"] = visible(speech.say(verdict.remedy), longest=_LONGEST, lines=True)
    elif isinstance(verdict, Errored):  # the traceback is for the checker's own log
        cause["error"] = {"type": "CheckerFault", "value": message, "traceback": [], "data": {}}
    return cause


def _log(check: CheckResult, speech: Speech) -> list[str]:
    """The log of a check: places, notes on the verdict, the command that shows the failure, and advice."""
    verdict = check.verdict
    lines = [speech.say(note) for note in Entry((check,)).notes]
    if isinstance(verdict, Failed):
        lines += [str(place) for place in verdict.where[:_PLACES]]
        lines += [f"(+{len(verdict.where) - _PLACES})"] if len(verdict.where) > _PLACES else []
        lines += verdict.reproduce.splitlines()[:_PLACES]
    lines += [speech.say(advice.message) for advice in verdict.advice]
    return [_line(line) for line in lines]


def _line(words: str) -> str:
    return visible(words, longest=_LONGEST)
