"""``checker class``, as an instructor types it: a class, its decisions, where it stands, what would change."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from checker.classroom.class_file import LateTable
from checker.classroom.current import renew_grades
from checker.classroom.gradebook.claims import Claimant, take
from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.gradebook.roster import put_fetched, put_repositories, put_students
from checker.classroom.gradebook.runs import add_run
from checker.classroom.records import ClassRepository, Fetched, Run, RunEnd, Student
from checker.model import text
from tests.classroom.conftest import NOON, PASSED, UNAVAILABLE, failed, report_of
from tests.command_line import Checker
from tests.processes import ended

REPORT = report_of(
    ("1.1", {"notebook-runs": (PASSED, Fraction(3, 2))}),
    ("1.4", {"lint-main": (failed(Fraction(1, 2), ("near",)), 1), "lint-modules": (failed(), 1)}),
    ("2.3", {"image-builds": (UNAVAILABLE, Fraction(1, 2))}),
)


@pytest.fixture
def folder(class_folder: Path, make_run: Callable[..., Run]) -> Path:
    """A class: Ada and Bob share a repository that was graded, Cléo's was refused, Eve's is empty, Zoé has none."""
    with Gradebook(class_folder / "gradebook.sqlite") as gradebook, gradebook.writing() as connection:
        put_repositories(
            connection, [ClassRepository(key=key, source=f"/work/{key}") for key in ("ada", "cleo", "eve")]
        )
        put_students(
            connection,
            [
                Student(key="ada", name="Ada Lovelace", number="1001", repository="ada"),
                Student(key="bob", name="Bob Martin", repository="ada"),
                Student(key="cleo", name="Cléo Petit", repository="cleo"),
                Student(key="eve", name="Ève Ôr", repository="eve"),
                Student(key="zoe", name="Zoé Noël"),
            ],
        )
        for key in ("ada", "cleo"):
            # what is fetched is no repository here: nothing of it can be counted, and what was graded stays
            put_fetched(connection, key, Fetched(at=NOON, problem=text("It is gone.")))
        put_fetched(connection, "eve", Fetched(at=NOON, problem=text("The repository is empty.")))
        add_run(connection, make_run("ada", REPORT))
        add_run(connection, make_run("cleo", end=RunEnd.REFUSED, reason=text("It holds too much.")))
        renew_grades(connection, LateTable(), "run", NOON)
    return class_folder


def test_status_names_everybody_with_grade_and_reason(folder: Path, checker: Checker) -> None:
    code, out, _ = checker("class", "status")
    assert code == 0
    assert "students: 5" in out
    assert "Ada Lovelace: 2 of 4; It is gone." in out
    assert "Ève Ôr: The repository is empty." in out
    assert "Zoé Noël: No repository is known of this student." in out
    assert all(len(line) <= 100 for line in out.splitlines())


def test_status_says_what_another_process_grades(folder: Path, checker: Checker) -> None:
    with Gradebook(folder / "gradebook.sqlite") as gradebook, gradebook.writing() as connection:
        take(connection, "eve", Claimant("another-machine", "1 2 3"), datetime.now(UTC))
    assert "Ève Ôr: being graded" in checker("class", "status")[1]


def test_an_override_is_noted_and_shown(folder: Path, checker: Checker) -> None:
    words = ("class", "override", "1001", "lint-modules", "0,75", "--reason", "shown in the oral", "--author", "prof")
    code, out, _ = checker(*words)
    assert (code, "Noted, by prof." in out) == (0, True)
    assert "Grades that have changed: 1 (Ada Lovelace)." in out
    assert "Ada Lovelace: 2.75 of 4" in checker("class", "status")[1]
    assert "Bob Martin: 2 of 4" in checker("class", "status")[1]
    shown = checker("class", "show", "ada")[1]
    assert "other points for lint-modules, by prof: shown in the oral" in " ".join(shown.split())
    assert "2.75 of 4 (by a decision)" in " ".join(shown.split())
    code, out, _ = checker("class", "withdraw", "lint-modules", "--student", "ada")
    assert code == 0
    assert "Ada Lovelace: 2 of 4" in checker("class", "status")[1]


def test_a_waiver_and_a_weight_hold_for_the_class(folder: Path, checker: Checker) -> None:
    assert checker("class", "waive", "lint-modules", "--reason", "pylint was down")[0] == 0
    assert "Bob Martin: 3 of 4" in checker("class", "status")[1]
    assert checker("class", "weigh", "lint-modules", "3", "--reason", "taught twice")[0] == 0
    assert "Bob Martin: 2 of 6" in checker("class", "status")[1], "the later decision on a check holds"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("override", "ada", "lint-mian", "1", "--reason", "x"), "Did you mean lint-main?"),
        (("override", "adda", "lint-main", "1", "--reason", "x"), "Did you mean ada?"),
        (("override", "ada", "lint-main", "many", "--reason", "x"), "many is no number of points"),
        (("override", "ada", "lint-main", "-1", "--reason", "x"), "No such option"),
        (("override", "ada", "lint-main", "1"), "needs a reason"),
        (("withdraw", "lint-main"), "no decision on lint-main"),
        (("rescore", "--what-if", "neer=0.2"), "Did you mean near?"),
        (("rescore", "--what-if", "near"), "names no number"),
        (("rescore", "--what-if", "near=2"), "between 0 and 1"),
        (("grade", "--retry", "erored"), "Did you mean errored?"),
        (("grade", "--only", "bobb", "--dry-run"), "Did you mean bob?"),
        (("show", "nobody at all"), "There is no nobody at all in this class"),
    ],
)
def test_a_mistake_is_said(folder: Path, checker: Checker, words: tuple[str, ...], says: str) -> None:
    code, out, err = checker("class", *words)
    assert code == 2
    assert says in out + err


def test_a_what_if_changes_nothing(folder: Path, checker: Checker) -> None:
    code, out, _ = checker("class", "rescore", "--what-if", "near=0.2")
    assert code == 0
    assert "Grades that would change: 2. Nothing was changed." in out
    assert "Ada Lovelace: 2 → 1.7 of 4" in out
    assert "Ada Lovelace: 2 of 4" in checker("class", "status")[1]
    assert "No grade would change." in checker("class", "rescore", "--what-if", "regression=0")[1]
    assert "Ada Lovelace: 2 → 2.5 of 5" in checker("class", "rescore", "--what-if", "lint-main=2")[1]


def test_another_policy_is_taken_up_by_rescore(folder: Path, checker: Checker) -> None:
    with Gradebook(folder / "gradebook.sqlite") as gradebook, gradebook.writing() as connection:
        from checker.classroom.gradebook.runs import latest_runs, put_lateness
        from checker.classroom.records import DateBasis

        put_lateness(connection, latest_runs(connection)["ada"].number, DateBasis.PUSH, 3600.0)
    path = folder / "class.toml"
    path.write_text(
        path.read_text(encoding="utf-8")
        .replace('policy = "cut"', 'policy = "penalty"')
        .replace("day = 0", "day = 0.5"),
        encoding="utf-8",
    )
    assert "Grades that have changed: 2." in checker("class", "rescore")[1]
    assert "1.5 of 4" in checker("class", "show", "bob")[1]
    assert "0.5 points are taken off for lateness." in checker("class", "show", "bob")[1]


def test_a_typo_in_the_class_file_is_said_in_french(folder: Path, checker: Checker) -> None:
    path = folder / "class.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("grace_minutes", "grace_minute"), encoding="utf-8")
    code, _, err = checker("class", "status", "--language", "fr")
    assert code == 3
    assert "deadline.grace_minute" in err
    assert "Vouliez-vous dire grace_minutes" in err


def test_elsewhere_than_in_a_class_it_says_how_to_make_one(checker: Checker, tmp_path: Path) -> None:
    code, _, err = checker("class", "status", "--class", tmp_path)
    assert code == 2
    assert "checker class init" in err


WITHOUT_EXTRA = """
import sys
for name in ("sqlalchemy", "alembic", "openpyxl", "githubkit", "gitlab"):
    sys.modules[name] = None
from checker.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def without_extra(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command in a process in which the libraries of the extra are not installed."""
    variables = {**os.environ, "PYTHONPATH": os.fspath(Path(__file__).parents[2]), "LANG": "en_GB.UTF-8"}
    return ended([sys.executable, "-c", WITHOUT_EXTRA, *words], cwd=folder, env=variables)


@pytest.mark.parametrize(
    "words", ["status", "grade", "clone", "add x.csv", "export --format csv --output y.csv", "waive lint-main"]
)
def test_without_the_extra_it_says_what_to_install(folder: Path, words: str) -> None:
    (folder / "x.csv").write_text("Nom\nAda\n", encoding="utf-8")
    done = without_extra(folder, "class", *words.split(), *(["--reason", "x"] if "waive" in words else []))
    assert done.returncode == 2, done.stderr
    assert "pip install 'titanic-checker[class]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_extra_a_student_has_all_other_commands(tmp_path: Path) -> None:
    assert "class" in without_extra(tmp_path, "--help").stdout
    assert without_extra(tmp_path, "class", "--help").returncode == 0
    assert without_extra(tmp_path, "explain", "1.4").returncode == 0


@pytest.mark.parametrize(
    ("old", "new", "says", "code"),
    [
        ('environment = "embedded"', 'environment = "requirement.txt"', "There is no file requirement.txt", 2),
        ('course = "ensae-2022"', 'course = "ensae-2O22"', "Did you mean ensae-2022?", 3),
    ],
)
def test_what_cannot_be_graded_with_is_said_before_anybody_is_graded(
    folder: Path, checker: Checker, old: str, new: str, says: str, code: int
) -> None:
    path = folder / "class.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    said = checker("class", "grade")
    assert said[0] == code
    assert says in said[2]
    assert "It is gone." not in said[2], "nothing was begun"


def test_reports_that_cannot_be_written_are_said_and_nothing_is_lost(folder: Path, checker: Checker) -> None:
    (folder / "reports").rmdir()
    (folder / "reports").write_text("no folder", encoding="utf-8")
    code, _, err = checker("class", "grade")
    assert code == 3
    assert "reports cannot be written" in err
    (folder / "reports").unlink()
    assert checker("class", "grade")[0] == 0
    assert (folder / "reports" / "ada.json").is_file()
