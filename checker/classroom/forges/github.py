"""GitHub and GitHub Enterprise, by githubkit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote

import httpx
from githubkit import GitHub, TokenAuthStrategy
from githubkit.exception import GitHubException, RequestError, RequestFailed
from pydantic import BeforeValidator, SecretStr, ValidationError

from checker import __version__
from checker.classroom.forges.address import ForgeAddress
from checker.classroom.forges.answers import (
    LONGEST_NAME,
    Account,
    Answer,
    Branch,
    Commit,
    Moment,
    Number,
    Project,
    is_account,
    is_project,
    read_each,
)
from checker.classroom.forges.base import ForgeListener, ForgeRepository
from checker.classroom.forges.errors import (
    NotPermitted,
    PushesUntold,
    RepositoryHidden,
    TokenRefused,
    UnreadableAnswer,
)
from checker.classroom.forges.pages import Page, all_entries
from checker.classroom.forges.patience import LONGEST_WAIT, UNSAID_WAIT, Interrupted, Limited, Patience, seconds_of
from checker.classroom.forges.sizes import LARGEST_ANSWER, BoundedStream
from checker.classroom.records import Push
from checker.errors import ForgeError
from checker.facts.requests import PullRequest, State
from checker.model import Text, text

_SECONDS = 60.0
_SETTLES = 3.0
"""Seconds in which GitHub works out whether a request is in conflict, after it was asked for the first time."""

_SECONDS_WRITTEN = re.compile(r"[0-9]{1,10}")
_BRANCHES = "refs/heads/"
_NO_COMMIT = "0" * 40
_GONE = frozenset({404, 410, 451})
_HEADERS = {
    "X-GitHub-Api-Version": "2022-11-28",
    # the size of an answer is bounded as it arrives
    "Accept-Encoding": "identity",
}


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
    """GitHub at *address*, asked by an open *client*."""

    client: GitHub[TokenAuthStrategy]
    address: ForgeAddress
    patience: Patience
    listener: ForgeListener

    @property
    def host(self) -> str:
        """As :class:`ClassForge` has it."""
        return self.address.host

    def project_at(self, source: str) -> str:
        """As :class:`ClassForge` has it."""
        return self.address.project(source)

    def account(self, name: str) -> str | None:
        """As :class:`ClassForge` has it: to GitHub an old name, a suspended and a hidden account are not found."""
        if not is_account(name):
            return None
        try:
            answer = self.patience.ask(partial(self._ask, name, f"users/{quote(name)}", {}))
        except RepositoryHidden:
            return None
        try:
            return _Owner.model_validate(_json(self.host, answer)).login
        except ValidationError as error:
            raise UnreadableAnswer(self.host, name) from error

    def repository(self, project: str) -> ForgeRepository:
        """As :class:`ClassForge` has it."""
        answer = self._get(project, "")
        try:
            found = _Repository.model_validate(_json(self.host, answer))
        except ValidationError as error:
            raise UnreadableAnswer(self.host, project) from error
        return self._told(found)

    def forks(self, project: str) -> tuple[ForgeRepository, ...]:
        """As :class:`ClassForge` has it."""
        items = self._list(project, "/forks", {"sort": "oldest"})
        found, wrong = read_each(_Repository, items)
        forks = tuple(self._told(one) for one in found if self.address.own(one.clone_url))
        self._say_unreadable(project, wrong + len(found) - len(forks))
        return forks

    def requests(self, project: str) -> tuple[PullRequest, ...]:
        """As :class:`ClassForge` has it."""
        items = self._list(project, "/pulls", {"state": "all", "sort": "created", "direction": "asc"})
        found, wrong = read_each(_Request, items)
        self._say_unreadable(project, wrong)
        return tuple(_request(one, one.head.repo) for one in found if one.head.repo is not None)

    def with_conflicts(self, requests: Sequence[PullRequest]) -> tuple[PullRequest, ...]:
        """As :class:`ClassForge` has it: GitHub works it out when a single request is asked for, and then tells it."""
        told = [self._with_conflict(request) for request in requests]
        waits = [index for index, one in enumerate(told) if one.state is State.OPEN and one.conflict is None]
        if waits:
            self.patience.sleep(_SETTLES)
            for index in waits:
                told[index] = self._with_conflict(told[index])
        return tuple(told)

    def pushes(self, project: str) -> tuple[Push, ...]:
        """As :class:`ClassForge` has it."""
        try:
            items = self._list(project, "/activity", {"direction": "desc"})
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
        if not self.address.own(found.clone_url):
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
            answer = self._get(request.target_repository, f"/pulls/{request.number}")
            mergeable = _Detail.model_validate(_json(self.host, answer)).mergeable
        except (RepositoryHidden, NotPermitted, UnreadableAnswer, ValidationError):
            # one request of many: it is judged without
            return request
        return replace(request, conflict=None if mergeable is None else not mergeable)

    def _say_unreadable(self, project: str, count: int) -> None:
        if count:
            self.listener.unreadable(project, count)

    def _list(self, project: str, path: str, query: Mapping[str, str]) -> list[object]:
        """All entries of a list, over its pages."""

        def page(place: Mapping[str, str]) -> Page:
            answer = self._get(project, path, {**query, **place})
            return Page(_json(self.host, answer), answer.links.get("next", {}).get("url"))

        return all_entries(page, project, self.host)

    def _get(self, project: str, path: str, query: Mapping[str, str] | None = None) -> httpx.Response:
        if not is_project(project) or project.count("/") != 1:
            raise RepositoryHidden(project[:LONGEST_NAME], self.host)
        return self.patience.ask(partial(self._ask, project, f"repos/{quote(project)}{path}", query or {}))

    def _ask(self, name: str, url: str, query: Mapping[str, str]) -> httpx.Response:
        """One request about *name*. Raises ForgeError, Limited or Interrupted."""
        try:
            return self.client.request("GET", url, params=dict(query), headers=_HEADERS).raw_response
        except RequestFailed as error:
            raise _failure(error.response.raw_response, name, self.host) from None
        except RequestError as error:
            raise _network_failure(error.exc) from None
        except (GitHubException, ValueError) as error:
            raise UnreadableAnswer(self.host, type(error).__name__) from None


@contextmanager
def github(
    address: ForgeAddress,
    token: SecretStr,
    listener: ForgeListener,
    sleep: Callable[[float], None],
    longest_wait: float = LONGEST_WAIT,
) -> Iterator[GitHubForge]:
    """GitHub at *address*, asked in the name of *token*; waits by *sleep*, at most *longest_wait* seconds."""
    hooks: Any = {"response": [partial(_guarded, address)]}
    client = GitHub(
        TokenAuthStrategy(token.get_secret_value()),
        base_url=address.api,
        user_agent=f"titanic-checker/{__version__}",
        timeout=_SECONDS,
        http_cache=False,
        auto_retry=False,
        event_hooks=hooks,
    )
    with client:
        yield GitHubForge(client, address, Patience(address.host, listener, sleep, longest_wait), listener)


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


def _json(host: str, answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswer(host, "no JSON") from error


def _guarded(address: ForgeAddress, response: httpx.Response) -> None:
    """Bound an answer that begins to arrive, and follow no redirect away from the forge."""
    if response.has_redirect_location:
        api, following = httpx.URL(address.api), response.request.url.join(response.headers["location"])
        if (following.host, following.port) != (api.host, api.port):
            raise UnreadableAnswer(address.host, "redirect")
    if "content-encoding" in response.headers and response.headers["content-encoding"] != "identity":
        raise UnreadableAnswer(address.host, "content-encoding")
    for name in ("retry-after", "x-ratelimit-reset"):
        # githubkit reads these as numbers that a clock can have
        if not _SECONDS_WRITTEN.fullmatch(response.headers.get(name, "0")):
            del response.headers[name]
    response.stream = BoundedStream(response.stream, LARGEST_ANSWER, UnreadableAnswer(address.host, "size"))


def _failure(response: httpx.Response, project: str, host: str) -> Exception:
    status = response.status_code
    if status == 401:
        return TokenRefused(host, f"gh auth login --hostname {host}")
    if (limited := _limited(response)) is not None:
        return limited
    if status in _GONE:
        return RepositoryHidden(project, host)
    if status == 403:
        return NotPermitted(project, host)
    if status >= 500:
        return Interrupted(text("status {status}", status=status))
    return UnreadableAnswer(host, f"status {status}")


def _limited(response: httpx.Response) -> Limited | None:
    """How long GitHub wants to be left alone; None where it has another reason to refuse."""
    if response.status_code not in (403, 429):
        return None
    headers = response.headers
    if "retry-after" in headers:
        return Limited(seconds_of(headers["retry-after"]))
    if headers.get("x-ratelimit-remaining") == "0":
        reset = seconds_of(headers.get("x-ratelimit-reset", ""), default=0.0)
        return Limited(max(reset - datetime.now(UTC).timestamp(), 1.0) if reset else UNSAID_WAIT)
    if response.status_code == 429 or b"secondary rate limit" in response.content[:2000].lower():
        return Limited(UNSAID_WAIT)
    return None


def _network_failure(error: Exception) -> Exception:
    if isinstance(error, ForgeError):
        return error
    # httpx puts no header into its words, but the whole address, of which only the kind of failure matters
    return Interrupted(_REASONS.get(type(error)) or text("no connection"))


_REASONS: Mapping[type[Exception], Text] = {
    httpx.ConnectError: text("no connection"),
    httpx.ConnectTimeout: text("no connection"),
    httpx.ReadTimeout: text("no answer in time"),
    httpx.ReadError: text("the connection broke"),
    httpx.RemoteProtocolError: text("the connection broke"),
}
