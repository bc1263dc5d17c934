"""The outputs of a report: each a format, and a file or the standard output."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from checker.cli.console import Console
from checker.errors import UsageError, did_you_mean, unwritable
from checker.locale import Speech
from checker.model import Report, text
from checker.render.registry import FORMATS, renderer

Sink: TypeAlias = tuple[str, Path | None]
"""A format and its file; None: it is printed."""

_PRINTED = Path("-")
_OTHER_FILE = text("Choose another file for --output.")


def sinks_of(formats: tuple[str, ...], outputs: tuple[Path, ...]) -> tuple[Sink, ...]:
    """Each format with its file: the first output belongs to the first format, and so on; the rest is printed.

    Raises UsageError for a format that does not exist or that needs variables which are not set, more files than
    formats, and a file that cannot be written.
    """
    for name in formats:
        if name not in FORMATS:
            raise UsageError(text("There is no format {name}.", name=name), did_you_mean(name, FORMATS, cutoff=0.4))
        if name == "classroom50":
            _know_submission(os.environ)
    named = formats or ("terminal",)
    if len(outputs) > len(named):
        raise UsageError(
            text("There are more files than formats."),
            text("Give one --format for each --output, in the same order."),
        )
    places = [None if path == _PRINTED else path for path in outputs]
    for path in places:
        if path is not None:
            _try(path)
    return tuple(zip(named, [*places, *(None for _ in named[len(outputs) :])], strict=True))


def write_report(report: Report, sinks: Iterable[Sink], speech: Speech, console: Console) -> None:
    """Print or write *report* in each format that was asked for. Raises UsageError if a file cannot be written."""
    for name, path in sinks:
        if path is None:
            console.write(_shown(name, report, speech, console).rstrip("\n"))
        else:
            _put(renderer(name, os.environ)(report, speech), path)


def _know_submission(variables: Mapping[str, str]) -> None:
    """Check before the work that Classroom 50 can collect the result: it refuses one without its owner."""
    from checker.render.classroom50 import OWNERS, VARIABLES

    missing = [name for name in VARIABLES if not variables.get(name)]
    if not any(variables.get(name) for name in OWNERS):
        missing.append(OWNERS[0])
    if missing:
        raise UsageError(
            text(
                "The format {name} says whose work it is, and {variables} is not set.",
                name="classroom50",
                variables=tuple(missing),
            ),
            text("Classroom 50's runner sets these variables for an autograder.py; elsewhere, choose another format."),
        )


def _try(path: Path) -> None:
    """Check before the work that *path* can be written: a grading takes minutes."""
    existed = path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir() or path.is_file() or not existed:
            path.open("ab").close()
        if not existed:
            path.unlink()
    except OSError as error:
        raise unwritable(path, error, _OTHER_FILE) from error


def _put(words: str, path: Path) -> None:
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    added = bool(summary) and os.path.realpath(path) == os.path.realpath(str(summary))  # all steps append to it
    try:
        with path.open("a" if added else "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(words)
    except OSError as error:
        raise unwritable(path, error, _OTHER_FILE) from error


def _shown(name: str, report: Report, speech: Speech, console: Console) -> str:
    if name != "terminal":
        return renderer(name, os.environ)(report, speech)
    from checker.render import terminal

    return terminal.render(report, speech, width=console.width, color=console.color)
