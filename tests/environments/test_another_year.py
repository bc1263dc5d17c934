"""A course of 2022, graded today with the libraries of its year. Needs an index of packages; nothing else has them."""

from __future__ import annotations

import pytest

from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader
from checker.model import Passed
from checker.preloading import preloaded_libraries
from checker.sandbox.environments.builder import Environments
from checker.sandbox.environments.spec import EnvironmentSpec, EnvironmentUnavailable
from checker.selection import Selection

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

OF_ITS_YEAR = """pandas==1.5.3
numpy==1.24.4
scikit-learn==1.2.2
matplotlib==3.6.3
seaborn==0.12.2
PyYAML==6.0.1
s3fs==2023.6.0
"""
OF_JUPYTER = """pandas==1.5.3
numpy==1.26.4
scikit-learn==1.2.2
seaborn==0.12.2
matplotlib==3.7.5
s3fs==2024.2.0
PyYAML
ipykernel
"""
"""What an instructor's Jupyter lists. Which IPython is left open: the newest is too new for that matplotlib."""
RUN = ("notebook-runs", "main-runs", "main-reports", "lint-main", "environment-sufficient")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The folder of environments that are made from the package index."""
    folder = tmp_path_factory.mktemp("cache") / "environments"
    with Environments(folder) as environments:
        try:
            environments.make(EnvironmentSpec(("packaging",)))
        except EnvironmentUnavailable as unmade:
            pytest.skip(str(unmade))
    return folder


def graded(path, environment, folder, asked=RUN):
    options = GradingOptions(environment=environment, docker="off", environments=folder)
    with Grader(options) as grader:
        return grader.grade(Submission(path=path, commit="HEAD"), Selection(checks=asked))


def test_the_solution_is_right_with_the_libraries_of_2022(solution, kept, tmp_path):
    file = tmp_path / "2022.txt"
    file.write_text(OF_ITS_YEAR)
    outcome = graded(solution("2.3"), str(file), kept)
    verdicts = {one.id: one.verdict for step in outcome.report.steps for one in step.checks}
    assert set(verdicts) == set(RUN)
    for name, verdict in verdicts.items():
        assert isinstance(verdict, Passed), (name, verdict)
    assert outcome.report.environment.kind == "file"


def test_the_solution_is_right_in_the_environment_that_it_declares(solution, kept):
    outcome = graded(solution("2.2"), "declared", kept)
    verdicts = {one.id: one.verdict for step in outcome.report.steps for one in step.checks}
    for name, verdict in verdicts.items():
        assert isinstance(verdict, Passed), (name, verdict)
    assert outcome.report.environment.kind == "declared"


def test_a_kernel_that_the_environment_brings_is_the_one_that_is_used(solution, kept, tmp_path):
    file = tmp_path / "jupyter.txt"
    file.write_text(OF_JUPYTER)
    asked = ("notebook-runs", "notebook-uses-functions", "functions-train", "main-runs")
    outcome = graded(solution("1.2"), str(file), kept, asked)
    verdicts = {one.id: one.verdict for step in outcome.report.steps for one in step.checks}
    for name in ("notebook-runs", "notebook-uses-functions", "functions-train"):
        assert isinstance(verdicts[name], Passed), (name, verdicts[name])
    with Environments(kept, libraries=preloaded_libraries(None)) as environments:
        made = environments.make(EnvironmentSpec(file=file), trusted=True)
    assert made.interpreter.overlaid == ()
    assert made.interpreter.vouched


def test_one_that_our_short_way_to_a_kernel_breaks_takes_the_long_way(solution, kept, tmp_path):
    """This IPython draws with that matplotlib where Python is started for it, and not where both are loaded before."""
    file = tmp_path / "jupyter.txt"
    file.write_text(OF_JUPYTER + "ipython==9.18.1\n")
    with Environments(kept, libraries=preloaded_libraries(None)) as environments:
        assert not environments.make(EnvironmentSpec(file=file), trusted=True).interpreter.vouched
    asked = ("notebook-runs", "notebook-uses-functions")
    outcome = graded(solution("1.2"), str(file), kept, asked)
    verdicts = [one.verdict for step in outcome.report.steps for one in step.checks]
    assert all(isinstance(verdict, Passed) for verdict in verdicts), verdicts
