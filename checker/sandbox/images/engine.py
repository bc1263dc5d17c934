"""The Docker engine of this machine, through its API."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import socket
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from checker.model import Text, text
from checker.sandbox.base import SandboxFault

if TYPE_CHECKING:
    # nearly half a second, for nothing where there is no image to be built
    import docker
    import requests

LABEL = "titanic-checker"
"""The label of all our containers and of each holder image; its value is the process that made them.

A holder image is made before anything is built and removed last: while it exists, its process may be at work.
"""
_USUAL = "unix:///var/run/docker.sock" if os.name == "posix" else "npipe:////./pipe/docker_engine"
_LONGEST_LINE = 1 << 20


NO_PODMAN = text("Podman is not supported, and no Docker engine answers.")
"""The sentence for a machine with Podman alone, whose builds take other options for the network and its limits."""
INSTALL_DOCKER = text("Install Docker Desktop or Docker Engine, or let continuous integration build the image.")


class EngineUnusable(Exception):
    """The engine answers, but cannot build or run here: ``what`` is missing, and the ``remedy``."""

    def __init__(self, what: Text, remedy: Text) -> None:
        super().__init__(str(what))
        self.what, self.remedy = what, remedy


def failures() -> tuple[type[Exception], ...]:
    """The exceptions that any call to an engine may raise."""
    from docker.errors import DockerException

    return (DockerException, OSError)


def connect(seconds: float) -> docker.APIClient:
    """The client of the engine that DOCKER_HOST or the chosen context names.

    Raises the errors of ``failures`` where none answers, and EngineUnusable where Podman answers in Docker's place.
    """
    host = os.environ.get("DOCKER_HOST") or _host_of_context() or _USUAL
    if host.startswith("unix://"):
        # the library leaves its socket open where no engine listens
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(seconds)
            probe.connect(host.removeprefix("unix://"))
    import docker

    client = docker.APIClient(base_url=host, version="auto", timeout=seconds)
    client.ping()
    if any("podman" in str(one.get("Name")).lower() for one in client.version().get("Components") or ()):
        client.close()
        raise EngineUnusable(NO_PODMAN, INSTALL_DOCKER)
    return client


def _host_of_context() -> str | None:
    import docker

    try:
        context = docker.context.ContextAPI.get_current_context()
    except Exception:  # noqa: BLE001 - a broken configuration is as good as none
        return None
    return context.Host if context is not None else None


def call(
    client: docker.APIClient, path: str, parameters: Mapping[str, Any], data: object = None, *, seconds: float | None
) -> requests.Response:
    """The streamed answer of an endpoint whose parameters the library lacks; it ends after *seconds* of silence."""
    from docker.errors import DockerException

    address = f"{client.base_url}/v{client.api_version}{path}"
    headers = {} if data is None else {"Content-Type": "application/x-tar"}
    answer: requests.Response = client.post(
        address, params=dict(parameters), data=data, headers=headers, stream=True, timeout=(60, seconds)
    )
    if answer.status_code >= 400:
        try:
            message = str(json.loads(answer.content[:_LONGEST_LINE]).get("message", ""))
        except (ValueError, AttributeError):
            message = answer.reason
        raise DockerException(message)
    return answer


def lines_of(answer: requests.Response) -> Iterator[Mapping[str, Any]]:
    """The JSON objects of a streamed answer. Raises SandboxFault for one that is longer than any engine writes."""
    held = b""
    for piece in answer.iter_content(None):
        held += piece
        *lines, held = held.split(b"\n")
        if len(held) > _LONGEST_LINE:
            raise SandboxFault("the engine's answer has no end")
        yield from (json.loads(line) for line in lines if line.strip())
    if held.strip():
        yield json.loads(held)


def owner() -> str:
    """The value of our label: the machine and its boot, the process namespace, this process and its start."""
    return "/".join((*_here(), str(os.getpid()), _since(os.getpid())))


def is_gone(name: str) -> bool:
    """Whether the process of the label *name* is known to have ended."""
    try:
        machine, boot, space, number, since = name.split("/")
        process = int(number)
    except ValueError:
        return False
    here = _here()
    if machine != here[0]:
        return False
    if boot != here[1]:
        return True
    if space != here[2]:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return _since(process) != since


def _here() -> tuple[str, str, str]:
    """The machine, its boot, and the process namespace of this process."""
    machine = _said("/etc/machine-id") or platform.node()
    try:
        space = str(os.stat("/proc/self/ns/pid").st_ino)
    except OSError:
        space = ""
    return hashlib.sha256(machine.encode()).hexdigest()[:16], _said("/proc/sys/kernel/random/boot_id"), space


def _since(process: int) -> str:
    """The start of a process in clock ticks since boot; empty where unknown."""
    # the name before, in brackets, may contain blanks and brackets
    fields = _said(f"/proc/{process}/stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 else ""


def _said(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""
