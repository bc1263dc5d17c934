"""The steps of a starter whose checker is a container image, run for real; the containers are processes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from checker import template
from checker.model import Trust
from checker.stored_report import read
from tests.conftest import shell
from tests.processes import ended
from tests.render import runner
from tests.template.conftest import ROOT

IMAGE = "ghcr.io/school/titanic-checker:0.2.0"
_DOCKER = """\
#!{python} -I
# `docker run` of one image: with the variables that it is given and no others, and files at the places they are put to.
import os, sys
words = sys.argv[1:]
assert words.pop(0) == "run"
variables, places = {{"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": {root!r}}}, {{}}
while words[0].startswith("-"):
    option = words.pop(0)
    if option == "-e":
        name, said, value = words.pop(0).partition("=")
        if said or name in os.environ:
            variables[name] = value if said else os.environ[name]
    elif option == "-v":
        source, place = words.pop(0).removesuffix(":ro").rsplit(":", 1)
        places[place] = source
    elif option == "--security-opt":
        words.pop(0)
    else:
        assert option in ("--rm", "-i", "-t"), option
assert words.pop(0) == {image!r}
variables = {{name: places.get(value, value) for name, value in variables.items()}}
os.chdir(places.get("/submission", "/"))
os.execve({python!r}, [{python!r}, "-P", "-m", "checker", *words], variables)
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with stand-ins: for docker, and for the switch of the kernel."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "docker").write_text(_DOCKER.format(python=sys.executable, root=str(ROOT), image=IMAGE), encoding="utf-8")
    (folder / "sudo").write_text('#!/bin/sh\necho "$@" >> "$RUNNER_TEMP/sudo"\n', encoding="utf-8")
    for program in folder.iterdir():
        program.chmod(0o755)
    return folder


def steps_of(folder: Path) -> list[dict[str, Any]]:
    content = yaml.safe_load((folder / ".github" / "workflows" / "checker.yml").read_text(encoding="utf-8"))
    (job,) = content["jobs"].values()
    return [step for step in job["steps"] if "run" in step]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("language", "rented"), [("fr", "github-hosted"), ("en", "self-hosted")])
def test_log_lines_summary_and_artifact_are_there(programs: Path, tmp_path: Path, language: str, rented: str) -> None:
    answers = {"checker_source": f"docker://{IMAGE}"}
    folder = template.new(tmp_path / "titanic", language=language, answers=answers, no_input=True)
    (folder / ".gitignore").write_text("*.py\n", encoding="utf-8")
    shell("git checkout -q -b nettoyage && git add -A && git commit -q -m '::error::no command'", folder)
    (tmp_path / "event.json").write_text(json.dumps({"repository": {"full_name": "Ada/titanic"}}), encoding="utf-8")
    head = shell("git rev-parse HEAD", folder).strip()
    variables = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "RUNNER_ENVIRONMENT": rented,
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REF": "refs/heads/nettoyage",
        "GITHUB_REPOSITORY": "Ada/titanic",
        "GITHUB_SHA": head,
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_TOKEN": "a secret",
    }
    (tmp_path / "temp").mkdir()
    steps = steps_of(folder)
    assert [step.get("if") for step in steps] == [None, None, "${{ !cancelled() }}"]
    done = [ended(["bash", "-e", "-c", step["run"]], cwd=folder, env=variables) for step in steps]
    assert [one.returncode for one in done] == [0, 1, 0], [one.stderr for one in done]
    assert (tmp_path / "temp" / "sudo").exists() is (rented == "github-hosted")
    report = read((tmp_path / "temp" / "checker-report" / "report.json").read_bytes())
    assert (report.trust, report.submission.commit, report.language) == (Trust.CI, head, language)
    assert done[1].stdout == ""
    log = runner.read(done[2].stdout)
    assert ".gitignore" in {one.properties.get("file") for one in log.annotations}
    assert log.obeyed == []
    assert any("1.8" in line for line in log.plain)
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("# Titanic")
