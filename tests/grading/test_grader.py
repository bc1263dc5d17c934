"""One grader for all: it always ends, within its time, and leaves nothing behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from checker.absences import OutOfTime
from checker.course import load
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader, Outcome
from checker.model import Failed, Passed, Unavailable
from checker.sandbox.per_grading.clock import Cancellation, Cancelled, GradingClock
from checker.selection import Selection
from tests.conftest import graded_by, result_of
from tests.repositories import commit_all
from tests.verdicts import failed

FOREST = """\
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

data = {reading}
model = RandomForestClassifier(n_estimators=20).fit(data[["Pclass"]], data["Survived"])
print(model.score(data[["Pclass"]], data["Survived"]))
"""
MISSING = FOREST.format(reading='pd.read_csv("missing.csv")')
OLD = FOREST.format(reading="pd.read_old_csv('x')")
DECLARES = "name: monenv\ndependencies:\n  - python=3.11\n  - pandas=1.4.0\n  - scikit-learn=1.0\n"


@pytest.fixture
def repository(tmp_path: Path) -> Callable[..., Path]:
    """A repository of one commit with these files."""

    def made(**files: str) -> Path:
        folder = tmp_path / f"work-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        for name, content in files.items():
            (folder / name.replace("__", ".")).write_text(content, encoding="utf-8")
        commit_all(folder)
        return folder

    return made


@pytest.fixture
def hurried(tmp_path: Path) -> Callable[[int], str]:
    """The path of the course with other limits: a whole grading may take so many seconds."""

    def made(total: int) -> str:
        content = load().path.read_text(encoding="utf-8")
        assert "limits: {notebook: 420, main: 300, other: 60, history: 120, total: 1200}" in content
        path = tmp_path / "course" / "course.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content.replace("total: 1200}", f"total: {total}}}"), encoding="utf-8")
        for name in ("data", "statement"):
            place = path.parent / name
            if not place.exists():
                place.symlink_to(load().path.parent / name)
        return str(path)

    return made


@pytest.mark.timeout(90)
@pytest.mark.parametrize("script", [MISSING, OLD], ids=["a file is missing", "a library is older"])
def test_a_script_in_the_place_of_main_that_fails_is_run_once(
    grade: Callable[..., Outcome], repository: Callable[..., Path], script: str
) -> None:
    before = threading.active_count()
    outcome = grade(repository(analyse__py=script, environment__yml=DECLARES), steps=("1.3",))
    assert not outcome.faults
    assert isinstance(result_of(outcome.report, "main-runs").verdict, Failed | Unavailable)
    assert threading.active_count() <= before + 2


@pytest.mark.slow
def test_what_the_time_did_not_suffice_for_is_too_slow_by_name(
    grader: Grader, repository: Callable[..., Path], hurried: Callable[[int], str]
) -> None:
    """Forty modules of a second each, with ten seconds for all."""
    modules = {f"m{number}__py": f"import time\ntime.sleep(1)\nX = {number}\n" for number in range(40)}
    main = "".join(f"import m{number}\n" for number in range(40)) + "print(m1.X)\n"
    folder = repository(main__py=main, **modules)
    started = time.monotonic()
    outcome = graded_by(grader, folder, checks=("functions-standalone", "main-runs"), course=hurried(10), own=False)
    took = time.monotonic() - started
    assert took < 10 * 1.1 + 3, took
    assert not outcome.faults
    for check in ("functions-standalone", "main-runs"):
        verdict = failed(result_of(outcome.report, check).verdict)
        assert "Too slow" in str(verdict.actual)
        assert ("main.py (" if check == "main-runs" else "import m") in str(verdict.actual)
        assert verdict.reproduce.startswith("timeout ")


@pytest.mark.slow
def test_a_slow_program_is_not_run_again_when_its_time_is_known_not_to_suffice(
    grader: Grader, copy_of: Callable[[str], Path], hurried: Callable[[int], str]
) -> None:
    folder = copy_of("1.5")
    main = folder / "main.py"
    main.write_text("import time\ntime.sleep(7)\n" + main.read_text())
    started = time.monotonic()
    outcome = graded_by(grader, folder, checks=("main-runs", "main-reports"), course=hurried(13))
    took = time.monotonic() - started
    assert isinstance(result_of(outcome.report, "main-runs").verdict, Passed)
    assert "main.py (" in str(failed(result_of(outcome.report, "main-reports").verdict).actual)
    assert took < 12, "the second run would have taken it beyond its time, and was begun"


def test_a_machine_that_was_too_slow_is_no_failure() -> None:
    with GradingClock(0.01) as clock:
        time.sleep(0.2)
        with pytest.raises(OutOfTime) as raised:
            clock.check()
    assert isinstance(raised.value.verdict, Unavailable)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_grading_can_be_cancelled_and_the_next_one_finds_all_warm(
    grader: Grader, repository: Callable[..., Path]
) -> None:
    slow = Submission(path=repository(main__py="import time\ntime.sleep(60)\n"))
    cancellation = Cancellation()
    threading.Timer(2, cancellation.cancel).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        grader.grade(slow, Selection(checks=("main-runs",)), cancellation=cancellation)
    assert time.monotonic() - started < 30
    quick = Submission(path=repository(main__py="print(open('README.md').read())\n", README__md="Read.\n"))
    report = grader.grade(quick, Selection(checks=("main-runs",))).report
    assert isinstance(result_of(report, "main-runs").verdict, Passed)


def test_one_bound_holds_for_all_runs_of_a_grader(repository: Callable[..., Path], grader: Grader) -> None:
    """Three submissions at once with one slot: no two runs overlap."""
    lock, running, most = threading.Lock(), 0, 0

    class Counting:
        kind = grader.sandbox.kind

        def run(self, job, scope=None):
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            try:
                return grader.sandbox.run(job, scope)
            finally:
                with lock:
                    running -= 1

    folders = [repository(main__py=f"print({number})\n") for number in range(3)]
    with Grader(GradingOptions(jobs=1), sandbox=Counting()) as narrow:
        threads = [
            threading.Thread(target=narrow.grade, args=(Submission(path=folder), Selection(steps=("1.3",))))
            for folder in folders
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_failing_submissions_leave_no_memory_behind(repository: Callable[..., Path], grader: Grader) -> None:
    """The memory of a grader after 200 failing submissions is that after 20."""
    process = psutil.Process()
    used = {}
    with Grader(GradingOptions(lasting=True), sandbox=grader.sandbox) as many:
        for number in range(1, 201):
            main = f"print('x' * 200_000)\nraise ValueError({number})\n"
            folder = repository(main__py=main, environment__yml=DECLARES)
            outcome = many.grade(Submission(path=folder), Selection(checks=("main-runs",)))
            assert isinstance(result_of(outcome.report, "main-runs").verdict, Failed | Unavailable)
            used[number] = process.memory_info().rss
    assert used[200] < 1.05 * used[20], used
