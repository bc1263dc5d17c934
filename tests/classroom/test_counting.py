"""The commit that counts: by push time or committer date, cut or penalised, whatever the clocks say."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pygit2
import pytest

from checker.classroom.class_file import DeadlineTable, LateTable
from checker.classroom.counting import counting_commit, end_of, push_in_time
from checker.classroom.records import Counting, DateBasis, Fetched, Forked, Push
from checker.locale import Speech
from checker.model import Text

DUE = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
FETCHED = datetime(2026, 12, 20, tzinfo=UTC)
CUT, PENALTY, ACCEPT = (LateTable(policy=word) for word in ("cut", "penalty", "accept"))  # type: ignore[arg-type]


class Line:
    """A bare repository whose commits are written byte by byte: with dates that git itself would not make."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git = pygit2.init_repository(str(folder / "one.git"), bare=True)
        self.tree = self.git.TreeBuilder().write()
        self.number = itertools.count()

    def commit(self, date: str | datetime, *parents: str) -> str:
        """A commit at *date*, as it stands in the committer's line; its id."""
        said = f"{int(date.timestamp())} +0000" if isinstance(date, datetime) else date
        lines = [f"tree {self.tree}", *(f"parent {parent}" for parent in parents)]
        lines += ["author A <a@example.org> 1 +0000", f"committer A 9 <a@example.org> {said}"]
        content = "\n".join((*lines, "", f"committer x {next(self.number)}", ""))
        return str(self.git.odb.write(pygit2.enums.ObjectType.COMMIT, content.encode()))

    def counting(
        self,
        tip: str,
        late: LateTable = CUT,
        *,
        at: datetime | None = DUE,
        pushes: tuple[Push, ...] = (),
        fetched: datetime = FETCHED,
        **deadline: object,
    ) -> Counting | Text:
        self.git.references.create("refs/heads/main", tip, force=True)
        found = Fetched(at=fetched, place="one.git", branch="main", tip=tip, default_branch="main")
        table = DeadlineTable.model_validate({"at": at, **deadline})
        return counting_commit(self.folder, found, Forked(pushes=pushes), table, late)


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def words(found: Counting | Text) -> str:
    assert isinstance(found, Text)
    assert Speech("fr").say(found) != Speech("en").say(found)
    return Speech("en").say(found)


def test_without_a_deadline_the_last_commit_counts(line: Line) -> None:
    tip = line.commit(DUE + hours(1000))
    assert line.counting(tip, at=None) == Counting(commit=tip, identity=tip)


def test_the_last_commit_in_time_counts(line: Line) -> None:
    first = line.commit(DUE - hours(5))
    second = line.commit(DUE, first)
    third = line.commit(DUE + hours(1), second)
    found = line.counting(line.commit(DUE + hours(2), third))
    assert found == Counting(commit=second, identity=second, at=DUE, basis=DateBasis.COMMIT)
    assert line.counting(third, grace_minutes=60).commit == third
    assert line.counting(third, grace_minutes=59).commit == second


def test_the_line_is_that_of_first_parents(line: Line) -> None:
    start = line.commit(DUE - hours(9))
    side = line.commit(DUE - hours(1), start)
    own = line.commit(DUE - hours(3), start)
    assert line.counting(line.commit(DUE + hours(1), own, side)).commit == own


def test_late_work_counts_with_how_late_it_is(line: Line) -> None:
    tip = line.commit(DUE + hours(3), line.commit(DUE - hours(1)))
    for late in (PENALTY, ACCEPT):
        found = line.counting(tip, late, grace_minutes=30)
        assert found == Counting(
            commit=tip, identity=tip, at=DUE + hours(3), basis=DateBasis.COMMIT, late_seconds=2.5 * 3600
        )
    assert line.counting(line.commit(DUE - hours(1)), PENALTY).late_seconds == 0


def test_nothing_before_the_deadline_is_a_sentence(line: Line) -> None:
    first = line.commit(DUE + hours(1))
    said = words(line.counting(line.commit(DUE + hours(2), first)))
    assert "no commit before the deadline" in said
    assert "2026-12-01 13:00" in said


def test_the_time_of_the_push_goes_before_the_date_of_the_commit(line: Line) -> None:
    first = line.commit(DUE - hours(8))
    backdated = line.commit(DUE - hours(7), first)
    pushes = (
        Push(branch="main", commit=backdated, at=DUE + hours(4)),
        Push(branch="main", commit=first, at=DUE - hours(6)),
        Push(branch="other", commit=backdated, at=DUE - hours(1)),
        Push(branch="main", commit="0" * 40, at=DUE - hours(1)),
        Push(branch="main", commit="--upload-pack=touch", at=DUE - hours(1)),
    )
    found = line.counting(backdated, pushes=pushes)
    assert found == Counting(commit=first, identity=first, at=DUE - hours(6), basis=DateBasis.PUSH)
    late = line.counting(backdated, PENALTY, pushes=pushes)
    assert late == Counting(
        commit=backdated, identity=backdated, at=DUE + hours(4), basis=DateBasis.PUSH, late_seconds=4 * 3600
    )
    assert push_in_time(Forked(pushes=pushes), "main", DeadlineTable(at=DUE)) == pushes[1]


def test_a_push_with_a_late_commit_date_is_in_time_all_the_same(line: Line) -> None:
    tip = line.commit(DUE + hours(30))
    found = line.counting(tip, pushes=(Push(branch="main", commit=tip, at=DUE - hours(1)),))
    assert (found.commit, found.basis) == (tip, DateBasis.PUSH)


def test_pushes_that_are_all_late_are_a_sentence(line: Line) -> None:
    tip = line.commit(DUE - hours(1))
    said = words(line.counting(tip, pushes=(Push(branch="main", commit=tip, at=DUE + hours(1)),)))
    assert "Nothing was pushed to main" in said


def test_a_push_that_was_replaced_counts_where_it_is_here(line: Line) -> None:
    in_time = line.commit(DUE - hours(2))
    tip = line.commit(DUE + hours(2))
    pushes = (
        Push(branch="main", commit=in_time, at=DUE - hours(1)),
        Push(branch="main", commit=tip, at=DUE + hours(2)),
    )
    assert line.counting(tip, pushes=pushes).commit == in_time
    gone = (Push(branch="main", commit="ab" * 20, at=DUE - hours(1)), pushes[1])
    assert "abababababab" in words(line.counting(tip, pushes=gone))


@pytest.mark.parametrize(
    "date", ["-62135596800 +0000", "-99999999999999999999 +0000", "0 +0000", "1 -9999", "12 +000000", "5", "x +y", ""]
)
def test_a_date_of_long_ago_is_in_time(line: Line, date: str) -> None:
    tip = line.commit(date)
    assert line.counting(tip).commit == tip
    assert line.counting(tip, PENALTY).late_seconds == 0


@pytest.mark.parametrize("date", ["253402300799 +0000", "99999999999999999999 +0000", "4102444800 +1400"])
def test_a_date_to_come_is_that_of_the_fetch(line: Line, date: str) -> None:
    tip = line.commit(date)
    late = line.counting(tip, PENALTY)
    assert late.at == FETCHED
    assert late.late_seconds == (FETCHED - DUE).total_seconds()
    assert line.counting(tip, fetched=DUE - hours(1)).commit == tip


@pytest.mark.parametrize(
    "at",
    [
        datetime.min.replace(tzinfo=timezone(hours(14))),
        datetime.max.replace(tzinfo=timezone(hours(-12))),
        datetime.fromisoformat("0001-01-01T00:00"),
        datetime.fromisoformat("9999-12-31T23:59"),
    ],
)
def test_no_time_is_too_odd(line: Line, at: datetime) -> None:
    tip = line.commit(DUE)
    line.counting(tip, at=at, grace_minutes=10**9)
    line.counting(tip, pushes=(Push(branch="main", commit=tip, at=at),))
    line.counting(tip, PENALTY, pushes=(Push(branch="main", commit=tip, at=at),))


def test_the_deadline_is_in_its_own_time_zone() -> None:
    paris = DeadlineTable(at=datetime.fromisoformat("2026-12-01T12:00"), timezone="Europe/Paris", grace_minutes=15)
    assert end_of(paris) == datetime(2026, 12, 1, 11, 15, tzinfo=UTC)
    summer = DeadlineTable(at=datetime.fromisoformat("2026-07-01T12:00"), timezone="Europe/Paris")
    assert end_of(summer) == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
    offset = DeadlineTable(at=datetime(2026, 12, 1, 12, 0, tzinfo=timezone(hours(-5))), timezone="Europe/Paris")
    assert end_of(offset) == datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


def test_grace_is_as_long_in_the_nights_in_which_the_clocks_change() -> None:
    spring = DeadlineTable(at=datetime.fromisoformat("2026-03-29T01:30"), timezone="Europe/Paris", grace_minutes=60)
    assert end_of(spring) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    autumn = DeadlineTable(at=datetime.fromisoformat("2026-10-25T01:30"), timezone="Europe/Paris", grace_minutes=120)
    assert end_of(autumn) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_an_archive_counts_as_a_whole(tmp_path: Path) -> None:
    found = Fetched(at=FETCHED, place="one.0123456789ab.zip", tip="ab" * 32)
    given = counting_commit(tmp_path, found, Forked(), DeadlineTable(at=DUE), CUT)
    assert given == Counting(commit=None, identity="ab" * 32)


def test_a_repository_that_is_not_here_is_a_sentence(line: Line, tmp_path: Path) -> None:
    tip = line.commit(DUE - hours(1))
    found = Fetched(at=FETCHED, place="gone.git", branch="main", tip=tip)
    for table in (DeadlineTable(), DeadlineTable(at=DUE)):
        assert "not fetched" in words(counting_commit(tmp_path, found, Forked(), table, CUT))
    nothing = Fetched(at=FETCHED)
    assert "not fetched" in words(counting_commit(tmp_path, nothing, Forked(), DeadlineTable(), CUT))


def test_files_that_were_left_out_of_the_commit_are_fetched_first(line: Line) -> None:
    tip = line.commit(DUE - hours(1))
    with (line.folder / "one.git/config").open("a", encoding="utf-8") as file:
        file.write('[remote "origin"]\n\tpromisor = true\n\tpartialclonefilter = blob:limit=10000000\n')
    assert "checker class clone" in words(line.counting(tip))
    line.git.references.create(f"refs/checker/kept/{tip}", tip)
    assert isinstance(line.counting(tip), Counting)
