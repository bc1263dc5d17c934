"""The names that a submission's own files give to the tables of the course."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from checker.course import load
from checker.evidence.datasets.aliases import with_own_names
from checker.evidence.datasets.on_disk import role_of
from checker.evidence.datasets.served import ordinary_data, resampled_data
from checker.evidence.datasets.urls import url_elsewhere
from checker.open_submission import open_submission
from tests.repositories import commit_all

COURSE = load().course
TRAIN = (COURSE.data.folder / "train.csv").read_text()
TEST = (COURSE.data.folder / "test.csv").read_text()


def known(path: Path):
    with open_submission(path) as repository:
        return with_own_names(COURSE, repository, repository.tree())


@pytest.fixture
def repository(tmp_path):
    def commit(**files: str | None) -> Path:
        for name, content in files.items():
            path = tmp_path / name.replace("__", "/").replace("_csv", ".csv")
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_text(content)
        commit_all(tmp_path)
        return tmp_path

    return commit


def separated(table: str, columns: list[str], separator: str) -> str:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=separator)
    writer.writerow(columns)
    writer.writerows([row[name] for name in columns] for row in csv.DictReader(io.StringIO(table)))
    return written.getvalue()


def test_a_table_is_served_under_the_name_that_its_file_had(repository):
    repository(data__Passagers_csv=TRAIN, data__a_predire_csv=TEST)
    path = repository(data__Passagers_csv=None, data__a_predire_csv=None)
    course = known(path)
    served_data = ordinary_data(course)
    assert {name: table.decode() for name, table in served_data.named.items()} == {
        "passagers": TRAIN,
        "a_predire": TEST,
    }
    assert role_of("s3://b/Passagers.parquet", course) == "train"
    assert role_of("s3://b/a_predire.csv.gz", course) == "test"
    assert role_of("s3://b/passagers2.csv", course) is None


def test_it_keeps_its_separator_and_columns_and_holds_other_passengers_on_demand(repository):
    columns = ["Survived", "Name", "Sex", "Age", "Pclass", "PassengerId"]
    course = known(repository(raw_csv=separated(TRAIN, columns, ";")))
    assert ordinary_data(course).named["raw"].decode() == separated(TRAIN, columns, ";").replace("\r\n", "\n")
    shifted = resampled_data(course, 3)
    rows = [
        list(csv.reader(io.StringIO(table.decode()), delimiter=mark))
        for table, mark in ((shifted.named["raw"], ";"), (shifted.tables["train"], ","))
    ]
    assert len(rows[0]) == len(rows[1]) != 892
    assert rows[0][0] == columns


@pytest.mark.parametrize(
    "files",
    [
        {"train_csv": TRAIN, "testing_csv": TEST, "data_csv": TRAIN},
        {"prices_csv": "a,b,c,d,e\n1,2,3,4,5\n"},
        {"passagers_csv": separated(TRAIN, ["Survived", "Name", "Age", "Sex", "Age"], ",").replace("Sex", "Genre", 1)},
        {"x_csv": TRAIN},
        {"empty_csv": "", "binary_csv": "\x00\x01"},
    ],
)
def test_other_names_and_other_tables_change_nothing(repository, files):
    assert known(repository(**files)) is COURSE


def test_there_are_only_so_many(repository):
    path = repository(**{f"copy{number}_csv": TRAIN + "\n" * number for number in range(100)})
    assert 0 < len(known(path).data.own) <= 12


def test_a_link_leads_elsewhere_by_its_folder_and_keeps_the_name_of_the_file(repository):
    course = known(repository(passagers_csv=TRAIN))
    assert url_elsewhere("https://h/b/passagers.csv", course).endswith("/passagers.csv")
