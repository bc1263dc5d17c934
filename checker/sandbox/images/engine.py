"""The engine of this machine, spoken to over its own interface."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import socket
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from checker.model import Text
from checker.sandbox.base import SandboxFault

if TYPE_CHECKING:
    # nearly half a second, for nothing where there is no image to be built
    import docker
    import requests

LABEL = "titanic-checker"
"""On every container of ours, and on the image of those that only wait, with the process that made it as its value.

The image is there before anything is built, and goes last: as long as it is, its process may be at work.
"""
_USUAL = "unix:///var/run/docker.sock" if os.name == "posix" else "npipe:////./pipe/docker_engine"
_LONGEST_LINE = 1 << 20


class Unfit(Exception):
    """What answers cannot do here what is asked of it: ``what`` is missing, and the ``remedy``."""

    def __init__(self, what: Text, remedy: Text) -> None:
        super().__init__(str(what))
        self.what, self.remedy = what, remedy


def failures() -> tuple[type[Exception], ...]:
    """What any call to an engine may raise."""
    from docker.errors import DockerException

    return (DockerException, OSError)


def connect(seconds: float) -> docker.APIClient:
    """The engine that DOCKER_HOST, or the chosen context, names. Raises what is in ``failures`` where none answers."""
    host = os.environ.get("DOCKER_HOST") or _host_of_context() or _USUAL
    if host.startswith("unix://"):
        # the library leaves its socket open where nobody listens
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(seconds)
            probe.connect(host.removeprefix("unix://"))
    import docker

    client = docker.APIClient(base_url=host, version="auto", timeout=seconds)
    client.ping()
    return client


def is_podman(client: docker.APIClient) -> bool:
    """Whether it is Podman that answers, by Docker's interface. Raises what is in ``failures``."""
    return any("podman" in str(one.get("Name")).lower() for one in client.version().get("Components") or ())


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
    """The streamed answer of an endpoint that takes more than the library offers; *seconds* without a word end it."""
    from docker.errors import DockerException

    address = f"{client.base_url}/v{client.api_version}{path}"
    headers = {} if data is None else {"Content-Type": "application/x-tar"}
    answer: requests.Response = client.post(
        address, params=dict(parameters), data=data, headers=headers, stream=True, timeout=(60, seconds)
    )
    if answer.status_code >= 400:
        try:
            said = str(json.loads(answer.content[:_LONGEST_LINE]).get("message", ""))
        except (ValueError, AttributeError):
            said = answer.reason
        raise DockerException(said)
    return answer


def lines_of(answer: requests.Response) -> Iterator[Mapping[str, Any]]:
    """The JSON objects of a streamed answer. Raises SandboxFault where one is longer than any engine writes."""
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
    """Who we are, for the label of what we make: this process, where its number counts, and since when."""
    return "/".join((*_here(), str(os.getpid()), _since(os.getpid())))


def is_gone(name: str) -> bool:
    """Whether the process of that label has ended, as far as we can know."""
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
    """The machine that we are on, since when it runs, and the space of processes that ours is in."""
    machine = _said("/etc/machine-id") or platform.node()
    try:
        space = str(os.stat("/proc/self/ns/pid").st_ino)
    except OSError:
        space = ""
    return hashlib.sha256(machine.encode()).hexdigest()[:16], _said("/proc/sys/kernel/random/boot_id"), space


def _since(process: int) -> str:
    """When a process began, in ticks since its machine did; empty where the system does not say it."""
    # its name stands in brackets before, and may hold anything
    words = _said(f"/proc/{process}/stat").rpartition(")")[2].split()
    return words[19] if len(words) > 19 else ""


def _said(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""
