"""The message of a command that cannot go on, and the log of the checker's own faults."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from checker import __version__
from checker.cli.console import Console
from checker.cli.surroundings import defaults_near, language_of
from checker.errors import CheckerError, MissingLibrary
from checker.model import text

_MOST_LOGS = 50
_OF_CLASS = frozenset({"alembic", "githubkit", "gitlab", "openpyxl", "sqlalchemy"})
"""The libraries of the extra ``class``, by the names under which they are imported."""


def log_folder() -> Path:
    """The folder for traces of our faults: the user's own folder for logs."""
    return Path(platformdirs.user_log_dir("titanic-checker"))


def log_fault(trace: str, arguments: Sequence[str]) -> Path | None:
    """Write the trace of a fault of ours to a file, and return its path; None if it cannot be written.

    The oldest ones are removed: a trace not sent by now will not be sent.
    """
    folder = log_folder()
    moment = datetime.now(UTC)
    path = folder / f"fault-{moment:%Y%m%d-%H%M%S-%f}-{os.getpid()}.log"
    head = f"titanic-checker {__version__}, Python {platform.python_version()}, {platform.platform()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{head}\n{shlex.join(arguments)}\n\n{trace}", encoding="utf-8", errors="backslashreplace")
        for old in sorted(folder.glob("fault-*.log"))[:-_MOST_LOGS]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def say_faults(console: Console, faults: Mapping[str, str]) -> None:
    """Log the traces of our *faults*, by the check that failed, and print where they are."""
    for identity, fault in faults.items():
        log = log_fault(fault, (*sys.argv[1:], identity))
        if log:
            console.say(text("The fault in {check} is written in {path}.", check=identity, path=str(log)), sys.stderr)


def explain_failure(error: Exception, arguments: Sequence[str]) -> int:
    """Print why a command stopped, to the error stream, and return its exit code."""
    console = _console(arguments)
    if isinstance(error, ModuleNotFoundError) and (library := (error.name or "").partition(".")[0]) in _OF_CLASS:
        error = MissingLibrary(library, "class")
    if isinstance(error, CheckerError):
        console.say(error.cause, sys.stderr)
        console.say(error.remedy, sys.stderr)
        return error.exit_code
    path = log_fault("".join(traceback.format_exception(error)), arguments)
    console.say(text("The checker itself failed. This is not your fault and costs no points."), sys.stderr)
    if path:
        console.say(
            text("What happened is written in {path}; please send it to your instructor.", path=str(path)), sys.stderr
        )
    return 4


def say_stopped(arguments: Sequence[str]) -> None:
    """Print that the command ended because it was told to."""
    _console(arguments).say(text("Stopped."), sys.stderr)


def _console(arguments: Sequence[str]) -> Console:
    """A console in the language of the command, which may have stopped before it knew its language."""
    language = _asked(arguments) or _near(arguments) or language_of(os.environ)
    return Console(chosen=language, fallback=language, quiet=False, terminal=False, color=False, width=80)


def _asked(arguments: Sequence[str]) -> str | None:
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        value = following if word == "--language" else word.removeprefix("--language=")
        if word.startswith("--language") and value in ("fr", "en"):
            return value
    return None


def _near(arguments: Sequence[str]) -> str | None:
    """The language of the project that the command names, or is started in."""
    folders = [Path(word) for word in arguments if not word.startswith("-") and Path(word).is_dir()]
    return next((language for place in (*folders, Path()) if (language := defaults_near(place).language)), None)
