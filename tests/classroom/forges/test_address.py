"""Where a forge's API is, and which of its addresses git may clone."""

from __future__ import annotations

import pytest

from checker.classroom.forges.address import ForgeAddress, github_address, gitlab_address
from checker.classroom.forges.errors import BadForgeAddress


@pytest.mark.parametrize(
    ("url", "api", "host"),
    [
        ("", "https://api.github.com", "github.com"),
        ("https://api.github.com/", "https://api.github.com", "github.com"),
        ("https://github.com", "https://api.github.com", "github.com"),
        ("https://git.school.fr", "https://git.school.fr/api/v3", "git.school.fr"),
        ("https://git.school.fr:8443/api/v3/", "https://git.school.fr:8443/api/v3", "git.school.fr:8443"),
        ("https://school.ghe.com", "https://api.school.ghe.com", "school.ghe.com"),
        ("https://api.school.ghe.com", "https://api.school.ghe.com", "school.ghe.com"),
        ("http://localhost:3000", "http://localhost:3000/api/v3", "localhost:3000"),
    ],
)
def test_github(url: str, api: str, host: str) -> None:
    assert github_address(url) == ForgeAddress(api, host)


@pytest.mark.parametrize(
    ("url", "api", "host"),
    [
        ("", "https://gitlab.com", "gitlab.com"),
        ("https://GitLab.school.fr/api/v4", "https://gitlab.school.fr", "gitlab.school.fr"),
        ("https://school.fr/gitlab/", "https://school.fr/gitlab", "school.fr"),
        ("http://[::1]:80", "http://[::1]:80", "[::1]:80"),
    ],
)
def test_gitlab(url: str, api: str, host: str) -> None:
    assert gitlab_address(url) == ForgeAddress(api, host)


@pytest.mark.parametrize(
    "url",
    [
        "git.school.fr",
        "http://git.school.fr",
        "ftp://git.school.fr",
        "https://",
        "https://name:secret@git.school.fr",
        "https://git.school.fr?token=secret",
        "https://git.school.fr:99999",
        "https://[::1",
        "https://git.school.fr\n.evil.example",
        "https://g\u0456t.school.fr",
        "file:///etc/passwd",
        "https://a;touch${IFS}x",
        "https://git.school.fr/a b",
    ],
)
def test_what_a_token_is_not_sent_to(url: str) -> None:
    for address in (github_address, gitlab_address):
        with pytest.raises(BadForgeAddress) as caught:
            address(url)
        assert "secret" not in str(caught.value).partition(" is no address")[0]


SCHOOL = ForgeAddress("https://git.school.fr:8443/api/v3", "git.school.fr:8443")


@pytest.mark.parametrize(
    ("source", "project"),
    [
        ("https://git.school.fr:8443/ada/titanic.git", "ada/titanic"),
        ("https://ada@git.school.fr:8443/ada/titanic/", "ada/titanic"),
        ("git@git.school.fr:ada/titanic.git", "ada/titanic"),
        ("ssh://git@git.school.fr:2222/ada/titanic.git", "ada/titanic"),
        ("https://git.school.fr/ada/titanic", ""),
        ("https://github.com/ada/titanic", ""),
        ("git@github.com:ada/titanic.git", ""),
        ("/home/ada/titanic", ""),
        ("C:\\work\\titanic", ""),
        ("https://git.school.fr:8443/../..", ""),
        ("", ""),
    ],
)
def test_a_repository_on_the_forge_is_known_by_what_is_cloned(source: str, project: str) -> None:
    assert SCHOOL.project(source) == project


def test_git_clones_from_the_forge_alone() -> None:
    assert SCHOOL.own("https://git.school.fr:8443/ada/titanic.git")
    for address in ("http://git.school.fr:8443/a/b", "https://git.school.fr/a/b", "https://git.school.fr:8443/"):
        assert not SCHOOL.own(address)
