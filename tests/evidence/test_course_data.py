"""A course with data of its own: other files, other columns, other people."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.course import Course, load
from checker.errors import CourseError
from checker.evidence.datasets.on_disk import disk_tables, labels, role_of, with_tables
from checker.evidence.datasets.served import columns_of, ordinary_data, resampled_data, tables_by_role
from checker.evidence.repository.data_files import data_of, passengers
from checker.facts.data_access import DataAccess
from checker.facts.job import HttpRequest
from checker.facts.tree import Tree
from checker.model import Failed, Passed
from checker.testing import code, main_run, verdict_of

SOURCE = load().path.read_text(encoding="utf-8")
SEAMEN = "".join(
    f"{number},{number % 2},Ishmael Coffin of ship {number},{number % 7},{number * 3}\n" for number in range(40)
)
CREW = f"Number,Returned,Seaman,Watch,Wage\n{SEAMEN}"


EARLIER = """data:
  folder: elsewhere/crew
  stems: [train, test, data]
  target: Returned
  identifier: Number
  name: Seaman
  endpoint: minio.example
  variables: {}
"""
ONE_TABLE = """data:
  folder: birds
  tables: [{role: train, file: penguins.csv}]
  target: Species
  positive: Gentoo
  endpoint: minio.example
  variables: {}
"""
SPECIES = ("Adelie", "Adelie", "Chinstrap", "Adelie", "Gentoo")
PENGUINS = "Island,Bill,Depth,Species,Mass\n" + "".join(
    f"{'Dream' if number % 3 else 'Biscoe'},{38 + number % 17 / 10},{17 + number % 13 / 10},"
    f"{SPECIES[number % 5]},{3000 + number * 7}\n"
    for number in range(200)
)


def course_with(folder: Path, data: str) -> Course:
    """The shipped course with other *data*."""
    before, _, after = SOURCE.partition("data:\n  # The test table")
    path = folder / "course.yaml"
    path.write_text(before + data + after[after.index("\nenvironment:\n") :], encoding="utf-8")
    return load(str(path)).course


@pytest.fixture
def fleet(tmp_path: Path) -> Course:
    (tmp_path / "elsewhere/crew").mkdir(parents=True)
    (tmp_path / "elsewhere/crew/train.csv").write_text(CREW, encoding="utf-8")
    return course_with(tmp_path, EARLIER)


@pytest.fixture
def birds(tmp_path: Path) -> Course:
    (tmp_path / "birds").mkdir()
    (tmp_path / "birds/penguins.csv").write_text(PENGUINS, encoding="utf-8")
    return course_with(tmp_path, ONE_TABLE)


def test_the_people_of_its_own_data_are_found(fleet: Course) -> None:
    own = {
        "people.py": f"PEOPLE = {SEAMEN.splitlines()!r}",
        "columns.txt": "\n".join(line.rpartition(",")[0] for line in CREW.replace("Ishmael", "I.").splitlines()),
        "crew.log": SEAMEN,
    }
    data, _ = data_of(Tree.of(own), passengers(fleet))
    assert {file.path: file.passengers for file in data} == {"columns.txt": False, "crew.log": True, "people.py": True}


def test_the_people_of_another_course_are_nobody_to_it(fleet: Course) -> None:
    others = "\n".join(load().course.data.folder.joinpath("train.csv").read_text(encoding="utf-8").splitlines()[1:])
    assert data_of(Tree.of({"others.log": others}), passengers(load().course))[0]
    assert data_of(Tree.of({"others.log": others}), passengers(fleet)) == ((), ())
    assert data_of(Tree.of({"crew.log": SEAMEN}), passengers(load().course)) == ((), ())


def test_a_table_without_a_column_of_names_is_recognised_by_its_rows(fleet: Course) -> None:
    course = fleet.model_copy(update={"data": fleet.data.model_copy(update={"person": None})})
    (file,), _ = data_of(Tree.of({"rows.log": SEAMEN}), passengers(course))
    assert file.passengers
    assert data_of(Tree.of({"few.log": "".join(SEAMEN.splitlines(keepends=True)[:10])}), passengers(course)) == ((), ())


def test_a_course_file_of_the_earlier_form_means_the_same(tmp_path: Path) -> None:
    shipped = load().course
    earlier = SOURCE[SOURCE.index("\ndata:\n") : SOURCE.index("  # What SSP Cloud sets")]
    given = f"""
data:
  stems: [train, test, data]
  endpoint: {shipped.data.endpoint}
  target: Survived
  identifier: PassengerId
  name: Name
"""
    path = tmp_path / "course.yaml"
    path.write_text(SOURCE.replace(earlier, given), encoding="utf-8")
    course = load(str(path)).course
    assert "  tables:\n" not in path.read_text(encoding="utf-8")
    assert course.data.beginnings == shipped.data.beginnings == {"train": "train", "test": "test", "data": None}
    assert course.data.model_dump(exclude={"stems"}) == shipped.data.model_dump(exclude={"stems"})
    assert ordinary_data(course) == ordinary_data(shipped)
    assert resampled_data(course, 3) == resampled_data(shipped, 3)


@pytest.mark.parametrize(
    ("tables", "cause", "remedy"),
    [
        ("[{role: test, file: a.csv}]", "one has the role train", "Compare"),
        ("[{role: train, file: a.csv}, {role: train, file: b.csv}]", "one has the role train", "Compare"),
        ("[{role: train, file: a.csv}, {role: test, file: b.csv, stems: [A]}]", "stems of its own", "Compare"),
        ("[{role: trian, file: a.csv}]", "data.tables.0.role", "Did you mean train?"),
        ("[{role: train, file: ../a.csv}]", "data.tables.0.file", "Compare"),
        ("[{role: train, fiel: a.csv}]", "data.tables.0.fiel is not known", "Did you mean file?"),
    ],
)
def test_tables_that_cannot_be_are_refused(tmp_path: Path, tables: str, cause: str, remedy: str) -> None:
    with pytest.raises(CourseError) as caught:
        course_with(tmp_path, ONE_TABLE.replace("[{role: train, file: penguins.csv}]", tables))
    assert cause in str(caught.value.cause)
    assert remedy in str(caught.value.remedy)


def test_an_only_table_is_served_under_its_own_name(birds: Course) -> None:
    assert ordinary_data(birds).tables == {"penguins": PENGUINS.encode()}
    assert columns_of(birds) == {"train": {"Island", "Bill", "Depth", "Species", "Mass"}}
    assert [role_of(f"s3://b/{name}", birds) for name in ("Penguins_2.parquet", "train.csv")] == ["train", None]


def test_an_only_table_is_resampled_with_more_of_the_positive_value(birds: Course) -> None:
    given, other = (
        labels(tables_by_role(birds, served)["train"], birds)
        for served in (ordinary_data(birds), resampled_data(birds, 4))
    )
    assert (given.rows, given.positives) == (200, 40)
    assert other.rows < 180
    assert other.share > given.share + 0.15
    drawn = resampled_data(birds, 4).tables["penguins"].decode().splitlines()
    assert {*drawn} <= {*PENGUINS.splitlines()}
    by_chance = labels(resampled_data(birds, 4, by_chance=True).tables["penguins"], birds)
    assert by_chance.positives == other.positives


def test_an_only_table_is_found_on_the_disk_and_replaced(birds: Course) -> None:
    columns = [line.rpartition(",")[0] for line in PENGUINS.splitlines()]
    tree = Tree.of({"mine.csv": PENGUINS, "other.csv": "\n".join(columns), "penguins.parquet": b"PAR1"})
    assert [(table.path, table.role) for table in disk_tables(tree, birds)] == [
        ("mine.csv", "train"),
        ("penguins.parquet", "train"),
    ]
    other = tables_by_role(birds, resampled_data(birds, 4))
    changed, replaced = with_tables(tree, birds, other)
    assert replaced == {"mine.csv"}
    assert changed.read("mine.csv") == other["train"]


def asked(name: str, status: int = 200) -> tuple[str, HttpRequest]:
    return "train", HttpRequest("https", "minio.example", "GET", f"/b/{name}", "", status, 1.0)


def test_nobody_is_asked_for_a_test_table_that_the_course_lacks(birds: Course) -> None:
    verdict = verdict_of(
        "data-remote", DataAccess(requested=(asked("penguins.csv"),)), main_run(), Tree.of({}), code(), birds
    )
    assert isinstance(verdict, Passed)
    assert "test data" not in " ".join(str(one.message) for one in verdict.advice)


def test_hints_name_the_tables_of_the_course(birds: Course) -> None:
    silent = verdict_of("data-remote", DataAccess(), main_run(), Tree.of({}), code(), birds)
    assert isinstance(silent, Failed)
    assert str(silent.expected) == "When main.py runs, the data is read from S3 or by https."
    assert str(silent.hint) == "Read penguins.csv from your bucket, by s3fs or by a link."
    refused = verdict_of(
        "data-remote", DataAccess(requested=(asked("x.csv", 404),)), main_run(), Tree.of({}), code(), birds
    )
    assert isinstance(refused, Failed)
    assert str(refused.hint).startswith("Only files called penguins… (csv, csv.gz, parquet) are served")
