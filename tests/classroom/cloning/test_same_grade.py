"""A clone is graded as the folder that its author has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checker.classroom.records import Fetched
from checker.facts.submission import Submission
from checker.grader import Grader
from checker.model import StepResult
from tests.classroom.cloning.conftest import Fetching
from tests.conftest import shell


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_clone_of_the_last_solution_has_the_verdicts_of_the_folder(
    fetching: Fetching, grader: Grader, copy_of: Callable[[str], Path], tmp_path: Path
) -> None:
    """Every verdict, place and hint; with a large file in the history, which the clone lacks."""
    folder = copy_of("1.9")
    branch = shell("git branch --show-current", folder).strip()
    shell("git init -q --bare -b main forge.git && git -C forge.git config uploadpack.allowFilter true", tmp_path)
    shell("git config core.compression 0 && truncate -s 11M old.bin && git add -f old.bin", folder)
    shell("git commit -qm Large && git rm -q old.bin && git commit -qm Small", folder)
    shell(f"git push -q --all {tmp_path}/forge.git", folder)
    fetching.one(f"file://{tmp_path}/forge.git", branch=branch, key="clone")
    fetching.one(str(folder), key="folder")
    chosen = grader.with_options(docker="off", language="en")
    own = chosen.grade(Submission(path=folder, own=False))
    expected = list(verdicts(own.report.steps))
    assert len(expected) > 20
    for key in ("clone", "folder"):
        found: Fetched = fetching.known[key]
        given = Submission(path=fetching.place(key), commit=found.tip, branch=found.branch, own=False)
        report = chosen.grade(given).report
        assert report.submission.branch == branch
        assert list(verdicts(report.steps)) == expected


def verdicts(steps: tuple[StepResult, ...]) -> Iterator[tuple[object, ...]]:
    """What each check came to; without the seconds and draws that differ from one grading to the next."""
    for step in steps:
        for check in step.checks:
            of_it = (getattr(check.verdict, name, None) for name in ("expected", "hint", "where", "advice", "credits"))
            yield check.id, check.status, check.points, *of_it
