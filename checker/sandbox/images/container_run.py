"""One run of an image by its own entry point and command, within limits and with the gateway as its only network."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from checker.facts.job import End, Finished, RunLimits
from checker.model import text
from checker.sandbox.images.build_limits import LimitGuard
from checker.sandbox.images.context import archive
from checker.sandbox.images.engine import LABEL, EngineUnusable, call, failures, owner
from checker.sandbox.inside import redirect
from checker.sandbox.process.process_sandbox import NO_MEMORY

if TYPE_CHECKING:
    import docker

AUTHORITY = "/etc/ssl/certs/authority.pem"
TRUST = dict.fromkeys(redirect.TRUST, AUTHORITY)
BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", AUTHORITY)
_PIECE = 4096
_LONGEST = 300
_KEPT_RIGHTS = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"]
"""The capabilities with which root in a container writes its own files and switches user, as honest images do."""
_REFUSAL = re.compile(
    r'exec: "[^"\n]*": [^\n]{0,200}|exec [^\n]{1,100}: exec format error|chdir to cwd [^\n]{0,200}|'
    r"unable to find user [^\n]{0,200}"
)
"""The engine's messages about a command that it cannot start."""


def create(client: docker.APIClient, image: str, holder: str, limits: RunLimits, authority: bytes) -> str:
    """The id of a new container of *image* in the network of *holder*. Raises the errors of ``failures``."""
    import docker

    host = client.create_host_config(
        network_mode=f"container:{holder}",
        mem_limit=limits.memory,
        memswap_limit=limits.memory,
        pids_limit=limits.processes,
        cap_drop=["ALL"],
        cap_add=_KEPT_RIGHTS,
        security_opt=["no-new-privileges"],
        log_config={"Type": "none"},
        ulimits=[docker.types.Ulimit(name="core", soft=0, hard=0)],
    )
    made = client.create_container(image, host_config=host, environment=dict(TRUST), labels={LABEL: owner()})
    container = str(made["Id"])
    client.put_archive(container, "/", archive({path[1:]: (authority, 0o644) for path in BUNDLES}))
    return container


def run(client: docker.APIClient, container: str, guard: LimitGuard, limits: RunLimits) -> Finished:
    """Start *container* and wait for its end; a command that does not exist gives status 127.

    Raises EngineUnusable where the engine does not start it, and the errors of ``failures``.
    """
    from docker.errors import APIError

    wanted = {"stream": 1, "stdout": 1, "stderr": 1}
    patience = limits.seconds + 120
    streams = call(client, f"/containers/{container}/attach", wanted, seconds=patience)
    pipes = (bytearray(), bytearray())
    full = threading.Event()

    def listen() -> None:
        with contextlib.suppress(*failures()), streams:
            for number, part in _frames(streams.iter_content(_PIECE)):
                if number in (1, 2) and sum(map(len, pipes)) < limits.output:
                    pipes[number - 1].extend(part)
                elif number in (1, 2):
                    full.set()
                    guard.abandon()

    listening = threading.Thread(target=listen, name="container output", daemon=True)
    started = time.monotonic()
    with guard:
        try:
            client.start(container)
        except APIError as error:
            streams.close()
            return _refused(str(error.explanation))
        listening.start()
        client.wait(container, timeout=patience)
    seconds = time.monotonic() - started
    listening.join(10)
    state = client.inspect_container(container)["State"]
    status = int(state["ExitCode"])
    end = End.EXIT
    if full.is_set() or guard.reason == "size":
        end = End.OUTPUT
    elif guard.reason == "time":
        end = End.TIME
    elif status != 0 and state.get("OOMKilled"):
        end = End.MEMORY
        if guard.scarce:
            raise EngineUnusable(*NO_MEMORY)
    elif status > 128 and guard.reason is None:
        end, status = End.SIGNAL, status - 128
    output, errors = (bytes(pipe[: limits.output]).decode("utf-8", "replace") for pipe in pipes)
    return Finished(end=end, status=status, seconds=seconds, output=output, errors=errors)


def _refused(message: str) -> Finished:
    """The result of a run that the engine refused to start. Raises EngineUnusable where the image is not the cause."""
    reason = _REFUSAL.search(message)
    if reason is None:
        raise EngineUnusable(
            text("The engine does not start the image: {said}", said=message[:_LONGEST]),
            text("Try by hand, with docker run, and mend what it says."),
        )
    return Finished(end=End.EXIT, status=127, seconds=0.0, errors=reason[0])


def _frames(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The frames of the engine's multiplexed stream of output (1) and errors (2), as far as they have arrived."""
    held, left, number = b"", 0, 0
    for piece in pieces:
        held += piece
        while held:
            if left == 0:
                if len(held) < 8:
                    break
                number, left = held[0], int.from_bytes(held[4:8], "big")
                held = held[8:]
            part, held = held[:left], held[left:]
            left -= len(part)
            if part:
                yield number, part
