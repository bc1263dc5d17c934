"""``checker course new`` makes a course that is its own, and writes over nothing."""

from __future__ import annotations

import filecmp
from collections.abc import Callable
from pathlib import Path

import pytest

from checker import new_course, solutions, template
from checker.course import load
from checker.errors import UsageError
from tests.command_line import Said
from tests.template.conftest import Cookiecutter, git
from tests.template.test_starter import files_of

SHIPPED = load()


@pytest.fixture
def made(tmp_path: Path, checker: Callable[..., Said]) -> Path:
    folder = tmp_path / "birds-2027"
    said = checker("course", "new", folder)
    assert (said.code, said.err) == (0, "")
    assert f"The course is ready in {folder}." in said.out
    return folder


def test_a_new_course_is_valid_and_called_after_its_folder(made: Path, checker: Callable[..., Said]) -> None:
    said = checker("course", "check", made, "--no-run")
    assert said.code == 0
    assert said.out.startswith("course.yaml is valid: 13 steps")
    file = load(str(made))
    assert (file.course.id, file.course.edition) == ("birds", "birds-2027")
    assert file.course.data.folder == made / "data"
    assert file.statement("1.4", "fr") == SHIPPED.statement("1.4", "fr")
    changed = {"id", "edition", "data"}
    assert file.course.model_dump(exclude=changed) == SHIPPED.course.model_dump(exclude=changed)
    comments = [line for line in SHIPPED.path.read_text().splitlines()[1:] if line.lstrip().startswith("#")]
    assert [line for line in comments if line not in (made / "course.yaml").read_text()] == []


def test_its_names_can_be_chosen(tmp_path: Path, checker: Callable[..., Said]) -> None:
    folder = tmp_path / "Any Name"
    assert checker("course", "new", folder, "--id", "birds", "--edition", "shore").code == 0
    file = load(str(folder / "course.yaml"))
    assert (file.course.id, file.course.edition) == ("birds", "shore")
    defaults = (folder / "template" / "{{cookiecutter.project_slug}}" / ".checker.yml").read_text()
    assert "\ncourse: birds\nedition: shore\n" in defaults


def test_its_parts_are_those_of_the_default_course(made: Path) -> None:
    parts = ["course.yaml", "data", "mutants", "solutions", "statement", "template"]
    assert sorted(path.name for path in made.iterdir()) == parts
    for part in ("data", "statement"):
        compared = filecmp.dircmp(made / part, SHIPPED.path.parent / part)
        assert (compared.left_only, compared.right_only, compared.diff_files) == ([], [], [])
    found = solutions.of_course(load(str(made)))
    assert found is not None
    assert found.steps() == solutions.steps()
    assert [str(fault) for fault in found.faults()] == []


def test_its_solutions_are_the_same_repositories(made: Path, solution: Callable[[str], Path], tmp_path: Path) -> None:
    found = solutions.of_course(load(str(made)))
    assert found is not None
    found.build("1.3", tmp_path / "built", language="en")
    assert files_of(tmp_path / "built") == files_of(solution("1.3"))
    assert git(tmp_path / "built", "log", "--format=%s") == git(solution("1.3"), "log", "--format=%s")


def test_plain_cookiecutter_makes_its_starter(made: Path, cookiecutter: Cookiecutter, tmp_path: Path) -> None:
    done = cookiecutter(template=made / "template", language="en")
    assert done.returncode == 0, done.stderr
    starter = tmp_path / "out" / "titanic"
    assert "edition: birds-2027\n" in (starter / ".checker.yml").read_text()
    assert git(starter, "branch", "--show-current") == "main"
    refused = cookiecutter(template=made / "template", start_at="1.1")  # no answer lies in the template
    assert "start_at" in refused.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("taken",), "taken is there already, and is not an empty folder."),
        (("free", "--edition", "ensae-2022"), "ensae-2022 is an edition that comes with the checker."),
        (("free", "--id", "Les oiseaux"), "Les oiseaux is no name of a course or an edition."),
        (("Birds 2027",), "Birds 2027 is no name of a course or an edition."),
    ],
)
def test_it_refuses_and_leaves_all_as_it_was(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    checker: Callable[..., Said],
    words: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "course.yaml").write_text("mine")
    done = checker("course", "new", *words)
    assert done.code == 2
    assert said in done.err
    assert files_of(tmp_path) == ["taken/course.yaml"]


def test_an_installation_without_solutions_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checker: Callable[..., Said]
) -> None:
    def not_here() -> Path:
        raise UsageError(new_course.text("No."), new_course.text("No."))

    monkeypatch.setattr(solutions, "folder", not_here)
    said = checker("course", "new", tmp_path / "birds", "--language", "fr").plain
    assert "Il commence sans solutions ni mutants" in said.out
    assert not (tmp_path / "birds" / "solutions").exists()
    assert checker("course", "check", tmp_path / "birds").code == 0  # there is nothing to grade


def test_solutions_need_a_template(made: Path, checker: Callable[..., Said]) -> None:
    (made / "template" / template.QUESTIONS).write_text("{")
    said = checker("course", "check", made)
    assert said.code == 3
    assert "cookiecutter.json, cannot be read" in said.err
    (made / "template" / template.QUESTIONS).unlink()
    said = checker("course", "check", made)
    assert said.code == 3
    assert "there are solutions, but no template of the starter" in said.err
