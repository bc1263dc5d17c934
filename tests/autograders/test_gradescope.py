"""Gradescope's autograder, in an imitation of the folders of its container."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from tests.autograders.conftest import Layout
from tests.render import consumers

ROOT = Path(__file__).parents[2]


def valid(layout: Layout) -> dict[str, object]:
    jsonschema.Draft202012Validator(consumers.GRADESCOPE).validate(layout.results)
    return layout.results


@pytest.mark.slow
def test_a_repository_is_graded_with_its_history(layout: Callable[..., Layout], solution: Callable[[str], Path]):
    made = layout("--language", "en")
    made.install()
    shutil.copytree(solution("1.4"), made.submission, symlinks=True, dirs_exist_ok=True)
    done = made.run()
    assert done.returncode == 0, done.stderr
    results = valid(made)
    tests = {test["name"].partition(":")[0]: test for test in results["tests"]}
    assert tests["lint-main"]["status"] == tests["branch"]["status"] == "passed", done.stdout
    assert results["score"] == sum(test.get("score", 0) for test in tests.values()) > 5
    assert results["extra_data"]["trust"] == "ci"
    assert list(made.submission.glob("results*")) == []


@pytest.mark.slow
def test_an_upload_without_a_repository_is_graded_for_what_is_there(
    layout: Callable[..., Layout], solution: Callable[[str], Path]
):
    made = layout("--language", "fr")
    made.install()
    shutil.copytree(solution("1.4"), made.submission, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
    (made.submission / "hole").symlink_to("/etc")
    made.run()
    tests = {test["name"].partition(":")[0]: test for test in valid(made)["tests"]}
    assert tests["lint-main"]["status"] == "passed"
    assert "score" not in tests["branch"]
    assert "ne contient pas l'historique" in tests["branch"]["output"]


def test_results_are_those_that_the_checker_wrote_and_no_older_ones(layout: Callable[..., Layout]):
    made = layout()
    made.install(
        'ls "$HOME/results" >"$HOME/before"\n'
        'while [ "$1" != --output ]; do echo "$1" >>"$HOME/said"; shift; done\n'
        'echo "{\\"score\\": 3}" >"$2"'
    )
    (made.root / "results/results.json").write_text("old")
    assert made.run().returncode == 0
    assert made.results == {"score": 3}
    assert "results.json" not in (made.root / "before").read_text(), "it may be ended before it has written"
    assert sorted(path.name for path in (made.root / "results").iterdir()) == ["results.json"]
    words = (made.root / "said").read_text().split()
    assert words[0] == "check"
    assert words[1].endswith("/submission.tar")
    assert words[2:] == ["--course", "ensae-2022", "--quiet", "--format", "gradescope"]


def test_a_course_of_ones_own_is_found_where_it_was_unpacked(layout: Callable[..., Layout], tmp_path: Path):
    shutil.copytree(ROOT / "checker/courses/ensae-2022", tmp_path / "own")
    made = layout("--course", str(tmp_path / "own/course.yaml"))
    made.install('echo "$4" >"$HOME/said"')
    made.run()
    assert (made.root / "said").read_text().strip() == f"{made.root}/source/course/course.yaml"
    assert (made.root / "source/course/data/train.csv").is_file()


@pytest.mark.parametrize(
    "words", ['he said \\"no\\" \\\\', "\\x1b[31m <script> \\x00", "::error::x\\n##[group]", "\\xff\\xfe {{}} é"]
)
def test_where_the_checker_fails_the_results_say_why(layout: Callable[..., Layout], words: str):
    made = layout()
    made.install(f"printf '{words}' >&2; exit 3")
    assert made.run().returncode == 0
    results = valid(made)
    assert results["score"] == 0
    assert "(status 3)" in results["output"]
    assert "\x1b" not in results["output"]
    assert "\x00" not in results["output"]


def test_a_checker_that_hangs_is_ended(layout: Callable[..., Layout]):
    made = layout()
    made.install("exec sleep 60")
    made.run(CHECKER_SECONDS="0.2")
    assert "(status 124)" in valid(made)["output"]


def test_a_checker_that_is_not_installed_is_said_to_be_none(layout: Callable[..., Layout]):
    made = layout()
    assert made.run().returncode == 0
    assert valid(made)["output"] == "The checker is not installed."
