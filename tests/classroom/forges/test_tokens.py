"""Where a token comes from, and where it does not go."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from checker.classroom.forges.errors import NoToken, TokenForOtherHost
from checker.classroom.forges.tokens import GITHUB, GITLAB, TokenSources, token_for
from tests.classroom.forges.class_world import TOKEN

Tool = Callable[[str, str], Mapping[str, str]]


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """``tool("gh", script)``: variables with a program of that name on the PATH."""

    def make(name: str, script: str) -> Mapping[str, str]:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return {"PATH": f"{tmp_path}:/usr/bin:/bin"}

    return make


@pytest.fixture(autouse=True)
def _no_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")


@pytest.mark.parametrize(
    ("sources", "host", "variables"),
    [
        (GITHUB, "github.com", {"GITHUB_TOKEN": TOKEN}),
        (GITHUB, "github.com", {"GH_TOKEN": f" {TOKEN}\n", "GITHUB_TOKEN": "other"}),
        (GITHUB, "git.school.fr", {"GH_ENTERPRISE_TOKEN": TOKEN, "GITHUB_TOKEN": "other"}),
        (GITHUB, "git.school.fr", {"GITHUB_TOKEN": TOKEN, "GITHUB_SERVER_URL": "https://git.school.fr"}),
        (GITHUB, "git.school.fr:8443", {"GITHUB_TOKEN": TOKEN, "GH_HOST": "git.school.fr:8443"}),
        (GITLAB, "gitlab.com", {"GITLAB_TOKEN": TOKEN}),
        (GITLAB, "gitlab.school.fr", {"GITLAB_TOKEN": TOKEN, "GITLAB_HOST": "https://GitLab.school.fr/"}),
        (GITLAB, "gitlab.school.fr", {"GITLAB_TOKEN": TOKEN, "CI_SERVER_URL": "https://gitlab.school.fr"}),
    ],
)
def test_a_token_is_taken_from_the_environment(sources: TokenSources, host: str, variables: dict[str, str]) -> None:
    token = token_for(sources, host, {"PATH": "/nowhere", **variables})
    assert token.get_secret_value() == TOKEN
    assert TOKEN not in f"{token} {token!r}"


@pytest.mark.parametrize(
    ("sources", "host", "variables"),
    [
        (GITHUB, "evil.example", {"GITHUB_TOKEN": TOKEN}),
        (GITHUB, "evil.example", {"GH_TOKEN": TOKEN, "GH_HOST": "git.school.fr"}),
        (GITHUB, "github.com.evil.example", {"GITHUB_TOKEN": TOKEN, "GITHUB_SERVER_URL": "https://github.com"}),
        (GITLAB, "evil.example", {"GITLAB_TOKEN": TOKEN}),
        (GITLAB, "gitlab.com:8443", {"GITLAB_TOKEN": TOKEN}),
    ],
)
def test_a_token_goes_to_no_host_that_only_the_class_names(
    sources: TokenSources, host: str, variables: dict[str, str]
) -> None:
    with pytest.raises(TokenForOtherHost) as caught:
        token_for(sources, host, {"PATH": "/nowhere", **variables})
    assert TOKEN not in str(caught.value)


def test_without_any_token_the_remedy_names_both_ways() -> None:
    with pytest.raises(NoToken, match=r"GITHUB_TOKEN, or log in: gh auth login --hostname github\.com"):
        token_for(GITHUB, "github.com", {"PATH": "/nowhere"})


@pytest.mark.parametrize(
    ("sources", "script"),
    [
        (GITHUB, f'[ "$*" = "auth token --hostname example.org" ] && echo {TOKEN}'),
        (GITLAB, f'[ "$*" = "config get token --host example.org" ] && echo {TOKEN}'),
    ],
)
def test_the_login_of_the_forge_s_tool_is_used(tool: Tool, sources: TokenSources, script: str) -> None:
    assert token_for(sources, "example.org", tool(sources.tool[0], script)).get_secret_value() == TOKEN


def test_the_tool_does_not_answer_with_a_variable_for_another_host(tool: Tool) -> None:
    variables = {**tool("glab", 'echo "$GITLAB_TOKEN"'), "GITLAB_TOKEN": TOKEN}
    with pytest.raises(TokenForOtherHost):
        token_for(GITLAB, "evil.example", variables)


@pytest.mark.parametrize("script", ["exit 1", "echo", "echo two words", "printf 'a\\033[2Jb'", f"echo {TOKEN}; exit 4"])
def test_a_tool_without_a_login_is_no_token(tool: Tool, script: str) -> None:
    with pytest.raises(NoToken):
        token_for(GITHUB, "github.com", tool("gh", script))
