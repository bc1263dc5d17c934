"""One note on a merge request, in the shapes that GitLab's documentation shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from checker.feedback.comment import MARKER
from tests.classroom.forges.class_world import TOKEN, commit
from tests.classroom.forges.server import Reply, Request, Server, page_of, serving
from tests.command_line import Said, command_line
from tests.render.reports import hostile, ordinary
from tests.render.stored import stored

HEAD = commit(77)
NOTES = "/projects/school%2Ftitanic/merge_requests/7/notes"


@dataclass
class Note:
    id: int
    author: int
    body: str
    system: bool = False


@dataclass
class NotedGitLab:
    """GitLab's answers about the notes of one merge request; the token is that of user 5."""

    notes: list[Note] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    read_only: bool = False

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(401, {"message": "401 Unauthorized"})
        if request.path == "/user":
            return Reply(200, {"id": 5, "username": "project_9_bot", "bot": True})
        assert request.path.startswith(NOTES), request.path
        if request.method == "GET":
            assert set(request.query) <= {"sort", "order_by", "page", "per_page"}
            page, links = page_of([self._shown(one) for one in self.notes], request, "https://next.example")
            return Reply(200, page, links)
        if self.read_only:
            return Reply(403, {"message": "403 Forbidden"})
        body = json.loads(request.body)["body"]
        self.sent.append((request.method, request.path))
        if request.method == "POST":
            self.notes.append(Note(900 + len(self.notes), 5, body))
            return Reply(201, self._shown(self.notes[-1]))
        one = next(one for one in self.notes if one.id == int(request.path.rpartition("/")[2]))
        one.body = body
        return Reply(200, self._shown(one))

    def _shown(self, one: Note) -> dict[str, Any]:
        return {
            "id": one.id,
            "body": one.body,
            "author": {"id": one.author, "username": "somebody", "state": "active"},
            "system": one.system,
            "noteable_iid": 7,
            "confidential": False,
        }


@dataclass
class Project:
    gitlab: NotedGitLab
    report: Path
    capsys: pytest.CaptureFixture[str]

    def comment(self) -> Said:
        return command_line(self.capsys, "feedback", "comment", "--report", self.report)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Project]:
    gitlab = NotedGitLab()
    with serving(Server(gitlab.answer, "/api/v4")) as server:
        monkeypatch.setattr("checker.cli.feedback.comment.sleep", lambda seconds: None)
        for name, value in {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": server.api_address,
            "CI_SERVER_URL": server.address,
            "CI_MERGE_REQUEST_IID": "7",
            "CI_MERGE_REQUEST_PROJECT_PATH": "school/titanic",
            "CI_COMMIT_SHA": HEAD,
            "CI_PIPELINE_URL": f"{server.address}/school/titanic/-/pipelines/3",
            "GITLAB_TOKEN": TOKEN,
        }.items():
            monkeypatch.setenv(name, value)
        found = Project(gitlab, tmp_path / "report.json", capsys)
        found.report.write_bytes(about(ordinary()))
        yield found


def about(report: Any, sha: str = HEAD) -> bytes:
    return stored(replace(report, submission=replace(report.submission, commit=sha)), "fr")


def test_the_note_is_written_then_updated_then_left(project: Project) -> None:
    done = project.comment()
    assert (done.code, done.err) == (0, "")
    assert "request 7" in done.out
    assert project.comment().code == 0
    project.report.write_bytes(about(hostile()))
    assert project.comment().code == 0
    assert project.gitlab.sent == [("POST", NOTES), ("PUT", f"{NOTES}/900")]
    assert project.gitlab.notes[0].body.startswith(f"{MARKER}\n# Titanic")
    assert "/-/pipelines/3)" in project.gitlab.notes[0].body


def test_notes_of_others_and_of_gitlab_are_left_alone(project: Project) -> None:
    project.gitlab.notes = [Note(1, 6, f"{MARKER}\nmine"), Note(2, 5, f"{MARKER}\nsystem", system=True)]
    assert project.comment().code == 0
    assert project.gitlab.sent == [("POST", NOTES)]


def test_a_token_that_may_not_write_fails_where_it_is_seen(project: Project) -> None:
    project.gitlab.read_only = True
    done = project.comment()
    assert done.code == 3
    assert "may not write a comment in school/titanic" in done.err
    assert "GITLAB_TOKEN" in done.err


def test_without_a_token_it_is_said_where_one_goes(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITLAB_TOKEN")
    done = project.comment()
    assert done.code == 3
    assert "GITLAB_TOKEN" in done.err
    assert project.gitlab.sent == []


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [("CI_MERGE_REQUEST_IID", "7/../8", 2), ("CI_MERGE_REQUEST_IID", "", 2), ("CI_COMMIT_SHA", commit(5), 3)],
)
def test_a_pipeline_of_something_else_writes_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, code: int
) -> None:
    monkeypatch.setenv(variable, value)
    assert project.comment().code == code
    assert project.gitlab.sent == []


def test_a_report_that_is_none_writes_nothing(project: Project) -> None:
    project.report.write_bytes(b"{}")
    assert project.comment().code == 3
    project.report.unlink()
    assert project.comment().code == 2
    assert project.gitlab.sent == []


def test_outside_of_continuous_integration_it_says_so(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITLAB_CI")
    monkeypatch.delenv("GITHUB_EVENT_PATH", raising=False)
    done = project.comment()
    assert done.code == 2
    assert "checker check" in done.err
