"""Podman behind Docker's interface: what it has to be told, and whether it does it.

It gives the steps of a build the network of the machine unless it is told otherwise in words of its own. A version
that does not know them would not say so: hence a program of ours is built into nothing, and looked for.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from checker.model import text
from checker.sandbox.base import SandboxFault
from checker.sandbox.images.context import archive
from checker.sandbox.images.engine import Unfit, call, failures, lines_of
from checker.sandbox.images.occupants import space

if TYPE_CHECKING:
    import docker

_DRIVER = "overlay"
_SECONDS = 30.0
_PAUSE = 0.05
_LONGEST = 300


def joining(namespace: str) -> Mapping[str, str]:
    """The parameters of a build whose steps have the network of that path."""
    network = {"Name": "network", "Host": False, "Path": namespace}
    return {"networkmode": "default", "nsoptions": json.dumps([network]), "skipunusedstages": "0"}


def prove(client: docker.APIClient, image: str, program: str, holder: int) -> None:
    """See that a step of a build joins the network of the process *holder*, and can be ended.

    *program* of *image* only waits. Raises Unfit, or what is in ``failures``.
    """
    if (driver := str(client.info().get("Driver"))) != _DRIVER:
        raise Unfit(
            text("Podman keeps its images in a way ({driver}) that shows nobody what a build writes.", driver=driver),
            text("Let Podman store images with the driver overlay, or start the Docker service."),
        )
    mark = secrets.token_hex(16)
    recipe = f'FROM {image}\nRUN ["/{program}", "{mark}"]\n'
    said: list[str] = []

    def build() -> None:
        parameters = {"dockerfile": "Dockerfile", "rm": "1", "forcerm": "1", **joining(f"/proc/{holder}/ns/net")}
        content = archive({"Dockerfile": (recipe.encode(), 0o644)})
        try:
            with call(client, "/build", parameters, content, seconds=_SECONDS) as answer:
                said.extend(str(line["error"]) for line in lines_of(answer) if "error" in line)
        except failures() as error:
            said.append(str(error))
        except SandboxFault as error:
            said.append(str(error))

    building = threading.Thread(target=build, name="podman trial", daemon=True)
    building.start()
    joined = None
    end = time.monotonic() + _SECONDS
    while building.is_alive() and time.monotonic() < end:
        for number in _marked(program, mark):
            joined = space(number, "net") == space(holder, "net")
            os.kill(number, signal.SIGKILL)
        time.sleep(_PAUSE)
    if joined is None:
        raise Unfit(
            text("Podman runs no step of a build here: {said}", said=(said or ["?"])[-1].strip()[:_LONGEST]),
            text("Try podman build by hand and mend what it says, or start the Docker service."),
        )
    if not joined:
        raise Unfit(
            text("This version of Podman gives a build the network of the machine, whatever it is told."),
            text("Install another version of Podman, or start the Docker service."),
        )


@contextlib.contextmanager
def asking_here() -> Iterator[str]:
    """The path of a file that sends whoever asks for names to the network's own port 53.

    Docker says it to all that join the network; Podman to none of them.
    """
    with tempfile.NamedTemporaryFile(mode="w", prefix="names") as file:
        file.write("nameserver 127.0.0.1\n")
        file.flush()
        os.fchmod(file.fileno(), 0o644)
        yield file.name


def _marked(program: str, mark: str) -> Iterator[int]:
    wanted = f"/{program}\0{mark}\0".encode()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if Path(f"/proc/{name}/cmdline").read_bytes() == wanted:
                yield int(name)
        except OSError:
            continue
