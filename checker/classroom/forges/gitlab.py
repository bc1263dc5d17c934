"""GitLab, by python-gitlab."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import quote

from pydantic import SecretStr
from requests import Response

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
    json_of,
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
from checker.classroom.forges.gitlab_api import GitLabApi, gitlab_api
from checker.classroom.forges.patience import Patience
from checker.classroom.records import Push
from checker.facts.pull_requests import PullRequest, State


class _Owner(Answer):
    username: Account


class _Existence(Answer):
    exists: bool


class _Namespace(Answer):
    full_path: str


class _Project(Answer):
    id: Number
    path_with_namespace: Project
    http_url_to_repo: str
    default_branch: Branch | None = None
    owner: _Owner | None = None
    """None if a group owns the repository."""
    namespace: _Namespace


class _MergeRequest(Answer):
    iid: Number
    state: Literal["opened", "closed", "locked", "merged"]
    source_branch: Branch
    target_branch: Branch
    source_project_id: Number | None
    has_conflicts: bool = False
    merge_status: str = ""

    @property
    def conflict(self) -> bool | None:
        """True if the request is in conflict; None if GitLab has not computed it yet."""
        known = self.has_conflicts or self.merge_status in ("can_be_merged", "cannot_be_merged")
        return self.has_conflicts if known else None


class _PushData(Answer):
    ref_type: str
    ref: Branch
    commit_to: Commit


class _Event(Answer):
    created_at: Moment
    push_data: _PushData


_STATES = {"opened": State.OPEN, "locked": State.OPEN, "merged": State.MERGED, "closed": State.CLOSED}


@dataclass(frozen=True, slots=True)
class GitLabForge(ClassForge):
    """GitLab, asked by its *api*. ``seen`` are repositories already read, by number."""

    api: GitLabApi
    seen: dict[int, ForgeRepository] = field(default_factory=dict)

    @property
    def address(self) -> ForgeAddress:
        return self.api.address

    def account(self, name: str) -> str | None:
        """As :class:`ClassForge` has it: GitLab keeps no old names, and lists no blocked account and no group."""
        if not is_account(name):
            return None
        items = json_of(self._get_about_account(name, "/users", {"username": name}), self.api.host)
        if not isinstance(items, list):
            raise UnreadableAnswer(self.api.host, name)
        owners, wrong = read_each(_Owner, items)
        spelling = next((owner.username for owner in owners if owner.username.casefold() == name.casefold()), None)
        if spelling is None and wrong:
            raise UnreadableAnswer(self.api.host, name)
        if spelling is not None:
            return spelling
        # this address also answers for blocked accounts and for groups
        answer = self._get_about_account(name, f"/namespaces/{quote(name, safe='')}/exists", {})
        return name if read_one(_Existence, answer, self.api.host, name).exists else None

    def repository(self, project: str) -> ForgeRepository:
        return self._repository(project, self.api.path(project))

    def forks(self, project: str) -> tuple[ForgeRepository, ...]:
        items = self.api.entries(project, "/forks", {"order_by": "id", "sort": "asc"})
        projects, wrong = read_each(_Project, items)
        forks = tuple(self._told(answer) for answer in projects if self.api.address.own(answer.http_url_to_repo))
        self._say_unreadable(project, wrong + len(projects) - len(forks))
        return forks

    def requests(self, project: str) -> tuple[PullRequest, ...]:
        seen = (answer for answer in self.seen.values() if answer.project == project)
        target = next(seen, None) or self.repository(project)
        query = {"state": "all", "scope": "all", "order_by": "created_at", "sort": "asc"}
        items = self.api.entries(project, "/merge_requests", {**query, "with_merge_status_recheck": "true"})
        answers, wrong = read_each(_MergeRequest, items)
        self._say_unreadable(project, wrong)
        sources = {answer.source_project_id: self._source(answer.source_project_id) for answer in answers}
        return tuple(
            _request(answer, source, target)
            for answer in answers
            if (source := sources[answer.source_project_id]) is not None
        )

    def with_conflicts(self, requests: Sequence[PullRequest]) -> tuple[PullRequest, ...]:
        """As :class:`ClassForge` has it: GitLab computes the conflict again on a query for a single request."""
        return with_conflicts(requests, self._with_conflict, self.api.patience.sleep)

    def pushes(self, project: str) -> tuple[Push, ...]:
        try:
            items = self.api.entries(project, "/events", {"action": "pushed", "sort": "asc"})
        except (RepositoryHidden, NotPermitted):
            self.repository(project)
            raise PushesUntold(project, self.api.host) from None
        push_items = [item for item in items if not isinstance(item, dict) or _is_push(item)]
        events, wrong = read_each(_Event, push_items)
        self._say_unreadable(project, wrong)
        pushes = (
            Push(branch=event.push_data.ref, commit=event.push_data.commit_to, at=event.created_at) for event in events
        )
        return tuple(sorted(pushes, key=lambda push: push.at))

    def _repository(self, project: str, path: str) -> ForgeRepository:
        entry = read_one(_Project, self.api.get(project, path, {}), self.api.host, project)
        if not self.api.address.own(entry.http_url_to_repo):
            raise UnreadableAnswer(self.api.host, project)
        return self._told(entry)

    def _told(self, answer: _Project) -> ForgeRepository:
        repository = ForgeRepository(
            project=answer.path_with_namespace,
            account=answer.owner.username
            if answer.owner is not None
            else answer.path_with_namespace.rpartition("/")[0],
            address=answer.http_url_to_repo,
            default_branch=answer.default_branch or "",
        )
        self.seen[answer.id] = repository
        return repository

    def _source(self, number: int | None) -> ForgeRepository | None:
        """The repository of that number; None if it is hidden from the token, or deleted."""
        if number is None:
            return None
        if number in self.seen:
            return self.seen[number]
        try:
            return self._repository(str(number), f"/projects/{number}")
        except (RepositoryHidden, NotPermitted):
            return None

    def _with_conflict(self, request: PullRequest) -> PullRequest:
        project = request.target_repository
        try:
            answer = self.api.get(project, f"{self.api.path(project)}/merge_requests/{request.number}", {})
            conflict = read_one(_MergeRequest, answer, self.api.host, project).conflict
        except (RepositoryHidden, NotPermitted, UnreadableAnswer):
            # one request of many: the others are read without it
            return request
        return replace(request, conflict=conflict)

    def _say_unreadable(self, project: str, count: int) -> None:
        if count:
            self.api.patience.listener.unreadable(project, count)

    def _get_about_account(self, name: str, path: str, query: Mapping[str, str]) -> Response:
        try:
            return self.api.get(name, path, query)
        except RepositoryHidden as error:
            # GitLab never answers 404 at these addresses, even for an unknown account
            raise UnreadableAnswer(self.api.host, "status 404") from error


@contextmanager
def gitlab(address: ForgeAddress, token: SecretStr, patience: Patience) -> Iterator[GitLabForge]:
    """GitLab at *address*, with *token*."""
    with gitlab_api(address, token, patience) as api:
        yield GitLabForge(api)


def _is_push(item: dict[str, Any]) -> bool:
    """True if an event left a commit on a branch: no deletion of a branch, no tag, no push to many branches at once."""
    pushed = item.get("push_data")
    if not isinstance(pushed, dict):
        return pushed is not None
    return pushed.get("ref_type", "branch") == "branch" and pushed.get("commit_to", "") is not None


def _request(answer: _MergeRequest, source: ForgeRepository, target: ForgeRepository) -> PullRequest:
    state = _STATES[answer.state]
    return PullRequest(
        number=answer.iid,
        state=state,
        source_repository=source.project,
        source_branch=answer.source_branch,
        target_repository=target.project,
        target_branch=answer.target_branch,
        target_default=target.default_branch or answer.target_branch,
        conflict=answer.conflict if state is State.OPEN else None,
    )
