"""The messages to the user while a forge is asked."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from checker.cli.console import Console, Progress
from checker.model import Text, text


@dataclass(frozen=True, slots=True)
class ForgeWaiting:
    """Prints why a forge is waited for, and how many entries of its answers are left out."""

    console: Console
    progress: Progress

    def waiting(self, seconds: float, reason: Text) -> None:
        self._say(text("{reason} Asking again in {seconds} s.", reason=reason, seconds=max(1, round(seconds))))

    def unreadable(self, project: str, count: int) -> None:
        self._say(
            text("{project}: {count} entries of the forge are left out: unreadable.", project=project, count=count)
        )

    def _say(self, sentence: Text) -> None:
        self.progress.clear()
        self.console.say(sentence, sys.stderr)
