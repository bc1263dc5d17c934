"""Gradebooks of both kinds, and a report to put into them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy import text as sql

from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.records import Provenance, Run, RunEnd
from checker.cli.main import main
from checker.locale import Speech
from checker.model import (
    CheckResult,
    EnvironmentInfo,
    Failed,
    Passed,
    Report,
    StepResult,
    SubmissionInfo,
    Trust,
    Unavailable,
    Verdict,
    text,
)
from checker.render.json import render
from tests.command_line import Checker, command_line

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def later(minutes: float) -> datetime:
    """A time after noon of one fixed day: no test reads the clock."""
    return NOON + timedelta(minutes=minutes)


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """The address of an empty database on a server of its own, which stops at the end of the block."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        if os.environ.get("CHECKER_REQUIRE_ALL"):
            pytest.fail("postgresql is not installed")
        pytest.skip("postgresql is not installed")
    programs, data = found[-1].parent, folder / "data"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    as_owner: list[str] = []
    if os.getuid() == 0:  # the server refuses to run as root
        as_owner = ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, "postgres")
    make = [*as_owner, programs / "initdb", "-A", "trust", "-U", "teacher", "-E", "UTF8", "--locale", "C", data]
    subprocess.run(make, check=True, capture_output=True, cwd=folder)
    options = f"-c fsync=off -c listen_addresses=127.0.0.1 -p {port} -k {folder}"
    start = [*as_owner, programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"]
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    try:
        yield f"postgresql+psycopg://teacher@127.0.0.1:{port}/postgres"
    finally:
        stop = [*as_owner, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"]
        subprocess.run(stop, check=True, capture_output=True, cwd=folder)


@pytest.fixture(scope="session")
def server() -> Iterator[Callable[[], str]]:
    """Makes a new, empty database on a PostgreSQL server, and gives its address."""
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        Path(name).chmod(0o755)
        numbers = count()
        with postgresql(Path(name)) as address:

            def new() -> str:
                database = f"class_{next(numbers)}"
                engine = create_engine(address, isolation_level="AUTOCOMMIT")
                with engine.connect() as connection:
                    connection.execute(sql(f"CREATE DATABASE {database}"))
                engine.dispose()
                return make_url(address).set(database=database).render_as_string(hide_password=False)

            yield new


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """The address for an empty gradebook, in each kind of database."""
    if request.param == "sqlite":
        return tmp_path / "gradebook.sqlite"
    return str(request.getfixturevalue("server")())


@pytest.fixture
def gradebook(address: str | Path) -> Iterator[Gradebook]:
    """An empty gradebook."""
    with Gradebook(address) as opened:
        yield opened


def failed(credit: Fraction = Fraction(0), shares: tuple[str, ...] = ()) -> Failed:
    """A failed verdict with all of its fields."""
    words = text("There is one.")
    return Failed(expected=words, actual=words, hint=words, reproduce="false", credit=credit, credits=shares)


PASSED = Passed(message=text("It is there."))
UNAVAILABLE = Unavailable(what=text("No Docker here."), remedy=text("Install it."))


def report_of(*steps: tuple[str, dict[str, tuple[Verdict, Fraction | int]]], cap: int = 20, bonus: str = "") -> Report:
    """A report with these steps: each check with its verdict and its worth."""
    return Report(
        checker="0.1.0",
        course="ensae",
        edition="ensae-2022",
        course_hash="0123456789ab",
        language="en",
        submission=SubmissionInfo(path="/work", commit="a" * 40, branch="main", author="A Student"),
        environment=EnvironmentInfo(kind="embedded", sandbox="bubblewrap", docker="off"),
        steps=tuple(
            StepResult(
                id=step,
                title=text("A step"),
                bonus=step == bonus,
                checks=tuple(
                    CheckResult(id=check, title=text("A check"), verdict=verdict, max_points=Fraction(worth))
                    for check, (verdict, worth) in checks.items()
                ),
            )
            for step, checks in steps
        ),
        cap=Fraction(cap),
        seconds=1.0,
        command="checker check",
        trust=Trust.OFFICIAL,
    )


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """A grading of a repository: ``make_run("ada", report, end=…)``."""

    def made(repository: str, report: Report | None = None, **changes: object) -> Run:
        values: dict[str, object] = {
            "repository": repository,
            "provenance": Provenance(
                identity="a" * 40, course_hash="0123456789ab", checker="0.1.0", environment="embedded"
            ),
            "end": RunEnd.GRADED,
            "at": NOON,
            "seconds": 2.5,
            "report": None if report is None else render(report, Speech("en")).encode(),
        }
        return Run(**(values | changes))  # type: ignore[arg-type]

    return made


@pytest.fixture
def checker(capsys: pytest.CaptureFixture[str]) -> Checker:
    return partial(command_line, capsys)


@pytest.fixture(scope="session")
def new_class(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class in English without students, as the command line makes it, with its gradebook."""
    made = tmp_path_factory.mktemp("new") / "class"
    assert main(["class", "init", "--class", str(made), "--language", "en"]) == 0
    with Gradebook(made / "gradebook.sqlite"):
        return made


@pytest.fixture
def class_folder(new_class: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that class, of the test's own, in which its commands are started."""
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    made = Path(shutil.copytree(new_class, tmp_path / "class"))
    monkeypatch.chdir(made)
    return made
