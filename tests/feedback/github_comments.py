"""A server that plays GitHub where a run has ended and its report is to become a comment."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any

from tests.classroom.forges.class_world import TOKEN, commit
from tests.classroom.forges.description import ARTIFACTS, COMMENT, COMMENTS, PATHS, Description
from tests.classroom.forges.server import Reply, Request, Server, page_of

COURSE = "school/titanic"
FORK = "Ada/titanic"
RUN = 9001
BOT = "github-actions[bot]"
HEAD = commit(77)


@dataclass
class Pull:
    """An open pull request."""

    number: int
    sha: str = HEAD
    source: str | None = FORK
    branch: str = "nettoyage"
    target: str = COURSE


@dataclass
class Said:
    """A comment."""

    id: int
    author: str | None
    body: str


@dataclass
class CommentedGitHub:
    """The answers about requests, comments and artifacts: whole ones by GitHub's *description*, where there is one."""

    description: Description | None
    repository: str = COURSE
    pulls: list[Pull] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    archives: dict[int, bytes] = field(default_factory=dict)
    stated: dict[int, int] = field(default_factory=dict)
    """Sizes of archives that GitHub states, where they are not the real ones."""
    expired: set[int] = field(default_factory=set)
    store: str = ""
    """The address of the other host, on which artifacts lie."""
    read_only: bool = False
    sent: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") not in (f"Bearer {TOKEN}", f"token {TOKEN}"):
            return Reply(401, self._message("Bad credentials"))
        if not request.path.startswith(f"/repos/{self.repository}/"):
            return Reply(404, self._message("Not Found"))
        rest = request.path.removeprefix(f"/repos/{self.repository}")
        if request.method != "GET":
            return self._write(request, rest)
        if rest == "/pulls":
            owner, _, branch = request.query["head"].partition(":")
            found = [
                one for one in self.pulls if one.branch == branch and (one.source or "").partition("/")[0] == owner
            ]
            page, links = page_of([self._pull(one) for one in found], request, "https://next.example")
            return Reply(200, page, links)
        if about := re.fullmatch(r"/issues/(\d+)/comments", rest):
            assert int(about[1]) in {one.number for one in self.pulls}
            page, links = page_of([self._comment(one) for one in self.said], request, "https://next.example")
            return Reply(200, page, links)
        if rest == f"/actions/runs/{RUN}/artifacts":
            assert request.query["name"] == "checker-report"
            return Reply(200, self._artifacts())
        if (about := re.fullmatch(r"/actions/artifacts/(\d+)/zip", rest)) and int(about[1]) in self.archives:
            return Reply(302, b"", {"Location": f"{self.store}/blob/{about[1]}?sig=abc"})
        return Reply(404, self._message("Not Found"))

    def check(self, request: Request, reply: Reply) -> None:
        if self.description is not None and reply.status not in (401, 403):
            self.description.check(request, reply)

    def blob(self, request: Request) -> Reply:
        """The other host, which has to get no token."""
        assert "authorization" not in request.headers
        return Reply(200, self.archives[int(request.path.rpartition("/")[2])], {"Content-Type": "application/zip"})

    def _write(self, request: Request, rest: str) -> Reply:
        if self.read_only:
            return Reply(403, self._message("Resource not accessible by integration"))
        content = json.loads(request.body)
        self.sent.append((request.method, rest, content))
        if request.method == "POST":
            new = Said(5000 + len(self.said), BOT, content["body"])
            self.said.append(new)
            return Reply(201, self._comment(new, COMMENTS, "201", "post"))
        one = next(one for one in self.said if one.id == int(rest.rpartition("/")[2]))
        assert one.author == BOT
        one.body = content["body"]
        return Reply(200, self._comment(one, COMMENT, "200", "patch"))

    def _message(self, words: str) -> dict[str, Any]:
        return {"message": words, "documentation_url": "https://docs.github.com/rest"}

    def _example(self, path: str, status: str = "200", method: str = "get") -> dict[str, Any]:
        found: dict[str, Any] = self.description.example(path, status, method) if self.description is not None else {}
        return found

    def _pull(self, one: Pull) -> dict[str, Any]:
        found = self._example(PATHS[3]) or {"head": {"repo": {}}, "base": {"repo": {}}}
        found |= {"number": one.number, "state": "open", "requested_teams": []}
        found["head"] |= {"sha": one.sha, "ref": one.branch}
        found["head"]["repo"] |= {"full_name": one.source}
        found["base"]["repo"] |= {"full_name": one.target}
        return found

    def _comment(self, one: Said, path: str = COMMENTS, status: str = "200", method: str = "get") -> dict[str, Any]:
        found = self._example(path, status, method) or {"user": {}}
        found |= {"id": one.id, "body": one.body}
        found["user"] = None if one.author is None else {**found["user"], "login": one.author}
        return found

    def _artifacts(self) -> dict[str, Any]:
        found = self._example(ARTIFACTS) or {"artifacts": [{}]}
        example = found["artifacts"][0]
        found["artifacts"] = [
            {
                **example,
                "id": number,
                "name": "checker-report",
                "size_in_bytes": self.stated.get(number, len(content)),
                "expired": number in self.expired,
            }
            for number, content in self.archives.items()
        ]
        found["total_count"] = len(self.archives)
        return found


def comment_server(answers: CommentedGitHub) -> Server:
    return Server(answers.answer, "/api/v3", checked=answers.check)


def zipped(**files: bytes) -> bytes:
    """An archive of these files; two underscores in a name stand for a dot."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return packed.getvalue()


def event(
    number: int = RUN, *, kind: str = "pull_request", sha: str = HEAD, source: str | None = FORK
) -> dict[str, Any]:
    """What GitHub tells of a run that has ended, as far as it is read."""
    return {
        "action": "completed",
        "workflow_run": {
            "id": RUN,
            "name": "Checker",
            "event": kind,
            "conclusion": "failure",
            "head_sha": sha,
            "head_branch": "nettoyage",
            "head_repository": None if source is None else {"full_name": source},
            # GitHub says nothing here of requests from forks
            "pull_requests": [],
        },
        "repository": {"full_name": COURSE},
    }
