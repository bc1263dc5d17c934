"""Forges that are played on this machine, and a listener that keeps what it hears."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from checker.classroom.forges.address import github_address, gitlab_address
from checker.classroom.forges.base import ClassForge
from checker.classroom.forges.github import github
from checker.classroom.forges.gitlab import gitlab
from checker.classroom.forges.opening import open_forge
from checker.classroom.forges.patience import Patience
from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.gradebook.roster import students
from checker.locale import Speech
from checker.model import Text
from tests.classroom.forges.class_world import TOKEN, UPSTREAM, World
from tests.classroom.forges.description import FILE, Description, github_description
from tests.classroom.forges.github_server import github_server
from tests.classroom.forges.gitlab_server import gitlab_server
from tests.classroom.forges.server import Server, serving
from tests.command_line import Said, command_line


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
            address = github_address(f"{server.address}/")
            opened = github(address, SecretStr(token), Patience(address.host, heard, heard.slept.append))
            return Played(stack.enter_context(opened), server, world, heard)

        yield play


@contextmanager
def playing_gitlab(heard: Heard) -> Iterator[Callable[..., Played]]:
    """``play(world)``: a client of a GitLab that has this world."""
    with ExitStack() as stack:

        def play(world: World, token: str = TOKEN) -> Played:
            server = stack.enter_context(serving(gitlab_server(world)))
            address = gitlab_address(f"{server.address}/")
            opened = gitlab(address, SecretStr(token), Patience(address.host, heard, heard.slept.append))
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


@dataclass
class Classroom:
    """A class in *folder* whose forge is played by *server*; ``slept`` are the waits that nobody waited."""

    folder: Path
    server: Server
    capsys: pytest.CaptureFixture[str]
    slept: list[float] = field(default_factory=list)

    def run(self, *words: str) -> Said:
        """What ``checker class`` says to these words."""
        return command_line(self.capsys, "class", *words, "--class", self.folder).plain

    def accounts(self) -> list[str]:
        with Gradebook(self.folder / "gradebook.sqlite") as gradebook, gradebook.reading() as connection:
            return sorted(one.account for one in students(connection))


@pytest.fixture(params=["github", "gitlab", pytest.param("github as described", marks=pytest.mark.slow)])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def classroom(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[[World], Classroom]]:
    """``classroom(world)``: a class on a forge that has this world, with a token in the environment."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    with ExitStack() as stack:

        def play(world: World) -> Classroom:
            description = described() if "described" in kind else None
            server = gitlab_server(world) if kind == "gitlab" else github_server(world, description)
            stack.enter_context(serving(server))
            folder = tmp_path / "class"
            folder.mkdir()
            table = f'[forge]\nkind = "{kind[:6]}"\nurl = "{server.address}"\nrepository = "{UPSTREAM}"\n'
            (folder / "class.toml").write_text(table, encoding="utf-8")
            monkeypatch.setenv("GITLAB_TOKEN" if kind == "gitlab" else "GITHUB_TOKEN", TOKEN)
            monkeypatch.setenv("GITLAB_HOST" if kind == "gitlab" else "GH_HOST", server.host)
            made = Classroom(folder, server, capsys)
            for command in ("add", "forks"):
                waited = partial(open_forge, sleep=made.slept.append)
                monkeypatch.setattr(f"checker.cli.classes.{command}.open_forge", waited)
            return made

        yield play
