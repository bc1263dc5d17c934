"""One note on the merge request of a pipeline, on GitLab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from checker.classroom.forges.answers import Answer, Number, read_each
from checker.classroom.forges.errors import NotPermitted, RepositoryHidden, UnreadableAnswer
from checker.classroom.forges.gitlab_api import GitLabApi, json_of
from checker.feedback.comment import Comment
from checker.feedback.errors import CommentNotPermitted, NotOnARunner
from checker.model import text

MOST = 900_000
"""Bytes: GitLab takes a note of 1,000,000 characters."""

_REQUEST = "CI_MERGE_REQUEST_IID"
_PROJECT = "CI_MERGE_REQUEST_PROJECT_PATH"


class _User(Answer):
    id: Number


class _Note(Answer):
    id: Number
    body: str
    author: _User
    system: bool = False


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """A merge request: the repository that it asks, and its number there."""

    project: str
    number: int


def merge_request(variables: Mapping[str, str]) -> MergeRequest:
    """The merge request that this pipeline is of. Raises NotOnARunner where it is of none."""
    project, number = variables.get(_PROJECT, ""), variables.get(_REQUEST, "")
    if not project:
        raise NotOnARunner(_PROJECT)
    if not (number.isascii() and number.isdigit() and len(number) < 15):
        raise NotOnARunner(_REQUEST)
    return MergeRequest(project, int(number))


@dataclass(frozen=True, slots=True)
class GitLabDiscussion:
    """The notes on a merge request."""

    api: GitLabApi
    request: MergeRequest

    @property
    def most(self) -> int:
        """As :class:`Discussion` has it."""
        return MOST

    def comments(self) -> Sequence[Comment]:
        """As :class:`Discussion` has it."""
        project = self.request.project
        try:
            own = _User.model_validate(json_of(self.api.host, self.api.get(project, "/user", {}))).id
        except ValidationError as error:
            raise UnreadableAnswer(self.api.host, "user") from error
        query = {"sort": "asc", "order_by": "created_at"}
        found, _ = read_each(_Note, self.api.entries(project, self._notes, query))
        return [Comment(one.id, one.body, ours=one.author.id == own) for one in found if not one.system]

    def write(self, body: str) -> None:
        """As :class:`Discussion` has it."""
        try:
            self.api.put("post", self.request.project, self._notes, {"body": body})
        except (NotPermitted, RepositoryHidden) as error:
            raise self._refused() from error

    def rewrite(self, number: int, body: str) -> None:
        """As :class:`Discussion` has it."""
        try:
            self.api.put("put", self.request.project, f"{self._notes}/{number}", {"body": body})
        except (NotPermitted, RepositoryHidden) as error:
            raise self._refused() from error

    @property
    def _notes(self) -> str:
        return f"/merge_requests/{self.request.number}/notes"

    def _refused(self) -> CommentNotPermitted:
        return CommentNotPermitted(
            self.request.project,
            text(
                "Put a project access token with the scope “api” and the role Reporter into the variable GITLAB_TOKEN, "
                "for the environment “feedback” only."
            ),
        )
