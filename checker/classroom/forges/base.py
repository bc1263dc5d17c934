"""The questions that every forge answers about the repositories of a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from checker.classroom.forges.address import ForgeAddress
from checker.classroom.records import Push
from checker.facts.pull_requests import PullRequest
from checker.model import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeRepository:
    """A repository on its forge.

    ``project`` is its current ``owner/name``, ``account`` that of the owner, ``address`` the address to clone.
    """

    project: str
    account: str
    address: str
    default_branch: str


class ForgeListener(Protocol):
    """A listener to the reading of a forge."""

    def waiting(self, seconds: float, reason: Text) -> None:
        """The forge is asked again in that many seconds."""
        ...

    def unreadable(self, project: str, count: int) -> None:
        """*count* entries of a list about *project* do not fit the forge's documentation, and are left out."""
        ...


class ClassForge(Protocol):
    """A forge, asked with the token of the instructor.

    Each method raises RepositoryHidden where the forge shows no such repository to the token, UnreadableAnswer where an
    answer has not the form that the forge describes, and another ForgeError where the forge cannot be asked at all.
    Limits of its rate are waited for, and the listener is told. Lists are read to their end.
    """

    @property
    def address(self) -> ForgeAddress:
        """The address of its API."""
        ...

    def account(self, name: str) -> str | None:
        """The account (of a person, or of a group of people) with that name, in the forge's current spelling.

        None if the forge shows the token no such account: it does not exist, was renamed, or is hidden.
        """
        ...

    def repository(self, project: str) -> ForgeRepository:
        """The repository ``owner/name``; a renamed one under its new name."""
        ...

    def forks(self, project: str) -> tuple[ForgeRepository, ...]:
        """The forks of a repository that the token may see, oldest first."""
        ...

    def requests(self, project: str) -> tuple[PullRequest, ...]:
        """The requests to a repository whose source still exists, in each state, oldest first.

        ``conflict`` may be None if the forge tells it of single requests only: :meth:`with_conflicts`.
        """
        ...

    def with_conflicts(self, requests: Sequence[PullRequest]) -> tuple[PullRequest, ...]:
        """These *requests*, with the conflicts of the open ones as far as the forge knows them."""
        ...

    def pushes(self, project: str) -> tuple[Push, ...]:
        """The pushes to the branches of a repository, oldest first. Raises PushesUntold if the forge lists none."""
        ...
