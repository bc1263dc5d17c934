"""What the user is told while a forge is asked."""

from __future__ import annotations

import sys

from checker.cli.console import Console, Progress
from checker.model import Text, text


class ForgeWaiting:
    """Says why a forge is waited for, and what of its answers is left out."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress

    def waiting(self, seconds: float, reason: Text) -> None:
        self._progress.clear()
        self._console.say(
            text("{reason} Asking again in {seconds} s.", reason=reason, seconds=max(1, round(seconds))), sys.stderr
        )

    def unreadable(self, project: str, count: int) -> None:
        self._progress.clear()
        self._console.say(
            text("{project}: {count} entries of the forge are left out: unreadable.", project=project, count=count),
            sys.stderr,
        )
