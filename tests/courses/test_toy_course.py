"""Another course by the same engine: one table of birds, three classes, a decision tree, train.py, a bar of 8."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from checker.course import CourseFile, load
from checker.course_mutants import CourseMutant, read
from checker.course_proof import judged, undefended, without_solution
from checker.grader import Grader
from checker.model import Passed, Report
from checker.solution_matrix import faults
from checker.solutions import SolutionSet, of_course
from tests.command_line import Said
from tests.conftest import graded_by

FOLDER = Path(__file__).parents[1] / "toy_course"
FILE: CourseFile = load(str(FOLDER))
FOUND = of_course(FILE)
assert FOUND is not None
SOLUTIONS: SolutionSet = FOUND
STEPS = [step.id for step in FILE.course.steps]
MUTANTS = read(FILE, SOLUTIONS.steps())


@pytest.fixture(scope="module")
def toy_grader(grader: Grader) -> Grader:
    return grader.with_options(course=str(FOLDER))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("toy")

    @cache
    def at(step: str) -> Path:
        SOLUTIONS.build(step, folder / step, language="en")
        return folder / step

    return at


@pytest.fixture(scope="module")
def report(toy_grader: Grader, built: Callable[[str], Path]) -> Callable[[str], Report]:
    return cache(lambda step: graded_by(toy_grader, built(step)).report)


def test_the_course_is_whole() -> None:
    assert SOLUTIONS.steps() == tuple(STEPS)
    assert [str(fault) for fault in (*SOLUTIONS.faults(), *without_solution(FILE.course, SOLUTIONS))] == []
    assert undefended(FILE.course, MUTANTS) == ((), {})
    given = FOLDER / "template" / "{{cookiecutter.project_slug}}" / "birds.csv"
    assert given.read_bytes() == (FOLDER / "data" / "birds.csv").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("state", STEPS)
def test_each_solution_passes_its_own_step_and_those_before(state: str, report: Callable[[str], Report]) -> None:
    assert [str(fault) for fault in faults(FILE.course, state, report(state))] == []
    verdicts = [check.verdict for step in report(state).steps if step.id <= state for check in step.checks]
    assert all(isinstance(verdict, Passed) for verdict in verdicts), verdicts  # nothing was unavailable here
    assert report(state).points == sum(step.points for step in FILE.course.steps if step.id <= state)


def identity(mutant: CourseMutant) -> str:
    return mutant.title.replace(": ", "--").replace(" ", "-")


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=identity)
def test_each_mutant_is_seen_by_its_check_alone(
    mutant: CourseMutant,
    toy_grader: Grader,
    built: Callable[[str], Path],
    report: Callable[[str], Report],
    tmp_path: Path,
) -> None:
    place = Path(shutil.copytree(built(mutant.base), tmp_path / "mutant", symlinks=True))
    one = judged(mutant, report(mutant.base), place, toy_grader)
    assert [str(fault) for fault in one.faults] == []
    assert not one.unseen


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The toy course cut down to its first step and mutant."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "toy"))
    source = (folder / "course.yaml").read_text()
    head, _, rest = source.partition('  - id: "1.2"')
    (folder / "course.yaml").write_text(head + rest[rest.index("limits:") :])
    for step in ("1.2", "1.3"):
        shutil.rmtree(folder / "solutions" / step)
    first = (folder / "mutants" / "runs.yaml").read_text().split("\n\n")[0]
    for path in (folder / "mutants").iterdir():
        path.unlink()
    (folder / "mutants" / "runs.yaml").write_text(first + "\n")
    return folder


@pytest.mark.slow
def test_the_command_proves_a_course_and_tells_what_contradicts_it(small: Path, checker: Callable[..., Said]) -> None:
    said = checker("course", "check", small, "--quiet")
    assert (said.code, said.err) == (0, "")
    assert "✓ notebook-runs: the author's folder again" in said.out
    assert said.out.endswith("The course holds together: its solutions pass, and its mutants are seen.\n")
    mutants = small / "mutants" / "runs.yaml"
    mutants.write_text(mutants.read_text().replace("remove the os.chdir", "remove the os.chmod"))
    said = checker("course", "check", small, "--quiet")
    assert said.code == 1
    assert said.err.startswith(
        "The verdict of notebook-runs: the author's folder again does not say remove the os.chmod, but: "
    )
    assert "✗ notebook-runs: the author's folder again" in said.out
    mutants.unlink()
    said = checker("course", "check", small, "--language", "fr", "--quiet")
    assert said.code == 1
    assert said.err == "Aucun mutant ne défend l'étape 1.1.\n"


def test_the_command_names_the_line_of_a_mistake_in_a_mutant(small: Path, checker: Callable[..., Said]) -> None:
    mutants = small / "mutants" / "runs.yaml"
    mutants.write_text(mutants.read_text().replace("check: notebook-runs", "check: notebook-run"))
    said = checker("course", "check", small, "--no-run")
    assert said.code == 3
    assert "runs.yaml, line 2: The course has no check notebook-run." in said.err
