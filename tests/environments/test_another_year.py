"""A course of 2022, graded today with the libraries of its year. Needs an index of packages; nothing else has them."""

from __future__ import annotations

import pytest

from checker.model import Passed
from checker.sandbox.environments.making import Environments
from checker.sandbox.environments.wanted import Unmade, Wanted
from checker.session import Request, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

OF_ITS_YEAR = """pandas==1.5.3
numpy==1.24.4
scikit-learn==1.2.2
matplotlib==3.6.3
seaborn==0.12.2
PyYAML==6.0.1
s3fs==2023.6.0
"""
RUN = ("notebook-runs", "main-runs", "main-reports", "lint-main", "environment-sufficient")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    with Environments(tmp_path_factory.mktemp("cache") / "environments") as environments:
        try:
            environments.make(Wanted(("packaging",)))
        except Unmade as unmade:
            pytest.skip(str(unmade))
        yield environments


def test_the_solution_is_right_with_the_libraries_of_2022(solution, kept, tmp_path):
    file = tmp_path / "2022.txt"
    file.write_text(OF_ITS_YEAR)
    request = Request(path=solution("2.3"), commit="HEAD", checks=RUN, environment=str(file), docker="off")
    outcome = run(request, environments=kept)
    verdicts = {one.id: one.verdict for step in outcome.report.steps for one in step.checks}
    assert set(verdicts) == set(RUN)
    for name, verdict in verdicts.items():
        assert isinstance(verdict, Passed), (name, verdict)
    assert outcome.report.environment.kind == "file"


def test_the_solution_is_right_in_the_environment_that_it_declares(solution, kept):
    request = Request(path=solution("2.2"), commit="HEAD", checks=RUN, environment="declared", docker="off")
    outcome = run(request, environments=kept)
    verdicts = {one.id: one.verdict for step in outcome.report.steps for one in step.checks}
    for name, verdict in verdicts.items():
        assert isinstance(verdict, Passed), (name, verdict)
    assert outcome.report.environment.kind == "declared"
