"""``checker render``: show a stored report in another format or language."""

from __future__ import annotations

import sys
from pathlib import Path

from checker.cli.console import Console
from checker.cli.sinks import sinks_of, write_report
from checker.errors import unreadable
from checker.model import text
from checker.stored_report import LARGEST, read

_STANDARD_INPUT = Path("-")


def run(console: Console, path: Path, formats: tuple[str, ...], outputs: tuple[Path, ...]) -> None:
    """Print or write the report of *path*, in the language that was asked for, else in the report's own.

    Raises UsageError if the file cannot be read or holds no report.
    """
    report = read(content_of(path))
    sinks = sinks_of(formats, outputs)
    write_report(report, sinks, console.speech(console.chosen or report.language), console)


def content_of(path: Path) -> bytes:
    """The bytes of a file, up to one more than the maximum of a report."""
    if path == _STANDARD_INPUT:
        return sys.stdin.buffer.read(LARGEST + 1)
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        remedy = text("Give a file that this command has written: checker check --format json --output report.json")
        raise unreadable(path, error, remedy) from error
