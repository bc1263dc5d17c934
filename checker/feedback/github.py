"""The run of a pull request's workflow that has ended, its report, and its comment, on GitHub.

Of the event, only fields set by GitHub itself are used. The run may be of a fork that anybody can edit: GitHub is
asked, by the commit, which request the run belongs to; the artifact is not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from checker.classroom.forges.answers import Answer, Branch, Commit, Number, Project, read_each, read_one
from checker.classroom.forges.errors import LeadsElsewhere, NotPermitted, RepositoryHidden, UnreadableAnswer
from checker.classroom.forges.github_api import GitHubApi, Method
from checker.classroom.forges.patience import Interrupted
from checker.feedback.artifact import LARGEST_ARCHIVE, NAME, TOO_LARGE
from checker.feedback.comment import Comment, Discussion
from checker.feedback.errors import CommentNotPermitted, NoArtifact, UnfitEvent, UntrustedArtifact
from checker.feedback.shortening import COMMENT
from checker.model import text

BOT = "github-actions[bot]"
"""The account that comments with the token of a workflow."""

_LARGEST_EVENT = 5_000_000
_SECONDS = 60.0


class _Repository(Answer):
    full_name: Project


class _Run(Answer):
    id: Number
    event: str
    head_sha: Commit
    head_branch: Branch | None
    head_repository: _Repository | None


class _Event(Answer):
    workflow_run: _Run
    repository: _Repository


class _Head(Answer):
    sha: Commit
    repo: _Repository | None


class _Base(Answer):
    repo: _Repository


class _Request(Answer):
    number: Number
    head: _Head
    base: _Base


class _Artifact(Answer):
    id: Number
    name: str
    size_in_bytes: int
    expired: bool


class _Artifacts(Answer):
    artifacts: tuple[_Artifact, ...]


class _User(Answer):
    login: str


class _Comment(Answer):
    id: Number
    body: str | None = None
    user: _User | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRun:
    """A run that has ended: its event, its *repository*, its commit and the *source* of its branch.

    ``source`` is None if the fork has been deleted since.
    """

    number: int
    event: str
    repository: str
    commit: str
    source: str | None
    branch: str | None


def ended_run(path: str) -> EndedRun:
    """The run in the file of a ``workflow_run`` event. Raises UnfitEvent."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST_EVENT + 1)
        if len(content) > _LARGEST_EVENT:
            raise UnfitEvent("size")
        event = _Event.model_validate(json.loads(content))
    except OSError as error:
        raise UnfitEvent(error.strerror or "file") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise UnfitEvent(".".join(str(part) for part in first["loc"])) from error
    except (ValueError, RecursionError) as error:
        raise UnfitEvent("no JSON") from error
    run = event.workflow_run
    return EndedRun(
        number=run.id,
        event=run.event,
        repository=event.repository.full_name,
        commit=run.head_sha,
        source=run.head_repository.full_name if run.head_repository is not None else None,
        branch=run.head_branch,
    )


@dataclass(frozen=True, slots=True)
class NoRequest:
    """There is no open request for the run; ``outrun``: there is one, with a newer commit."""

    outrun: bool


def request_of(api: GitHubApi, run: EndedRun) -> int | NoRequest:
    """The number of the open request to the run's repository whose last commit is the run's. Raises ForgeError."""
    if run.source is None or run.branch is None:
        return NoRequest(outrun=False)
    head = f"{run.source.partition('/')[0]}:{run.branch}"
    requests, _ = read_each(_Request, api.entries(run.repository, "/pulls", {"state": "open", "head": head}))
    ours = [
        request
        for request in requests
        if request.base.repo.full_name.lower() == run.repository.lower()
        if request.head.repo is not None and request.head.repo.full_name.lower() == run.source.lower()
    ]
    now = [request.number for request in ours if request.head.sha == run.commit]
    return min(now) if now else NoRequest(outrun=bool(ours))


def archive_of(api: GitHubApi, run: EndedRun) -> bytes:
    """The artifact of the run, unread: a zip archive of bounded size. Raises ForgeError."""
    answer = api.get(run.repository, f"/actions/runs/{run.number}/artifacts", {"name": NAME, "per_page": "100"})
    listed = read_one(_Artifacts, answer, api.host, run.repository).artifacts
    artifacts = [artifact for artifact in listed if artifact.name == NAME and not artifact.expired]
    if not artifacts:
        raise NoArtifact(run.number)
    newest = max(artifacts, key=lambda artifact: artifact.id)  # a run that was started again has one for each attempt
    if newest.size_in_bytes > LARGEST_ARCHIVE:
        raise UntrustedArtifact(TOO_LARGE)
    try:
        return api.get(run.repository, f"/actions/artifacts/{newest.id}/zip").content
    except LeadsElsewhere as elsewhere:
        return api.patience.ask(partial(_fetched, api, elsewhere.place))


@dataclass(frozen=True, slots=True)
class GitHubDiscussion(Discussion):
    """The comments on a pull request; *account* is the one that the token belongs to."""

    api: GitHubApi
    project: str
    number: int
    account: str = BOT

    @property
    def most(self) -> int:
        return COMMENT

    def comments(self) -> Sequence[Comment]:
        answers, _ = read_each(_Comment, self.api.entries(self.project, f"/issues/{self.number}/comments", {}))
        return [
            Comment(answer.id, answer.body or "", ours=answer.user is not None and answer.user.login == self.account)
            for answer in sorted(answers, key=lambda answer: answer.id)
        ]

    def write(self, body: str) -> None:
        self._put("POST", f"/issues/{self.number}/comments", body)

    def rewrite(self, number: int, body: str) -> None:
        self._put("PATCH", f"/issues/comments/{number}", body)

    def _put(self, method: Method, path: str, body: str) -> None:
        try:
            self.api.put(method, self.project, path, {"body": body})
        except (NotPermitted, RepositoryHidden) as error:
            remedy = text(
                "Give the job the permission “pull-requests: write”, and allow it in the repository: "
                "Settings, Actions, General, Workflow permissions. In a fork, its owner does that."
            )
            raise CommentNotPermitted(self.project, remedy) from error


def _fetched(api: GitHubApi, place: str) -> bytes:
    """The content of an artifact, which is on another host: fetched without the token, and bounded.

    Raises UntrustedArtifact, UnreadableAnswer, or Interrupted.
    """
    if urlsplit(place).scheme != urlsplit(api.address.api).scheme:
        raise UnreadableAnswer(api.host, "redirect")
    content = bytearray()
    try:
        with httpx.stream("GET", place, timeout=_SECONDS, headers={"Accept-Encoding": "identity"}) as answer:
            if answer.status_code != httpx.codes.OK:
                raise Interrupted(text("status {status}", status=answer.status_code))
            for chunk in answer.iter_raw():
                content += chunk
                if len(content) > LARGEST_ARCHIVE:
                    raise UntrustedArtifact(TOO_LARGE)
    except httpx.TimeoutException:
        raise Interrupted(text("no answer in time")) from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise Interrupted(text("the connection broke")) from None
    return bytes(content)
