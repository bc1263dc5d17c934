"""One run of an image, as it says itself: without a network but the gateway, and within limits."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from checker.facts.running import End, Finished, Limits
from checker.model import text
from checker.sandbox.images.context import archive
from checker.sandbox.images.engine import LABEL, Unfit, call, failures, owner
from checker.sandbox.images.watching import Watch
from checker.sandbox.processes import NO_MEMORY

if TYPE_CHECKING:
    import docker

AUTHORITY = "/etc/ssl/certs/authority.pem"
BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", AUTHORITY)
TRUST = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE"), AUTHORITY)
_PIECE = 4096
_LONGEST = 300
_KILLED = 137
_KEPT_RIGHTS = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"]
"""What root has to have in a container to write its own files and to become a user: honest images do both."""
_DROPPED_RIGHTS = ["AUDIT_WRITE", "FSETID", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETPCAP", "SYS_CHROOT"]
"""What an engine gives by itself beyond them."""
_REFUSAL = re.compile(
    r'exec: "[^"\n]*": [^\n]{0,200}|exec [^\n]{1,100}: exec format error|chdir to cwd [^\n]{0,200}|'
    r"executable file `[^\n]{0,200}|unable to find user [^\n]{0,200}"
)
"""What the engine says of a command that it cannot start."""


def create(
    client: docker.APIClient, image: str, holder: str, limits: Limits, authority: bytes, *, names: str | None = None
) -> str:
    """A container of *image* in the network of *holder*, not started yet; its id. Raises what is in ``failures``.

    *names* is a file, for Podman only, that says where names are asked for.
    """
    import docker

    host = client.create_host_config(
        network_mode=f"container:{holder}",
        mem_limit=limits.memory,
        memswap_limit=limits.memory,
        pids_limit=limits.processes,
        # what is added by name to Podman's is given to other users than root, too
        cap_drop=_DROPPED_RIGHTS if names else ["ALL"],
        cap_add=None if names else _KEPT_RIGHTS,
        security_opt=["no-new-privileges"],
        log_config={"Type": "none"},
        # for Podman one such limit takes the place of all that its administrator set
        ulimits=None if names else [docker.types.Ulimit(name="core", soft=0, hard=0)],
        binds=[f"{names}:/etc/resolv.conf:ro,z"] if names else None,
    )
    made = client.create_container(image, host_config=host, environment=dict(TRUST), labels={LABEL: owner()})
    container = str(made["Id"])
    client.put_archive(container, "/", archive({path[1:]: (authority, 0o644) for path in BUNDLES}))
    return container


def run(client: docker.APIClient, container: str, watch: Watch, limits: Limits, *, tells: bool = True) -> Finished:
    """Start *container* and see how it ends; a command that does not exist ends with status 127.

    *tells* is False for an engine that may keep to itself that memory was the end of it.

    Raises Unfit where the engine does not start it, and what is in ``failures``.
    """
    from docker.errors import APIError, DockerException

    wanted = {"stream": 1, "stdout": 1, "stderr": 1}
    patience = limits.seconds + 120
    try:
        streams = call(client, f"/containers/{container}/attach", wanted, seconds=patience)
    except DockerException as error:
        # Podman makes the process already here
        return _refused(str(error))
    pipes = (bytearray(), bytearray())
    full = threading.Event()

    def listen() -> None:
        with contextlib.suppress(*failures()), streams:
            for number, part in _frames(streams.iter_content(_PIECE)):
                if number in (1, 2) and sum(map(len, pipes)) < limits.output:
                    pipes[number - 1].extend(part)
                elif number in (1, 2):
                    full.set()
                    watch.abandon()

    listening = threading.Thread(target=listen, name="container output", daemon=True)
    started = time.monotonic()
    with watch:
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
    if full.is_set() or watch.reason == "size":
        end = End.OUTPUT
    elif watch.reason == "time":
        end = End.TIME
    elif status != 0 and (state.get("OOMKilled") or (status == _KILLED and not tells and watch.reason is None)):
        end = End.MEMORY
        if watch.scarce:
            raise Unfit(*NO_MEMORY)
    elif status > 128 and watch.reason is None:
        end, status = End.SIGNAL, status - 128
    output, errors = (bytes(pipe[: limits.output]).decode("utf-8", "replace") for pipe in pipes)
    return Finished(end=end, status=status, seconds=seconds, output=output, errors=errors)


def _refused(said: str) -> Finished:
    """How a run ended that the engine did not begin. Raises Unfit where that is no doing of the image."""
    found = _REFUSAL.search(said)
    if found is None:
        raise Unfit(
            text("The engine does not start the image: {said}", said=said[:_LONGEST]),
            text("Try by hand, and mend what it says: docker run --rm titanic."),
        )
    return Finished(end=End.EXIT, status=127, seconds=0.0, errors=found[0])


def _frames(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The parts of an engine's joint stream of output (1) and errors (2), as far as they have come."""
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
