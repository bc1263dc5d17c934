"""``checker render``: a stored report in another format or language, and a sentence for what is no report."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from checker.grader import Outcome
from checker.locale import LANGUAGES, Speech
from checker.model import Trust
from checker.render.registry import FORMATS, renderer
from checker.stored_report import LARGEST
from tests.command_line import Checker
from tests.render.reports import hostile, ordinary
from tests.render.stored import published, stored
from tests.render.test_formats import VARIABLES


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stored report of a French student, in the folder where the command is started."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "report.json"
    path.write_bytes(stored(replace(ordinary(), language="fr"), "fr"))
    return path


@pytest.fixture
def runner_of_classroom50(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables that Classroom 50's runner sets, set."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    return VARIABLES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", FORMATS)
def test_every_format_in_every_language(
    checker: Checker, report: Path, shape: str, language: str, runner_of_classroom50: dict[str, str]
) -> None:
    said = checker("render", report, "--format", shape, "--language", language)
    assert (said.code, said.err) == (0, "")
    assert said.out == renderer(shape, runner_of_classroom50)(ordinary(), Speech(language)).rstrip("\n") + "\n"


def test_a_result_of_nobody_is_refused(checker: Checker, report: Path) -> None:
    said = checker("render", report, "--format", "classroom50", "--language", "en")
    assert (said.code, said.out) == (2, "")
    missing = "CLASSROOM, ASSIGNMENT, SUBMISSION_TAG, COMMIT_URL, RELEASE_URL, OWNER is not set"
    assert missing in said.err.replace("\n", " ")


@pytest.mark.usefixtures("runner_of_classroom50")
def test_a_result_of_somebody_goes_into_its_file(checker: Checker, report: Path) -> None:
    result = report.parent / "result.json"
    assert checker("render", report, "--format", "classroom50", "--output", result).code == 0
    assert json.loads(result.read_text(encoding="utf-8"))["owner"] == "ada"


def test_its_own_language_and_the_terminal_if_nothing_else_is_asked_for(checker: Checker, report: Path) -> None:
    said = checker("render", report)
    assert said.code == 0
    assert said.out == checker("render", report, "--format", "terminal", "--language", "fr").out
    assert "Prochaine étape" in said.out


def test_several_formats_into_files(checker: Checker, report: Path) -> None:
    said = checker(
        "render", report, "--format", "markdown", "--output", "out/report.md", "--format", "json", "--output", report,
        "--format", "junit", "--output", "-", "--language", "en",
    )  # fmt: skip
    assert said.code == 0
    assert said.out.startswith("<?xml")
    assert (report.parent / "out/report.md").read_text(encoding="utf-8") == renderer("markdown")(
        ordinary(), Speech("en")
    )
    assert json.loads(report.read_bytes())["language"] == "en", "the file that was read may be the one that is written"


def test_a_dash_is_the_standard_input(checker: Checker, report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(report.read_bytes())))
    assert checker("render", "-").out == checker("render", report).out


def test_a_hostile_report_is_shown_as_it_was(checker: Checker, report: Path) -> None:
    report.write_bytes(stored(hostile()))
    said = checker("render", report, "--format", "markdown")
    assert said.code == 0
    assert said.out == renderer("markdown")(published(hostile()), Speech("en")).rstrip("\n") + "\n"


@pytest.mark.parametrize(
    ("content", "english", "french"),
    [
        (b"Titanic", "This is not JSON in UTF-8", "Ceci n'est pas du JSON"),
        (b"{}", "This is no report of the checker", "Ceci n'est pas un rapport du correcteur"),
        (b'{"schema": "titanic-checker/report/v1"}', "The report is damaged", "Le rapport est abîmé"),
        (b'{"schema": "titanic-checker/report/v2"}', "It was made by a newer checker", "un correcteur plus récent"),
        (b" " * (LARGEST + 1), "larger than any report", "volumineux"),
    ],
    ids=["words", "foreign", "damaged", "newer", "huge"],
)
def test_what_is_no_report_is_wrong_usage(
    checker: Checker, report: Path, content: bytes, english: str, french: str
) -> None:
    report.write_bytes(content)
    for language, wanted in (("en", english), ("fr", french)):
        said = checker("render", report, "--language", language)
        assert (said.code, said.out) == (2, "")
        assert wanted in said.err
        assert len(said.err.splitlines()) == 2, "what happened, and what to do"


def test_a_field_of_a_stranger_s_name_moves_no_terminal(checker: Checker, report: Path) -> None:
    data = json.loads(report.read_bytes())
    data["steps"][0]["sentences"] = {"\x1b[2J": 7}
    report.write_text(json.dumps(data), encoding="utf-8")
    said = checker("render", report)
    assert said.code == 2
    assert "\x1b" not in said.err
    assert "\\x1b[2J" in said.err


@pytest.mark.parametrize("name", ["nowhere.json", "."])
def test_a_file_that_cannot_be_read(checker: Checker, report: Path, name: str) -> None:
    said = checker("render", name)
    assert said.code == 2
    assert f"{name} cannot be read: " in said.err


def test_endless_input_is_not_read_to_its_end(checker: Checker, report: Path) -> None:
    assert checker("render", "/dev/zero").code == 2


def test_a_wrong_format_and_a_file_that_cannot_be_written(checker: Checker, report: Path) -> None:
    assert "Did you mean markdown?" in checker("render", report, "--format", "markdwon").err
    said = checker("render", report, "--format", "json", "--output", report.parent)
    assert said.code == 2
    assert "cannot be written" in said.err


def test_nothing_of_a_grading_is_loaded(report: Path) -> None:
    script = (
        "import sys\nfrom checker.cli.main import main\n"
        f"main(['render', {str(report)!r}, '--format', 'markdown'])\n"
        "loaded = {'checker.grader', 'checker.sandbox', 'pandas', 'pygit2', 'docker'} & set(sys.modules)\n"
        "print(*sorted(loaded), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("# Titanic")
    assert done.stderr.split() == []


@pytest.mark.parametrize(("variables", "trust"), [({}, "self"), ({"CI": "true"}, "ci"), ({"GITHUB_SHA": "1"}, "ci")])
def test_a_report_says_where_it_was_made(
    checker: Checker, project: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], trust: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    said = checker("check", "--check", "gitignore-python", "--format", "json")
    assert json.loads(said.out)["trust"] == trust
    path = project.parent / "report.json"
    path.write_text(said.out, encoding="utf-8")
    assert checker("render", path, "--format", "json").out == said.out


def test_the_trust_that_was_asked_for_is_that_of_the_report(project: Path, grade: Callable[..., Outcome]) -> None:
    asked = {"checks": ("gitignore-python",), "variables": {"CI": "true"}}
    assert grade(project, **asked).report.trust is Trust.CI
    assert grade(project, **asked, trust=Trust.OFFICIAL).report.trust is Trust.OFFICIAL
