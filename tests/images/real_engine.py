"""A Docker engine for the tests, started by hand, with base images that come from no registry."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BASE = "python:3.11-slim"
ALSO = ("ubuntu:22.04", "debian:bookworm-slim")
EXERCISE = "exercise"
"""The container whose network is that of the exercise, for commands that are run without the checker."""
_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
_WITH_US = ("setpriv", "--pdeathsig", "TERM")
"""However the tests end, the daemon ends with them."""
_PACKAGES = "python3,python3-pip,python3-venv,ca-certificates,libstdc++6"
_RECIPE = """\
FROM bare:1
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
RUN ln -sf python3 /usr/bin/python && rm -f /usr/lib/python3*/EXTERNALLY-MANAGED
"""


@contextmanager
def engine(folder: Path) -> Iterator[str]:
    """The address of an engine that has ``BASE`` and its like; its own until it is left, then nothing of it is.

    One that DOCKER_HOST names, and that has ``BASE``, is taken as it is.
    """
    given = os.environ.get("DOCKER_HOST")
    if given and docker(given, "image", "inspect", BASE).returncode == 0:
        yield given
        return
    address = f"unix://{folder}/docker.sock"
    words = ["--data-root", f"{folder}/root", "--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid"]
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(
            [*_WITH_US, "dockerd", *words, "--host", address],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        _wait(address, daemon, folder / "log")
        _make_bases(address, folder)
        yield address
    finally:
        daemon.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            daemon.wait(30)
        daemon.kill()
        daemon.wait()


def docker(address: str, *words: str, seconds: float = 300) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "DOCKER_HOST": address, "DOCKER_BUILDKIT": "0", "HOME": "/nonexistent"}
    return subprocess.run(["docker", *words], env=environment, capture_output=True, text=True, timeout=seconds)


def _wait(address: str, daemon: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(120):
        if daemon.poll() is not None:
            break
        if docker(address, "info", "--format", "{{.ServerVersion}}").returncode == 0:
            return
        time.sleep(0.5)
    raise RuntimeError("the engine does not start: " + log.read_text(errors="replace")[-2000:])


def _make_bases(address: str, folder: Path) -> None:
    tarball = folder / "base.tar"
    done = subprocess.CompletedProcess[str]((), 1)
    for _ in range(3):
        done = subprocess.run(
            ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={_PACKAGES}", "bookworm", str(tarball)],
            capture_output=True,
            text=True,
            timeout=600,
        )
        if done.returncode == 0:
            break
    assert done.returncode == 0, done.stderr[-2000:]
    assert docker(address, "import", str(tarball), "bare:1").returncode == 0
    tarball.unlink()
    context = folder / "context"
    context.mkdir()
    shutil.copy(_BUNDLE, context / "ca-certificates.crt")
    (context / "Dockerfile").write_text(_RECIPE)
    built = docker(address, "build", "--quiet", "--tag", BASE, str(context))
    assert built.returncode == 0, built.stderr[-2000:]
    for name in ALSO:
        docker(address, "tag", BASE, name)
