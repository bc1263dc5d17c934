"""One engine for all tests of images."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checker.sandbox.base import Sandbox
from checker.session import Outcome, Request, run
from tests.images.real_engine import engine

IMAGE_CHECKS = ("dockerfile", "image-builds", "image-runs", "image-clean", "image-cache")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the engine answers."""
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
        return run(Request(path=folder, checks=IMAGE_CHECKS, course=course), sandbox=sandbox)

    return judging
