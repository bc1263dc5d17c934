"""What a forge can be asked about the repositories of a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from checker.classroom.records import Push
from checker.facts.requests import PullRequest
from checker.model import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeRepository:
    """A repository, as its forge tells of it.

    ``project`` is ``owner/name`` as it is written now, ``account`` that of the owner, ``address`` what git clones.
    """

    project: str
    account: str
    address: str
    default_branch: str


class ForgeListener(Protocol):
    """Hears how the reading of a forge gets on."""

    def waiting(self, seconds: float, reason: Text) -> None:
        """The forge is asked again after so many seconds."""
        ...

    def unreadable(self, project: str, count: int) -> None:
        """So many entries of a list about *project* have not the form that the forge describes; they are left out."""
        ...


class ClassForge(Protocol):
    """A forge, asked with the token of the instructor.

    Each method raises RepositoryHidden where the forge shows no such repository to the token, UnreadableAnswer where an
    answer has not the form that the forge describes, and another ForgeError where the forge cannot be asked at all.
    Limits of its rate are waited for, and the listener is told. Lists are read to their end.
    """

    @property
    def host(self) -> str:
        """The host that users know the forge by."""
        ...

    def project_at(self, source: str) -> str:
        """``owner/name`` of a repository that is cloned from *source*; empty where it is not on this forge."""
        ...

    def account(self, name: str) -> str | None:
        """The account (of a person, or of a group of people) with that name, as the forge writes the name now.

        None where the forge shows the token no such account: there is none, it has another name now, or it is hidden.
        """
        ...

    def repository(self, project: str) -> ForgeRepository:
        """The repository ``owner/name``; where it was renamed, under its new name."""
        ...

    def forks(self, project: str) -> tuple[ForgeRepository, ...]:
        """The forks of a repository that the token may see, oldest first."""
        ...

    def requests(self, project: str) -> tuple[PullRequest, ...]:
        """The requests to a repository whose source still exists, in each state, oldest first.

        ``conflict`` may be None where the forge tells it of single requests only: :meth:`with_conflicts`.
        """
        ...

    def with_conflicts(self, requests: Sequence[PullRequest]) -> tuple[PullRequest, ...]:
        """These *requests*, the open ones with what the forge knows of their conflicts."""
        ...

    def pushes(self, project: str) -> tuple[Push, ...]:
        """The pushes to the branches of a repository, oldest first. Raises PushesUntold where the forge keeps none."""
        ...
