"""What every forge can be asked."""

from __future__ import annotations

from typing import Protocol

from checker.facts.requests import PullRequest


class Forge(Protocol):
    """A service that knows the requests of repositories."""

    name: str

    def requests(self, repository: str | None = None) -> tuple[PullRequest, ...]:
        """The requests that come from *repository* (``owner/name``), all where none is given, oldest first.

        Raises CheckerError where the forge does not answer.
        """
        ...
