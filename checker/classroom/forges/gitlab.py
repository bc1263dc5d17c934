"""GitLab, by python-gitlab."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import quote

from pydantic import SecretStr, ValidationError
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
    read_each,
)
from checker.classroom.forges.base import ForgeListener, ForgeRepository
from checker.classroom.forges.errors import (
    NotPermitted,
    PushesUntold,
    RepositoryHidden,
    UnreadableAnswer,
)
from checker.classroom.forges.gitlab_api import GitLabApi, gitlab_api, json_of
from checker.classroom.forges.patience import LONGEST_WAIT
from checker.classroom.records import Push
from checker.facts.requests import PullRequest, State

_SETTLES = 3.0
"""Seconds in which GitLab works out whether a request is in conflict, after it was asked for the first time."""


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
    """None where a group owns it."""
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
        """Whether it is in conflict; None where GitLab has not worked it out."""
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
class GitLabForge:
    """GitLab, asked by its *api*. ``seen`` are repositories that were told, by number."""

    api: GitLabApi
    listener: ForgeListener
    seen: dict[int, ForgeRepository] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """As :class:`ClassForge` has it."""
        return self.api.address.host

    def project_at(self, source: str) -> str:
        """As :class:`ClassForge` has it."""
        return self.api.address.project(source)

    def account(self, name: str) -> str | None:
        """As :class:`ClassForge` has it: GitLab forgets an old name, and lists no blocked account and no group."""
        if not is_account(name):
            return None
        items = json_of(self.host, self._get_about_account(name, "/users", {"username": name}))
        if not isinstance(items, list):
            raise UnreadableAnswer(self.host, name)
        found, wrong = read_each(_Owner, items)
        own = next((one.username for one in found if one.username.casefold() == name.casefold()), None)
        if own is None and wrong:
            raise UnreadableAnswer(self.host, name)
        if own is not None:
            return own
        # the names of blocked accounts and of groups are told here
        answer = self._get_about_account(name, f"/namespaces/{quote(name, safe='')}/exists", {})
        try:
            return name if _Existence.model_validate(json_of(self.host, answer)).exists else None
        except ValidationError as error:
            raise UnreadableAnswer(self.host, name) from error

    def repository(self, project: str) -> ForgeRepository:
        """As :class:`ClassForge` has it."""
        return self._repository(project, self.api.path(project))

    def forks(self, project: str) -> tuple[ForgeRepository, ...]:
        """As :class:`ClassForge` has it."""
        items = self.api.entries(project, "/forks", {"order_by": "id", "sort": "asc"})
        found, wrong = read_each(_Project, items)
        forks = tuple(self._told(one) for one in found if self.api.address.own(one.http_url_to_repo))
        self._say_unreadable(project, wrong + len(found) - len(forks))
        return forks

    def requests(self, project: str) -> tuple[PullRequest, ...]:
        """As :class:`ClassForge` has it."""
        target = next((one for one in self.seen.values() if one.project == project), None) or self.repository(project)
        query = {"state": "all", "scope": "all", "order_by": "created_at", "sort": "asc"}
        items = self.api.entries(project, "/merge_requests", {**query, "with_merge_status_recheck": "true"})
        found, wrong = read_each(_MergeRequest, items)
        self._say_unreadable(project, wrong)
        sources = {one.source_project_id: self._source(one.source_project_id) for one in found}
        return tuple(
            _request(one, source, target) for one in found if (source := sources[one.source_project_id]) is not None
        )

    def with_conflicts(self, requests: Sequence[PullRequest]) -> tuple[PullRequest, ...]:
        """As :class:`ClassForge` has it: GitLab works it out anew when a single request is asked for."""
        told = list(requests)
        for waits_before in (0.0, _SETTLES):
            unknown = [index for index, one in enumerate(told) if one.state is State.OPEN and one.conflict is None]
            if unknown and waits_before:
                self.api.patience.sleep(waits_before)
            for index in unknown:
                told[index] = self._with_conflict(told[index])
        return tuple(told)

    def pushes(self, project: str) -> tuple[Push, ...]:
        """As :class:`ClassForge` has it."""
        try:
            items = self.api.entries(project, "/events", {"action": "pushed", "sort": "asc"})
        except (RepositoryHidden, NotPermitted):
            self.repository(project)
            raise PushesUntold(project, self.host) from None
        kept = [item for item in items if not isinstance(item, dict) or _is_push(item)]
        found, wrong = read_each(_Event, kept)
        self._say_unreadable(project, wrong)
        pushes = (Push(branch=one.push_data.ref, commit=one.push_data.commit_to, at=one.created_at) for one in found)
        return tuple(sorted(pushes, key=lambda push: push.at))

    def _repository(self, project: str, path: str) -> ForgeRepository:
        answer = self.api.get(project, path, {})
        try:
            found = _Project.model_validate(json_of(self.host, answer))
        except ValidationError as error:
            raise UnreadableAnswer(self.host, project) from error
        if not self.api.address.own(found.http_url_to_repo):
            raise UnreadableAnswer(self.host, project)
        return self._told(found)

    def _told(self, found: _Project) -> ForgeRepository:
        told = ForgeRepository(
            project=found.path_with_namespace,
            account=found.owner.username if found.owner is not None else found.path_with_namespace.rpartition("/")[0],
            address=found.http_url_to_repo,
            default_branch=found.default_branch or "",
        )
        self.seen[found.id] = told
        return told

    def _source(self, number: int | None) -> ForgeRepository | None:
        """The repository of that number; None where the token may not see it, or it is gone."""
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
            conflict = _MergeRequest.model_validate(json_of(self.host, answer)).conflict
        except (RepositoryHidden, NotPermitted, UnreadableAnswer, ValidationError):
            # one request of many: it is judged without
            return request
        return replace(request, conflict=conflict)

    def _say_unreadable(self, project: str, count: int) -> None:
        if count:
            self.listener.unreadable(project, count)

    def _get_about_account(self, name: str, path: str, query: Mapping[str, str]) -> Response:
        try:
            return self.api.get(name, path, query)
        except RepositoryHidden as error:
            # GitLab has these addresses, whether it knows the account or not
            raise UnreadableAnswer(self.host, "status 404") from error


@contextmanager
def gitlab(
    address: ForgeAddress,
    token: SecretStr,
    listener: ForgeListener,
    sleep: Callable[[float], None],
    longest_wait: float = LONGEST_WAIT,
) -> Iterator[GitLabForge]:
    """GitLab at *address*, asked in the name of *token*; waits by *sleep*, at most *longest_wait* seconds."""
    with gitlab_api(address, token, listener, sleep, longest_wait) as api:
        yield GitLabForge(api, listener)


def _is_push(item: dict[str, Any]) -> bool:
    """Whether an event left a commit on a branch: not the deletion of one, not a tag, not a push of many at once."""
    pushed = item.get("push_data")
    if not isinstance(pushed, dict):
        return pushed is not None
    return pushed.get("ref_type", "branch") == "branch" and pushed.get("commit_to", "") is not None


def _request(one: _MergeRequest, source: ForgeRepository, target: ForgeRepository) -> PullRequest:
    state = _STATES[one.state]
    return PullRequest(
        number=one.iid,
        state=state,
        source_repository=source.project,
        source_branch=one.source_branch,
        target_repository=target.project,
        target_branch=one.target_branch,
        target_default=target.default_branch or one.target_branch,
        conflict=one.conflict if state is State.OPEN else None,
    )
