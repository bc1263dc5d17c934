"""GitHub and GitHub Enterprise, by githubkit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import BeforeValidator, SecretStr

from checker.classroom.forges.address import ForgeAddress
from checker.classroom.forges.answers import (
    Account,
    Answer,
    Branch,
    Commit,
    Moment,
    Number,
    Project,
    is_account,
    read_each,
    read_one,
)
from checker.classroom.forges.base import ClassForge, ForgeRepository
from checker.classroom.forges.conflicts import with_conflicts
from checker.classroom.forges.errors import (
    NotPermitted,
    PushesUntold,
    RepositoryHidden,
    UnreadableAnswer,
)
from checker.classroom.forges.github_api import GitHubApi, github_api
from checker.classroom.forges.patience import Patience
from checker.classroom.records import Push
from checker.facts.pull_requests import PullRequest, State

_BRANCHES = "refs/heads/"
_NO_COMMIT = "0" * 40


class _Owner(Answer):
    login: Account


class _Repository(Answer):
    full_name: Project
    owner: _Owner
    clone_url: str
    default_branch: Branch


class _Named(Answer):
    full_name: Project


class _Target(Answer):
    full_name: Project
    default_branch: Branch


class _Head(Answer):
    ref: Branch
    repo: _Named | None


class _Base(Answer):
    ref: Branch
    repo: _Target


class _Request(Answer):
    number: Number
    state: Literal["open", "closed"]
    merged_at: Moment | None
    head: _Head
    base: _Base


class _Detail(Answer):
    mergeable: bool | None


class _Activity(Answer):
    ref: Annotated[Branch, BeforeValidator(lambda ref: str(ref).removeprefix(_BRANCHES))]
    after: Commit
    timestamp: Moment


@dataclass(frozen=True, slots=True)
class GitHubForge(ClassForge):
    """GitHub, asked by its *api*."""

    api: GitHubApi

    @property
    def address(self) -> ForgeAddress:
        return self.api.address

    def account(self, name: str) -> str | None:
        """As :class:`ClassForge` has it: GitHub finds no account that was renamed, suspended or hidden."""
        if not is_account(name):
            return None
        try:
            return read_one(_Owner, self.api.account(name), self.api.host, name).login
        except RepositoryHidden:
            return None

    def repository(self, project: str) -> ForgeRepository:
        return self._told(read_one(_Repository, self.api.get(project, ""), self.api.host, project))

    def forks(self, project: str) -> tuple[ForgeRepository, ...]:
        items = self.api.entries(project, "/forks", {"sort": "oldest"})
        repositories, wrong = read_each(_Repository, items)
        forks = tuple(self._told(fork) for fork in repositories if self.api.address.own(fork.clone_url))
        self._say_unreadable(project, wrong + len(repositories) - len(forks))
        return forks

    def requests(self, project: str) -> tuple[PullRequest, ...]:
        items = self.api.entries(project, "/pulls", {"state": "all", "sort": "created", "direction": "asc"})
        answers, wrong = read_each(_Request, items)
        self._say_unreadable(project, wrong)
        return tuple(_request(request, request.head.repo) for request in answers if request.head.repo is not None)

    def with_conflicts(self, requests: Sequence[PullRequest]) -> tuple[PullRequest, ...]:
        """As :class:`ClassForge` has it: GitHub computes the conflict of a request on the first query for it alone."""
        return with_conflicts(requests, self._with_conflict, self.api.patience.sleep)

    def pushes(self, project: str) -> tuple[Push, ...]:
        try:
            items = self.api.entries(project, "/activity", {"direction": "desc"})
        except RepositoryHidden:
            # an older server has no such list and answers 404, too: asking for the repository tells the two apart
            self.repository(project)
            raise PushesUntold(project, self.api.host) from None
        push_items = [item for item in items if not isinstance(item, dict) or _is_push(item)]
        activities, wrong = read_each(_Activity, push_items)
        self._say_unreadable(project, wrong)
        pushes = (Push(branch=activity.ref, commit=activity.after, at=activity.timestamp) for activity in activities)
        return tuple(sorted(pushes, key=lambda push: push.at))

    def _told(self, found: _Repository) -> ForgeRepository:
        if not self.api.address.own(found.clone_url):
            raise UnreadableAnswer(self.api.host, found.full_name)
        return ForgeRepository(
            project=found.full_name,
            account=found.owner.login,
            address=found.clone_url,
            default_branch=found.default_branch,
        )

    def _with_conflict(self, request: PullRequest) -> PullRequest:
        try:
            answer = self.api.get(request.target_repository, f"/pulls/{request.number}")
            mergeable = read_one(_Detail, answer, self.api.host, request.target_repository).mergeable
        except (RepositoryHidden, NotPermitted, UnreadableAnswer):
            # one request of many: the others are read without it
            return request
        return replace(request, conflict=None if mergeable is None else not mergeable)

    def _say_unreadable(self, project: str, count: int) -> None:
        if count:
            self.api.patience.listener.unreadable(project, count)


@contextmanager
def github(address: ForgeAddress, token: SecretStr, patience: Patience) -> Iterator[GitHubForge]:
    """GitHub at *address*, with *token*."""
    with github_api(address, token, patience) as api:
        yield GitHubForge(api)


def _is_push(item: dict[str, object]) -> bool:
    """True if an activity left a commit on a branch: not the deletion of a branch, and not a tag."""
    return str(item.get("ref", _BRANCHES)).startswith(_BRANCHES) and item.get("after") != _NO_COMMIT


def _request(answer: _Request, source: _Named) -> PullRequest:
    state = State.MERGED if answer.merged_at is not None else State(answer.state)
    return PullRequest(
        number=answer.number,
        state=state,
        source_repository=source.full_name,
        source_branch=answer.head.ref,
        target_repository=answer.base.repo.full_name,
        target_branch=answer.base.ref,
        target_default=answer.base.repo.default_branch,
    )
