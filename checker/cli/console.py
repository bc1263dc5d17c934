"""The console of the command line: its language, its colours, its streams."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from checker.cli.surroundings import defaults_near, language_of

if TYPE_CHECKING:
    from checker.locale import Speech
    from checker.model import Text

HOSTING = ("GITHUB_", "CI")
_PLAINER = str.maketrans({"✓": "+", "✗": "x", "·": "-", "‖": "|", "→": ">", "…": "...", "’": "'", "─": "-"})
"""Replacements for terminals that have the letters of their country and no symbols."""


@dataclass(frozen=True, slots=True)
class Console:
    """The output of a command. ``chosen`` is the language that was asked for, if any; else ``fallback`` is used."""

    chosen: str | None
    fallback: str
    quiet: bool
    terminal: bool
    color: bool
    width: int

    @classmethod
    def of(cls, language: str | None, *, quiet: bool = False, folder: Path | None = None) -> Console:
        """The console of this process, for a command on the project in *folder* (None: the current one)."""
        terminal = sys.stdout.isatty()
        return cls(
            chosen=language,
            fallback=defaults_near(folder or Path()).language or language_of(os.environ),
            quiet=quiet,
            terminal=terminal,
            color=terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
            width=max(40, min(shutil.get_terminal_size((80, 24)).columns, 100)) if terminal else 80,
        )

    @property
    def language(self) -> str:
        return self.chosen or self.fallback

    def speech(self, preferred: str | None = None) -> Speech:
        """The speech in the *preferred* language (that of a report) if one is given, else in the console's."""
        from checker.locale import Speech

        return Speech(preferred or self.language)

    def say(self, sentence: Text, stream: TextIO | None = None, *, before: str = "") -> None:
        """Print one sentence, cleaned, with a sign *before* it."""
        from checker.render.cleaning import visible, without_commands

        words = visible(self.speech().say(sentence), longest=4000, lines=True)
        self.write(without_commands(before + words), stream)

    def write(self, words: str, stream: TextIO | None = None) -> None:
        """Print *words* as far as the stream can encode them. Ends the program if the reader has closed the stream."""
        target = stream or sys.stdout
        try:
            print(encodable(words, target.encoding or "utf-8"), file=target, flush=True)
        except BrokenPipeError:
            _discard(target)
            raise SystemExit(141) from None  # the status that a shell reports for a program ended by SIGPIPE

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Show the progress of a long piece of work: a moving line on a terminal, plain lines elsewhere."""
        shown = Progress(self)
        try:
            yield shown
        finally:
            shown.clear()


class Progress:
    """The display of one long piece of work. May be called from several threads."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._moving = sys.stderr.isatty() and not console.quiet
        self._lock = threading.Lock()
        self._said: set[Text] = set()

    def note(self, sentence: Text, *, plainly: Text | None = None) -> None:
        """Show the current step: *sentence* on a moving line, else *plainly* (once), or the sentence itself."""
        with self._lock:
            if self._moving:
                words = self._console.speech().say(sentence)[: self._console.width - 1]
                print(f"\r\x1b[K{words}", end="", file=sys.stderr, flush=True)
                return
            shown = plainly or sentence
            if not self._console.quiet and shown not in self._said:
                self._said.add(shown)
                self._console.say(shown, sys.stderr)

    def clear(self) -> None:
        """Leave the terminal as it was."""
        if self._moving:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def encodable(words: str, encoding: str) -> str:
    """*words* as far as *encoding* has them: symbols are replaced by plainer ones, all else by question marks."""
    try:
        words.encode(encoding)
    except UnicodeEncodeError:
        return words.translate(_PLAINER).encode(encoding, "replace").decode(encoding)
    return words


def _discard(target: TextIO) -> None:
    """Redirect the unwritten rest of *target* to nowhere: closing it would fail once more."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, target.fileno())
        os.close(nowhere)
