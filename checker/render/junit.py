"""The report as JUnit XML: one suite a step, one case a check.

The format has no schema of its own; this follows Ant's, as its usual readers do (the elements and attributes of
the windyroad schema). A blocked or unavailable check, and one to do, is *skipped*; our own fault is an *error*.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from checker.locale import Speech
from checker.model import CheckResult, Failed, Report, Status, Unavailable
from checker.render.cleaning import visible
from checker.render.json import message_of

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 calls no Char: a single one makes readers drop the whole file."""


def render(report: Report, speech: Speech) -> str:
    """One ``testsuites`` element, with its declaration."""
    root = Element("testsuites", name=f"{report.course} {report.edition}", time=f"{report.seconds:.3f}")
    for step in report.steps:
        states = [check.status for check in step.checks]
        suite = SubElement(
            root,
            "testsuite",
            name=_char(f"{step.id} {speech.say(step.title)}"),
            tests=str(len(states)),
            failures=str(states.count(Status.FAILED)),
            errors=str(states.count(Status.ERRORED)),
            skipped=str(sum(state in _SKIPPED for state in states)),
            time=f"{sum(check.seconds for check in step.checks):.3f}",
        )
        for check in step.checks:
            _case(suite, step.id, check, speech)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


_SKIPPED = (Status.TODO, Status.BLOCKED, Status.UNAVAILABLE)


def _case(suite: Element, step: str, check: CheckResult, speech: Speech) -> None:
    case = SubElement(suite, "testcase", classname=f"step-{step}", name=check.id, time=f"{check.seconds:.3f}")
    message = speech.say(message_of(check.verdict))
    if check.status in _SKIPPED:
        remedy = f" {speech.say(check.verdict.remedy)}" if isinstance(check.verdict, Unavailable) else ""
        SubElement(case, "skipped", message=_line(message + remedy))
    elif check.status is Status.ERRORED:
        SubElement(case, "error", message=_line(message), type="errored").text = _char(message)
    elif isinstance(check.verdict, Failed):
        verdict = check.verdict
        failure = SubElement(case, "failure", message=_line(message), type="failed")
        body = [
            *(str(place) for place in verdict.where),
            message,
            speech.say(verdict.expected),
            speech.say(verdict.hint),
            verdict.reproduce,
        ]
        failure.text = _char("\n".join(visible(words, longest=4000, lines=True) for words in body if words))
    if check.verdict.advice:
        said = "\n".join(visible(speech.say(one.message)) for one in check.verdict.advice)
        SubElement(case, "system-out").text = _char(said)


def _line(words: str) -> str:
    return _char(visible(words.partition("\n")[0]))


def _char(words: str) -> str:
    return _NOT_XML.sub("\ufffd", words)
