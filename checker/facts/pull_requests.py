"""Pull requests and merge requests, whatever the forge calls them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The state of a pull request."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """One request to take the commits of a branch into another.

    Repositories are ``owner/name``. ``target_default`` is the default branch of the target. ``conflict`` is None
    where the forge has not worked it out.
    """

    number: int
    state: State
    source_repository: str
    source_branch: str
    target_repository: str
    target_branch: str
    target_default: str
    conflict: bool | None = None

    @property
    def own(self) -> bool:
        """Whether source and target are the same repository."""
        return self.source_repository.lower() == self.target_repository.lower()


@dataclass(frozen=True, slots=True)
class PullRequests:
    """The known pull requests of a submission. ``known_by`` is their source: ``event`` or a forge's name."""

    requests: tuple[PullRequest, ...]
    known_by: str
