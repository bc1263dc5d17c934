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
    """Make the starter and print its place. Without a terminal no question is asked.

    Raises UsageError for an answer that is impossible, or a word that is no answer.
    """
    typed: dict[str, str] = {}
    for answer in answers:
        name, sign, value = answer.partition("=")
        if not sign or not name:
            raise UsageError(
                text("{answer} is no answer to a question.", answer=answer),
                text("Write answers as name=value, for instance author_name=Ada."),
            )
        typed[name] = value
    made = new(
        directory,
        start_at=start_at,
        language=typed.pop("language", console.language),
        answers=typed,
        no_input=no_input or not sys.stdin.isatty(),
    )
    console.say(text("The starter is ready in {path}.", path=str(made)))
    console.say(text("Go there and run: checker next"))
