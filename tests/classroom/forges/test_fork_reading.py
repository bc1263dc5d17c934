"""Forks, requests and pushes come into the gradebook, each to its students, and stay there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checker.classroom.forges.errors import ForgeUnreachable, TokenRefused
from checker.classroom.fork_reading import ForkReading, ForkRow
from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.gradebook.roster import forked, put_repositories, put_students, repositories, students
from checker.classroom.records import ClassRepository, Forked, Student
from checker.facts.pull_requests import State
from checker.locale import Speech
from tests.classroom.forges.class_world import UPSTREAM, Asked, Project, World, big_class, small_class
from tests.classroom.forges.conftest import Played
from tests.classroom.forges.server import Reply
from tests.pull_requests import pull_request

Play = Callable[..., Played]


@pytest.fixture
def gradebook(tmp_path: Path) -> Iterator[Gradebook]:
    with Gradebook(tmp_path / "gradebook.sqlite") as opened:
        yield opened


def enrol(gradebook: Gradebook, *accounts: str) -> None:
    with gradebook.writing() as connection:
        put_students(connection, [Student(key=f"s-{one.lower()}", name=one.title(), account=one) for one in accounts])


def read(played: Played, gradebook: Gradebook, **how: bool) -> dict[str, ForkRow]:
    found = ForkReading(gradebook, played.forge, played.heard, **how).read(UPSTREAM)
    return {row.account.lower(): row for row in found.rows}


def in_gradebook(gradebook: Gradebook) -> tuple[dict[str, Student], dict[str, ClassRepository], dict[str, Forked]]:
    with gradebook.reading() as connection:
        return (
            {one.key: one for one in students(connection)},
            {one.key: one for one in repositories(connection)},
            dict(forked(connection)),
        )


def said(row: ForkRow) -> str:
    return "" if row.problem is None else Speech("en").say(row.problem)


def test_forks_come_to_their_students(play: Play, gradebook: Gradebook) -> None:
    enrol(gradebook, "ada", "BLAISE", "chloe-d", "nobody")
    played = play(small_class())
    rows = read(played, gradebook)
    people, places, told = in_gradebook(gradebook)
    assert {key: one.repository for key, one in people.items()} == {
        "s-ada": "ada",
        "s-blaise": "blaise",
        "s-chloe-d": "chloe-d",
        "s-nobody": None,
    }
    assert places["ada"] == ClassRepository(
        key="ada", source=f"{played.server.address}/Ada/titanic.git", project="Ada/titanic", branch="nettoyage"
    )
    assert (places["blaise"].branch, places["chloe-d"].branch) == ("", "")
    assert [push.branch for push in told["ada"].pushes] == ["main", "nettoyage", "nettoyage"]
    assert told["chloe-d"].requests == ()
    assert told["blaise"].requests is not None
    assert [(one.number, one.state) for one in told["blaise"].requests] == [(2, State.MERGED)]
    assert rows["dora"].stranger
    assert said(rows["nobody"]) == "nobody has no fork that the forge shows."
    assert played.heard.read == ["0/3 Ada/titanic", "1/3 blaise/titanic", "2/3 chloe-d/projet-titanic"]


def test_strangers_become_students_when_asked(play: Play, gradebook: Gradebook) -> None:
    rows = read(play(small_class()), gradebook, add=True)
    people, places, told = in_gradebook(gradebook)
    assert people["dora"] == Student(key="dora", account="dora", repository="dora")
    assert set(people) == set(places) == set(told) == {"ada", "blaise", "chloe-d", "dora"}
    assert told["dora"].requests == (pull_request(3, "dora/titanic", "fonctions", UPSTREAM, conflict=True),)
    assert all(row.added for row in rows.values())


def test_a_second_reading_adds_nothing(play: Play, gradebook: Gradebook) -> None:
    played = play(small_class())
    read(played, gradebook, add=True)
    before = in_gradebook(gradebook)
    assert not any(row.added for row in read(played, gradebook, add=True).values())
    assert in_gradebook(gradebook) == before


def test_only_the_accounts_are_read_when_asked(play: Play, gradebook: Gradebook) -> None:
    played = play(small_class())
    rows = read(played, gradebook, keep=False)
    assert in_gradebook(gradebook) == ({}, {}, {})
    assert all(row.stranger for row in rows.values())
    assert not any(one.path.endswith(("/activity", "/events")) for one in played.server.requests)


def test_a_merged_request_takes_no_branch_away(play: Play, gradebook: Gradebook) -> None:
    enrol(gradebook, "ada")
    world = small_class()
    played = play(world)
    read(played, gradebook)
    world.asked[0].state = "merged"
    read(played, gradebook)
    assert in_gradebook(gradebook)[1]["ada"].branch == "nettoyage"


def test_of_two_open_requests_none_says_which_branch_counts(play: Play, gradebook: Gradebook) -> None:
    enrol(gradebook, "ada")
    world = small_class()
    world.asked.append(Asked(9, "Ada/titanic", "autre"))
    read(play(world), gradebook)
    assert in_gradebook(gradebook)[1]["ada"].branch == ""


def test_a_request_within_the_fork_is_the_student_s_and_one_of_a_classmate_is_not(
    play: Play, gradebook: Gradebook
) -> None:
    enrol(gradebook, "chloe-d")
    world = small_class()
    world.asked += [
        Asked(7, "chloe-d/projet-titanic", "nettoyage", "chloe-d/projet-titanic", "master"),
        Asked(8, "Ada/titanic", "nettoyage", "chloe-d/projet-titanic", "master"),
    ]
    read(play(world), gradebook)
    _, places, told = in_gradebook(gradebook)
    assert [one.number for one in told["chloe-d"].requests or ()] == [7]
    assert places["chloe-d"].branch == ""


def test_a_fork_that_was_renamed_keeps_its_key_and_its_history(play: Play, gradebook: Gradebook) -> None:
    enrol(gradebook, "ada")
    world = small_class()
    played = play(world)
    read(played, gradebook)
    world.projects[1].name, world.projects[1].was = "Ada/naufrage", "Ada/titanic"
    world.asked[0].source = "Ada/naufrage"
    rows = read(played, gradebook)
    people, places, _ = in_gradebook(gradebook)
    assert set(places) == {"ada"} == {people["s-ada"].repository}
    assert places["ada"].project == "Ada/naufrage"
    assert places["ada"].source.endswith("/Ada/naufrage.git")
    assert said(rows["ada"]) == ""


def test_a_fork_that_became_private_is_a_row_and_keeps_what_was_read(play: Play, gradebook: Gradebook) -> None:
    enrol(gradebook, "ada", "blaise")
    world = small_class()
    played = play(world)
    read(played, gradebook)
    before = in_gradebook(gradebook)
    world.projects[2].hidden = True
    rows = read(played, gradebook)
    assert "shows no repository blaise/titanic" in said(rows["blaise"])
    assert rows["ada"].problem is None
    assert in_gradebook(gradebook) == before


def test_one_repository_that_cannot_be_read_stops_no_other(play: Play, gradebook: Gradebook) -> None:
    enrol(gradebook, "ada", "blaise")
    played = play(small_class())
    for path in ("/activity", "/events"):
        played.server.once(path, Reply(200, {"no": "list"}))
    assert "answer that is none of a forge" in said(read(played, gradebook)["ada"])
    _, places, told = in_gradebook(gradebook)
    assert set(places) == {"ada", "blaise"}
    assert set(told) == {"blaise"}


def test_the_roster_s_own_repository_is_kept(play: Play, gradebook: Gradebook) -> None:
    with gradebook.writing() as connection:
        put_repositories(connection, [ClassRepository(key="own", source="/home/ada/titanic")])
        put_students(connection, [Student(key="s-ada", account="ada", repository="own")])
    assert said(read(play(small_class()), gradebook)["ada"]) == "The roster names another repository, which is kept."
    assert in_gradebook(gradebook)[1] == {"own": ClassRepository(key="own", source="/home/ada/titanic")}


def test_the_roster_s_address_of_a_fork_is_its_fork_for_a_pair(play: Play, gradebook: Gradebook) -> None:
    played = play(small_class())
    source = f"{played.server.address}/ada/TITANIC.git"
    with gradebook.writing() as connection:
        put_repositories(connection, [ClassRepository(key="pair", source=source)])
        put_students(connection, [Student(key=key, repository="pair") for key in ("ada", "eve")])
    rows = read(played, gradebook)
    people, places, told = in_gradebook(gradebook)
    assert {one.repository for one in people.values()} == {"pair"}
    assert places["pair"] == ClassRepository(key="pair", source=source, project="Ada/titanic", branch="nettoyage")
    assert len(told["pair"].pushes) == 3
    assert [one.key for one in rows["ada"].students] == ["ada", "eve"]


def test_a_repository_of_the_roster_that_is_no_fork_is_read_too(play: Play, gradebook: Gradebook) -> None:
    world = small_class()
    world.projects.append(Project("eve/copie", pushes=[("main", 8, "2026-11-01T10:00:00Z")]))
    with gradebook.writing() as connection:
        put_repositories(connection, [ClassRepository(key="eve", source="x", project="eve/copie")])
        put_students(connection, [Student(key="eve", name="Eve", repository="eve")])
    read(play(world), gradebook)
    assert len(in_gradebook(gradebook)[2]["eve"].pushes) == 1


def test_of_two_forks_of_an_account_the_one_with_the_request_counts(play: Play, gradebook: Gradebook) -> None:
    enrol(gradebook, "ada")
    world = small_class()
    world.projects.insert(1, Project("ada/essai", fork_of=UPSTREAM))
    rows = read(play(world), gradebook)
    assert in_gradebook(gradebook)[1]["ada"].project == "Ada/titanic"
    assert rows["ada"].others == ("ada/essai",)


@pytest.mark.parametrize("status", [401, 502])
def test_what_was_read_before_the_forge_went_away_is_kept(play: Play, gradebook: Gradebook, status: int) -> None:
    world = big_class(6)
    played = play(world)
    stop = [one for one in world.projects if one.fork_of][3].name.split("/")[0]
    for name in ("activity", "events"):
        for form in (f"{stop}/titanic/{name}", f"{stop}%2Ftitanic/{name}"):
            played.server.once(form, *[Reply(status, {"message": "x"})] * 3)
    with pytest.raises(TokenRefused if status == 401 else ForgeUnreachable):
        read(played, gradebook, add=True)
    assert set(in_gradebook(gradebook)[2]) == {"student-0", "student-1", "student-2"}
    played.server.planned.clear()
    rows = read(played, gradebook, add=True)
    assert set(in_gradebook(gradebook)[2]) == {f"student-{number}" for number in range(6)}
    assert [row.added for row in rows.values()].count(True) == 3


def test_two_accounts_never_share_a_key(played_gitlab: Play, gradebook: Gradebook) -> None:
    world = World([Project(UPSTREAM), *(Project(f"{one}/titanic", fork_of=UPSTREAM) for one in ("a.b", "a-b", "a_b"))])
    read(played_gitlab(world), gradebook, add=True)
    people, places, _ = in_gradebook(gradebook)
    assert set(people) == set(places) == {"a-b", "a-b-2", "a-b-3"}
    assert {people[key].account for key in people} == {"a.b", "a-b", "a_b"}
