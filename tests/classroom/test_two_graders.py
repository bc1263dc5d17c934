"""Two processes grade one class at the same time, in each kind of database: the same grades, and nothing twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.gradebook.runs import runs_of
from tests.classroom.synthetic import Kind, Maker, Planted
from tests.classroom.whole_class import checker, filled

ROOT = Path(__file__).parents[2]
GRADE = (sys.executable, "-m", "checker", "class", "grade", "--docker", "off", "--quiet")


def graded(folder: Path, planted: tuple[Planted, ...], gradebook: str | Path) -> dict[str, Any]:
    """The grades that two graders at once give, by student, as an export has them."""
    assert checker(folder.parent, "class", "init", "--class", str(folder)).returncode == 0
    filled(planted, gradebook)
    cloned = checker(folder, "class", "clone")
    assert cloned.returncode == 0, cloned.stderr
    both = [subprocess.Popen(GRADE, cwd=folder, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [one.wait(600) for one in both] == [0, 0]
    with Gradebook(gradebook) as opened, opened.reading() as connection:
        assert {one.key: len(runs_of(connection, one.key)) for one in planted} == {one.key: 1 for one in planted}
    done = checker(folder, "class", "export", "--format", "json", "--output", "grades.json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads((folder / "grades.json").read_text(encoding="utf-8")))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_graders_share_a_class_in_either_database(
    tmp_path: Path, server: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.fspath(ROOT))
    maker = Maker(tmp_path)
    planted = (
        maker.honest("ada", "1.1", Kind.HONEST),
        maker.broken("bob", "untidy main", "1.4"),
        maker.honest("cleo", "1.3", Kind.HONEST),
        maker.pointers("eve"),
    )
    in_file = graded(tmp_path / "one", planted, tmp_path / "one" / "gradebook.sqlite")
    address = server()
    monkeypatch.setenv("TITANIC_CHECKER_GRADEBOOK", address)
    in_server = graded(tmp_path / "two", planted, address)
    assert not (tmp_path / "two" / "gradebook.sqlite").exists()
    assert in_file == in_server
    assert len(in_file["students"]) == 4
