"""``checker new``: make a starter."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from checker.cli.console import Console
from checker.errors import UsageError
from checker.model import text
from checker.template import new


def run(console: Console, directory: Path, answers: Sequence[str], *, start_at: str, no_input: bool) -> None:
    """Make the starter and say where it is. Nothing is asked where nobody can answer.

    Raises UsageError for an answer that is impossible, or is no answer.
    """
    given: dict[str, str] = {}
    for answer in answers:
        name, sign, value = answer.partition("=")
        if not sign or not name:
            raise UsageError(
                text("{answer} is no answer to a question.", answer=answer),
                text("Write answers as name=value, for instance author_name=Ada."),
            )
        given[name] = value
    made = new(
        directory,
        start_at=start_at,
        language=given.pop("language", console.language),
        answers=given,
        no_input=no_input or not sys.stdin.isatty(),
    )
    console.say(text("The starter is ready in {path}.", path=str(made)))
    console.say(text("Go there and run: checker next"))
