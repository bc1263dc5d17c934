"""Submissions graded in the environment that they declare, or in an instructor's."""

from __future__ import annotations

import re
from pathlib import Path

import pygit2
import pytest

from checker.errors import CheckerFault, CourseError, UsageError
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader, validate
from checker.model import Blocked, Failed, Passed, Report, Unavailable, Verdict
from checker.sandbox.environments import builder
from checker.selection import Selection
from tests.environments.conftest import Index

pytestmark = pytest.mark.slow

DECLARES = "name: monenv\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n      - alpha==1.0\n"
IMPORTS = "import alpha\n\nprint(alpha.VERSION)\n"


def repository(folder: Path) -> None:
    """A repository with a first commit, in which nothing is."""
    git = pygit2.init_repository(str(folder), initial_head="main")
    author = pygit2.Signature("Student", "student@example.org", 1_700_000_000, 0)
    git.create_commit("HEAD", author, author, "Start", git.TreeBuilder().write(), [])


def options_of(environment: str, folder: Path, index: Index) -> GradingOptions:
    """The options of a grader that makes environments from *index*, in *folder*."""
    return GradingOptions(
        environment=environment,
        docker="off",
        environments=folder / "environments",
        install_variables=index.variables(),
    )


@pytest.fixture
def graded(tmp_path, index):
    """Grades files, and gives the verdicts of main-runs and environment-sufficient, and the report."""

    def grade(environment: str = "declared", **files: str) -> tuple[Verdict, Verdict, Report]:
        folder = tmp_path / "work"
        repository(folder)
        for name, content in files.items():
            (folder / name.replace("_", ".")).write_text(content)
        asked = ("main-runs", "environment-sufficient")
        with Grader(options_of(environment, tmp_path, index)) as grader:
            report = grader.grade(Submission(path=folder), Selection(checks=asked)).report
        verdicts = {one.id: one.verdict for step in report.steps for one in step.checks}
        return verdicts["main-runs"], verdicts["environment-sufficient"], report

    return grade


def test_main_runs_in_what_it_declares(graded, index):
    index.wheel("alpha", "1.0")
    runs, sufficient, report = graded(main_py=IMPORTS, environment_yml=DECLARES)
    assert isinstance(runs, Passed)
    assert isinstance(sufficient, Passed)
    assert report.environment.kind == "declared"
    assert sufficient.details["environment"]["versions"] == {"alpha": "1.0"}
    assert "--environment declared" in report.command


def test_what_is_not_declared_is_not_there(graded, index):
    index.wheel("alpha", "1.0", {"alpha.py": "import yaml\nVERSION = 1\n"})
    runs, sufficient, _ = graded(main_py=IMPORTS, environment_yml=DECLARES)
    assert isinstance(sufficient, Failed)
    assert "PyYAML is missing" in str(sufficient.actual)
    assert isinstance(runs, Failed)
    assert str(runs.hint) == "yaml is not in the environment that is declared: declare it, with its version."


def test_a_name_that_does_not_exist_fails_where_it_stands(graded):
    runs, sufficient, _ = graded(main_py=IMPORTS, environment_yml=DECLARES)
    assert isinstance(sufficient, Failed)
    assert [str(place) for place in sufficient.where] == ["environment.yml:6"]
    assert "alpha" in str(sufficient.actual)
    assert isinstance(runs, Unavailable)


def test_what_another_system_has_is_unavailable(graded, index):
    index.wheel("alpha", "1.0", tag="py3-none-win_amd64")
    runs, sufficient, _ = graded(main_py=IMPORTS, environment_yml=DECLARES)
    assert isinstance(sufficient, Unavailable)
    assert isinstance(runs, Unavailable)


def test_what_only_conda_has_is_unavailable(graded):
    declares = DECLARES.partition("  - pip\n")[0] + "  - alpha=1.0\n"
    runs, sufficient, _ = graded(main_py=IMPORTS, environment_yml=declares)
    assert isinstance(sufficient, Unavailable)
    assert isinstance(runs, Unavailable)


def test_nothing_is_declared_yet(graded):
    runs, _, report = graded(main_py="print(open('README.md').read())\n", README_md="Read.\n")
    assert isinstance(runs, Passed)
    assert report.environment.kind == "embedded"


def test_what_fails_here_for_want_of_a_version_runs_again_there(graded, index):
    index.wheel("alpha", "1.0")
    runs, _, report = graded("embedded", main_py=IMPORTS, environment_yml=DECLARES)
    assert isinstance(runs, Passed)
    assert report.environment.kind == "embedded"


def test_what_fails_there_too_fails(graded, index):
    index.wheel("alpha", "1.0", {"alpha.py": ""})
    runs, _, _ = graded("embedded", main_py=IMPORTS, environment_yml=DECLARES)
    assert isinstance(runs, Failed)
    assert "VERSION" in str(runs.actual)


def test_where_it_cannot_be_made_the_reason_is_told(graded, index):
    index.wheel("alpha", "1.0", tag="py3-none-win_amd64")
    runs, _, _ = graded("embedded", main_py=IMPORTS, environment_yml=DECLARES)
    assert isinstance(runs, Unavailable)
    assert "cannot be installed" in str(runs.remedy)


def test_an_error_that_no_version_cures_is_not_run_again(graded, index):
    runs, _, _ = graded("embedded", main_py="1 / 0\n", environment_yml=DECLARES)
    assert isinstance(runs, Failed)


def test_an_instructors_file(graded, index, tmp_path):
    index.wheel("alpha", "1.0")
    file = tmp_path / "course.txt"
    file.write_text("alpha==1.0\n")
    runs, sufficient, report = graded(str(file), main_py=IMPORTS, environment_yml=DECLARES)
    assert isinstance(runs, Passed)
    assert isinstance(sufficient, Passed)
    assert report.environment.kind == "file"


@pytest.fixture
def with_a_notebook(tmp_path, index):
    """Grades a notebook among packages whose kernel cannot be imported, and gives the report."""
    index.wheel("alpha", "1.0")
    index.wheel("ipykernel", "7.0", {"ipykernel/__init__.py": "raise ImportError('built for another Python')\n"})
    folder = tmp_path / "work"
    repository(folder)
    (folder / "titanic.ipynb").write_text(NOTEBOOK)
    (folder / "main.py").write_text(IMPORTS)
    (folder / "environment.yml").write_text(DECLARES + "      - ipykernel==7.0\n")

    def grade(environment: str, *checks: str) -> Report:
        with Grader(options_of(environment, tmp_path, index)) as grader:
            return grader.grade(Submission(path=folder), Selection(checks=checks)).report

    return grade


NOTEBOOK = (
    '{"cells": [{"cell_type": "code", "id": "a", "source": "print(1)", "metadata": {}, "outputs": [], '
    '"execution_count": null}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
)


def test_an_instructor_is_told_that_no_notebook_runs_before_anybody_is_graded(with_a_notebook, tmp_path):
    file = tmp_path / "course.txt"
    file.write_text("alpha==1.0\nipykernel\n")
    with pytest.raises(CourseError, match="No kernel of Jupyter runs with the packages") as told:
        with_a_notebook(str(file))
    assert told.value.exit_code == 3
    with pytest.raises(CourseError):
        with_a_notebook(str(file), "notebook-uses-functions")


def test_a_class_is_told_so_before_its_first_submission(with_a_notebook, tmp_path, index):
    file = tmp_path / "course.txt"
    file.write_text("alpha==1.0\nipykernel\n")
    with Grader(options_of(str(file), tmp_path, index)) as grader, pytest.raises(CourseError, match="No kernel"):
        grader.prepare()
    with Grader(options_of("embedded", tmp_path, index)) as grader:
        grader.prepare()


def test_what_needs_no_notebook_is_graded_without_a_kernel(with_a_notebook, tmp_path):
    file = tmp_path / "course.txt"
    file.write_text("alpha==1.0\nipykernel\n")
    report = with_a_notebook(str(file), "main-runs", "environment-sufficient", "lint-main")
    assert isinstance(report.steps[0].checks[0].verdict, Passed)


def test_where_a_student_declares_no_kernel_that_runs_the_notebook_is_unavailable(with_a_notebook):
    report = with_a_notebook("declared", "notebook-runs", "main-runs")
    verdicts = {one.id: one.verdict for step in report.steps for one in step.checks}
    assert isinstance(verdicts["main-runs"], Passed)
    lacking = verdicts["notebook-runs"]
    assert isinstance(lacking, Unavailable)
    assert "no kernel of Jupyter runs with them" in str(lacking.what)
    assert "ipykernel" in str(lacking.remedy)


def test_what_the_instructors_file_lacks_is_not_the_students_failure(graded, index, tmp_path):
    index.wheel("alpha", "2.0", {"alpha.py": "def new(): return 1\n"})
    file = tmp_path / "course.txt"
    file.write_text("alpha==2.0\n")
    runs, sufficient, _ = graded(str(file), main_py=IMPORTS, environment_yml=DECLARES)
    assert isinstance(runs, Unavailable)
    assert "alpha ==1.0, here 2.0" in str(runs.what)
    assert not isinstance(sufficient, Failed | Blocked)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("nothing.txt", None),
        ("environment.yml", b"name: x\n"),
        ("a.txt", b"\0\0"),
        ("folder", None),
        ("empty.txt", b"\xef\xbb\xbf# nothing\n\n"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    if name == "folder":
        (tmp_path / name).mkdir()
    repository(tmp_path / "work")
    (tmp_path / "work" / "main.py").write_text("")
    with pytest.raises(UsageError) as raised:
        validate(GradingOptions(environment=str(tmp_path / name)))
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("declard", "Did you mean declared?"),
        ("{}/cours.txt", "Did you mean {}/course.txt?"),
        ("x", "Give --environment"),
    ],
)
def test_a_file_that_is_not_there_may_have_another_name(tmp_path, asked, told):
    (tmp_path / "course.txt").write_text("alpha\n")
    repository(tmp_path / "work")
    with pytest.raises(UsageError, match=re.escape(told.format(tmp_path))):
        validate(GradingOptions(environment=asked.format(tmp_path)))


def test_a_wrong_line_of_the_instructors_file(graded, tmp_path):
    file = tmp_path / "course.txt"
    file.write_text("# 2022\nalpha=1.0\n")
    with pytest.raises(UsageError, match=r"course\.txt, line 2"):
        graded(str(file), main_py=IMPORTS)


def test_an_instructors_file_without_uv(graded, index, tmp_path, monkeypatch):
    monkeypatch.setattr(builder, "program", lambda _variables: None)
    file = Path(tmp_path / "course.txt")
    file.write_text("alpha==1.0\n")
    with pytest.raises(CheckerFault, match="uv is not installed"):
        graded(str(file), main_py=IMPORTS)


def test_what_is_not_declared_and_the_checker_has_lies_beside_what_is(graded, index):
    index.wheel("alpha", "1.0")
    index.wheel("seaborn", "99.0")
    both = "import alpha\nimport seaborn\n\nprint(alpha.VERSION, seaborn.VERSION, open('README.md').read())\n"
    runs, sufficient, _ = graded("embedded", main_py=both, environment_yml=DECLARES, README_md="Read.\n")
    assert isinstance(runs, Passed)
    assert isinstance(sufficient, Failed)
    assert "seaborn is not declared" in str(sufficient.actual)


def test_where_that_does_not_go_together_nobody_fails(graded, index):
    index.wheel("alpha", "1.0", needs=("beta<2",))
    index.wheel("beta", "1.0")
    index.wheel("seaborn", "99.0", needs=("beta>=2",))
    both = "import alpha\nimport seaborn\n"
    runs, _, _ = graded("embedded", main_py=both, environment_yml=DECLARES)
    assert isinstance(runs, Unavailable)


def test_what_neither_has_is_not_there(graded, index):
    index.wheel("alpha", "1.0")
    index.wheel("gamma", "1.0")
    runs, _, _ = graded("embedded", main_py="import alpha\nimport gamma\n", environment_yml=DECLARES)
    assert isinstance(runs, Failed)
    assert "gamma" in str(runs.actual)


def test_a_newer_python_that_is_not_here_is_not_looked_for_in_vain(graded, index):
    index.wheel("alpha", "1.0")
    declares = DECLARES.replace("python=3.11", "python=3.14")
    main = "import alpha\n\ntry:\n    print(1)\nexcept ValueError, TypeError:\n    pass\n"
    runs, _, _ = graded("embedded", main_py=main, environment_yml=declares)
    assert isinstance(runs, Unavailable)
    assert "main.py:5 needs Python 3.14" in str(runs.what)
