"""The private network of a build or run, held by a pause container; only our own sockets answer in it.

A *holder* is a container that only waits. The steps of a build, or the container of a run, join its network, whose one
device is the loopback. Our sockets are bound inside before student code starts, and served from outside.
"""

from __future__ import annotations

import os
import platform
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from checker.sandbox.base import SandboxFault
from checker.sandbox.images.context import archive
from checker.sandbox.images.engine import LABEL, call, lines_of, owner

if TYPE_CHECKING:
    import docker

PROGRAM = "pause"
"""The program of the holder image: it waits forever."""
_BASE = 0x400000
_SECONDS = 30.0
_CODES = {
    # pause(2) again and again; on arm64, ppoll of nothing and without an end
    "x86_64": (62, "b8220000000f05ebf7"),
    "aarch64": (183, "000080d2010080d2020080d2030080d2280980d2010000d4faffff17"),
}
_BIND = """
import os, socket, sys
sys.path.insert(0, sys.argv[1])
from checker.sandbox.inside.namespaces import join
control = socket.socket(fileno=int(sys.argv[2]))
join(int(sys.argv[3]), 0x40000000)
bound = []
for word in sys.argv[4:]:
    kind, port = word.split(":")
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", int(port)))
    bound.append(one)
socket.send_fds(control, [b"b"], [one.fileno() for one in bound])
"""


def holder_image(client: docker.APIClient) -> str:
    """The id of a new holder image with one program of some hundred bytes. Raises SandboxFault where that fails.

    The content is constant, but each process makes an image of its own, and removes it.
    """
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    if machine not in _CODES:
        raise SandboxFault(f"no holder for {machine}")
    content = archive({PROGRAM: (_executable(*_CODES[machine]), 0o755)})
    changes = [f'CMD ["/{PROGRAM}"]', f"LABEL {LABEL}={owner()}"]
    with call(client, "/images/create", {"fromSrc": "-", "changes": changes}, content, seconds=_SECONDS) as answer:
        for line in lines_of(answer):
            if "error" in line:
                raise SandboxFault(str(line["error"]))
            if str(line.get("status", "")).startswith("sha256:"):
                return str(line["status"])
    raise SandboxFault("the engine gave the holder's image no name")


def _executable(machine: int, code: str) -> bytes:
    """The smallest program in the format of Linux: one header, one segment, the code."""
    body = bytes.fromhex(code)
    start = 64 + 56
    magic = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = struct.pack("<16sHHIQQQIHHHHHH", magic, 2, machine, 1, _BASE + start, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    size = start + len(body)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return header + segment + body


def create_holder(client: docker.APIClient, image: str, *, names: bool) -> str:
    """The id of a new holder, not started yet. With *names*, its network resolves names at its own port 53."""
    host = client.create_host_config(
        network_mode="none",
        dns=["127.0.0.1"] if names else None,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        read_only=True,
        pids_limit=8,
        mem_limit=64 << 20,
        log_config={"Type": "none"},
    )
    made = client.create_container(image, host_config=host, hostname="localhost", labels={LABEL: owner()})
    return str(made["Id"])


def bind_in(client: docker.APIClient, holder: str, wanted: Sequence[str]) -> list[socket.socket]:
    """Sockets bound to 127.0.0.1 in the network of the running *holder*, for *wanted* such as ``tcp:80``, ``udp:53``.

    Raises SandboxFault where that network cannot be joined.
    """
    number = process_of(client, holder)
    ours, theirs = socket.socketpair()
    ours.settimeout(_SECONDS)
    root = os.fspath(Path(__file__).parents[3])
    with ours, theirs:
        try:
            with Path(f"/proc/{number}/ns/net").open("rb") as network:
                words = [root, str(theirs.fileno()), str(network.fileno()), *wanted]
                done = subprocess.run(
                    [sys.executable, "-P", "-c", _BIND, *words],
                    pass_fds=[theirs.fileno(), network.fileno()],
                    env={},
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=_SECONDS,
                    check=False,
                )
            if done.returncode != 0:
                raise SandboxFault(done.stderr.decode(errors="replace").strip().rpartition("\n")[2])
            _, descriptors, _, _ = socket.recv_fds(ours, 16, len(wanted))
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SandboxFault(str(error)) from error
    return [socket.socket(fileno=descriptor) for descriptor in descriptors]


def process_of(client: docker.APIClient, container: str) -> int:
    """The process id of the first process of *container*. Raises the errors of ``failures``."""
    return int(client.inspect_container(container)["State"]["Pid"])


def can_join() -> bool:
    """Whether this process may enter the network of a container, which needs root on the engine's machine."""
    return sys.platform == "linux" and os.geteuid() == 0
