"""One note on the merge request of a pipeline, on GitLab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checker.classroom.forges.answers import Answer, Number, read_each, read_one
from checker.classroom.forges.errors import NotPermitted, RepositoryHidden
from checker.classroom.forges.gitlab_api import GitLabApi, Method
from checker.feedback.comment import Comment, Discussion
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
    """A merge request: its target repository, and its number there."""

    project: str
    number: int


def merge_request(variables: Mapping[str, str]) -> MergeRequest:
    """The merge request of this pipeline. Raises NotOnARunner if there is none."""
    project, number = variables.get(_PROJECT, ""), variables.get(_REQUEST, "")
    if not project:
        raise NotOnARunner(_PROJECT)
    if not (number.isascii() and number.isdigit() and len(number) < 15):
        raise NotOnARunner(_REQUEST)
    return MergeRequest(project, int(number))


@dataclass(frozen=True, slots=True)
class GitLabDiscussion(Discussion):
    """The notes on a merge request."""

    api: GitLabApi
    request: MergeRequest

    @property
    def most(self) -> int:
        return MOST

    def comments(self) -> Sequence[Comment]:
        project = self.request.project
        user = read_one(_User, self.api.get(project, "/user", {}), self.api.host, "user").id
        query = {"sort": "asc", "order_by": "created_at"}
        notes, _ = read_each(_Note, self.api.entries(project, self._notes, query))
        return [Comment(note.id, note.body, ours=note.author.id == user) for note in notes if not note.system]

    def write(self, body: str) -> None:
        self._put("post", self._notes, body)

    def rewrite(self, number: int, body: str) -> None:
        self._put("put", f"{self._notes}/{number}", body)

    @property
    def _notes(self) -> str:
        return f"/merge_requests/{self.request.number}/notes"

    def _put(self, method: Method, path: str, body: str) -> None:
        try:
            self.api.put(method, self.request.project, path, {"body": body})
        except (NotPermitted, RepositoryHidden) as error:
            remedy = text(
                "Put a project access token with the scope “api” and the role Reporter into the variable GITLAB_TOKEN, "
                "for the environment “feedback” only."
            )
            raise CommentNotPermitted(self.request.project, remedy) from error
