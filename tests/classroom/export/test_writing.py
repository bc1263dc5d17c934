"""A file of grades is written whole, and over another one only where that is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.classroom.export.writing import write_grades
from checker.errors import UsageError


def test_a_file_that_is_there_is_written_over_on_demand_alone(tmp_path: Path):
    path = tmp_path / "grades.csv"
    write_grades(path, b"first", over=False)
    with pytest.raises(UsageError, match="--force"):
        write_grades(path, b"second", over=False)
    assert path.read_bytes() == b"first"
    write_grades(path, b"second", over=True)
    assert path.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_no_file(tmp_path: Path):
    (tmp_path / "grades").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        write_grades(tmp_path / "grades", b"x", over=True)
    assert [one.name for one in tmp_path.iterdir()] == ["grades"]
