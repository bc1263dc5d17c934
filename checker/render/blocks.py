"""Lines of a terminal: wrapped words beside a sign, and unwrapped commands."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text as Line

from checker.render.cleaning import visible, without_commands

_GLUE = str.maketrans({"\u00a0": "\ue000", "\u202f": "\ue001"})
"""Spaces that French has before punctuation; the wrapper takes these for letters, and breaks no line at them."""
_UNGLUE = str.maketrans({"\ue000": "\u00a0", "\ue001": "\u202f"})


def printed(parts: Iterable[Part], *, width: int, color: bool) -> str:
    """*parts* for a terminal of *width* columns; with *color*, with ANSI colours."""
    sink = io.StringIO()
    console = Console(
        file=sink,
        width=width,
        color_system="standard" if color else None,
        force_terminal=color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        no_color=not color,
    )
    for part in parts:
        for line in part.lines(console):
            console.print(line, no_wrap=True, overflow="ignore", crop=False, soft_wrap=True)
    return without_commands(sink.getvalue().translate(_UNGLUE))


@dataclass(frozen=True, slots=True)
class Block:
    """Wrapped words, with a sign before the first line and as much space before the others."""

    words: Line
    sign: Line = field(default_factory=Line)
    most: int = 12

    def lines(self, console: Console) -> Iterator[Line]:
        space = cell_len(self.sign.plain)
        words = self.words.copy()
        words.plain = words.plain.translate(_GLUE)
        every = words.wrap(console, console.width - space, overflow="fold")
        shown = [*every[: self.most], Line(f"… (+{len(every) - self.most})")] if len(every) > self.most else every
        for number, wrapped in enumerate(shown):
            line = self.sign.copy() if number == 0 else Line(" " * space)
            line.append_text(wrapped)
            line.rstrip()
            yield line


@dataclass(frozen=True, slots=True)
class Command:
    """A shell command to copy: unwrapped, and with nothing before its lines."""

    command: str
    style: str

    def lines(self, console: Console) -> Iterator[Line]:
        del console
        for line in visible(self.command, longest=8000, lines=True).split("\n"):
            yield Line(line, style=self.style)


Part = Block | Command
BLANK = Block(Line())


def sentence(words: str, style: str = "", *, sign: str = "", longest: int = 600) -> Block:
    """*words*, cleaned, behind a *sign*; cut at *longest* characters."""
    shown = Line(visible(words, longest=longest, lines=True), style=style)
    return Block(shown, Line(sign, style=style), most=longest // 50)
