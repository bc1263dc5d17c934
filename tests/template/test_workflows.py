"""The starter's workflows: read-only where the student's code runs, and without a finding of who looks for holes."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from checker import template
from tests.processes import ended
from tests.template.conftest import ROOT
from tests.template.test_starter import files_of

pytestmark = pytest.mark.slow

PINNED = re.compile(r"uses: (\S+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+$")
SOURCES = ("titanic-checker==1.0", "git+https://example.org/a@v1", "docker://example.org/a:1")
SETTINGS = [
    {"language": language, "upstream": upstream, "checker_source": source}
    for language, upstream, source in product(("fr", "en"), ("", "school/titanic"), SOURCES)
]


def made(folder: Path, **answers: str) -> Path:
    return template.generate(folder / "titanic", answers, no_input=True, with_hooks=False)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the starters of all languages, settings and sources, for both forges."""
    folder = tmp_path_factory.mktemp("workflows")
    for number, answers in enumerate(SETTINGS):
        for forge in ("github", "gitlab"):
            made(folder / f"{forge}-{number}", forge=forge, **answers)
    return folder


def workflow(folder: Path, name: str) -> dict[str, Any]:
    words = (folder / ".github" / "workflows" / name).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(words, Loader=yaml.BaseLoader)
    return found


def tool(name: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return ended([Path(sys.executable).parent / name, *words], timeout=120)


def test_zizmor_finds_nothing_but_the_trigger_that_is_accounted_for(everything: Path) -> None:
    folders = [folder / "titanic" / ".github" for folder in everything.glob("github-*")]
    done = tool("zizmor", "--offline", "--no-progress", "--quiet", "--format=json", *folders, ROOT / "action.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() == "[]"


def test_zizmor_would_find_a_hole(everything: Path, tmp_path: Path) -> None:
    first = next(everything.glob("github-*")) / "titanic" / ".github" / "workflows" / "checker.yml"
    words = first.read_text(encoding="utf-8").replace("feedback prepare", 'x "${{ github.event.pull_request.title }}"')
    (tmp_path / "checker.yml").write_text(re.sub("@[0-9a-f]{40}", "@v5", words), encoding="utf-8")
    done = tool("zizmor", "--offline", "--no-progress", tmp_path / "checker.yml")
    assert done.returncode != 0
    assert "unpinned-uses" in done.stdout


@pytest.mark.parametrize(
    ("schema", "pattern", "more"),
    [
        ("vendor.github-workflows", "github-*/titanic/.github/workflows/*.yml", ()),
        ("vendor.dependabot", "github-*/titanic/.github/dependabot.yml", ()),
        ("vendor.gitlab-ci", "gitlab-*/titanic/.gitlab-ci.yml", ("--data-transform", "gitlab-ci")),
    ],
)
def test_files_follow_the_schema_of_their_service(
    everything: Path, schema: str, pattern: str, more: tuple[str]
) -> None:
    files = sorted(everything.glob(pattern))
    assert len(files) >= len(SETTINGS)
    done = tool("check-jsonschema", "--builtin-schema", schema, *more, *files)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_action_follows_the_schema() -> None:
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-actions", ROOT / "action.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_by_hash_and_the_same_everywhere(everything: Path) -> None:
    files = [*everything.glob("github-*/titanic/.github/workflows/*.yml"), ROOT / "action.yml"]
    uses = [line for file in files for line in file.read_text(encoding="utf-8").splitlines() if "uses: " in line]
    pinned = [PINNED.search(line) for line in uses]
    assert uses
    assert [line for line, found in zip(uses, pinned, strict=True) if found is None] == []
    assert len({found.groups() for found in pinned if found}) == len({found[1] for found in pinned if found})


@pytest.mark.parametrize("number", range(len(SETTINGS)))
def test_where_the_students_code_runs_nothing_can_be_written_and_nothing_is_secret(
    everything: Path, number: int
) -> None:
    folder = everything / f"github-{number}" / "titanic"
    checking = workflow(folder, "checker.yml")
    assert set(checking["on"]) == {"push", "pull_request"}
    assert checking["permissions"] == {}
    (job,) = checking["jobs"].values()
    assert job["permissions"] == {"contents": "read"}
    assert checking["concurrency"]["cancel-in-progress"] == "true"
    assert checking["on"]["push"]["paths-ignore"] == checking["on"]["pull_request"]["paths-ignore"]
    checkout = job["steps"][0]["with"]
    assert checkout["ref"] == "${{ github.event.pull_request.head.sha || github.sha }}"
    assert (checkout["fetch-depth"], checkout["persist-credentials"]) == ("0", "false")
    words = (folder / ".github" / "workflows" / "checker.yml").read_text(encoding="utf-8")
    assert "secrets." not in words
    assert "github.token" not in words


@pytest.mark.parametrize("number", range(len(SETTINGS)))
def test_where_something_is_written_no_code_of_the_request_is(everything: Path, number: int) -> None:
    folder = everything / f"github-{number}" / "titanic"
    checking, commenting = workflow(folder, "checker.yml"), workflow(folder, "checker-comment.yml")
    assert commenting["on"] == {"workflow_run": {"workflows": [checking["name"]], "types": ["completed"]}}
    assert commenting["permissions"] == {}
    (job,) = commenting["jobs"].values()
    assert job["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert not [step for step in job["steps"] if "uses" in step]
    assert not [step for step in job["steps"] if "${{" in step["run"]]


@pytest.mark.parametrize("number", range(len(SETTINGS)))
def test_no_minute_is_spent_on_a_push_that_no_request_of_the_repository_is_of(everything: Path, number: int) -> None:
    """In a fork whose request goes elsewhere, GitHub names no request of the run: the job that comments is left out."""
    (job,) = workflow(everything / f"github-{number}" / "titanic", "checker-comment.yml")["jobs"].values()
    run, asked = "github.event.workflow_run", " ".join(job["if"].split())
    assert asked == (
        f"({run}.conclusion == 'success' || {run}.conclusion == 'failure') "
        f"&& ({run}.event != 'push' || {run}.pull_requests[0].number)"
    )


def test_a_starter_has_the_files_of_its_forge_only(everything: Path) -> None:
    for number in range(len(SETTINGS)):
        here, there = (files_of(everything / f"{forge}-{number}" / "titanic") for forge in ("github", "gitlab"))
        assert set(here) - set(there) == {
            ".github/dependabot.yml",
            ".github/workflows/checker-comment.yml",
            ".github/workflows/checker.yml",
        }
        assert set(there) - set(here) == {".gitlab-ci.yml"}


def test_with_gitlab__no_empty_folder_is_left(tmp_path: Path) -> None:
    folder = template.new(tmp_path / "titanic", answers={"forge": "gitlab"}, no_input=True)
    assert not (folder / ".github").exists()
    assert (folder / ".gitlab-ci.yml").is_file()
