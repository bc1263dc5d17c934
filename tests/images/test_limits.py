"""Builds and runs that would not end, and gradings that are interrupted: nothing of them stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from checker.grader import Outcome
from checker.model import Status
from checker.sandbox.images import build_limits
from tests.images.real_engine import docker
from tests.images.test_recipes import GOOD, PROJECT, left_over, verdicts, words_of, written

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

SHIPPED = Path(__file__).parents[2] / "checker" / "courses" / "ensae-2022" / "course.yaml"


def course(folder: Path, **limits: object) -> str:
    """A copy of the course with other limits."""
    content = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    content["image"] |= limits
    path = folder / "course.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("line", "limits", "check", "says"),
    [
        ("RUN sleep 600", {"build_seconds": 4}, "image-builds", "not done after"),
        ("RUN head -c 300M /dev/zero > /big; sleep 600", {"written": 50_000_000}, "image-builds", "more than an image"),
        (
            "RUN head -c 30M /dev/zero > /a\nRUN head -c 30M /dev/zero > /b",
            {"written": 50_000_000},
            "image-builds",
            "more than an image",
        ),
        (
            "RUN head -c 30M /dev/zero > /a\nFROM python:3.11-slim\nRUN head -c 30M /dev/zero > /b",
            {"written": 50_000_000},
            "image-builds",
            "more than an image",
        ),
        (
            "RUN python -c 'x = bytearray(3000000000); print(len(x))'",
            {"memory": 300_000_000},
            "image-builds",
            "more than the 300 MB of memory",
        ),
        ('CMD ["sleep", "600"]', {"run_seconds": 3}, "image-runs", "still running after"),
        (
            'CMD ["python", "-c", "x = bytearray(3000000000); print(len(x))"]',
            {"memory": 300_000_000},
            "image-runs",
            "more than the 300 MB of memory",
        ),
    ],
    ids=["build time", "size", "size of all", "size of all stages", "build memory", "run time", "memory"],
)
def test_a_limit_is_met(
    line: str,
    limits: dict[str, int],
    check: str,
    says: str,
    judge: Callable[..., Outcome],
    address: str,
    tmp_path: Path,
) -> None:
    head, end = GOOD.split("CMD")
    content = f"{head}{line}\n" if line.startswith("CMD") else f"{head}{line}\nCMD{end}"
    started = time.monotonic()
    found = verdicts(judge(written(tmp_path / "project", content, {}), course(tmp_path, **limits)))
    assert found[check].status is Status.FAILED, words_of(found[check])
    assert says in words_of(found[check])
    assert time.monotonic() - started < 120
    assert left_over(address) == []


@pytest.mark.parametrize("line", ["RUN", "CMD"])
def test_a_machine_without_memory_is_not_the_students(
    line: str, judge: Callable[..., Outcome], address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_limits, "free_memory", lambda: 200_000_000)
    greedy = f"{line} python -c 'x = bytearray(3000000000); print(len(x))'\n"
    content = GOOD.replace("CMD", f"{greedy}CMD") if line == "RUN" else GOOD.partition("CMD")[0] + greedy
    found = verdicts(judge(written(tmp_path / "project", content, {}), course(tmp_path, memory=300_000_000)))
    verdict = found["image-builds" if line == "RUN" else "image-runs"]
    assert verdict.status is Status.UNAVAILABLE, words_of(verdict)
    assert "This machine ran out of memory" in words_of(verdict)
    assert left_over(address) == []


def test_what_ends_well_though_a_child_was_killed_has_ended_well(judge: Callable[..., Outcome], tmp_path: Path) -> None:
    greedy = 'import subprocess, sys\nsubprocess.run([sys.executable, "-c", "len(bytearray(3000000000))"])\n'
    files = {"main.py": PROJECT["main.py"] + greedy}
    found = verdicts(judge(written(tmp_path / "project", GOOD, files), course(tmp_path, memory=300_000_000)))
    assert found["image-runs"].status is Status.PASSED, words_of(found["image-runs"])


def test_without_rights_over_the_network_a_build_ends_in_time_too(
    judge: Callable[..., Outcome], address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checker.sandbox.images.pause_container.can_join", lambda: False)
    content = GOOD.replace("CMD", "RUN sleep 600\nCMD")
    found = verdicts(judge(written(tmp_path / "slow", content, {}), course(tmp_path, build_seconds=8)))
    assert "not done after" in words_of(found["image-builds"])
    assert left_over(address) == []
    found = verdicts(judge(written(tmp_path / "good", GOOD, {})))
    assert found["image-builds"].status is Status.PASSED
    assert found["image-runs"].status is Status.UNAVAILABLE
    assert left_over(address) == []


def started(folder: Path, address: str, home: Path) -> subprocess.Popen[bytes]:
    """A grading of *folder*, as far as the line that does not end."""
    grading = subprocess.Popen(
        [sys.executable, "-m", "checker", "check", str(folder), "--check", "image-builds"],
        env={**os.environ, "DOCKER_HOST": address, "HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )
    for _ in range(240):
        if "sleep 600" in docker(address, "ps", "--no-trunc", "--format", "{{.Command}}").stdout:
            return grading
        time.sleep(0.5)
    grading.kill()
    grading.wait()
    pytest.fail("the build did not come to its last line")


def ours(address: str) -> list[str]:
    """The containers of gradings, and the images by which they show that they are at work."""
    containers = docker(address, "ps", "-aq", "--filter", "label=titanic-checker").stdout.split()
    return containers + docker(address, "images", "-q", "--filter", "label=titanic-checker").stdout.split()


def test_an_interrupted_grading_leaves_nothing(address: str, tmp_path: Path) -> None:
    grading = started(written(tmp_path / "project", GOOD.replace("CMD", "RUN sleep 600\nCMD"), {}), address, tmp_path)
    try:
        grading.send_signal(signal.SIGINT)
        assert grading.wait(60) != 0
    finally:
        grading.kill()
        grading.wait()
    assert ours(address) == []
    assert left_over(address) == []


def test_another_project_takes_up_the_environment(judge: Callable[..., Outcome], address: str, tmp_path: Path) -> None:
    kept = []
    for number in range(2):
        files = {"main.py": f"print({number})\n", "requirements.txt": "PyYAML==6.0.2\n# shared\n"}
        judge(written(tmp_path / str(number), GOOD, files))
        kept.append(set(docker(address, "images", "-q", "titanic-checker/environment").stdout.split()))
    assert kept[0] == kept[1]


def test_what_stays_for_others_holds_nothing_of_the_project(
    judge: Callable[..., Outcome], address: str, tmp_path: Path
) -> None:
    judge(written(tmp_path / "project", GOOD, {}))
    kept = docker(address, "images", "-q", "titanic-checker/environment").stdout.split()
    assert kept
    for image in kept:
        seen = docker(address, "run", "--rm", "--network", "none", image, "find", "/app", "-type", "f").stdout.split()
        assert set(seen) <= {"/app/requirements.txt"}


def test_what_a_killed_grading_left_goes_with_the_next(
    judge: Callable[..., Outcome], address: str, tmp_path: Path
) -> None:
    content = GOOD.replace("COPY main.py config.yaml ./\n", "COPY main.py config.yaml ./\nRUN sleep 600\n")
    grading = started(written(tmp_path / "project", content, {}), address, tmp_path)
    grading.kill()
    grading.wait()
    assert ours(address)
    judge(written(tmp_path / "next", GOOD, {}))
    assert ours(address) == []
    assert left_over(address) == []


def test_what_another_grading_is_at_work_with_stays(
    judge: Callable[..., Outcome], address: str, tmp_path: Path
) -> None:
    content = GOOD.replace("COPY main.py config.yaml ./\n", "COPY main.py config.yaml ./\nRUN sleep 600\n")
    grading = started(written(tmp_path / "project", content, {}), address, tmp_path)
    try:
        before = ours(address)
        judge(written(tmp_path / "next", GOOD, {}))
        assert ours(address) == before
        assert grading.poll() is None
        assert "sleep 600" in docker(address, "ps", "--no-trunc", "--format", "{{.Command}}").stdout
    finally:
        grading.send_signal(signal.SIGINT)
        grading.wait(60)
    assert left_over(address) == []
