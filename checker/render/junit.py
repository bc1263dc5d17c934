"""The report as JUnit XML: one suite a step, one case a check.

The format has no schema of its own; this keeps to the elements and attributes that its usual readers share. A
blocked or unavailable check, and one to do, is *skipped*; our own fault is an *error*. All words are made visible
first: a single character that XML 1.0 does not know makes readers drop the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from checker.locale import Speech
from checker.model import CheckResult, Failed, Report, Status, Suspicion, Unavailable
from checker.render.cleaning import visible
from checker.render.entries import SUSPICIOUS, Entry, message_of

_SKIPPED = (Status.TODO, Status.BLOCKED, Status.UNAVAILABLE)
_PLACES = 50


def render(report: Report, speech: Speech) -> str:
    """One ``testsuites`` element, with its declaration."""
    checks = [check for step in report.steps for check in step.checks]
    named = {"name": _line(f"{report.course} {report.edition}")}
    root = Element("testsuites", named | _counts(checks) | {"time": f"{report.seconds:.3f}"})
    for step in report.steps:
        named = {"name": _line(f"{step.id} {speech.say(step.title)}")}
        spent = {"time": f"{sum(check.seconds for check in step.checks):.3f}"}
        suite = SubElement(root, "testsuite", named | _counts(step.checks) | spent)
        for check in step.checks:
            _case(suite, step.id, check, speech)
    if report.suspicions:
        _looked_at(root, report.suspicions, speech)
    indent(root)
    # equal to any reader of XML, but no command to a service that keeps its input as a log
    shown = re.sub(r"^([^\S\n]*+)::", r"\1&#58;:", tostring(root, encoding="unicode"), flags=re.MULTILINE)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + shown.replace("##", "#&#35;") + "\n"


def _counts(checks: Iterable[CheckResult]) -> dict[str, str]:
    states = [check.status for check in checks]
    return {
        "tests": str(len(states)),
        "failures": str(states.count(Status.FAILED)),
        "errors": str(states.count(Status.ERRORED)),
        "skipped": str(sum(state in _SKIPPED for state in states)),
    }


def _case(suite: Element, step: str, check: CheckResult, speech: Speech) -> None:
    case = SubElement(
        suite,
        "testcase",
        classname=_line(f"step-{step}"),
        name=_line(check.id),
        time=f"{check.seconds:.3f}",
    )
    verdict = check.verdict
    message = speech.say(message_of(verdict))
    if check.status in _SKIPPED:
        remedy = f" {speech.say(verdict.remedy)}" if isinstance(verdict, Unavailable) else ""
        SubElement(case, "skipped", message=_line(message + remedy))
    elif check.status is Status.ERRORED:
        SubElement(case, "error", message=_line(message), type="errored")
    elif isinstance(verdict, Failed):
        notes = (speech.say(note) for note in Entry((check,)).notes)
        body = [
            *(str(place) for place in verdict.where[:_PLACES]),
            *([f"(+{len(verdict.where) - _PLACES})"] if len(verdict.where) > _PLACES else []),
            message,
            speech.say(verdict.expected),
            speech.say(verdict.hint),
            ", ".join(notes),
            verdict.reproduce,
        ]
        failure = SubElement(case, "failure", message=_line(message), type="failed")
        failure.text = "\n".join(visible(words, longest=4000, lines=True) for words in body if words)
    if verdict.advice:
        output = "\n".join(visible(speech.say(advice.message)) for advice in verdict.advice)
        SubElement(case, "system-out").text = output


def _looked_at(root: Element, suspicions: Iterable[Suspicion], speech: Speech) -> None:
    """A suite without cases: the suspicions are no tests, and are not counted."""
    suite = SubElement(root, "testsuite", {"name": "suspicious", **_counts(())}, time="0.000")
    lines = [
        " ".join([visible(speech.say(suspicion.reason)), *(visible(str(place)) for place in suspicion.where[:_PLACES])])
        for suspicion in suspicions
    ]
    SubElement(suite, "system-out").text = "\n".join([visible(speech.say(SUSPICIOUS)), *lines])


def _line(words: str) -> str:
    """The first line of *words*: an attribute would fold all lines into one."""
    return visible(words.partition("\n")[0])
