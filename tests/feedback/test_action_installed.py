"""The action with nothing in its cache: its own step installs the checker, and the next run finds that."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from checker import __version__, template
from checker.stored_report import read
from tests.conftest import shell
from tests.feedback.runner_imitation import ROOT, Runner
from tests.feedback.test_action import variables

INPUTS = {"steps": "1.8", "language": "fr", "fail-on": "never"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The action as GitHub's runner downloads it: the tracked files, and no repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ":!tests", ":!solutions"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            place = tmp_path / "action" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place)
    return tmp_path / "action"


def files_of(folder: Path) -> set[Path]:
    """The files of *folder* but for byte-code, which Python writes beside the build hook that it imports."""
    return {
        path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_checker_is_installed_once_and_grades_both_times(checkout: Path, tmp_path: Path) -> None:
    workspace = template.new(tmp_path / "titanic", no_input=True)
    given = variables("push", "refs/heads/main", shell("git rev-parse HEAD", workspace).strip())
    event = {"repository": {"full_name": "Ada/titanic", "default_branch": "main"}}
    before = files_of(checkout)
    runner = Runner(tmp_path / "runner", workspace, given, event, real=checkout)

    first = runner.run_action(INPUTS)
    assert first.status == 0, first.log
    program = tmp_path / "runner" / "temp" / "titanic-checker" / "bin" / "checker"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert __version__ in said.stdout
    installed = program.stat().st_mtime_ns
    report = read(Path(first.outputs["report"]).read_bytes())
    assert (report.checker, report.language) == (__version__, "fr")
    assert files_of(checkout) == before
    cached = [inputs for name, inputs in first.used if name == "actions/cache"]
    assert [Path(inputs["path"]) for inputs in cached] == [
        program.parents[1],
        program.parents[2] / "titanic-checker-results",
    ]

    second = runner.run_action(INPUTS)
    assert second.status == 0, second.log
    assert program.stat().st_mtime_ns == installed
    assert json.loads(second.outputs["failed-checks"]) == json.loads(first.outputs["failed-checks"])
    assert [inputs["key"] for _, inputs in second.used if "key" in inputs] == [inputs["key"] for inputs in cached]


@pytest.mark.slow
def test_another_checker_is_another_entry_of_the_cache(checkout: Path, tmp_path: Path) -> None:
    """Neither byte-code nor a changelog is another checker; a line of code is."""
    action = checkout / "action.yml"
    assert "steps.identity.outputs.key" in action.read_text(encoding="utf-8")

    def key() -> str:
        identity = _step_of(action, "identity")
        output = tmp_path / "output"
        output.unlink(missing_ok=True)
        given = {"GITHUB_ACTION_PATH": str(checkout), "GITHUB_OUTPUT": str(output), "RUNNER_OS": "Linux"}
        subprocess.run(
            ["bash", "-eo", "pipefail", "-c", identity],
            env={"PATH": "/usr/bin:/bin", "RUNNER_ARCH": "X64", "PYTHON_VERSION": "3.12.0", **given},
            check=True,
        )
        return output.read_text(encoding="utf-8")

    first = key()
    (checkout / "CHANGELOG.md").write_text("", encoding="utf-8")
    (checkout / "checker" / "model.pyc").write_bytes(b"")
    assert key() == first
    with (checkout / "checker" / "model.py").open("a", encoding="utf-8") as file:
        file.write("# another\n")
    assert key() != first


def _step_of(action: Path, name: str) -> str:

    steps = yaml.safe_load(action.read_text(encoding="utf-8"))["runs"]["steps"]
    return next(str(step["run"]) for step in steps if step.get("id") == name)
