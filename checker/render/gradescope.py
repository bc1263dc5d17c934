"""The report as Gradescope's ``results.json``: one test for each check, under the number of its step.

Checks left open by this machine or by a fault of the checker have no score: they are shown, and not counted. The score
of the whole is given too, as the course may cap it. All text is plain, neither HTML nor Markdown. A suspicion is a test
without a score that only instructors see. Source of the form: Gradescope's autograder specifications.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.locale import Speech
from checker.model import CheckResult, Errored, Failed, Location, Passed, Report, StepResult, Suspicion, Unavailable
from checker.model import text as t
from checker.render.cleaning import visible
from checker.render.entries import SUSPICIOUS, Entry, message_of, not_committed
from checker.render.json_text import json_text

_PLACES = 20
_LONGEST = 4000


def render(report: Report, speech: Speech) -> str:
    """One JSON object, with the line ends that Gradescope requires."""
    tests = [
        _test(check, step, number, speech) for step in report.steps for number, check in enumerate(step.checks, start=1)
    ]
    if report.suspicions:
        tests.append(_looked_at(report.suspicions, speech))
    document: dict[str, Any] = {
        "score": round(float(report.points), 4),
        "execution_time": round(report.seconds),
        "output": _output(report, speech),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {
            "checker": report.checker,
            "course": f"{visible(report.course)} {visible(report.edition)} {report.course_hash}",
            "commit": report.submission.commit,
            "trust": report.trust.value,
        },
        "tests": tests,
    }
    return json_text(document)


def _output(report: Report, speech: Speech) -> str:
    points = t("{points} of {max_points} points", points=report.points, max_points=report.max_points)
    lines = [speech.say(points)]
    if report.not_checked_points:
        lines.append(speech.say(t("{points} points could not be checked here.", points=report.not_checked_points)))
    following = report.next_step
    if following is None:
        lines.append(speech.say(t("All that can be seen here is done.")))
    else:
        title = f"{following.id} {visible(speech.say(following.title))}"
        lines.append(speech.say(t("Next step: {step}", step=title)))
    if files := report.submission.not_committed:
        lines.append(speech.say(not_committed(files)))
    lines += [speech.say(remark.message) + _places(remark.where) for remark in report.remarks]
    return _text(lines)


def _test(check: CheckResult, step: StepResult, number: int, speech: Speech) -> dict[str, Any]:
    verdict = check.verdict
    test: dict[str, Any] = {
        "name": visible(f"{check.id}: {speech.say(check.title)}"),
        "name_format": "text",
        "number": f"{step.id}.{number}",
        "output": _text(_said(check, speech)),
        "output_format": "text",
        "tags": [f"step-{step.id}", check.status.value],
        "visibility": "visible",
        "extra_data": {"check": check.id, "status": check.status.value, "basis": verdict.basis.value},
    }
    if not isinstance(verdict, Unavailable | Errored):
        test["score"] = round(float(check.points), 4)
        test["max_score"] = round(float(check.max_points), 4)
        test["status"] = "passed" if isinstance(verdict, Passed) else "failed"
    return test


def _said(check: CheckResult, speech: Speech) -> Iterator[str]:
    verdict = check.verdict
    where = _places(verdict.where) if isinstance(verdict, Failed) else ""
    yield speech.say(message_of(verdict)) + where
    yield from (speech.say(note) for note in Entry((check,)).notes)
    if isinstance(verdict, Failed):
        yield f"{speech.say(t('Expected:'))} {speech.say(verdict.expected)}"
        yield f"→ {speech.say(verdict.hint)}"
        if verdict.reproduce:
            yield speech.say(t("The same without the checker, from the root of the project:"))
            yield verdict.reproduce
    elif isinstance(verdict, Unavailable):
        yield f"→ {speech.say(verdict.remedy)}"
    for advice in verdict.advice:
        yield f"+ {speech.say(advice.message)}{_places(advice.where)}"


def _looked_at(suspicions: tuple[Suspicion, ...], speech: Speech) -> dict[str, Any]:
    return {
        "name": visible(speech.say(SUSPICIOUS)),
        "name_format": "text",
        "output": _text(speech.say(suspicion.reason) + _places(suspicion.where) for suspicion in suspicions),
        "output_format": "text",
        "visibility": "hidden",
    }


def _places(where: tuple[Location, ...]) -> str:
    shown = ", ".join(visible(str(place), longest=200) for place in where[:_PLACES])
    more = f" (+{len(where) - _PLACES})" if len(where) > _PLACES else ""
    return f" ({shown}{more})" if shown else ""


def _text(lines: Iterator[str] | list[str]) -> str:
    return "\n".join(visible(line, longest=_LONGEST, lines=True) for line in lines)
