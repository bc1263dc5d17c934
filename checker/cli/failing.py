"""What is said when a command cannot go on, and where the trace of a fault of ours is kept."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from checker import __version__
from checker.cli.console import Console, language_of
from checker.errors import CheckerError
from checker.locale import Speech
from checker.model import text
from checker.render.cleaning import visible


def log_fault(trace: str, arguments: Sequence[str]) -> Path | None:
    """Keep the trace of a fault of ours in the user's log folder. Returns the file, None where none can be made."""
    folder = Path(platformdirs.user_log_dir("titanic-checker"))
    path = folder / f"fault-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.log"
    head = f"titanic-checker {__version__}, Python {platform.python_version()}, {platform.platform()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{head}\n{shlex.join(arguments)}\n\n{trace}", encoding="utf-8", errors="backslashreplace")
    except OSError:
        return None
    return path


def explain_failure(error: Exception, arguments: Sequence[str]) -> int:
    """Say what stopped a command, to the error stream, and return its exit code."""
    language = _asked(arguments) or language_of(os.environ)
    console = Console(chosen=language, fallback=language, quiet=False, color=False, width=80)
    if isinstance(error, CheckerError):
        speech = Speech(language)
        for sentence in (error.cause, error.remedy):
            console.write(visible(speech.say(sentence), longest=4000, lines=True), sys.stderr)
        return error.exit_code
    path = log_fault("".join(traceback.format_exception(error)), arguments)
    console.say(text("The checker itself failed. This is not your fault and costs no points."), sys.stderr)
    if path:
        console.say(
            text("What happened is written in {path}; please send it to your instructor.", path=str(path)), sys.stderr
        )
    return 4


def _asked(arguments: Sequence[str]) -> str | None:
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        value = following if word == "--language" else word.removeprefix("--language=")
        if word.startswith("--language") and value in ("fr", "en"):
            return value
    return None
