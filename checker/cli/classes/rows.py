"""A row of a list, within the width of the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TextIO

from checker.cli.console import Console
from checker.model import Text, text
from checker.render.cleaning import visible, without_commands

_LONGEST = 4000
_MOST = 20


def say_row(console: Console, sentence: Text, stream: TextIO | None = None) -> None:
    """Print a sentence as a row: indented, its further lines a little more."""
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


def say_list(console: Console, title: Text, sentences: Sequence[Text], stream: TextIO | None = None) -> None:
    """Print *sentences* under their *title*, as many as fit on a screen; nothing if there are none."""
    if not sentences:
        return
    console.say(title, stream)
    shown = [*sentences[:_MOST]]
    if len(sentences) > _MOST:
        shown.append(text("and {count} more", count=len(sentences) - _MOST))
    for sentence in shown:
        console.say(sentence, stream, before="  ")
