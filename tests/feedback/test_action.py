"""The steps of the action, run in an imitation of the runner, for each way in which a run begins."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checker import template
from checker.stored_report import read
from tests.conftest import shell
from tests.feedback.runner_imitation import Job, Runner, commands

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
INPUTS = {"steps": "1.0, 1.8", "language": "en", "fail-on": "never"}


@dataclass(frozen=True)
class Begun:
    """How a run begins: its event, what the variables say, and what is checked out."""

    event: Mapping[str, Any]
    variables: Mapping[str, str]
    checkout: str


def sha(folder: Path, name: str) -> str:
    return shell(f"git rev-parse {name}", folder).strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A starter in English, a branch with a good and a bad commit, a merge of it with main, and a tag."""
    folder = template.new(tmp_path_factory.mktemp("runner") / "titanic", language="en", no_input=True)
    (folder / "AUTHORS.md").write_text("Ada\n", encoding="utf-8")
    shell("git checkout -q -b nettoyage && git add -A && git commit -q -m 'Say who works here'", folder)
    (folder / ".gitignore").write_text("*.py\n::set-output name=x::y\n", encoding="utf-8")
    shell("git add -A && git commit -q -m '::error::not a command' && git tag v1", folder)
    shell("git checkout -q --detach main && git merge -q --no-ff -m merged nettoyage && git branch merged", folder)
    return folder


def request(folder: Path, source: str, number: int = 7) -> dict[str, Any]:
    def side(ref: str, name: str, commit: str) -> dict[str, Any]:
        return {"ref": ref, "sha": commit, "repo": {"full_name": name, "default_branch": "main"}}

    target = "school/titanic" if source != "Ada/titanic" or number == 7 else source
    head, base = sha(folder, "nettoyage"), sha(folder, "main")
    return {
        "action": "synchronize",
        "number": number,
        "pull_request": {
            "number": number,
            "state": "open",
            "head": side("nettoyage", source, head),
            "base": side("main", target, base),
        },
        "repository": {"full_name": target, "default_branch": "main"},
    }


def variables(event: str, ref: str, commit: str, repository: str = "Ada/titanic", **more: str) -> dict[str, str]:
    return {
        "GITHUB_EVENT_NAME": event,
        "GITHUB_REF": ref,
        "GITHUB_SHA": commit,
        "GITHUB_REPOSITORY": repository,
        "GITHUB_RUN_ID": "9001",
        "GITHUB_RUN_ATTEMPT": "1",
        **more,
    }


def begun(folder: Path, name: str) -> Begun:
    head, merge, main = (sha(folder, one) for one in ("nettoyage", "merged", "main"))
    pushed = {"repository": {"full_name": "Ada/titanic", "default_branch": "main"}}
    of_request = {"GITHUB_HEAD_REF": "nettoyage", "GITHUB_BASE_REF": "main"}
    match name:
        case "push" | "run again":
            more = {} if name == "push" else {"GITHUB_RUN_ATTEMPT": "2"}
            return Begun(pushed, variables("push", "refs/heads/nettoyage", head) | more, "nettoyage")
        case "request from a fork":
            given = variables("pull_request", "refs/pull/7/merge", merge, "school/titanic", **of_request)
            return Begun(request(folder, "Ada/titanic"), given, head)
        case "request within a fork":
            given = variables("pull_request", "refs/pull/1/merge", merge, **of_request)
            return Begun(request(folder, "Ada/titanic", 1), given, head)
        case "detached merge":
            given = variables("pull_request", "refs/pull/7/merge", merge, "school/titanic", **of_request)
            return Begun(request(folder, "Ada/titanic"), given, merge)
        case "main":
            return Begun(pushed, variables("push", "refs/heads/main", main), "main")
        case "tag":
            return Begun(pushed, variables("push", "refs/tags/v1", head), "v1")
    raise AssertionError(name)


NAMES = ("push", "request from a fork", "request within a fork", "detached merge", "main", "tag", "run again")


@pytest.fixture
def run(repository: Path, tmp_path: Path) -> Any:
    def run(name: str, **inputs: str) -> Job:
        beginning = begun(repository, name)
        workspace = tmp_path / "workspace"
        if not workspace.exists():
            shell(f"git clone -q {repository} {workspace}", tmp_path)
        how = {"nettoyage": "-B nettoyage origin/nettoyage", "main": "-B main origin/main"}
        shell(f"git checkout -q {how.get(beginning.checkout, f'--detach {beginning.checkout}')}", workspace)
        return Runner(tmp_path, workspace, beginning.variables, beginning.event).run_action({**INPUTS, **inputs})

    return run


@pytest.mark.parametrize("name", NAMES)
def test_each_way_to_begin_looks_as_accepted(run: Any, name: str, request: pytest.FixtureRequest) -> None:
    job = run(name)
    if name == "run again":
        job = run(name)
    assert job.status == 0, job.log
    shown = told(job)
    path = GOLDEN / f"{name.replace(' ', '-')}.md"
    if request.config.getoption("--update-goldens", default=False):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def told(job: Job) -> str:
    """Summary, what the runner obeys, and outputs, with commits and versions left out."""
    outputs = {**job.outputs, "report": Path(job.outputs["report"]).name}
    words = "\n".join([job.summary, "----", *commands(job.log), "----", json.dumps(outputs, indent=1), ""])
    words = re.sub(r"(Commit|--commit) `?[0-9a-f]{8,12}`?", r"\1 COMMIT", words)
    words = re.sub(r"\(`[0-9a-f]{12}`\)", "(HASH)", words)
    return re.sub(r"(checker|sandbox) `[\w.+]+`", r"\1 ONE", words)


def test_the_artifact_is_the_report_of_the_students_commit(run: Any, repository: Path, tmp_path: Path) -> None:
    job = run("request from a fork")
    (name, uploaded) = job.used[-1]
    assert name == "actions/upload-artifact"
    folder = Path(uploaded["path"])
    assert {path.name for path in folder.iterdir()} >= {"report.json", "report.md", "junit.xml"}
    report = read((folder / "report.json").read_bytes())
    assert report.submission.commit == sha(repository, "nettoyage")
    assert report.trust == "ci"
    assert shell("git status --porcelain --ignored", tmp_path / "workspace") == ""


def test_student_text_in_the_log_is_never_a_command(run: Any) -> None:
    log = run("push", sinks="log").log
    assert "::stop-commands::" in log
    assert commands(log) == []


def test_sinks_that_are_not_asked_for_get_nothing(run: Any) -> None:
    job = run("push", sinks="log")
    assert job.summary == ""
    assert job.used[-1][0] != "actions/upload-artifact"
    assert "Titanic" in job.log or "points" in job.log


@pytest.mark.parametrize(
    ("name", "inputs", "status"),
    [("push", {"fail-on": "failed"}, 1), ("main", {"fail-on": "1.8"}, 1), ("push", {"up-to": "9"}, 2)],
)
def test_the_step_fails_as_asked_and_still_tells(run: Any, name: str, inputs: dict[str, str], status: int) -> None:
    job = run(name, **inputs)
    assert job.status == status
    assert bool(job.outputs["points"]) is (status == 1)
    assert job.used[-1][0] == "actions/upload-artifact"
    assert [line for line in commands(job.log) if not line.startswith(("::error ", "::warning", "::notice"))] == []
