"""The way out of a build: where it leads, where not, and what is fetched only once."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from checker.sandbox.images.proxy import Log, Proxy


class Source(BaseHTTPRequestHandler):
    """A package source that counts."""

    served: list[str]

    def do_GET(self) -> None:
        self.served.append(self.path)
        body = b"package " * 50_000
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Open(Proxy):
    """A proxy for which a port of this machine is a package source's."""

    def allows(self, host: str, port: int) -> bool:
        return host == "127.0.0.1"


@pytest.fixture
def source() -> Iterator[tuple[int, list[str]]]:
    served: list[str] = []
    handler = type("Counting", (Source,), {"served": served})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1], served
        server.shutdown()
        thread.join()


@contextmanager
def serving(proxy: Proxy) -> Iterator[tuple[int, Log]]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    with proxy, proxy.serving(listener) as log:
        yield listener.getsockname()[1], log


def fetched(port: int, address: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", address)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def tunnelled(port: int, target: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        return line.recv(1000)


def test_nothing_but_package_sources_is_reached() -> None:
    with serving(Proxy(["pypi.org", "*.debian.org"])) as (port, log):
        for target in ("10.0.0.1:443", "pypi.org:22", "evil-pypi.org:443", "debian.org:443", "x", "127.0.0.1:80"):
            assert tunnelled(port, target).startswith(b"HTTP/1.1 403"), target
        assert fetched(port, "http://169.254.169.254/latest/meta-data")[0] == 403
        assert fetched(port, "ftp://pypi.org/x")[0] == 403
        assert {"10.0.0.1", "169.254.169.254", "evil-pypi.org"} <= log.refused
        assert not log.reached


@pytest.mark.parametrize(
    ("host", "port", "allowed"),
    [
        ("pypi.org", 443, True),
        ("PyPI.org.", 80, True),
        ("a.debian.org", 80, True),
        ("adebian.org", 80, False),
        ("pypi.org", 8080, False),
    ],
)
def test_who_is_allowed(host: str, port: int, allowed: bool) -> None:
    with Proxy(["pypi.org", "*.debian.org"]) as proxy:
        assert proxy.allows(host, port) is allowed


def test_a_package_is_fetched_once_and_an_index_each_time(source: tuple[int, list[str]]) -> None:
    upstream, served = source
    package, index = "/debian/pool/main/w/wget/wget_1.deb", "/debian/dists/bookworm/InRelease"
    with serving(Open([])) as (port, log):
        for path in (package, package, index, index):
            status, body = fetched(port, f"http://127.0.0.1:{upstream}{path}")
            assert (status, len(body)) == (200, 400_000)
        assert log.kept == 1
    assert served == [package, index, index]


def test_a_tunnel_carries_what_it_gets(source: tuple[int, list[str]]) -> None:
    upstream, served = source
    with serving(Open([])) as (port, log):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
            line.sendall(f"CONNECT 127.0.0.1:{upstream} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert line.recv(1000).startswith(b"HTTP/1.1 200")
            line.sendall(b"GET /simple/ HTTP/1.0\r\n\r\n")
            held = b""
            while piece := line.recv(65536):
                held += piece
        assert len(held) > 400_000
        assert log.reached == {"127.0.0.1"}
    assert served == ["/simple/"]


def test_what_cannot_be_reached_is_told() -> None:
    nobody = socket.socket()
    nobody.bind(("127.0.0.1", 0))
    with nobody, serving(Open([])) as (port, log):
        assert tunnelled(port, f"127.0.0.1:{nobody.getsockname()[1]}").startswith(b"HTTP/1.1 502")
        assert log.unreached == {"127.0.0.1"}
