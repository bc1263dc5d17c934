"""``checker class clone`` as an instructor uses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker.classroom.gradebook.roster import fetched, put_repositories, put_students
from checker.classroom.opening import open_class
from checker.classroom.records import ClassRepository, Student
from tests.command_line import command_line
from tests.conftest import shell


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """The exit code of a command and all that it printed."""

    def running(*words: str) -> tuple[int, str]:
        said = command_line(capsys, *words).plain
        return said.code, said.out + said.err

    return running


@pytest.fixture
def class_folder(forge: Path, work: Path, tmp_path: Path, run: Callable[..., tuple[int, str]]) -> Path:
    """A class of four: on the forge, in a folder, gone, and on a branch with another name."""
    folder = tmp_path / "class"
    assert run("class", "init", "--class", str(folder))[0] == 0
    address = f"file://{forge}/work.git"
    sources = {"alice": address, "bob": str(work), "chloe": f"file://{forge}/none.git", "david": address}
    with open_class(folder) as opened, opened.gradebook.writing() as connection:
        put_repositories(
            connection,
            [
                ClassRepository(key=key, source=source, branch="netoyage" if key == "david" else "")
                for key, source in sources.items()
            ],
        )
        put_students(
            connection, [Student(key=key, name=key.title(), account=f"{key}-2026", repository=key) for key in sources]
        )
    return folder


def test_the_class_is_fetched_and_what_is_wrong_is_named(
    class_folder: Path, run: Callable[..., tuple[int, str]], work: Path
) -> None:
    code, said = run("class", "clone", "--class", str(class_folder), "--language", "fr")
    assert code == 0
    lines = said.splitlines()
    assert lines[0] == "Avec du nouveau : 2. Inchangés : 0. Avec un problème : 2."
    assert any(line.startswith("  chloe : Ce dépôt n'existe pas") for line in lines)
    assert "netoyage" in said
    assert lines[-1] == "Ensuite : checker class grade"
    assert all(len(line) <= 80 for line in lines if "/" not in line)
    with open_class(class_folder) as opened, opened.gradebook.reading() as connection:
        known = fetched(connection)
    tip = shell("git rev-parse main", work).strip()
    assert {key: one.tip for key, one in known.items()} == {"alice": tip, "bob": tip, "chloe": None, "david": None}
    assert known["chloe"].problem is not None
    again = run("class", "clone", "--class", str(class_folder), "--language", "en")[1]
    assert "With something new: 0. Unchanged: 2. With a problem: 2." in again


def test_only_those_who_are_named_are_fetched(class_folder: Path, run: Callable[..., tuple[int, str]]) -> None:
    said = run("class", "clone", "--class", str(class_folder), "--only", "bob-2026", "--language", "en")[1]
    assert "With something new: 1." in said
    with open_class(class_folder) as opened, opened.gradebook.reading() as connection:
        assert set(fetched(connection)) == {"bob"}
    code, said = run("class", "clone", "--class", str(class_folder), "--only", "alcie", "--language", "en")
    assert code == 2
    assert "Did you mean alice?" in said


def test_a_class_without_repositories_is_told_what_is_next(tmp_path: Path, run: Callable[..., tuple[int, str]]) -> None:
    run("class", "init", "--class", str(tmp_path / "class"))
    code, said = run("class", "clone", "--class", str(tmp_path / "class"), "--language", "en")
    assert code == 0
    assert "checker class add" in said
