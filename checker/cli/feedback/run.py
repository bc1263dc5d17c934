"""``checker feedback run``: grade, and tell the service that runs the command."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checker.cli.check import graded
from checker.cli.console import Console
from checker.cli.failing import say_faults
from checker.errors import UsageError, did_you_mean, unwritable
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.feedback.fail_on import NEVER, fail_on_of
from checker.feedback.runner import SINKS, new_delimiter, output_lines, outputs, resume, stop, warning
from checker.feedback.shortening import SUMMARY, shortened
from checker.locale import LANGUAGES, Speech
from checker.model import Report, text
from checker.render import terminal
from checker.render.registry import FORMATS, renderer
from checker.selection import Selection

_FILES = (("json", "report.json"), ("markdown", "report.md"), ("junit", "junit.xml"), ("gitlab", "code-quality.json"))
"""The formats written into the folder, and their file names."""

_WORDS = re.compile(r"[^\s,]+")
_PLAIN = "plain"
_OTHER_FOLDER = text("Choose another folder for --folder.")
_FAULT = 4

NOT_ISOLATED = text(
    "The sandbox could not be made on this machine: the code ran without isolation. On Ubuntu 24.04, run "
    "“checker feedback prepare” first; elsewhere, “checker doctor” says what is missing."
)


def language_of(words: str) -> str | None:
    """The language that an input names, None if it names none. Raises UsageError."""
    return _known(words.strip(), LANGUAGES) if words.strip() else None


def run(
    console: Console, path: Path, folder: Path, *, course: str, steps: str, up_to: str, fail_on: str, sinks: str
) -> int:
    """Grade *path*, write the report into *folder*, and tell the service. Returns the exit code.

    The other words are the inputs of a workflow. Raises UsageError for one that means nothing.
    """
    selection = Selection(steps=tuple(_WORDS.findall(steps)), up_to=up_to.strip() or None)
    condition = fail_on_of(fail_on)
    chosen = {_known(word, SINKS) for word in _WORDS.findall(sinks) or SINKS}
    on_github = os.environ.get("GITHUB_ACTIONS") == "true"
    _make(folder)
    with _unobeyed(console, on_github=on_github):
        outcome = graded(console, GradingOptions(course=course.strip() or None), Submission(path=path), selection)
        report = outcome.report
        speech = console.speech(report.language)
        if "log" in chosen:
            console.write(terminal.render(report, speech, width=console.width, color=console.color).rstrip("\n"))
        say_faults(console, outcome.faults)
    red = condition.is_red(report)
    code = _FAULT if outcome.faults and condition.words != NEVER else int(red)
    _write_files(report, speech, folder)
    if on_github:
        if "annotations" in chosen:
            _annotate(console, report, speech)
        if "summary" in chosen:
            _append("GITHUB_STEP_SUMMARY", _summary(report, speech))
        _append("GITHUB_OUTPUT", output_lines(outputs(report, folder), new_delimiter()))
    return code


@contextmanager
def _unobeyed(console: Console, *, on_github: bool) -> Iterator[None]:
    """A block in which no printed line is a command to GitHub's runner."""
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


def _make(folder: Path) -> None:
    """Make the folder, so that an unwritable one is reported before the work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error, _OTHER_FOLDER) from error


def _write_files(report: Report, speech: Speech, folder: Path) -> None:
    try:
        for name, file in _FILES:
            if name in FORMATS:
                words = renderer(name)(report, speech)
                (folder / file).write_text(words, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise unwritable(folder, error, _OTHER_FOLDER) from error


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
    """Append *words* to the file that the variable names, if the runner sets it."""
    path = os.environ.get(variable)
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(words)
    except OSError as error:
        remedy = text("The variable {variable} has to name a file of this run.", variable=variable)
        raise unwritable(path, error, remedy) from error


def _known(word: str, known: tuple[str, ...]) -> str:
    if word in known:
        return word
    raise UsageError(text("There is no {name} to choose.", name=word[:100]), did_you_mean(word, known))
