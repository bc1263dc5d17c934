"""The display of ``checker watch``: in place on a terminal, and line by line elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Self, TextIO

from checker.cli.console import Console, encodable
from checker.locale import Speech
from checker.model import Text
from checker.model import text as t
from checker.render.cleaning import visible, without_commands
from checker.render.screen import Screen, changes_of, points_of, render_screen, way_of
from checker.render.terminal import render_step

_NARROWEST, _LOWEST, _WIDEST = 20, 4, 100
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""Between these two, a terminal that knows them draws nothing, so that no half of a screen is seen."""


class Terminal:
    """The alternate screen of the terminal; its earlier content comes back at the end.

    *size* gives columns and lines. An unchanged screen is not written again.
    """

    def __init__(self, stream: TextIO, *, color: bool, size: Callable[[], os.terminal_size]) -> None:
        self._stream = stream
        self._color = color
        self._size = size
        self._note: Text | None = None
        self._shown: tuple[object, ...] = ()

    def __enter__(self) -> Self:
        self._write(_ENTER)
        return self

    def __exit__(self, *exception: object) -> None:
        self._write(_LEAVE)

    def note(self, sentence: Text) -> None:
        """Show a message about slow work before the first screen."""
        self._note = sentence

    def show(self, screen: Screen, language: str) -> None:
        size = self._size()
        width = max(_NARROWEST, min(size.columns, _WIDEST))
        height = max(_LOWEST, size.lines)
        speech = Speech(language)
        lines = render_screen(screen, speech, width=width, height=height, color=self._color, note=self._note)
        shown = (size, lines)
        if shown == self._shown:
            return
        self._shown = shown
        drawn = "\x1b[K\r\n".join(lines)
        self._write(f"{_BEGIN}\x1b[H{drawn}\x1b[K\x1b[J{_END}")

    def _write(self, words: str) -> None:
        self._stream.write(encodable(words, self._stream.encoding or "utf-8"))
        self._stream.flush()


class Lines:
    """Plain lines for readers of a pipe or a file: the changes, and one line for each whole check.

    That line begins with three dashes, the number of the check and a colon (``--- 3: …``), in every language.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._number = 0
        self._said = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def note(self, sentence: Text) -> None:
        self._console.say(sentence)

    def show(self, screen: Screen, language: str) -> None:
        if screen.round is not None or screen.number == self._number:
            return
        self._number = screen.number
        speech = Speech(language)
        report = screen.report
        lines: list[str] = []
        if screen.trouble or report is None:
            lines += [visible(speech.say(one)) for one in screen.trouble]
            lines.append(f"--- {screen.number}: {speech.say(t('not checked'))}")
            self._said = ""
        else:
            if screen.changes is not None:
                lines.append(changes_of(screen.changes, speech))
            following = report.next_step
            step = render_step(following, speech, width=self._console.width) if following else ""
            if step != self._said:
                lines += [words for words, _ in way_of(report, speech)]
                lines += step.splitlines() or [speech.say(t("All that can be seen here is done."))]
                self._said = step
            points = points_of(report, speech)
            seconds = speech.show(round(screen.seconds, 2))
            lines.append(f"--- {screen.number}: {screen.checked_at}, {seconds} s, {points}")
        self._console.write(without_commands("\n".join(lines)))
