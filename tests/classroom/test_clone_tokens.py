"""A token goes to the forge that it is for, and to no other host that a repository names."""

from __future__ import annotations

from checker.classroom.class_file import ForgeTable
from checker.classroom.clone_tokens import clone_tokens
from checker.classroom.records import ClassRepository

SOURCES = (
    "https://github.com/ada/titanic.git",
    "https://evil.example/github.com/titanic.git",
    "https://github.com.evil.example/x.git",
    "https://forge.school.example:8443/bob/titanic.git",
    "/home/teacher/clones/cle",
    "ext::sh -c touch",
)
REPOSITORIES = [ClassRepository(key=str(number), source=source) for number, source in enumerate(SOURCES)]
NOWHERE = {"PATH": "/nowhere"}


def test_the_token_of_a_public_forge_is_for_it_alone() -> None:
    variables = {**NOWHERE, "GITHUB_TOKEN": "gh-secret", "GITLAB_TOKEN": "gl-secret"}
    assert clone_tokens(REPOSITORIES, ForgeTable(), variables) == {"github.com": "gh-secret"}


def test_a_forge_of_the_school_gets_a_token_where_the_environment_names_it() -> None:
    table = ForgeTable(kind="gitlab", url="https://forge.school.example:8443")
    variables = {**NOWHERE, "GITLAB_TOKEN": "gl-secret"}
    assert clone_tokens(REPOSITORIES, table, variables) == {}
    named = {**variables, "GITLAB_HOST": "forge.school.example:8443"}
    assert clone_tokens(REPOSITORIES, table, named) == {"forge.school.example": "gl-secret"}


def test_without_a_token_public_repositories_are_fetched_all_the_same() -> None:
    assert clone_tokens(REPOSITORIES, ForgeTable(kind="github"), NOWHERE) == {}
