"""The progress of a grading, as told to a listener."""

from __future__ import annotations

from checker.model import Verdict


class Listener:
    """A listener to one grading that ignores every event; subclasses override the events that they show.

    Each method may be called from another thread than the one that grades.
    """

    def begun(self, checks: int) -> None:
        """So many checks will be judged."""

    def gathering(self, fact: type) -> None:
        """A probe has begun to gather the fact of that type."""

    def making_environment(self) -> None:
        """An environment is being installed, which takes time."""

    def judged(self, check: str, verdict: Verdict) -> None:
        """The check of that id has its verdict."""


SILENT = Listener()
