"""``checker check``: grade, and put the report where it was asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from checker.cli.console import HOSTING, Console
from checker.cli.failing import log_fault
from checker.errors import UsageError
from checker.locale import Speech
from checker.model import Report, Verdict, text
from checker.render.registry import FORMATS, renderer
from checker.session import Outcome, Request
from checker.session import run as run_session

_LARGEST_EVENT = 5_000_000


def run(console: Console, request: Request, formats: tuple[str, ...], outputs: tuple[Path, ...]) -> int:
    """Grade and print. Returns the exit code of the report."""
    sinks = _sinks(formats, outputs)
    outcome = graded(console, request)
    speech = console.speech(outcome.report.language if request.language is None else request.language)
    report = replace(outcome.report, language=speech.language)
    for name, path in sinks:
        if path is None:
            console.write(_shown(name, report, speech, console).rstrip("\n"))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a" if _appended(path) else "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(renderer(name)(report, speech))
    for identity, fault in outcome.faults.items():
        kept = log_fault(fault, (*sys.argv[1:], identity))
        if kept:
            console.say(text("The fault in {check} is written in {path}.", check=identity, path=str(kept)), sys.stderr)
    return outcome.exit_code


def graded(console: Console, request: Request) -> Outcome:
    """The outcome of *request* in these surroundings, with progress shown."""
    variables = hosting_variables(os.environ)
    complete = replace(request, variables=variables, event=event_of(variables))
    with console.progress(0) as progress:

        def started(count: int) -> None:
            progress.total = count
            progress.note(text("Running the work; this takes a minute at most times."))

        def judged(identity: str, _verdict: Verdict) -> None:
            progress.step(identity)

        return run_session(complete, on_start=started, on_check=judged)


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
            raise UsageError(
                text("There is no format {name}.", name=name),
                text("There are: {names}.", names=FORMATS),
            )
    named = formats or ("terminal",)
    if len(outputs) > len(named):
        raise UsageError(
            text("There are more files than formats."),
            text("Give one --format for each --output, in the same order."),
        )
    places: list[Path | None] = [*outputs, *(None for _ in named[len(outputs) :])]
    return tuple(zip(named, places, strict=True))


def _appended(path: Path) -> bool:
    """Whether *path* is the summary of a job, to which every step adds."""
    return str(path) == os.environ.get("GITHUB_STEP_SUMMARY")


def _shown(name: str, report: Report, speech: Speech, console: Console) -> str:
    if name != "terminal":
        return renderer(name)(report, speech)
    from checker.render import terminal

    return partial(terminal.render, width=console.width, color=console.color)(report, speech)
