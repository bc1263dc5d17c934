"""A row of a list, within the width of the terminal."""

from __future__ import annotations

import textwrap
from typing import TextIO

from checker.cli.console import Console
from checker.model import Text
from checker.render.cleaning import visible, without_commands

_LONGEST = 4000


def say_row(console: Console, sentence: Text, stream: TextIO | None = None) -> None:
    """Print a sentence as a row: indented, and its further lines a little more."""
    words = without_commands(visible(console.speech().say(sentence), longest=_LONGEST))
    console.write(
        textwrap.fill(
            words,
            console.width,
            initial_indent="  ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        ),
        stream,
    )
