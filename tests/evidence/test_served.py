"""The networks that student code is run in."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from checker.course import load
from checker.errors import CourseError
from checker.evidence.datasets.served import Seeds, ordinary_data, resampled_data
from checker.facts.actions import Script
from checker.facts.job import Job
from checker.facts.tree import Tree

COURSE = load().course
SOURCE = Path(load().path).read_text()


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_the_course_serves_the_usual_split_under_each_of_its_stems():
    served_data = ordinary_data(COURSE)
    assert set(served_data.tables) == {"train", "test", "data"}
    assert (len(rows(served_data.tables["train"])), len(rows(served_data.tables["test"]))) == (891, 418)
    assert served_data.tables["data"] == served_data.tables["train"]
    assert "Survived" not in rows(served_data.tables["test"])[0]


def test_other_passengers_of_whom_more_survived():
    was, now = (
        [int(row["Survived"]) for row in rows(served_data.tables["train"])]
        for served_data in (ordinary_data(COURSE), resampled_data(COURSE, 5))
    )
    assert len(now) < len(was)
    assert sum(now) / len(now) > sum(was) / len(was) + 0.15


def test_a_seed_tells_one_world():
    assert resampled_data(COURSE, 5) == resampled_data(COURSE, 5)
    assert resampled_data(COURSE, 5) != resampled_data(COURSE, 6)


def job(**files):
    return Job(tree=Tree.of({f"{name}.py": body for name, body in files.items()}), action=Script("main.py"))


def test_seeds_differ():
    assert len({Seeds().draw(job(main=""), 0) for _ in range(50)}) == 50


def test_with_a_secret_the_same_run_gets_the_same_seed():
    seeds = Seeds(b"s" * 32)
    assert seeds.draw(job(main="1"), 0) == seeds.draw(job(main="1"), 0)
    drawn = [seeds.draw(job(main=body), attempt) for body in ("1", "2") for attempt in (0, 1)]
    assert len(set(drawn)) == 4


def test_who_does_not_know_the_secret_cannot_foresee_a_seed():
    assert Seeds(b"s" * 32).draw(job(main="1"), 0) != Seeds(b"t" * 32).draw(job(main="1"), 0)


def test_a_copy_of_the_course_file_alone_keeps_the_data_of_its_edition(tmp_path):
    (tmp_path / "mine.yaml").write_text(SOURCE)
    assert ordinary_data(load(str(tmp_path / "mine.yaml")).course) == ordinary_data(COURSE)


def test_a_course_may_bring_its_own_data(tmp_path):
    (tmp_path / "mine.yaml").write_text(SOURCE)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train.csv").write_bytes(b"PassengerId,Survived,Name\n1,0,a\n")
    (tmp_path / "data/test.csv").write_bytes(b"PassengerId,Name\n1,a\n")
    assert ordinary_data(load(str(tmp_path / "mine.yaml")).course).tables["test"] == b"PassengerId,Name\n1,a\n"


def test_a_course_without_data_is_refused_with_what_is_missing(tmp_path):
    (tmp_path / "mine.yaml").write_text(SOURCE.replace("edition: ensae-2022", "edition: mine"))
    with pytest.raises(CourseError, match=r"train\.csv"):
        ordinary_data(load(str(tmp_path / "mine.yaml")).course)


def test_data_that_do_not_fit_the_course_are_refused(tmp_path):
    (tmp_path / "mine.yaml").write_text(SOURCE.replace("target: Survived", "target: Fate"))
    with pytest.raises(CourseError, match="no column Fate"):
        resampled_data(load(str(tmp_path / "mine.yaml")).course, 1)


def test_the_number_of_other_passengers_cannot_be_foreseen():
    assert len({len(rows(resampled_data(COURSE, seed).tables["train"])) for seed in range(20)}) > 10
