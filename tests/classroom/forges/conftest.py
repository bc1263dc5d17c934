"""Forges that are played on this machine, and a listener that keeps what it hears."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from checker.classroom.forges.address import github_address, gitlab_address
from checker.classroom.forges.base import ClassForge
from checker.classroom.forges.github import github
from checker.classroom.forges.gitlab import gitlab
from checker.locale import Speech
from checker.model import Text
from tests.classroom.forges.class_world import TOKEN, World
from tests.classroom.forges.description import FILE, Description, github_description
from tests.classroom.forges.github_server import github_server
from tests.classroom.forges.gitlab_server import gitlab_server
from tests.classroom.forges.server import Server, serving


@dataclass
class Heard:
    """What a listener was told, and the waits that nobody waited."""

    waits: list[tuple[float, str]] = field(default_factory=list)
    left_out: list[tuple[str, int]] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def waiting(self, seconds: float, reason: Text) -> None:
        self.waits.append((seconds, Speech("en").say(reason)))

    def unreadable(self, project: str, count: int) -> None:
        self.left_out.append((project, count))

    def reading(self, project: str, done: int, whole: int) -> None:
        self.read.append(f"{done}/{whole} {project}")


@dataclass
class Played:
    """A forge that is played, and all that can be seen of it."""

    forge: ClassForge
    server: Server
    world: World
    heard: Heard


def described() -> Description:
    """GitHub's own description; the test is skipped where it is not here."""
    if not FILE.is_file():
        if os.environ.get("CHECKER_REQUIRE_ALL"):
            pytest.fail("GitHub's description is not here: make descriptions")
        pytest.skip("GitHub's description is not here: make descriptions")
    return github_description()


@contextmanager
def playing_github(description: Description | None, heard: Heard) -> Iterator[Callable[..., Played]]:
    """``play(world)``: a client of a GitHub that has this world."""
    with ExitStack() as stack:

        def play(world: World, token: str = TOKEN) -> Played:
            server = stack.enter_context(serving(github_server(world, description)))
            opened = github(github_address(f"{server.address}/"), SecretStr(token), heard, heard.slept.append)
            return Played(stack.enter_context(opened), server, world, heard)

        yield play


@contextmanager
def playing_gitlab(heard: Heard) -> Iterator[Callable[..., Played]]:
    """``play(world)``: a client of a GitLab that has this world."""
    with ExitStack() as stack:

        def play(world: World, token: str = TOKEN) -> Played:
            server = stack.enter_context(serving(gitlab_server(world)))
            opened = gitlab(gitlab_address(f"{server.address}/"), SecretStr(token), heard, heard.slept.append)
            return Played(stack.enter_context(opened), server, world, heard)

        yield play


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(
    params=[False, pytest.param(True, marks=pytest.mark.slow)], ids=["only what is read", "by GitHub's description"]
)
def description(request: pytest.FixtureRequest) -> Description | None:
    """GitHub's own description, or None: then the answers have only what is read of them."""
    return described() if request.param else None


@pytest.fixture
def played_github(description: Description | None, heard: Heard) -> Iterator[Callable[..., Played]]:
    with playing_github(description, heard) as play:
        yield play


@pytest.fixture
def played_gitlab(heard: Heard) -> Iterator[Callable[..., Played]]:
    with playing_gitlab(heard) as play:
        yield play


@pytest.fixture(params=["github", "gitlab", pytest.param("github as described", marks=pytest.mark.slow)])
def play(request: pytest.FixtureRequest, heard: Heard) -> Iterator[Callable[..., Played]]:
    """Each forge in turn: they tell the same of the same class."""
    if request.param == "gitlab":
        opened = playing_gitlab(heard)
    else:
        opened = playing_github(described() if request.param != "github" else None, heard)
    with opened as play:
        yield play
