"""What is put into a gradebook comes out again, in each kind of database, for any number of processes."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text as sql

from checker.classroom.class_file import LateTable
from checker.classroom.current import renew_grades
from checker.classroom.gradebook.claims import LAPSES_AFTER, Claimant, give_back, held, renew, take, this_process
from checker.classroom.gradebook.decisions import add_decision, all_decisions, holding
from checker.classroom.gradebook.grades import history_of
from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.gradebook.roster import (
    fetched,
    forked,
    put_fetched,
    put_forked,
    put_repositories,
    put_students,
    repositories,
    students,
)
from checker.classroom.gradebook.runs import add_run, graded_runs, graded_since, latest_runs, runs_of
from checker.classroom.gradebook.tables import metadata
from checker.classroom.records import (
    ClassRepository,
    Decision,
    DecisionKind,
    Fetched,
    Forked,
    Push,
    Run,
    RunEnd,
    Student,
)
from checker.errors import ClassError
from checker.facts.pull_requests import State
from checker.model import text
from tests.classroom.conftest import NOON, PASSED, failed, later, report_of
from tests.pull_requests import pull_request

MakeRun = Callable[..., Run]
ADA = Student(key="ada", name="Ada Lovelace", email="ada@example.org", account="ada", repository="ada")
BOB = Student(key="bob", name="Bob\0 \ud800", number="007", group="TD 1", repository="ada")
CLE = Student(key="cle", name="Clément, Émilie")
WORK = ClassRepository(key="ada", source="https://example.org/ada/titanic.git", project="ada/titanic")
REPORT = report_of(("1.1", {"runs": (PASSED, 2)}), ("1.4", {"lint": (failed(Fraction(1, 3)), 1)}))


@pytest.fixture
def filled(gradebook: Gradebook) -> Gradebook:
    with gradebook.writing() as connection:
        put_repositories(connection, [WORK, ClassRepository(key="cle", source="/work/cle.zip")])
        put_students(connection, [ADA, BOB, CLE])
    return gradebook


def test_students_come_back_by_name(filled: Gradebook) -> None:
    with filled.reading() as connection:
        found = students(connection)
    assert [one.key for one in found] == ["ada", "bob", "cle"]
    assert (found[0], found[2]) == (ADA, CLE)
    assert found[1].name == "Bob\ufffd \\ud800"


def test_to_add_somebody_again_changes_them(filled: Gradebook) -> None:
    with filled.writing() as connection:
        put_students(connection, [Student(key="cle", name="Clément Émilie", repository="cle")])
        put_repositories(connection, [ClassRepository(key="ada", source="https://example.org/other.git")])
    with filled.reading() as connection:
        assert [one.name for one in students(connection)] == ["Ada Lovelace", "Bob\ufffd \\ud800", "Clément Émilie"]
        assert [one.source for one in repositories(connection)] == ["https://example.org/other.git", "/work/cle.zip"]


def test_what_the_forge_and_the_fetch_said_comes_back(filled: Gradebook) -> None:
    request = pull_request(3, "ada/titanic", "nettoyage", "ada/titanic", state=State.MERGED)
    said = Forked(pushes=(Push(branch="main", commit="b" * 40, at=later(5)),), requests=(request,))
    got = Fetched(at=NOON, place="ada", branch="main", tip="b" * 40, default_branch="main")
    gone = Fetched(at=NOON, problem=text("The forge has no {name}.", name="cle/titanic"))
    with filled.writing() as connection:
        put_forked(connection, "ada", said)
        put_forked(connection, "cle", Forked())
        put_fetched(connection, "ada", got)
        put_fetched(connection, "cle", gone)
    with filled.reading() as connection:
        assert forked(connection) == {"ada": said, "cle": Forked()}
        assert fetched(connection) == {"ada": got, "cle": gone}


def test_gradings_are_all_kept_and_the_last_one_counts(filled: Gradebook, make_run: MakeRun) -> None:
    with filled.writing() as connection:
        first = add_run(connection, make_run("ada", REPORT))
        refused = make_run("ada", end=RunEnd.REFUSED, reason=text("It holds {count} files.", count=300_000))
        second = add_run(connection, refused)
    with filled.reading() as connection:
        assert [one.number for one in runs_of(connection, "ada")] == [first, second]
        assert latest_runs(connection)["ada"].end is RunEnd.REFUSED
        assert latest_runs(connection)["ada"].reason == refused.reason
        assert graded_runs(connection)["ada"].number == first
        kept = runs_of(connection, "ada")[0]
    assert kept == make_run("ada", REPORT, number=first)


def test_what_another_process_has_graded_since_is_known(filled: Gradebook, make_run: MakeRun) -> None:
    with filled.writing() as connection:
        first = add_run(connection, make_run("ada", REPORT))
        provenance = make_run("ada").provenance
        assert graded_since(connection, "ada", 0, provenance)
        assert not graded_since(connection, "ada", first, provenance)
        assert not graded_since(connection, "cle", 0, provenance)
        assert not graded_since(connection, "ada", 0, replace(provenance, identity="b" * 40))


def test_a_repository_that_is_not_there_is_no_place_for_a_grading(filled: Gradebook, make_run: MakeRun) -> None:
    with pytest.raises(KeyError), filled.writing() as connection:
        add_run(connection, make_run("nobody", REPORT))


def test_a_transaction_that_fails_leaves_nothing(filled: Gradebook, make_run: MakeRun) -> None:
    def interrupted() -> None:
        with filled.writing() as connection:
            add_run(connection, make_run("ada", REPORT))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    with filled.reading() as connection:
        assert latest_runs(connection) == {}


def test_a_pair_has_one_grading_and_two_grades(filled: Gradebook, make_run: MakeRun) -> None:
    with filled.writing() as connection:
        add_run(connection, make_run("ada", REPORT))
        assert renew_grades(connection, LateTable(), "run", NOON) == ("ada", "bob")
        assert renew_grades(connection, LateTable(), "run", later(1)) == ()
        add_decision(connection, decision("lint", student="bob", points=Fraction(1)))
        assert renew_grades(connection, LateTable(), "override", later(2)) == ("bob",)
    with filled.reading() as connection:
        assert history_of(connection, "ada")[-1].points == Fraction(7, 3)
        assert [(one.points, one.cause) for one in history_of(connection, "bob")] == [
            (Fraction(7, 3), "run"),
            (3, "override"),
        ]


def test_an_override_survives_another_grading(filled: Gradebook, make_run: MakeRun) -> None:
    worse = report_of(("1.1", {"runs": (failed(), 2)}), ("1.4", {"lint": (failed(), 1)}))
    with filled.writing() as connection:
        add_run(connection, make_run("ada", REPORT))
        add_decision(connection, decision("lint", student="ada", points=Fraction(1)))
        add_run(connection, make_run("ada", worse))
        renew_grades(connection, LateTable(), "run", NOON)
    with filled.reading() as connection:
        assert history_of(connection, "ada")[-1].points == 1
        assert history_of(connection, "bob")[-1].points == 0


def test_a_fault_of_the_checker_leaves_the_grade(filled: Gradebook, make_run: MakeRun) -> None:
    with filled.writing() as connection:
        add_run(connection, make_run("ada", REPORT))
        renew_grades(connection, LateTable(), "run", NOON)
        add_run(connection, make_run("ada", end=RunEnd.ERRORED, reason=text("The checker itself failed.")))
        assert renew_grades(connection, LateTable(), "run", later(1)) == ()


def decision(check: str, *, student: str | None = None, points: Fraction | None = None, **changes: object) -> Decision:
    values: dict[str, object] = {
        "kind": DecisionKind.OVERRIDE,
        "check": check,
        "student": student,
        "points": points,
        "reason": "shown in the oral",
        "author": "teacher",
        "at": NOON,
    }
    return Decision(**(values | changes))  # type: ignore[arg-type]


def test_of_two_decisions_the_later_one_holds_and_both_are_kept(filled: Gradebook) -> None:
    with filled.writing() as connection:
        add_decision(connection, decision("lint", student="ada", points=Fraction(1, 3)))
        add_decision(connection, decision("lint", student="ada", points=Fraction(1, 2)))
        add_decision(connection, decision("lint", kind=DecisionKind.WAIVER))
        add_decision(connection, decision("lint", kind=DecisionKind.WITHDRAWN))
    with filled.reading() as connection:
        every = all_decisions(connection)
    assert [one.points for one in every] == [Fraction(1, 3), Fraction(1, 2), None, None]
    assert [(one.student, one.points) for one in holding(every)] == [("ada", Fraction(1, 2))]


OTHER = Claimant("another-machine", "7 8 9")


def test_a_claim_holds_until_it_is_given_back_or_lapses(filled: Gradebook) -> None:
    me = this_process()
    with filled.writing() as connection:
        assert take(connection, "ada", OTHER, NOON)
        assert not take(connection, "ada", me, later(1))
        assert take(connection, "cle", me, later(1))
        assert held(connection, later(1)) == {"ada": NOON, "cle": later(1)}
        renew(connection, OTHER, later(4))
        assert not take(connection, "ada", me, NOON + LAPSES_AFTER + timedelta(minutes=1))
        give_back(connection, "ada", me)
        assert not take(connection, "ada", me, later(5))
        give_back(connection, "ada", OTHER)
        assert take(connection, "ada", me, later(5))
        assert take(connection, "cle", OTHER, later(1) + LAPSES_AFTER + timedelta(seconds=1))


def test_the_claim_of_a_process_that_ended_on_this_machine_holds_no_more(filled: Gradebook) -> None:
    me = this_process()
    # the number of this process, at another time: numbers are given again
    dead = Claimant(me.host, f"{me.process.split()[0]} 1 {me.process.split()[2]}")
    with filled.writing() as connection:
        assert take(connection, "ada", dead, NOON)
        assert held(connection, later(1)) == {}
        assert take(connection, "ada", me, later(1))


def test_many_writers_lose_nothing(filled: Gradebook, make_run: MakeRun) -> None:
    taken: list[int] = []

    def write(number: int) -> None:
        for _ in range(5):
            with filled.writing() as connection:
                add_run(connection, make_run("ada", REPORT))
                if take(connection, "cle", Claimant("machine", str(number)), NOON):
                    taken.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with filled.reading() as connection:
        assert len(runs_of(connection, "ada")) == 30
    assert len(set(taken)) == 1
    assert len(taken) == 5


def test_somebody_reads_while_somebody_writes(filled: Gradebook, make_run: MakeRun) -> None:
    with filled.writing() as writing:
        add_run(writing, make_run("ada", REPORT))
        with filled.reading() as reading:
            assert latest_runs(reading) == {}
    with filled.reading() as reading:
        assert set(latest_runs(reading)) == {"ada"}


def test_opened_again_it_is_the_same(address: str | Path) -> None:
    with Gradebook(address) as first, first.writing() as connection:
        put_students(connection, [CLE])
    with Gradebook(address) as second, second.reading() as connection:
        assert students(connection) == (CLE,)


def test_a_gradebook_of_a_newer_checker_is_refused(address: str | Path) -> None:
    with Gradebook(address) as first, first.writing() as connection:
        connection.execute(sql("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ClassError, match="newer checker"), Gradebook(address):
        pass


def test_what_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.sqlite"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(ClassError, match="This is no gradebook"), Gradebook(path):
        pass
    with pytest.raises(ClassError, match="no address of a database"), Gradebook("postgresql"):
        pass
    with pytest.raises(ClassError, match="in SQLite or in PostgreSQL"), Gradebook("mysql://teacher@127.0.0.1/x"):
        pass


def test_a_locked_gradebook_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.classroom.gradebook.opening._BUSY_SECONDS", 0.1)
    path = tmp_path / "gradebook.sqlite"
    with Gradebook(path) as opened:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ClassError, match="Another program is writing to it"), opened.writing():
            pass
        other.execute("ROLLBACK")
        other.close()
        with opened.writing() as connection:
            put_students(connection, [CLE])


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path, make_run: MakeRun) -> None:
    path = tmp_path / "gradebook.sqlite"
    large = report_of(("1.1", {f"check-{number}": (failed(), 1) for number in range(20)}))
    with Gradebook(path) as opened:
        with opened.writing() as connection:
            put_repositories(connection, [WORK])
            add_run(connection, make_run("ada", REPORT))

        def fill() -> None:
            with opened.writing() as connection:
                # SQLite's own way to say how large it may become: it ends as a full disk does, with SQLITE_FULL
                connection.exec_driver_sql("PRAGMA max_page_count = 1")
                for _ in range(200):
                    add_run(connection, make_run("ada", large))

        with pytest.raises(ClassError, match="Make room on the disk"):
            fill()
        with opened.reading() as connection:
            assert len(runs_of(connection, "ada")) == 1


def test_the_tables_are_those_that_the_migrations_leave(gradebook: Gradebook) -> None:
    with gradebook.writing() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_old_gradebook_opens_and_keeps_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.sqlite"
    old = sqlite3.connect(path)
    old.executescript((Path(__file__).parent / "gradebooks" / "form_0001.sql").read_text(encoding="utf-8"))
    old.close()
    with Gradebook(path) as opened, opened.writing() as connection:
        assert [one.name for one in students(connection)] == ["Ada Lovelace"]
        assert fetched(connection)["ada"].tip == "a" * 40
        assert renew_grades(connection, LateTable(), "run", NOON) == ("ada",)
        add_decision(connection, decision("lint", student="ada", points=Fraction(1)))
        assert renew_grades(connection, LateTable(), "override", NOON) == ("ada",)
        assert history_of(connection, "ada")[-1].points == 3
