"""``checker feedback run``: grade, and tell the service that runs this."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from checker.cli.check import graded
from checker.cli.console import Console
from checker.cli.failing import log_fault
from checker.errors import UsageError
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.feedback.fail_on import NEVER, FailOn, fail_on_of
from checker.feedback.runner import SINKS, new_delimiter, output_lines, outputs, resume, stop, warning
from checker.feedback.shortening import SUMMARY, shortened
from checker.grader import Outcome
from checker.locale import LANGUAGES, Speech
from checker.model import Report, Text, text
from checker.render import terminal
from checker.render.registry import FORMATS, renderer
from checker.selection import Selection

_FILES = (("json", "report.json"), ("markdown", "report.md"), ("junit", "junit.xml"), ("gitlab", "code-quality.json"))
"""What is written into the folder: a format, and its file."""

_WORDS = re.compile(r"[^\s,]+")
_PLAIN = "plain"
_FAULT = 4

NOT_ISOLATED = text(
    "The sandbox could not be made on this machine: the code ran without isolation. On Ubuntu 24.04, run "
    "“checker feedback prepare” first; elsewhere, “checker doctor” says what is missing."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a workflow asks for."""

    course: str | None
    selection: Selection
    fail_on: FailOn
    sinks: frozenset[str]

    @classmethod
    def of(cls, *, course: str, steps: str, up_to: str, fail_on: str, sinks: str) -> Asked:
        """From the words of its inputs. Raises UsageError."""
        return cls(
            course=course.strip() or None,
            selection=Selection(steps=tuple(_WORDS.findall(steps)), up_to=up_to.strip() or None),
            fail_on=fail_on_of(fail_on),
            sinks=frozenset(_known(word, SINKS) for word in _WORDS.findall(sinks) or SINKS),
        )


def language_of(words: str) -> str | None:
    """The language that an input names, None where it names none. Raises UsageError."""
    return _known(words.strip(), LANGUAGES) if words.strip() else None


def run(console: Console, path: Path, asked: Asked, folder: Path) -> int:
    """Grade *path*, write the report into *folder*, and tell the service. Returns the exit code."""
    on_github = os.environ.get("GITHUB_ACTIONS") == "true"
    _make(folder)
    with _unobeyed(console, on_github=on_github):
        outcome = graded(console, GradingOptions(course=asked.course), Submission(path=path), asked.selection)
        report = outcome.report
        speech = console.speech(report.language)
        if "log" in asked.sinks:
            console.write(terminal.render(report, speech, width=console.width, color=console.color).rstrip("\n"))
        _say_faults(console, outcome)
    code = _exit_code(outcome, asked.fail_on)
    _write_files(report, speech, folder)
    if on_github:
        if "annotations" in asked.sinks:
            _annotate(console, report, speech)
        if "summary" in asked.sinks:
            _append("GITHUB_STEP_SUMMARY", _summary(report, speech))
        _append("GITHUB_OUTPUT", output_lines(outputs(report, folder), new_delimiter()))
    return code


@contextmanager
def _unobeyed(console: Console, *, on_github: bool) -> Iterator[None]:
    """Nothing that is printed within is a command to GitHub's runner."""
    if not on_github:
        yield
        return
    token = new_delimiter()
    console.write(stop(token))
    try:
        yield
    finally:
        sys.stderr.flush()
        console.write(resume(token))


def _exit_code(outcome: Outcome, wanted: FailOn) -> int:
    red = wanted.is_red(outcome.report)
    if wanted.words != NEVER and outcome.faults:
        return _FAULT
    return int(red)


def _say_faults(console: Console, outcome: Outcome) -> None:
    for identity, fault in outcome.faults.items():
        kept = log_fault(fault, (*sys.argv[1:], identity))
        if kept:
            console.say(text("The fault in {check} is written in {path}.", check=identity, path=str(kept)), sys.stderr)


def _make(folder: Path) -> None:
    """Find out before the work whether the report can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _write_files(report: Report, speech: Speech, folder: Path) -> None:
    try:
        for name, file in _FILES:
            if name in FORMATS:
                words = renderer(name)(report, speech)
                (folder / file).write_text(words, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(
        text("{path} cannot be written: {reason}.", path=str(folder), reason=error.strerror or str(error)),
        text("Choose another folder for --folder."),
    )


def _annotate(console: Console, report: Report, speech: Speech) -> None:
    if report.environment.sandbox == _PLAIN:
        console.write(warning(speech.say(NOT_ISOLATED)))
    if "github" in FORMATS:
        console.write(renderer("github")(report, speech).rstrip("\n"))


def _summary(report: Report, speech: Speech) -> str:
    head = f"> {speech.say(NOT_ISOLATED)}\n\n" if report.environment.sandbox == _PLAIN else ""
    remark = speech.say(text("The report is longer than a summary may be: the whole is in the artifact."))
    room = SUMMARY - len(head.encode())
    return head + shortened(renderer("markdown")(report, speech), room, f"*{remark}*")


def _append(variable: str, words: str) -> None:
    """Add *words* to the file of that variable, where the runner names one."""
    path = os.environ.get(variable)
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(words)
    except OSError as error:
        raise UsageError(
            text("{path} cannot be written: {reason}.", path=path, reason=error.strerror or str(error)),
            text("The variable {variable} has to name a file of this run.", variable=variable),
        ) from error


def _known(word: str, known: tuple[str, ...]) -> str:
    if word in known:
        return word
    close = get_close_matches(word, known, n=1, cutoff=0.5)
    remedy: Text = text("Did you mean {name}?", name=close[0]) if close else text("There are: {names}.", names=known)
    raise UsageError(text("There is no {name} to choose.", name=word[:100]), remedy)
