"""One engine for all tests of images."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import docker
import pytest

from checker.course import load
from checker.evidence.datasets.served import ordinary_data
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader, Outcome
from checker.sandbox.base import Sandbox
from checker.sandbox.gateway import Gateway
from checker.sandbox.images import container_run, pause_container
from checker.selection import Selection
from tests.images import real_engine
from tests.images.real_engine import BASE, EXERCISE, engine

Shell = Callable[[str, Path], int]
IMAGE_CHECKS = ("dockerfile", "image-builds", "image-runs", "image-clean", "image-cache")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of the engine."""
    if shutil.which("dockerd") is None and "DOCKER_HOST" not in os.environ:
        if os.environ.get("CHECKER_REQUIRE_ALL"):
            pytest.fail("dockerd is not installed")
        pytest.skip("dockerd is not installed")
    # a short path: it holds a socket
    with tempfile.TemporaryDirectory(prefix="engine") as folder, engine(Path(folder)) as found:
        yield found


@pytest.fixture
def judge(sandbox: Sandbox, address: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Outcome]:
    """The report on the image of a repository."""
    monkeypatch.setenv("DOCKER_HOST", address)

    def judging(folder: Path, course: str | None = None) -> Outcome:
        with Grader(GradingOptions(course=course), sandbox=sandbox) as grader:
            return grader.grade(Submission(path=folder), Selection(checks=IMAGE_CHECKS))

    return judging


_DOCKER = """#!/bin/bash
if [ "$1" = run ]; then
    shift
    set -- run {options} "$@"
elif [ "$1" = build ]; then
    shift
    set -- build --force-rm "$@"
fi
exec {program} "$@"
"""


@pytest.fixture(scope="session")
def shell(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Runs a command as a student would, and gives its status; 124 for one that does not end.

    The containers' network is the exercise's: this machine may have no other.
    """
    folder = tmp_path_factory.mktemp("shell")
    client = docker.APIClient(base_url=address, version="auto")
    with ExitStack() as stack:
        stack.callback(client.close)
        # no container label of ours: gradings would take the container for one at work
        words = ["--network", "none", "--dns", "127.0.0.1", "--name", EXERCISE, BASE, "sleep", "infinity"]
        holder = real_engine.docker(address, "run", "--detach", *words).stdout.strip()
        stack.callback(client.remove_container, holder, force=True)
        http, https, dns = pause_container.bind_in(client, holder, ["tcp:80", "tcp:443", "udp:53"])
        gateway = stack.enter_context(Gateway())
        stack.enter_context(gateway.serve(ordinary_data(load().course), http=http, https=https, dns=dns))
        for bound in (http, https, dns):
            bound.close()
        (folder / "authority.pem").write_bytes(gateway.authority)
        mounts = [f"--volume {folder}/authority.pem:{path}:ro" for path in container_run.BUNDLES]
        trust = [f"--env {name}={value}" for name, value in container_run.TRUST.items()]
        options = " ".join((f"--network container:{holder}", *mounts, *trust))
        program = shutil.which("docker")
        (folder / "docker").write_text(_DOCKER.format(options=options, program=program))
        (folder / "docker").chmod(0o755)
        environment = {
            "PATH": f"{folder}:{Path(sys.executable).parent}:/usr/bin:/bin",
            "DOCKER_HOST": address,
            "DOCKER_BUILDKIT": "0",
            "HOME": "/nonexistent",
        }

        def running(command: str, where: Path) -> int:
            words = ["timeout", "--kill-after=5", "240", "bash", "-c", command]
            return subprocess.run(words, cwd=where, env=environment, capture_output=True, timeout=300).returncode

        yield running
        if client.images("titanic"):
            client.remove_image("titanic", force=True)
