"""``checker class add`` with the forge of the class, as an instructor sees it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.classroom.forges.class_world import UPSTREAM, Project, World, small_class
from tests.classroom.forges.conftest import Classroom
from tests.classroom.forges.server import Reply
from tests.command_line import Said

Making = Callable[[World], Classroom]
ROSTER = "Nom;Compte\nAda Lovelace;ADA\nBlaise Pascal;blaize\nZoé Noël;zzz-9999\n"


def add(place: Classroom, roster: str, *options: str) -> Said:
    path = place.folder.parent / "roster.csv"
    path.write_text(roster, encoding="utf-8")
    return place.run("add", str(path), "--yes", *options)


def asked(place: Classroom) -> int:
    """How often the forge was asked for an account since the last call."""
    paths = [one.path for one in place.server.requests]
    place.server.requests.clear()
    return sum(path.startswith("/users") for path in paths)


def test_an_unknown_account_is_named_by_its_line_and_stops_the_whole(classroom: Making) -> None:
    place = classroom(small_class())
    code, out, err = add(place, ROSTER, "--language", "fr")
    assert code == 2
    host = place.server.host
    assert f"ligne 3 : {host} ne connaît pas de compte blaize. Vouliez-vous dire blaise ?" in out
    assert f"ligne 4 : {host} ne montre pas de compte zzz-9999" in out
    assert "ligne 2 :" not in out
    assert "Rien n'a été écrit" in err
    assert place.accounts() == []


def test_the_rows_are_left_out_where_that_is_asked_for(classroom: Making) -> None:
    place = classroom(small_class())
    assert add(place, ROSTER, "--skip-wrong")[0] == 0
    assert place.accounts() == ["ADA"]


def test_an_account_that_another_row_has_is_not_proposed(classroom: Making) -> None:
    place = classroom(small_class())
    code, out, _ = add(place, "Nom;Compte\nBlaise Pascal;blaise\nBlaise Deux;blaize\n")
    assert code == 2
    assert "line 3: " in out
    assert "Did you mean" not in out


def test_only_what_is_new_or_changed_is_looked_up(classroom: Making) -> None:
    place = classroom(small_class())
    numbered = "Nom;Numéro;Compte\nAda Lovelace;1001;ada\nBlaise Pascal;1002;blaise\n"
    assert add(place, numbered)[0] == 0
    assert asked(place) == 2
    assert add(place, numbered)[0] == 0
    assert asked(place) == 0
    assert add(place, numbered.replace("blaise", "dora"))[0] == 0
    assert asked(place) == 1
    code, out, _ = add(place, numbered.replace("blaise", "dorra"))
    assert (code, asked(place)) == (2, 1)
    assert "line 3: " in out
    assert place.accounts() == ["ada", "dora"]


def test_the_owner_of_a_repository_counts_where_the_row_has_no_account(classroom: Making) -> None:
    place = classroom(small_class())
    site = place.server.address
    roster = f"Nom;Dépôt\nAda;{site}/ada/titanic\nBob;{site}/blaize/titanic\nEve;https://elsewhere.example/eve/t\n"
    code, out, _ = add(place, roster)
    assert (code, asked(place)) == (2, 2)
    assert "line 3: " in out
    assert "line 4: " not in out
    code, out, _ = place.run(
        "add", "--yes", f"{site}/ada/titanic", f"{site}/adda/titanic", "https://elsewhere.example/eve/t"
    )
    assert (code, asked(place)) == (2, 2)
    assert "line 2: " in out


@pytest.mark.parametrize("kind", ["gitlab"], indirect=True)
def test_the_repositories_of_a_group_are_asked_for_by_its_first_name(classroom: Making) -> None:
    place = classroom(World([Project(UPSTREAM), Project("school/m2/ada")]))
    assert place.run("add", "--yes", f"{place.server.address}/school/m2/ada")[0] == 0
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
def test_where_the_forge_does_not_tell_the_roster_is_added(classroom: Making, replies: list[Reply], says: str) -> None:
    place = classroom(small_class())
    place.server.once("/users/ADA", *replies)
    place.server.once("/users", *replies)
    code, out, _ = add(place, ROSTER)
    assert code == 0
    assert "Whether the forge knows the accounts was not looked up: " in out
    assert says in out
    assert place.accounts() == ["ADA", "blaize", "zzz-9999"]


def test_what_was_told_before_the_forge_failed_is_heeded(kind: str, classroom: Making) -> None:
    place = classroom(small_class())
    path = "/zzz-9999/exists" if kind == "gitlab" else "/users/zzz-9999"
    place.server.once(path, Reply(429, {}, {"Retry-After": "999"}))
    code, out, _ = add(place, ROSTER)
    assert code == 2
    assert "1 of 3 accounts were not looked up: " in out
    assert "line 3: " in out
    assert "line 4: " not in out


def test_a_short_wait_is_waited_and_said(classroom: Making) -> None:
    place = classroom(small_class())
    for path in ("/users/ada", "/users"):
        place.server.once(path, Reply(429, {}, {"Retry-After": "30"}))
    code, _, err = add(place, "Nom;Compte\nAda;ada\n")
    assert (code, place.slept) == (0, [30.0])
    assert "Asking again in 30 s." in err


def test_without_a_token_the_roster_is_added(classroom: Making, monkeypatch: pytest.MonkeyPatch) -> None:
    place = classroom(small_class())
    monkeypatch.setenv("PATH", str(place.folder))
    for name in ("GITHUB_TOKEN", "GITLAB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    code, out, _ = add(place, ROSTER)
    assert code == 0
    assert out.count("was not looked up: No token") == 1
    assert asked(place) == 0
    assert "blaize" in place.accounts()


def test_without_a_forge_or_an_account_nothing_is_said(classroom: Making) -> None:
    place = classroom(small_class())
    code, out, _ = add(place, "Nom;Compte\nAda;\nBob;\n")
    assert (code, asked(place)) == (0, 0)
    assert "looked up" not in out
    (place.folder / "class.toml").write_text("", encoding="utf-8")
    code, out, _ = add(place, ROSTER)
    assert (code, asked(place)) == (0, 0)
    assert "looked up" not in out


def test_a_forge_that_knows_nothing_of_the_class_makes_no_row_wrong(classroom: Making) -> None:
    place = classroom(World([]))
    code, out, _ = add(place, ROSTER)
    assert code == 0
    assert f"was not looked up: {place.server.host} shows no repository {UPSTREAM}" in out


@pytest.mark.parametrize("kind", ["github"], indirect=True)
def test_a_renamed_account_is_to_be_written_anew(classroom: Making) -> None:
    place = classroom(small_class())
    place.server.once("/users/ada-l", Reply(301, {}, {"Location": f"{place.server.api_address}/users/Ada"}))
    code, out, _ = add(place, "Nom;Compte\nAda;ada-l\n")
    assert code == 2
    assert "line 2: The account ada-l is called Ada now" in out


def test_of_a_long_list_it_is_said_that_it_is_looked_up(classroom: Making) -> None:
    world = small_class()
    world.people += [f"student-{number}" for number in range(25)]
    place = classroom(world)
    rows = "".join(f"Etudiant {chr(65 + number)};student-{number}\n" for number in range(25))
    code, _, err = add(place, f"Nom;Compte\n{rows}")
    assert (code, asked(place)) == (0, 25)
    assert err.count("Looking up 25 accounts on the forge.") == 1
    assert "Looking up" not in add(place, "Nom;Compte\nAda;ada\n")[2]
