"""The engine of this machine, spoken to over its own interface."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import docker
import requests
from docker.errors import DockerException

from checker.sandbox.base import SandboxFault

FAILURES = (DockerException, requests.RequestException, OSError)
"""What any call to an engine may raise."""
LABEL = "titanic-checker"
"""On every container and network of ours, with the process that made it as its value."""
_USUAL = "unix:///var/run/docker.sock" if os.name == "posix" else "npipe:////./pipe/docker_engine"
_LONGEST_LINE = 1 << 20


def connect(seconds: float) -> docker.APIClient:
    """The engine that DOCKER_HOST, or the chosen context, names. Raises what is in ``FAILURES`` where none answers."""
    host = os.environ.get("DOCKER_HOST") or _host_of_context() or _USUAL
    if host.startswith("unix://"):
        # the library leaves its socket open where nobody listens
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(seconds)
            probe.connect(host.removeprefix("unix://"))
    client = docker.APIClient(base_url=host, version="auto", timeout=seconds)
    client.ping()
    return client


def _host_of_context() -> str | None:
    try:
        context = docker.context.ContextAPI.get_current_context()
    except Exception:  # noqa: BLE001 - a broken configuration is as good as none
        return None
    return context.Host if context is not None else None


def call(
    client: docker.APIClient, path: str, parameters: Mapping[str, Any], data: object = None, *, seconds: float | None
) -> requests.Response:
    """The streamed answer of an endpoint that takes more than the library offers; *seconds* without a word end it."""
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
    """Who we are, for the label of what we make: this process, and the space of processes that its number is of."""
    return f"{_space()}-{os.getpid()}"


def is_gone(name: str) -> bool:
    """Whether the process of that label has ended, as far as we can know."""
    space, _, number = name.partition("-")
    if not number.isdigit() or space != _space():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _space() -> str:
    try:
        return str(os.stat("/proc/self/ns/pid").st_ino)
    except OSError:
        return "0"
