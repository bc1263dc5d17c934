"""Mutants as files of a course: a mistake is named with its line, and edits do what they say."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from checker.course import CourseFile, load
from checker.course_mutants import CourseMutant, MisfitError, apply, read
from checker.errors import CourseError
from checker.forge.local import RECORD, LocalForge
from checker.solutions import folder as shipped_solutions
from checker.solutions import steps
from tests.conftest import shell
from tests.mutants import model
from tests.mutants.registry import MUTANTS

GOOD = """\
mutants:
  - check: lint-main
    name: unused imports
    base: "1.4"
    edits:
      - {replace: main.py, old: a, new: b}
"""


@pytest.fixture
def course_file(tmp_path: Path) -> CourseFile:
    """The default course, as if its file lay in a folder of its own that has mutants."""
    (tmp_path / "mutants").mkdir()
    return replace(load(), path=tmp_path / "course.yaml")


def refused(file: CourseFile, content: str | bytes) -> str:
    path = file.path.parent / "mutants" / "some.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(CourseError) as caught:
        read(file, steps())
    assert caught.value.exit_code == 3
    return str(caught.value).removeprefix(str(path))


def test_a_course_without_mutants_has_none(course_file: CourseFile) -> None:
    assert read(course_file, ()) == ()
    (course_file.path.parent / "mutants").rmdir()
    assert read(course_file, ()) == ()


@pytest.mark.parametrize(
    ("wrong", "right", "line", "said"),
    [
        ("check: lint-mian", "check: lint-main", 2, "no check lint-mian. Did you mean lint-main?"),
        ('base: "9.1"', 'base: "1.4"', 4, "There is no solution of step 9.1."),
        ("base: 14", 'base: "1.4"', 4, "string"),
        ("nmae:", "name:", 3, "Did you mean name?"),
        (
            "{replace: main.py, old: a}",
            "{replace: main.py, old: a, new: b}",
            6,
            "an edit is one of: replace, old and new",
        ),
        ("{remove: ../main.py}", "{replace: main.py, old: a, new: b}", 6, "../main.py does not lie inside the project"),
        ("{write: .git/hooks/x, content: b}", "{replace: main.py, old: a, new: b}", 6, "does not lie inside"),
        ("{remvoe: main.py}", "{replace: main.py, old: a, new: b}", 6, "Did you mean remove?"),
        ("{request: opened}", "{replace: main.py, old: a, new: b}", 6, "Did you mean open?"),
        ("{branch: --force}", "{replace: main.py, old: a, new: b}", 6, "branch"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    course_file: CourseFile, wrong: str, right: str, line: int, said: str
) -> None:
    assert right in GOOD
    sentence = refused(course_file, GOOD.replace(right, wrong))
    assert sentence.startswith(f", line {line}: ")
    assert said in sentence


def test_charges_name_checks_of_the_course_with_reasons(course_file: CourseFile) -> None:
    assert "line 8: The course has no check main-run." in refused(
        course_file, GOOD + "    charged_too:\n      main-run: it stops\n"
    )
    assert "line 7: lint-main is the check of the mutant itself." in refused(
        course_file, GOOD + "    charged_too: {lint-main: it stops}\n"
    )
    assert "line 7" in refused(course_file, GOOD + "    charged_too: {main-runs: ''}\n")


def test_a_name_that_is_taken(course_file: CourseFile) -> None:
    again = GOOD.partition("\n")[2]
    assert "line 8: lint-main has a mutant of that name already." in refused(course_file, GOOD + again)


@pytest.mark.parametrize("content", [b"mutants: [\n", b"\xff", b"mutants: &a [*a]\n", b"- 1\n", b"", b"[" * 10_000])
def test_what_is_no_file_of_mutants(course_file: CourseFile, content: bytes) -> None:
    assert ", line " in refused(course_file, content)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.py").write_bytes(b"one\r\n\xff\r\n")
    (folder / "data").mkdir()
    (folder / "data" / "a.csv").write_text("a\n")
    shell("git init -q -b main && git add -A && git commit -q -m x && git switch -q -c work", folder)
    return folder


def mutant(*edits: dict[str, str]) -> CourseMutant:
    return CourseMutant.model_validate({"check": "lint-main", "name": "x", "base": "1.4", "edits": edits})


def test_edits_are_made_in_order_and_committed(project: Path) -> None:
    apply(
        mutant(
            {"replace": "main.py", "old": "one", "new": "two"},
            {"write": "src/new.py", "content": "x = 1\n"},
            {"move": "data/a.csv", "to": "b/c.csv"},
            {"remove": "data"},
        ),
        project,
    )
    assert (project / "main.py").read_bytes() == b"two\r\n\xff\r\n"
    assert shell("git ls-files", project).split() == ["b/c.csv", "main.py", "src/new.py"]
    assert shell("git status --porcelain", project) == ""


def test_the_work_can_lie_on_another_branch(project: Path) -> None:
    apply(mutant({"branch": "main"}), project)
    assert shell("git branch --format='%(refname:short)'", project).split() == ["main"]
    assert shell("git log --format=%s", project).split("\n")[0] == "Work on it"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"replace": "main.py", "old": "three", "new": "x"}, "main.py does not hold three."),
        ({"replace": "none.py", "old": "three", "new": "x"}, "There is no none.py."),
        ({"remove": "none.py"}, "There is no none.py."),
        ({"move": "none.py", "to": "x.py"}, "There is no none.py."),
    ],
)
def test_an_edit_that_does_not_fit_is_told(project: Path, edit: dict[str, str], said: str) -> None:
    with pytest.raises(MisfitError) as caught:
        apply(mutant(edit), project)
    assert str(caught.value.reason) == said


def test_requests_are_closed(solution, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(solution("1.9"), tmp_path / "copy"))
    apply(mutant({"request": "closed"}), folder)
    assert [request.state for request in LocalForge(folder / ".git" / RECORD).requests()] == ["closed"]


def as_in_the_tests(edit: dict[str, str]) -> model.Edit | None:
    """An edit of a file of mutants as one of the tests' own; None for those of branches and requests."""
    match edit:
        case {"replace": path, "old": old, "new": new}:
            return model.Replace(path, old, new)
        case {"write": path, "content": content}:
            return model.Write(path, content)
        case {"move": source, "to": target}:
            return model.Move(source, target)
        case _:
            return None


def test_the_mutants_of_a_new_course_are_some_of_our_own_and_one_for_each_step() -> None:
    documents = [yaml.safe_load(path.read_text()) for path in sorted((shipped_solutions() / "mutants").glob("*.yaml"))]
    shipped = [CourseMutant.model_validate(one) for document in documents for one in document["mutants"]]
    known = {(one.check, one.name): one for one in MUTANTS}
    for one, written in zip(shipped, (one for document in documents for one in document["mutants"]), strict=True):
        ours = known[one.check, one.name]
        assert (one.base, one.says, one.where) == (ours.base, ours.says, ours.where), one.title
        edits = tuple(map(as_in_the_tests, written["edits"]))
        assert edits in (ours.edits, (None,)), one.title
    course = load().course
    owners = {entry.id: step.id for step, entry in course.checks()}
    assert [owners[one.check] for one in shipped] == [step.id for step in course.steps]
