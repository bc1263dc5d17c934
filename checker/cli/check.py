"""``checker check``: grade, and put the report where it was asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from checker.cli.console import HOSTING, Console, Progress
from checker.cli.failing import log_fault
from checker.cli.progress import LONG, MAKING, PLAIN
from checker.cli.surroundings import language_of
from checker.errors import UsageError
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader, Outcome
from checker.listener import Listener
from checker.locale import Speech
from checker.model import Report, text
from checker.render.registry import FORMATS, renderer
from checker.sandbox.begun import Begun
from checker.sandbox.environments.making import ENVIRONMENTS
from checker.sandbox.store import store_folder
from checker.selection import EVERYTHING, Selection

_LARGEST_EVENT = 5_000_000
_PRINTED = Path("-")


def run(
    console: Console,
    options: GradingOptions,
    submission: Submission,
    selection: Selection,
    formats: tuple[str, ...],
    outputs: tuple[Path, ...],
    *,
    cache: bool = True,
    begun: Begun | None = None,
) -> int:
    """Grade and print, with what was *begun* before. Returns the exit code of the report."""
    sinks = _sinks(formats, outputs)
    for _, path in sinks:
        if path is not None:
            _try(path)
    outcome = graded(console, options, submission, selection, cache=cache, begun=begun)
    speech = console.speech(outcome.report.language)
    for name, path in sinks:
        if path is None:
            console.write(_shown(name, outcome.report, speech, console).rstrip("\n"))
        else:
            _put(renderer(name)(outcome.report, speech), path)
    for identity, fault in outcome.faults.items():
        kept = log_fault(fault, (*sys.argv[1:], identity))
        if kept:
            console.say(text("The fault in {check} is written in {path}.", check=identity, path=str(kept)), sys.stderr)
    return outcome.exit_code


class _ProgressListener(Listener):
    """Shows on *progress* what takes long."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def gathering(self, fact: type) -> None:
        if fact.__name__ in LONG:
            self._progress.note(LONG[fact.__name__], plainly=PLAIN)

    def making_environment(self) -> None:
        self._progress.note(MAKING)


def options_here(console: Console, options: GradingOptions, *, cache: bool = True) -> GradingOptions:
    """*options* with what these surroundings say: the language, and the folders of what is kept."""
    folder = store_folder()
    return replace(
        options,
        language=console.chosen,
        fallback=language_of(os.environ),
        cache=folder if cache else None,
        environments=folder / ENVIRONMENTS,
    )


def submission_here(submission: Submission) -> Submission:
    """*submission* with what the hosting service says of it, where this runs on one."""
    variables = hosting_variables(os.environ)
    return replace(submission, variables=variables, event=event_of(variables))


def graded(
    console: Console,
    options: GradingOptions,
    submission: Submission,
    selection: Selection = EVERYTHING,
    *,
    cache: bool = True,
    begun: Begun | None = None,
) -> Outcome:
    """The outcome of a grading in these surroundings, with progress shown; with *cache*, what has run is kept."""
    with console.progress() as progress, Grader(options_here(console, options, cache=cache), begun=begun) as grader:
        return grader.grade(submission_here(submission), selection, _ProgressListener(progress))


def hosting_variables(variables: Mapping[str, str]) -> Mapping[str, str]:
    """What a hosting service says of the commit; nothing that could be a secret of it."""
    return {
        name: value
        for name, value in variables.items()
        if name.startswith(HOSTING) and not any(word in name for word in ("TOKEN", "PASSWORD", "SECRET", "KEY"))
    }


def event_of(variables: Mapping[str, str]) -> str:
    """The content of GitHub's event file, where there is one that can be read."""
    path = variables.get("GITHUB_EVENT_PATH")
    if not path:
        return ""
    try:
        content = Path(path).read_bytes()
    except OSError:
        return ""
    return content.decode("utf-8", "replace") if len(content) <= _LARGEST_EVENT else ""


def _sinks(formats: tuple[str, ...], outputs: tuple[Path, ...]) -> tuple[tuple[str, Path | None], ...]:
    """Each format with its file: the first output belongs to the first format, and so on; the rest is printed."""
    for name in formats:
        if name not in FORMATS:
            close = get_close_matches(name, FORMATS, n=1, cutoff=0.4)
            raise UsageError(
                text("There is no format {name}.", name=name),
                text("Did you mean {name}?", name=close[0]) if close else text("There are: {names}.", names=FORMATS),
            )
    named = formats or ("terminal",)
    if len(outputs) > len(named):
        raise UsageError(
            text("There are more files than formats."),
            text("Give one --format for each --output, in the same order."),
        )
    places = [None if path == _PRINTED else path for path in outputs]
    return tuple(zip(named, [*places, *(None for _ in named[len(outputs) :])], strict=True))


def _try(path: Path) -> None:
    """Find out before the work whether *path* can be written: a grading takes minutes."""
    there = path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir() or path.is_file() or not there:
            path.open("ab").close()
        if not there:
            path.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def _put(words: str, path: Path) -> None:
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    added = bool(summary) and os.path.realpath(path) == os.path.realpath(str(summary))  # every step adds to it
    try:
        with path.open("a" if added else "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(words)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        text("{path} cannot be written: {reason}.", path=str(path), reason=error.strerror or str(error)),
        text("Choose another file for --output."),
    )


def _shown(name: str, report: Report, speech: Speech, console: Console) -> str:
    if name != "terminal":
        return renderer(name)(report, speech)
    from checker.render import terminal

    return terminal.render(report, speech, width=console.width, color=console.color)
