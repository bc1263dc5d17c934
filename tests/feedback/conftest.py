"""A played GitHub on which a run has ended, and the command that comments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.classroom.forges.class_world import TOKEN
from tests.classroom.forges.conftest import described
from tests.classroom.forges.description import Description
from tests.classroom.forges.server import Server, serving
from tests.command_line import Said, command_line
from tests.feedback.github_comments import CommentedGitHub, Pull, comment_server, event


@pytest.fixture(
    params=[False, pytest.param(True, marks=pytest.mark.slow)], ids=["only what is read", "by GitHub's description"]
)
def description(request: pytest.FixtureRequest) -> Description | None:
    return described() if request.param else None


@dataclass
class Course:
    """The course's repository, on which one request is open."""

    github: CommentedGitHub
    server: Server
    comment: Callable[..., Said] = field(default=lambda **_: Said(0, "", ""))


@pytest.fixture
def course(
    description: Description | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Course]:
    with ExitStack() as stack:
        github = CommentedGitHub(description, pulls=[Pull(7)])
        server = stack.enter_context(serving(comment_server(github)))
        github.store = stack.enter_context(serving(Server(github.blob, ""))).address
        monkeypatch.setattr("checker.cli.feedback.comment.sleep", lambda seconds: None)
        monkeypatch.delenv("GITLAB_CI", raising=False)
        for name, value in {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": server.api_address,
            "GITHUB_SERVER_URL": server.address,
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        }.items():
            monkeypatch.setenv(name, value)

        def comment(content: dict[str, Any] | None = None, *words: str) -> Said:
            (tmp_path / "event.json").write_text(json.dumps(content or event()), encoding="utf-8")
            return command_line(capsys, "feedback", "comment", *words)

        yield Course(github, server, comment)
