"""The progress of a grading, as it is told to whoever shows it."""

from __future__ import annotations

from checker.model import Verdict


class Listener:
    """Hears of a grading while it goes on, and does nothing with it; others override what they show.

    Each method may be called from another thread than the one that grades.
    """

    def begun(self, checks: int) -> None:
        """So many checks will be judged."""

    def gathering(self, fact: type) -> None:
        """The fact of that type is being gathered."""

    def making_environment(self) -> None:
        """An environment has to be made first, which takes its time."""

    def judged(self, check: str, verdict: Verdict) -> None:
        """The check of that id has its verdict."""


SILENT = Listener()
