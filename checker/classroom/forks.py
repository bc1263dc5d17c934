"""The matching of forks and students: the forks of the repository of a class, each with its students."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from checker.classroom.forges.base import ForgeRepository
from checker.classroom.records import ClassRepository, Student
from checker.facts.pull_requests import PullRequest, State


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkMatch:
    """A repository on the forge with its students.

    ``others`` are further forks of the same account, which do not count. ``known`` is the repository in the gradebook,
    None for a new one.
    """

    fork: ForgeRepository
    students: tuple[Student, ...] = ()
    known: ClassRepository | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The students of a class, and their repositories with their names on the forge (empty if they have none there)."""

    students: tuple[Student, ...]
    repositories: Mapping[str, ClassRepository]
    projects: Mapping[str, str]

    def by_account(self, account: str) -> tuple[Student, ...]:
        """The students of that account, compared without case, as forges do."""
        return tuple(student for student in self.students if student.account and same_name(student.account, account))

    def by_project(self, project: str) -> tuple[Student, ...]:
        """The students whose repository has that name on the forge."""
        keys = {key for key, name in self.projects.items() if name and same_name(name, project)}
        return tuple(student for student in self.students if student.repository in keys)

    def known(self, members: Iterable[Student]) -> ClassRepository | None:
        """The repository that these students have in the gradebook."""
        return next((self.repositories[one.repository] for one in members if one.repository is not None), None)


def same_name(name: str, other: str) -> bool:
    """True if a forge takes two accounts or names of repositories for one, that is, without case."""
    return name.casefold() == other.casefold()


def match_forks(
    forks: Sequence[ForgeRepository], requests: Collection[PullRequest], roster: Roster
) -> tuple[ForkMatch, ...]:
    """Each account's fork with its students; those of nobody in the class come last.

    Of several forks of one account, the one in the roster counts, else one from which a request comes, else the first
    one.
    """
    sources = {request.source_repository.casefold() for request in requests}
    of_account: dict[str, list[ForgeRepository]] = {}
    for fork in forks:
        of_account.setdefault(fork.account.casefold(), []).append(fork)
    matches = []
    for own in of_account.values():
        named = [fork for fork in own if roster.by_project(fork.project)]
        asking = [fork for fork in own if fork.project.casefold() in sources]
        counting = (named or asking or own)[0]
        members = roster.by_project(counting.project) or roster.by_account(counting.account)
        others = tuple(fork.project for fork in own if fork is not counting and fork not in named)
        matches.append(_match(counting, members, roster, others))
        matches += [_match(fork, roster.by_project(fork.project), roster, ()) for fork in named[1:]]
    return tuple(sorted(matches, key=lambda match: not match.students))


def _match(fork: ForgeRepository, members: tuple[Student, ...], roster: Roster, others: tuple[str, ...]) -> ForkMatch:
    return ForkMatch(fork=fork, students=members, known=roster.known(members), others=others)


def counting_branch(requests: Iterable[PullRequest], upstream: str, before: str) -> str:
    """The branch of a fork that counts: that of its open request to *upstream*, if there is exactly one.

    Else the one that counted *before*: merging or closing a request changes no branch. Empty: the default branch.
    """
    branches = [
        request.source_branch
        for request in requests
        if request.state is State.OPEN and same_name(request.target_repository, upstream)
    ]
    return branches[0] if len(branches) == 1 else before
