"""GitHub and GitHub Enterprise, by githubkit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import BeforeValidator, SecretStr, ValidationError

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
)
from checker.classroom.forges.base import ForgeListener, ForgeRepository
from checker.classroom.forges.errors import (
    NotPermitted,
    PushesUntold,
    RepositoryHidden,
    UnreadableAnswer,
)
from checker.classroom.forges.github_api import GitHubApi, github_api, json_of
from checker.classroom.forges.patience import LONGEST_WAIT
from checker.classroom.records import Push
from checker.facts.requests import PullRequest, State

_SETTLES = 3.0
"""Seconds in which GitHub works out whether a request is in conflict, after it was asked for the first time."""

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
class GitHubForge:
    """GitHub, asked by its *api*."""

    api: GitHubApi
    listener: ForgeListener

    @property
    def host(self) -> str:
        """As :class:`ClassForge` has it."""
        return self.api.address.host

    def project_at(self, source: str) -> str:
        """As :class:`ClassForge` has it."""
        return self.api.address.project(source)

    def account(self, name: str) -> str | None:
        """As :class:`ClassForge` has it: to GitHub an old name, a suspended and a hidden account are not found."""
        if not is_account(name):
            return None
        try:
            answer = self.api.account(name)
        except RepositoryHidden:
            return None
        try:
            return _Owner.model_validate(json_of(self.host, answer)).login
        except ValidationError as error:
            raise UnreadableAnswer(self.host, name) from error

    def repository(self, project: str) -> ForgeRepository:
        """As :class:`ClassForge` has it."""
        answer = self.api.get(project, "")
        try:
            found = _Repository.model_validate(json_of(self.host, answer))
        except ValidationError as error:
            raise UnreadableAnswer(self.host, project) from error
        return self._told(found)

    def forks(self, project: str) -> tuple[ForgeRepository, ...]:
        """As :class:`ClassForge` has it."""
        items = self.api.entries(project, "/forks", {"sort": "oldest"})
        found, wrong = read_each(_Repository, items)
        forks = tuple(self._told(one) for one in found if self.api.address.own(one.clone_url))
        self._say_unreadable(project, wrong + len(found) - len(forks))
        return forks

    def requests(self, project: str) -> tuple[PullRequest, ...]:
        """As :class:`ClassForge` has it."""
        items = self.api.entries(project, "/pulls", {"state": "all", "sort": "created", "direction": "asc"})
        found, wrong = read_each(_Request, items)
        self._say_unreadable(project, wrong)
        return tuple(_request(one, one.head.repo) for one in found if one.head.repo is not None)

    def with_conflicts(self, requests: Sequence[PullRequest]) -> tuple[PullRequest, ...]:
        """As :class:`ClassForge` has it: GitHub works it out when a single request is asked for, and then tells it."""
        told = [self._with_conflict(request) for request in requests]
        waits = [index for index, one in enumerate(told) if one.state is State.OPEN and one.conflict is None]
        if waits:
            self.api.patience.sleep(_SETTLES)
            for index in waits:
                told[index] = self._with_conflict(told[index])
        return tuple(told)

    def pushes(self, project: str) -> tuple[Push, ...]:
        """As :class:`ClassForge` has it."""
        try:
            items = self.api.entries(project, "/activity", {"direction": "desc"})
        except RepositoryHidden:
            # an older server of a school has no such list: only a repository that is there tells which
            self.repository(project)
            raise PushesUntold(project, self.host) from None
        kept = [item for item in items if not isinstance(item, dict) or _is_push(item)]
        found, wrong = read_each(_Activity, kept)
        self._say_unreadable(project, wrong)
        pushes = (Push(branch=one.ref, commit=one.after, at=one.timestamp) for one in found)
        return tuple(sorted(pushes, key=lambda push: push.at))

    def _told(self, found: _Repository) -> ForgeRepository:
        if not self.api.address.own(found.clone_url):
            raise UnreadableAnswer(self.host, found.full_name)
        return ForgeRepository(
            project=found.full_name,
            account=found.owner.login,
            address=found.clone_url,
            default_branch=found.default_branch,
        )

    def _with_conflict(self, request: PullRequest) -> PullRequest:
        if request.state is not State.OPEN:
            return request
        try:
            answer = self.api.get(request.target_repository, f"/pulls/{request.number}")
            mergeable = _Detail.model_validate(json_of(self.host, answer)).mergeable
        except (RepositoryHidden, NotPermitted, UnreadableAnswer, ValidationError):
            # one request of many: it is judged without
            return request
        return replace(request, conflict=None if mergeable is None else not mergeable)

    def _say_unreadable(self, project: str, count: int) -> None:
        if count:
            self.listener.unreadable(project, count)


@contextmanager
def github(
    address: ForgeAddress,
    token: SecretStr,
    listener: ForgeListener,
    sleep: Callable[[float], None],
    longest_wait: float = LONGEST_WAIT,
) -> Iterator[GitHubForge]:
    """GitHub at *address*, asked in the name of *token*; waits by *sleep*, at most *longest_wait* seconds."""
    with github_api(address, token, listener, sleep, longest_wait) as api:
        yield GitHubForge(api, listener)


def _is_push(item: dict[str, object]) -> bool:
    """Whether an activity left a commit on a branch: not the deletion of one, and not a tag."""
    return str(item.get("ref", _BRANCHES)).startswith(_BRANCHES) and item.get("after") != _NO_COMMIT


def _request(one: _Request, source: _Named) -> PullRequest:
    state = State.MERGED if one.merged_at is not None else State(one.state)
    return PullRequest(
        number=one.number,
        state=state,
        source_repository=source.full_name,
        source_branch=one.head.ref,
        target_repository=one.base.repo.full_name,
        target_branch=one.base.ref,
        target_default=one.base.repo.default_branch,
    )
