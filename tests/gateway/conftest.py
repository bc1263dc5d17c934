"""One gateway for all tests of this folder, and networks on free ports of this machine."""

from __future__ import annotations

import gzip
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from checker.course import load
from checker.evidence.datasets.served import ordinary_data
from checker.facts.job import ServedData
from checker.sandbox.gateway import Gateway, Serving


def bound(kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    listener = socket.socket(socket.AF_INET, kind)
    listener.bind(("127.0.0.1", 0))
    return listener


@dataclass(frozen=True)
class Network:
    """Served data on a network."""

    served_data: ServedData
    serving: Serving
    http: int
    https: int
    dns: int
    authority: bytes

    def connect(self, *, tls: str | None = None) -> socket.socket:
        """A connection to the http port, or with the name of a host to the https port."""
        raw = socket.create_connection(("127.0.0.1", self.http if tls is None else self.https), 10)
        if tls is None:
            return raw
        context = ssl.create_default_context(cadata=self.authority.decode())
        return context.wrap_socket(raw, server_hostname=tls)

    def say(self, text: str | bytes, *, tls: str | None = None) -> bytes:
        """The whole answer to *text*, until the connection ends."""
        with self.connect(tls=tls) as connection, connection.makefile("rb") as answer:
            connection.sendall(text.encode() if isinstance(text, str) else text)
            return answer.read()

    def ask(
        self, target: str, method: str = "GET", host: str = "minio.lab.sspcloud.fr", more: str = ""
    ) -> tuple[int, bytes]:
        """Status and body of one request."""
        answer = self.say(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), body


@pytest.fixture(scope="session")
def gateway() -> Iterator[Gateway]:
    with Gateway() as opened:
        yield opened


@pytest.fixture(scope="session")
def course_world() -> ServedData:
    served_data = ordinary_data(load().course)
    return ServedData(
        served_data.tables, {"notes.txt": b"as they are\n", "packed.csv.gz": gzip.compress(b"a,b\n1,2\n")}
    )


@pytest.fixture
def serve(gateway: Gateway) -> Iterator[Callable[[ServedData], Network]]:
    with ExitStack() as stack:

        def start(served_data: ServedData) -> Network:
            http, https, dns = (
                stack.enter_context(listener) for listener in (bound(), bound(), bound(socket.SOCK_DGRAM))
            )
            serving = stack.enter_context(gateway.serve(served_data, http=http, https=https, dns=dns))
            ports = [listener.getsockname()[1] for listener in (http, https, dns)]
            return Network(served_data, serving, *ports, gateway.authority)

        yield start


@pytest.fixture
def network(serve: Callable[[ServedData], Network], course_world: ServedData) -> Network:
    return serve(course_world)


@pytest.fixture(scope="session")
def authority_file(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authority") / "authority.pem"
    path.write_bytes(gateway.authority)
    return path
