"""A submission that has uploaded its tables under names of its own is graded as any other."""

from __future__ import annotations

import pytest

from checker.course import load
from checker.model import Failed, Passed
from tests.conftest import result_of, shell

pytestmark = pytest.mark.slow

DATA = load().course.data.folder
CHECKS = ("data-remote", "data-untracked", "data-parameters", "main-runs", "main-reports")


@pytest.mark.parametrize("followed", [True, False])
def test_tables_under_names_of_ones_own(copy_of, grade, followed):
    path = copy_of("1.7")
    if followed:  # once, by git
        for name, own in (("train", "passagers"), ("test", "a_predire")):
            (path / f"{own}.csv").write_bytes((DATA / f"{name}.csv").read_bytes())
        shell("git add -f passagers.csv a_predire.csv && git commit -qm 'Rename the data'", path)
        shell("git rm -q passagers.csv a_predire.csv && git commit -qm 'Move the data'", path)
    for file in path.rglob("*.py"):
        source = file.read_text()
        file.write_text(source.replace("train.csv", "passagers.csv").replace("test.csv", "a_predire.csv"))
    shell("git commit -qam 'Read it from S3'", path)
    report = grade(path, checks=CHECKS).report
    verdicts = {check: result_of(report, check).verdict for check in CHECKS}
    if followed:
        assert {check: type(verdict) for check, verdict in verdicts.items()} == dict.fromkeys(CHECKS, Passed)
    else:
        assert isinstance(verdicts["data-remote"], Failed)  # nobody can know what those files are
