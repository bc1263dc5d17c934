"""A project in a sub-folder of its repository: each forge is told the path from the root of the repository."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from checker.grader import Outcome
from checker.locale import Speech
from checker.model import Location, Report
from checker.render.places import in_repository
from checker.render.registry import renderer
from checker.stored_report import read
from tests.conftest import shell
from tests.feedback.runner_imitation import Runner
from tests.feedback.test_action import variables
from tests.render import runner
from tests.render.reports import ordinary
from tests.render.stored import stored

FOLDERS = ("titanic", "rendu/tp 1", "été #2/100%,a:b")


def rendered(name: str, report: Report) -> str:
    return renderer(name)(report, Speech("fr"))


def annotated(report: Report) -> set[str]:
    """Where GitHub puts annotations: its runner takes a path that is not absolute from the repository's root."""
    shown = runner.read(rendered("github", report)).annotations
    return {one.properties["file"] for one in shown if "file" in one.properties}


def reported(report: Report) -> set[str]:
    """The paths in GitLab's code quality report, "relative to the root of the repository", without "./"."""
    return {one["location"]["path"] for one in json.loads(rendered("gitlab", report))}


def scanned(report: Report) -> set[str]:
    """The paths in SARIF, which code scanning takes from the root of the repository that it checked out."""
    (run,) = json.loads(rendered("sarif", report))["runs"]
    places = [place["physicalLocation"]["artifactLocation"] for one in run["results"] for place in one["locations"]]
    assert {place["uriBaseId"] for place in places} <= {"%SRCROOT%"}
    return {unquote(place["uri"]) for place in places}


@pytest.fixture(params=FOLDERS)
def repository(request: pytest.FixtureRequest, copy_of: Callable[[str], Path], tmp_path: Path) -> Path:
    """A repository with notes at its root, and the project, which has faults, in a sub-folder."""
    root = tmp_path / "cours"
    project = root / request.param
    shutil.copytree(copy_of("1.4"), project, ignore=shutil.ignore_patterns(".git"))
    main = project / "main.py"
    main.write_text("import sys\n" + main.read_text(encoding="utf-8") + "X = undefined_name\n", encoding="utf-8")
    (root / "notes.md").write_text("# Cours\n", encoding="utf-8")
    (root / ".gitignore").write_text("*.py\n!main.py\n!functions.py\n", encoding="utf-8")
    shell("git init -q -b nettoyage && git add -A -f && git commit -q -m 'Un projet'", root)
    return root


@pytest.mark.slow
@pytest.mark.parametrize("by", ["the root", "the project"])
def test_each_path_is_a_file_of_the_repository(
    repository: Path, by: str, request: pytest.FixtureRequest, grade: Callable[..., Outcome]
) -> None:
    folder = request.node.callspec.params["repository"]
    report = grade(repository if by == "the root" else repository / folder, steps=("1.4", "1.8")).report
    assert report.submission.folder == folder
    listed = set(shell("git ls-files -z", repository).split("\0"))
    for paths in (annotated(report), reported(report)):
        assert f"{folder}/main.py" in paths
        assert paths <= listed
    assert f"{folder}/main.py" in scanned(report)
    assert scanned(report) <= listed
    again = read(stored(report, "fr"))
    for name in ("github", "gitlab", "sarif"):
        assert rendered(name, again) == rendered(name, report)


@pytest.mark.slow
@pytest.mark.parametrize("repository", [FOLDERS[1]], indirect=True)
@pytest.mark.parametrize("path", [".", FOLDERS[1], "absolute"])
def test_the_action_says_the_same_wherever_it_is_pointed_to(repository: Path, path: str, tmp_path: Path) -> None:
    head = shell("git rev-parse HEAD", repository).strip()
    event = {"repository": {"full_name": "Ada/titanic", "default_branch": "main"}}
    given = variables("push", "refs/heads/nettoyage", head)
    if path == "absolute":
        path = str(repository / FOLDERS[1])
    job = Runner(tmp_path / "runner", repository, given, event).run_action({"path": path, "steps": "1.4"})
    assert job.status == 1, job.log
    shown = {one.properties.get("file") for one in runner.read(job.log).annotations}
    assert shown == {f"{FOLDERS[1]}/main.py"}
    quality = json.loads((Path(job.outputs["report"]).parent / "code-quality.json").read_text(encoding="utf-8"))
    assert {one["location"]["path"] for one in quality} == shown


@pytest.mark.parametrize(
    ("folder", "path", "shown"),
    [
        ("", "main.py", "main.py"),
        ("a/b", "src/x.py", "a/b/src/x.py"),
        ("a/b", "../../.gitignore", ".gitignore"),
        ("a", "../../outside", "../../outside"),
        ("a", "/etc/passwd", "/etc/passwd"),
        ("/etc", "passwd", "passwd"),
        ("../..", "main.py", "main.py"),
        ("a", "..", "."),
    ],
)
def test_a_place_never_leaves_the_repository(folder: str, path: str, shown: str) -> None:
    report = replace(ordinary(), submission=replace(ordinary().submission, folder=folder))
    assert in_repository(Location(path, line=3), report) == Location(shown, line=3)
