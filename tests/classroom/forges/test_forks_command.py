"""``checker class forks``, as an instructor sees it; and the token, which nobody sees."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

import pytest
from rich.cells import cell_len

from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.gradebook.roster import forked, put_students
from checker.classroom.records import Student
from tests.classroom.forges.class_world import TOKEN, UPSTREAM, Project, World, small_class
from tests.classroom.forges.conftest import Classroom
from tests.classroom.forges.server import Reply

Making = Callable[[World], Classroom]
ROSTER = (
    Student(key="ada", name="Ada Lovelace", account="ADA"),
    Student(key="blaise", name="Blaise \x1b[31mPascal\u202e" + "l" * 60, account="blaise"),
    Student(key="chloe", name="王小明 王小明 王小明 王小明", account="chloe-d"),
    Student(key="zoe", name="Zoé"),
)


def test_what_was_found_is_shown_within_80_columns(classroom: Making) -> None:
    place = classroom(small_class())
    with Gradebook(place.folder / "gradebook.sqlite") as gradebook, gradebook.writing() as connection:
        put_students(connection, ROSTER)
    said = place.run("forks", "--language", "fr", "-q")
    assert said.code == 0, said.err
    assert f"{UPSTREAM} sur {place.server.host} : 4 forks, 3 pull requests." in said.out
    lines = said.out.splitlines()
    assert any("Ada Lovelace" in line and "Ada/titanic" in line and "1 ouverte, nettoyage" in line for line in lines)
    assert any("blaise/titanic" in line and "2 fusionnée, travail" in line for line in lines)
    assert any("chloe-d/projet-titanic" in line and "aucune pull request" in line for line in lines)
    assert "Aucun compte sur la forge n'est connu pour cet étudiant." in said.out
    assert "1 forks sont de comptes qu'aucun étudiant n'a : dora." in said.out
    assert "checker class forks --add" in said.out
    assert "\x1b" not in said.out
    assert "\u202e" not in said.out
    assert [line for line in lines if cell_len(line) > 80 and "--add" not in line] == []


def test_accounts_are_shown_and_nothing_is_written(classroom: Making) -> None:
    world = small_class()
    world.projects += [Project(f"student-{number}/titanic", fork_of=UPSTREAM) for number in range(30)]
    place = classroom(world)
    said = place.run("forks", "--accounts")
    lines = said.out.partition("Forks of accounts that no student has:")[2].splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == [one.owner for one in world.projects[1:]]
    assert place.accounts() == []
    assert place.run("forks", "--accounts", "--add").code == 2


def test_strangers_are_added(classroom: Making) -> None:
    place = classroom(small_class())
    said = place.run("forks", "--add", "-q")
    assert said.code == 0, said.err
    assert "New in the class: chloe-d." in said.out
    assert "Next: checker class clone" in said.out
    assert place.accounts() == ["Ada", "blaise", "chloe-d", "dora"]


@pytest.mark.parametrize("words", [UPSTREAM, f"https://forge.example/{UPSTREAM}.git", f"/{UPSTREAM}/"])
def test_the_repository_may_be_named(classroom: Making, words: str) -> None:
    place = classroom(small_class())
    (place.folder / "class.toml").write_text(
        (place.folder / "class.toml").read_text(encoding="utf-8").replace(UPSTREAM, ""), encoding="utf-8"
    )
    assert f"{UPSTREAM} on" in place.run("forks", words).out
    nothing = place.run("forks")
    assert (nothing.code, nothing.err.splitlines()[0]) == (2, "Nothing says which repository the students forked.")
    assert place.run("forks", "titanic").code == 2


def test_a_name_that_the_forge_does_not_know(classroom: Making) -> None:
    said = classroom(small_class()).run("forks", "school/titanique")
    assert said.code == 3
    assert "shows no repository school/titanique" in said.err


def test_an_upstream_that_was_renamed_is_said(classroom: Making) -> None:
    world = small_class()
    world.projects[0].was = "school/naufrage"
    assert f"school/naufrage is called {UPSTREAM} now" in classroom(world).run("forks", "school/naufrage").out


def test_a_wait_is_said(classroom: Making) -> None:
    place = classroom(small_class())
    place.server.once("/forks", Reply(429, {}, {"Retry-After": "17"}))
    said = place.run("forks", "--add", "-q")
    assert said.code == 0
    assert f"{place.server.host} limits the rate of requests. Asking again in 17 s." in said.err


@pytest.mark.parametrize(
    ("kind_line", "sentence"),
    [('kind = "none"', "class.toml names no forge."), ('kind = "githab"', "class.toml, line 2: forge.kind")],
)
def test_a_class_without_a_forge(classroom: Making, kind_line: str, sentence: str) -> None:
    place = classroom(small_class())
    (place.folder / "class.toml").write_text(f"[forge]\n{kind_line}\n", encoding="utf-8")
    said = place.run("forks", UPSTREAM)
    assert said.code in (2, 3)
    assert sentence in said.err


@pytest.mark.slow
def test_the_token_is_in_nothing_that_is_written(
    classroom: Making, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong: not on the screen, in a log, in the folder of the class, in an address that is asked for."""
    place = classroom(small_class())
    caplog.set_level(logging.DEBUG)
    said = [place.run("forks", "--add")]
    failures = (
        Reply(401, {}),
        Reply(403, {}),
        Reply(404, {}),
        Reply(500, {}),
        Reply(200, b"<"),
        Reply(200, [1], cut=1),
    )
    for reply in failures:
        place.server.planned[:] = [("/forks", reply)] * 3
        said.append(place.run("forks", "--add"))
    place.server.planned.clear()
    monkeypatch.setattr("checker.classroom.fork_reading.match_forks", lambda *arguments: 1 / 0)
    said.append(place.run("forks", "--add"))
    assert said[-1].code == 4, "a fault of the checker, of which a log is kept"
    assert {one.code for one in said} == {0, 3, 4}
    logs = list((place.folder.parent / "state").rglob("*.log"))
    assert logs
    written = [path for path in place.folder.parent.rglob("*") if path.is_file()]
    assert len(written) > len(logs)
    for path in written:
        assert TOKEN.encode() not in path.read_bytes(), path
    assert TOKEN not in "".join(one.out + one.err for one in said) + caplog.text
    assert TOKEN not in "".join(f"{one.path}{dict(one.query)}" for one in place.server.requests)
    assert all(TOKEN in one.headers["authorization"] for one in place.server.requests), "the forge alone has it"


def test_the_token_goes_to_no_host_that_only_the_class_names(
    classroom: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = classroom(small_class())
    for name in ("GH_HOST", "GITLAB_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", os.devnull)
    said = place.run("forks")
    assert said.code == 3
    assert "is not sent to" in said.err
    assert place.server.requests == []


def test_a_reading_that_was_stopped_in_the_middle_goes_on(classroom: Making) -> None:
    place = classroom(small_class())
    for path in ("/activity", "/events"):
        place.server.planned += [(f"blaise{mark}titanic{path}", Reply(502, {})) for mark in ("/", "%2F")] * 3
    said = place.run("forks", "--add")
    assert said.code == 3
    assert "What was read before is kept." in said.err
    assert place.accounts() == ["Ada"]
    place.server.planned.clear()
    assert place.run("forks", "--add").code == 0
    with Gradebook(place.folder / "gradebook.sqlite") as gradebook, gradebook.reading() as connection:
        assert set(forked(connection)) == {"ada", "blaise", "chloe-d", "dora"}
