"""``checker check --no-run`` and the pre-commit hook that is made of it."""

from __future__ import annotations

import os
import re
import resource
import shlex
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from checker.solutions import build
from tests.processes import ended
from tests.release.conftest import ROOT

BIN = Path(sys.executable).parent
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def test_no_run__in_another_environment__is_wrong_usage(checker, project):
    said = checker("check", "--no-run", "--environment", "declared", "--language", "en")
    assert said.code == 2
    assert " ".join(said.err.split()) == (
        "--no-run runs nothing, in no environment. Leave out one of --no-run and --environment."
    )


def test_no_run__says_what_it_leaves_out(checker, project):
    said = checker("check", "--no-run", "--step", "1.8", "--language", "en")
    assert "Nothing was run: what depends on the notebook" in " ".join(said.out.split())
    assert said.code == 0
    assert "checker check --no-run --step 1.8" in said.out


def test_hook__is_a_command_line_of_ours():
    words = shlex.split(HOOK["entry"])
    assert words[:2] == ["checker", "check"]
    assert {"--no-run", "--step", "current"} < set(words)


@pytest.mark.slow
def test_hook__is_one_that_pre_commit_accepts():
    done = ended([BIN / "pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_hook__stops_a_commit_and_lets_the_next_one_pass(tmp_path):
    """Run by pre-commit itself, with the checker of this environment in the place of one that it would install."""
    folder = tmp_path / "titanic"
    build("1.6", folder, language="en")
    local = {**HOOK, "language": "system", "entry": f"{BIN}/{HOOK['entry']}"}
    settings = {"repos": [{"repo": "local", "hooks": [local]}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(settings))
    environment = os.environ | {"PRE_COMMIT_HOME": str(tmp_path / "pre-commit"), "PATH": f"{BIN}:{os.environ['PATH']}"}

    def git(*words: str) -> subprocess.CompletedProcess[str]:
        return ended(["git", *words], cwd=folder, env=environment)

    subprocess.run([BIN / "pre-commit", "install"], cwd=folder, env=environment, check=True, capture_output=True)
    listed = folder / "environment.yml"
    pinned = listed.read_text()
    listed.write_text(re.sub(r"pandas=+\S+", "pandas", pinned))
    git("add", "-A")
    stopped = git("commit", "-m", "Allow any pandas")
    assert stopped.returncode != 0
    assert "environment-pinned" in stopped.stdout + stopped.stderr
    listed.write_text(pinned)
    git("add", "-A")
    done = git("commit", "-m", "Check each commit")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_hook__takes_less_than_two_seconds_of_a_processor(tmp_path):
    folder = tmp_path / "titanic"
    build("2.2", folder, language="en")
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([BIN / "checker", *shlex.split(HOOK["entry"])[1:]], cwd=folder, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert statistics.median(spent) < 2, spent
