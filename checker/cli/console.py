"""How the command line speaks: in which language, with which colours, to which stream."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from checker.locale import Speech
    from checker.model import Text

HOSTING = ("GITHUB_", "CI")


def language_of(variables: Mapping[str, str]) -> str:
    """The language that the surroundings ask for: French where they say so, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := variables.get(name):
            return "fr" if value.lower().startswith("fr") else "en"
    return "en"


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command prints. ``chosen`` is the language that was asked for, if any."""

    chosen: str | None
    fallback: str
    quiet: bool
    color: bool
    width: int

    @classmethod
    def of(cls, language: StrEnum | None, *, quiet: bool = False) -> Console:
        """The console of this process."""
        terminal = sys.stdout.isatty()
        return cls(
            chosen=language.value if language else None,
            fallback=language_of(os.environ),
            quiet=quiet,
            color=terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb",
            width=max(40, min(shutil.get_terminal_size((80, 24)).columns, 100)) if terminal else 80,
        )

    @property
    def language(self) -> str:
        return self.chosen or self.fallback

    def speech(self, preferred: str | None = None) -> Speech:
        """The language asked for, else *preferred* (the submission's own), else the surroundings'."""
        from checker.locale import Speech

        return Speech(self.chosen or preferred or self.fallback)

    def say(self, sentence: Text, stream: TextIO | None = None) -> None:
        """Print one sentence, made harmless."""
        from checker.render.cleaning import visible

        self.write(visible(self.speech().say(sentence), longest=4000, lines=True), stream)

    def write(self, words: str, stream: TextIO | None = None) -> None:
        """Print *words*, whatever the stream can encode."""
        target = stream or sys.stdout
        encoding = target.encoding or "utf-8"
        print(words.encode(encoding, "replace").decode(encoding), file=target, flush=True)

    @contextmanager
    def progress(self, total: int) -> Iterator[Progress]:
        """Show how far a long piece of work is: a line that moves on a terminal, plain lines elsewhere."""
        shown = Progress(self, total)
        try:
            yield shown
        finally:
            shown.clear()


class Progress:
    """How many of so many things are done."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._moving = sys.stderr.isatty() and not console.quiet
        self._done = 0
        self.total = total

    def step(self, name: str) -> None:
        """One thing more is being done."""
        self._done += 1
        if self._moving:
            print(f"\r\x1b[K{self._done}/{self.total} {name}", end="", file=sys.stderr, flush=True)

    def note(self, sentence: Text) -> None:
        """Say what takes long now."""
        if self._console.quiet:
            return
        if self._moving:
            print(f"\r\x1b[K{self._console.speech().say(sentence)}", end="", file=sys.stderr, flush=True)
        else:
            self._console.say(sentence, sys.stderr)

    def clear(self) -> None:
        """Leave the terminal as it was."""
        if self._moving:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
