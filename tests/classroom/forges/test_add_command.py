"""``checker class add`` with the forge of the class, as an instructor sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from checker.classroom.forges.opening import open_forge
from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.gradebook.roster import students
from checker.cli.main import main
from tests.classroom.forges.class_world import TOKEN, UPSTREAM, Project, World, small_class
from tests.classroom.forges.conftest import described
from tests.classroom.forges.description import Description
from tests.classroom.forges.github_server import github_server
from tests.classroom.forges.gitlab_server import gitlab_server
from tests.classroom.forges.server import Reply, Server, serving


@dataclass
class Classroom:
    """A class in *folder* whose forge is played by *server*; ``slept`` are the waits that nobody waited."""

    folder: Path
    server: Server
    capsys: pytest.CaptureFixture[str]
    slept: list[float] = field(default_factory=list)

    def add(self, roster: str, *options: str) -> tuple[int, str, str]:
        path = self.folder.parent / "roster.csv"
        path.write_text(roster, encoding="utf-8")
        return self.run(str(path), *options)

    def run(self, *words: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        code = main(["class", "add", *words, "--yes", "--class", str(self.folder)])
        printed = self.capsys.readouterr()
        # French has spaces of its own before its signs
        return code, printed.out.replace("\xa0", " "), printed.err.replace("\xa0", " ")

    def asked(self) -> int:
        """How often the forge was asked for an account since the last call."""
        paths = [one.path for one in self.server.requests]
        self.server.requests.clear()
        return sum(path.startswith("/users") for path in paths)

    def accounts(self) -> list[str]:
        with Gradebook(self.folder / "gradebook.sqlite") as gradebook, gradebook.reading() as connection:
            return sorted(one.account for one in students(connection))


@pytest.fixture(params=["github", "gitlab", pytest.param("github as described", marks=pytest.mark.slow)])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def classroom(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Classroom]]:
    """``classroom(world)``: a class on a forge that has this world, with a token in the environment."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    with ExitStack() as stack:

        def play(world: World) -> Classroom:
            server = gitlab_server(world) if kind == "gitlab" else github_server(world, _description(kind))
            stack.enter_context(serving(server))
            folder = tmp_path / "class"
            folder.mkdir()
            table = f'[forge]\nkind = "{kind[:6]}"\nurl = "{server.address}"\nrepository = "{UPSTREAM}"\n'
            (folder / "class.toml").write_text(table, encoding="utf-8")
            monkeypatch.setenv("GITLAB_TOKEN" if kind == "gitlab" else "GITHUB_TOKEN", TOKEN)
            monkeypatch.setenv("GITLAB_HOST" if kind == "gitlab" else "GH_HOST", server.host)
            made = Classroom(folder, server, capsys)
            monkeypatch.setattr("checker.cli.classes.add.open_forge", partial(open_forge, sleep=made.slept.append))
            return made

        yield play


def _description(kind: str) -> Description | None:
    return described() if "described" in kind else None


ROSTER = "Nom;Compte\nAda Lovelace;ADA\nBlaise Pascal;blaize\nZoé Noël;zzz-9999\n"


def test_an_unknown_account_is_named_by_its_line_and_stops_the_whole(classroom: Callable[..., Classroom]) -> None:
    place = classroom(small_class())
    code, out, err = place.add(ROSTER, "--language", "fr")
    assert code == 2
    host = place.server.host
    assert f"ligne 3 : {host} ne connaît pas de compte blaize. Vouliez-vous dire blaise ?" in out
    assert f"ligne 4 : {host} ne montre pas de compte zzz-9999" in out
    assert "ligne 2 :" not in out
    assert "Rien n'a été écrit" in err
    assert place.accounts() == []


def test_the_rows_are_left_out_where_that_is_asked_for(classroom: Callable[..., Classroom]) -> None:
    place = classroom(small_class())
    assert place.add(ROSTER, "--skip-wrong")[0] == 0
    assert place.accounts() == ["ADA"]


def test_an_account_that_another_row_has_is_not_proposed(classroom: Callable[..., Classroom]) -> None:
    place = classroom(small_class())
    code, out, _ = place.add("Nom;Compte\nBlaise Pascal;blaise\nBlaise Deux;blaize\n")
    assert code == 2
    assert "line 3: " in out
    assert "Did you mean" not in out


def test_only_what_is_new_or_changed_is_looked_up(classroom: Callable[..., Classroom]) -> None:
    place = classroom(small_class())
    numbered = "Nom;Numéro;Compte\nAda Lovelace;1001;ada\nBlaise Pascal;1002;blaise\n"
    assert place.add(numbered)[0] == 0
    assert place.asked() == 2
    assert place.add(numbered)[0] == 0
    assert place.asked() == 0
    assert place.add(numbered.replace("blaise", "dora"))[0] == 0
    assert place.asked() == 1
    code, out, _ = place.add(numbered.replace("blaise", "dorra"))
    assert (code, place.asked()) == (2, 1)
    assert "line 3: " in out
    assert place.accounts() == ["ada", "dora"]


def test_the_owner_of_a_repository_counts_where_the_row_has_no_account(classroom: Callable[..., Classroom]) -> None:
    place = classroom(small_class())
    site = place.server.address
    roster = f"Nom;Dépôt\nAda;{site}/ada/titanic\nBob;{site}/blaize/titanic\nEve;https://elsewhere.example/eve/t\n"
    code, out, _ = place.add(roster)
    assert (code, place.asked()) == (2, 2)
    assert "line 3: " in out
    assert "line 4: " not in out
    code, out, _ = place.run(f"{site}/ada/titanic", f"{site}/adda/titanic", "https://elsewhere.example/eve/t")
    assert (code, place.asked()) == (2, 2)
    assert "line 2: " in out


@pytest.mark.parametrize("kind", ["gitlab"], indirect=True)
def test_the_repositories_of_a_group_are_asked_for_by_its_first_name(classroom: Callable[..., Classroom]) -> None:
    place = classroom(World([Project(UPSTREAM), Project("school/m2/ada")]))
    assert place.run(f"{place.server.address}/school/m2/ada")[0] == 0
    assert place.accounts() == ["m2"]


@pytest.mark.parametrize(
    ("replies", "says"),
    [
        ([Reply(401, {})], "refuses the token"),
        ([Reply(502, {})] * 3, "does not answer"),
        ([Reply(429, {}, {"Retry-After": "600"})], "takes no more requests for 10 min"),
        ([Reply(200, b"<html>")], "none of a forge's"),
    ],
)
def test_where_the_forge_does_not_tell_the_roster_is_added(
    classroom: Callable[..., Classroom], replies: list[Reply], says: str
) -> None:
    place = classroom(small_class())
    place.server.once("/users/ADA", *replies)
    place.server.once("/users", *replies)
    code, out, _ = place.add(ROSTER)
    assert code == 0
    assert "Whether the forge knows the accounts was not looked up: " in out
    assert says in out
    assert place.accounts() == ["ADA", "blaize", "zzz-9999"]


def test_what_was_told_before_the_forge_failed_is_heeded(kind: str, classroom: Callable[..., Classroom]) -> None:
    place = classroom(small_class())
    path = "/zzz-9999/exists" if kind == "gitlab" else "/users/zzz-9999"
    place.server.once(path, Reply(429, {}, {"Retry-After": "999"}))
    code, out, _ = place.add(ROSTER)
    assert code == 2
    assert "1 of 3 accounts were not looked up: " in out
    assert "line 3: " in out
    assert "line 4: " not in out


def test_a_short_wait_is_waited_and_said(classroom: Callable[..., Classroom]) -> None:
    place = classroom(small_class())
    for path in ("/users/ada", "/users"):
        place.server.once(path, Reply(429, {}, {"Retry-After": "30"}))
    code, _, err = place.add("Nom;Compte\nAda;ada\n")
    assert (code, place.slept) == (0, [30.0])
    assert "Asking again in 30 s." in err


def test_without_a_token_the_roster_is_added(
    classroom: Callable[..., Classroom], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = classroom(small_class())
    monkeypatch.setenv("PATH", str(place.folder))
    for name in ("GITHUB_TOKEN", "GITLAB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    code, out, _ = place.add(ROSTER)
    assert code == 0
    assert out.count("was not looked up: No token") == 1
    assert place.asked() == 0
    assert "blaize" in place.accounts()


def test_without_a_forge_or_an_account_nothing_is_said(classroom: Callable[..., Classroom]) -> None:
    place = classroom(small_class())
    code, out, _ = place.add("Nom;Compte\nAda;\nBob;\n")
    assert (code, place.asked()) == (0, 0)
    assert "looked up" not in out
    (place.folder / "class.toml").write_text("", encoding="utf-8")
    code, out, _ = place.add(ROSTER)
    assert (code, place.asked()) == (0, 0)
    assert "looked up" not in out


def test_a_forge_that_knows_nothing_of_the_class_makes_no_row_wrong(classroom: Callable[..., Classroom]) -> None:
    place = classroom(World([]))
    code, out, _ = place.add(ROSTER)
    assert code == 0
    assert f"was not looked up: {place.server.host} shows no repository {UPSTREAM}" in out


@pytest.mark.parametrize("kind", ["github"], indirect=True)
def test_a_renamed_account_is_to_be_written_anew(classroom: Callable[..., Classroom]) -> None:
    place = classroom(small_class())
    place.server.once("/users/ada-l", Reply(301, {}, {"Location": f"{place.server.api_address}/users/Ada"}))
    code, out, _ = place.add("Nom;Compte\nAda;ada-l\n")
    assert code == 2
    assert "line 2: The account ada-l is called Ada now" in out


def test_of_a_long_list_it_is_said_that_it_is_looked_up(classroom: Callable[..., Classroom]) -> None:
    world = small_class()
    world.people += [f"student-{number}" for number in range(25)]
    place = classroom(world)
    rows = "".join(f"Etudiant {chr(65 + number)};student-{number}\n" for number in range(25))
    code, _, err = place.add(f"Nom;Compte\n{rows}")
    assert (code, place.asked()) == (0, 25)
    assert err.count("Looking up 25 accounts on the forge.") == 1
    assert "Looking up" not in place.add("Nom;Compte\nAda;ada\n")[2]
