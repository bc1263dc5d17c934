"""Grades rest on what the class command graded itself: a report of a runner or of a student is no way to points."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from checker import template
from checker.classroom.class_file import LateTable
from checker.classroom.current import renew_grades
from checker.classroom.gradebook.grades import history_of
from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.gradebook.roster import put_fetched, put_repositories, put_students
from checker.classroom.gradebook.runs import add_run, graded_runs
from checker.classroom.records import ClassRepository, Fetched, Provenance, Run, Student
from checker.locale import Speech
from checker.model import Report, Trust, text
from checker.render.json import render
from checker.stored_report import read
from tests.classroom.conftest import NOON, PASSED, failed, report_of
from tests.classroom.whole_class import checker as command
from tests.command_line import Checker
from tests.conftest import shell

OWN = report_of(("1.4", {"lint-main": (PASSED, 2), "lint-modules": (failed(), 2)}))
ALL = report_of(("1.4", {"lint-main": (PASSED, 2), "lint-modules": (PASSED, 2)}))
ROOT = Path(__file__).parents[2]


def provenance(trust: Trust) -> Provenance:
    return Provenance(identity="b" * 40, course_hash="c", checker="0.1.0", environment="embedded", trust=trust)


def said_by(trust: Trust) -> Report:
    """A report on everything done, of that trust level."""
    return replace(ALL, trust=trust)


@pytest.fixture
def folder(class_folder: Path, make_run: Callable[..., Run]) -> Path:
    """A class in which Ada has two points of four, and Eve was not graded yet."""
    with Gradebook(class_folder / "gradebook.sqlite") as gradebook, gradebook.writing() as connection:
        put_repositories(connection, [ClassRepository(key=key, source=f"/work/{key}") for key in ("ada", "eve")])
        put_students(connection, [Student(key=key, name=key.title(), repository=key) for key in ("ada", "eve")])
        for key in ("ada", "eve"):
            put_fetched(connection, key, Fetched(at=NOON, problem=text("It is gone.")))
        add_run(connection, make_run("ada", OWN))
        renew_grades(connection, LateTable(), "run", NOON)
    return class_folder


DOORS = {
    "a grading of a runner": (Trust.CI, Trust.CI),
    "a grading of a student": (Trust.SELF, Trust.SELF),
    "a runner's, whose report says that it is official": (Trust.CI, Trust.OFFICIAL),
    "a report of a runner among the official gradings": (Trust.OFFICIAL, Trust.CI),
    "a report of a student among the official gradings": (Trust.OFFICIAL, Trust.SELF),
}
"""By what is put into the gradebook: the trust level of the grading, and that of its report."""


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("student", ["ada", "eve"])
def test_what_no_instructor_graded_is_no_grade(
    folder: Path, checker: Checker, make_run: Callable[..., Run], door: str, student: str
) -> None:
    grading, report = DOORS[door]
    with Gradebook(folder / "gradebook.sqlite") as gradebook, gradebook.writing() as connection:
        add_run(connection, make_run(student, said_by(report), provenance=provenance(grading)))
    assert_nobody_has_all(folder, checker)


def assert_nobody_has_all(folder: Path, checker: Checker) -> None:
    """Whichever command is asked: Ada has two points or, where her last report is none, no new grade; Eve has none."""
    assert "Grades that have changed: 0." in checker("class", "rescore")[1]
    for what_if in ("lint-main=3", "lint-modules=3", "near=0.2"):
        said = checker("class", "rescore", "--what-if", what_if)[1]
        assert "Eve" not in said
        assert "4" not in said.partition("Ada: ")[2].partition("→")[0]
    status = checker("class", "status")[1]
    assert "4 of 4" not in status
    assert "Eve: It is gone." in status
    for name in ("ada", "eve"):
        assert "4 of 4" not in checker("class", "show", name)[1]
    assert checker("class", "export", "--format", "json", "--output", "grades.json", "--force")[0] == 0
    grades = json.loads((folder / "grades.json").read_text(encoding="utf-8"))
    points = {one["key"]: one["grade"] and one["grade"]["points"] for one in grades["students"]}
    assert points["ada"] in (2, None)
    assert points["eve"] is None
    with Gradebook(folder / "gradebook.sqlite") as gradebook, gradebook.reading() as connection:
        assert [float(one.points) for one in history_of(connection, "ada")] == [2]
        assert history_of(connection, "eve") == ()


def test_a_later_grading_of_a_runner_does_not_hide_that_of_the_class(
    folder: Path, checker: Checker, make_run: Callable[..., Run]
) -> None:
    with Gradebook(folder / "gradebook.sqlite") as gradebook, gradebook.writing() as connection:
        add_run(connection, make_run("ada", said_by(Trust.CI), provenance=provenance(Trust.CI)))
        assert read(graded_runs(connection)["ada"].report or b"").points == OWN.points
    assert "Ada: 2 of 4" in checker("class", "status")[1]
    shown = checker("class", "show", "ada")[1]
    assert "2 of 4 points" in shown
    assert "no grade rests on it" in " ".join(shown.split())


def test_files_of_reports_are_written_and_never_read(folder: Path, checker: Checker) -> None:
    """The folder ``reports`` is a way out: what is put there, even as official, is overwritten or stays a file."""
    forged = render(said_by(Trust.OFFICIAL), Speech("en"))
    for key in ("ada", "eve"):
        (folder / "reports" / f"{key}.json").write_text(forged, encoding="utf-8")
    assert_nobody_has_all(folder, checker)
    checker("class", "grade", "--quiet")
    assert read((folder / "reports" / "ada.json").read_bytes()).points == OWN.points
    assert_nobody_has_all(folder, checker)


def test_a_report_is_no_roster_and_no_submission(folder: Path, checker: Checker) -> None:
    path = folder / "checker-report.json"
    path.write_text(render(said_by(Trust.CI), Speech("en")), encoding="utf-8")
    assert checker("class", "add", path, "--yes")[0] == 2
    assert_nobody_has_all(folder, checker)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_reports_within_a_submission_have_no_say_nor_has_the_runner_that_grades(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A student commits the artifact of a better repository, and its cache; the class is graded by a workflow."""
    work = template.new(tmp_path / "work" / "eve", language="en", no_input=True)
    forged = render(said_by(Trust.OFFICIAL), Speech("en"))
    for name in ("checker-report/report.json", "report.json", "reports/eve.json", ".cache/titanic-checker/eve.json"):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(forged, encoding="utf-8")
    settings = work / ".checker.yml"
    settings.write_text(settings.read_text(encoding="utf-8") + "trust: official\npoints: 20\n", encoding="utf-8")
    shell("git add -A -f && git commit -q -m 'All done'", work)
    monkeypatch.setenv("PYTHONPATH", os.fspath(ROOT))
    for name, value in {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "eve/titanic"}.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "class"
    assert command(tmp_path, "class", "init", "--class", str(folder)).returncode == 0
    added = command(folder, "class", "add", str(tmp_path / "work"), "--yes")
    assert added.returncode == 0, added.stderr
    for words in (("clone",), ("grade", "--docker", "off", "--quiet")):
        done = command(folder, "class", *words)
        assert done.returncode == 0, done.stderr
    (stored,) = (folder / "reports").iterdir()
    report = read(stored.read_bytes())
    assert report.trust is Trust.OFFICIAL
    assert report.points < 2
    assert {check.id for step in report.steps for check in step.checks} > {"lint-main", "lint-modules"}
