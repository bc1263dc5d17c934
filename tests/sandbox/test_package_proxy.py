"""The way out of a build: where it leads, and where not."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from checker.sandbox.images.proxy import HostLog, Origin, Proxy
from tests.processes import in_thread

BODY = b"!<arch>\n" * 50_000
DEB = "/debian/pool/main/w/wget/wget_1.deb"


class Source:
    """A package source on this machine. ``served`` are the requests that came, with their headers."""

    def __init__(self) -> None:
        self.served: list[tuple[str, dict[str, str]]] = []
        self.lines: list[int] = []
        """The connections on which they came."""
        self.said: bytes | None = None
        self.headers: dict[str, str] = {}
        self.status = 200
        self.cut = False
        self.waits = threading.Event()
        self.waits.set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.served]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                source.lines.append(self.client_address[1])
                source.served.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                said = BODY if source.said is None else source.said
                self.send_response(source.status)
                for name, value in source.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                half = len(said) // 2
                self.wfile.write(said[:half])
                self.wfile.flush()
                source.waits.wait(20)
                self.wfile.write(b"" if source.cut else said[half:])

            do_POST = do_GET  # noqa: N815 - the name that http.server asks for

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class Open(Proxy):
    """A proxy for which any port of this machine is a package source's."""

    def allows(self, host: str, port: int) -> bool:
        return host == "127.0.0.1" or super().allows(host, port)


@contextmanager
def running(source: Source) -> Iterator[Source]:
    with in_thread(source.server):
        try:
            yield source
        finally:
            source.waits.set()


@pytest.fixture
def source() -> Iterator[Source]:
    with running(Source()) as found:
        yield found


def listener() -> socket.socket:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


@contextmanager
def serving(proxy: Proxy) -> Iterator[tuple[int, HostLog]]:
    bound = listener()
    with proxy, proxy.serving(bound) as log:
        yield bound.getsockname()[1], log


def fetched(port: int, address: str, headers: dict[str, str] | None = None, method: str = "GET") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, address, headers=headers or {})
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
        ("evil.example:443/.debian.org", 443, False),
        ("evil.example#.debian.org", 443, False),
        ("x@evil.example:443@.debian.org", 443, False),
    ],
)
def test_who_is_allowed(host: str, port: int, allowed: bool) -> None:
    with Proxy(["pypi.org", "*.debian.org"]) as proxy:
        assert proxy.allows(host, port) is allowed


def test_an_answer_is_handed_on_as_it_is(source: Source) -> None:
    """Neither followed, nor unpacked, nor remembered: that is the client's."""
    source.status, source.said = 302, b"\x1f\x8b no gzip at all"
    source.headers = {"Location": "http://evil.example/x", "Content-Encoding": "gzip", "Set-Cookie": "a=b"}
    with serving(Open([])) as (port, log):
        for _ in range(2):
            assert fetched(port, f"http://127.0.0.1:{source.port}{DEB}") == (302, source.said)
        assert log.reached == {"127.0.0.1"}
    assert source.paths == [DEB, DEB]


@pytest.mark.slow
@pytest.mark.parametrize("path", [DEB, "/simple/"])
def test_who_leaves_early_keeps_nobody_waiting(path: str, source: Source) -> None:
    """More who leave, and more who do not read, than connections to a source are usual."""
    with Open([]) as proxy:
        hostile, honest = listener(), listener()
        with proxy.serving(hostile), proxy.serving(honest):
            request = f"GET http://127.0.0.1:{source.port}{path}?%d HTTP/1.1\r\nHost: x\r\n\r\n"
            reset = struct.pack("ii", 1, 0)
            for number in range(120):
                with socket.create_connection(hostile.getsockname(), timeout=20) as line:
                    line.sendall((request % number).encode())
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            assert fetched(honest.getsockname()[1], f"http://127.0.0.1:{source.port}/honest") == (200, BODY)


def test_each_request_has_a_connection_of_its_own(source: Source) -> None:
    with serving(Open([])) as (port, _):
        for path in ("/index", DEB, "/other"):
            fetched(port, f"http://127.0.0.1:{source.port}{path}", {"Expect": "100-continue"})
    assert len(set(source.lines)) == 3
    assert not any("expect" in headers for _, headers in source.served)


@pytest.mark.parametrize("written", ["http://user:word@{}{}", "https://{}{}", "ftp://{}{}", "{}{}"])
def test_an_address_in_another_form_is_refused(written: str, source: Source) -> None:
    with serving(Open([])) as (port, _):
        ours = f"127.0.0.1:{source.port}"
        assert fetched(port, f"HTTP://{ours}{DEB}#1") == (200, BODY)
        assert fetched(port, written.format(ours, DEB))[0] == 403
    assert source.paths == [DEB]


def test_only_the_source_says_who_is_asked(source: Source) -> None:
    ours = f"127.0.0.1:{source.port}"
    with serving(Open([])) as (port, _):
        fetched(port, f"http://{ours}/index", {"Host": "evil.example", "Accept": "text/plain"})
    ((_, headers),) = source.served
    # the rest is what the client here says by itself, and that the line is closed
    assert headers == {"host": ours, "accept": "text/plain", "accept-encoding": "identity", "connection": "close"}


def test_an_index_of_this_machine_is_read_at_its_port_and_nothing_else_is_reached(source: Source) -> None:
    with running(Source()) as other:
        index = Origin("http", "localhost", source.port)
        with serving(Proxy(["pypi.org"], [index])) as (port, log):
            assert fetched(port, f"http://localhost:{source.port}/simple/") == (200, BODY)
            for method in ("POST", "PUT", "DELETE", "PATCH"):
                assert fetched(port, f"http://localhost:{source.port}/simple/", method=method)[0] == 403
            for address in (f"localhost:{other.port}", f"127.0.0.1:{source.port}", f"localhost.:{source.port}"):
                assert fetched(port, f"http://{address}/simple/")[0] == 403
            # who can talk in a tunnel can do more than read
            assert tunnelled(port, f"localhost:{source.port}").startswith(b"HTTP/1.1 403")
            assert log.reached == {"localhost"}
        assert (source.paths, other.paths) == (["/simple/"], [])


def test_an_index_by_https_has_a_tunnel_to_its_port(source: Source) -> None:
    with serving(Proxy([], [Origin("https", "localhost", source.port)])) as (port, log):
        assert tunnelled(port, f"localhost:{source.port}").startswith(b"HTTP/1.1 200")
        assert tunnelled(port, "localhost:443").startswith(b"HTTP/1.1 403")
        assert fetched(port, f"http://localhost:{source.port}/simple/")[0] == 403
        assert log.reached == {"localhost"}
    assert source.served == []


def test_a_source_whose_fault_it_is_was_not_reached(source: Source) -> None:
    source.status = 502
    with serving(Open([])) as (port, log):
        assert fetched(port, f"http://127.0.0.1:{source.port}/simple/")[0] == 502
        assert (log.unreached, log.reached) == ({"127.0.0.1"}, set())
        source.status = 404
        assert fetched(port, f"http://127.0.0.1:{source.port}/simple/")[0] == 404
        assert (log.unreached, log.reached) == (set(), {"127.0.0.1"})


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_way_out_may_be_this_machines_own_proxy(
    scheme: str, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with leading_to(source.port) as asked, serving(Proxy(["pypi.org"])) as (port, log):
        for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{asked.port if scheme == 'https' else source.port}")
        if scheme == "https":
            assert tunnelled(port, "pypi.org:443").startswith(b"HTTP/1.1 200")
            assert asked.targets == ["pypi.org:443"]
        else:
            assert fetched(port, "http://pypi.org/simple/") == (200, BODY)
            assert source.paths == ["http://pypi.org/simple/"]
        assert log.reached == {"pypi.org"}


def test_a_tunnel_carries_what_it_gets(source: Source) -> None:
    with serving(Open([])) as (port, log):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
            line.sendall(f"CONNECT 127.0.0.1:{source.port} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert line.recv(1000).startswith(b"HTTP/1.1 200")
            line.sendall(b"GET /simple/ HTTP/1.0\r\n\r\n")
            held = b""
            while piece := line.recv(65536):
                held += piece
        assert len(held) > len(BODY)
        assert log.reached == {"127.0.0.1"}
    assert source.paths == ["/simple/"]


def test_what_cannot_be_reached_is_told() -> None:
    nobody = socket.socket()
    nobody.bind(("127.0.0.1", 0))
    target = f"127.0.0.1:{nobody.getsockname()[1]}"
    with nobody, serving(Open([])) as (port, log):
        assert tunnelled(port, target).startswith(b"HTTP/1.1 502")
        assert fetched(port, f"http://{target}{DEB}")[0] == 502
        assert log.unreached == {"127.0.0.1"}
        assert not log.reached


def test_what_breaks_off_is_not_taken_for_the_whole(source: Source) -> None:
    source.cut = True
    with serving(Open([])) as (port, _), pytest.raises(http.client.IncompleteRead):
        fetched(port, f"http://127.0.0.1:{source.port}{DEB}")


def test_a_source_that_answers_in_the_end_was_reached(source: Source) -> None:
    with serving(Open([])) as (port, log):
        taken = socket.create_server(("127.0.0.1", 0))
        number = taken.getsockname()[1]
        taken.close()
        assert fetched(port, f"http://127.0.0.1:{number}/simple/")[0] == 502
        assert log.unreached == {"127.0.0.1"}
        assert fetched(port, f"http://127.0.0.1:{source.port}/simple/")[0] == 200
        assert (log.unreached, log.reached) == (set(), {"127.0.0.1"})


def test_a_fault_of_ours_is_noted_and_not_shown(
    source: Source, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("checker.sandbox.images.sources._machines_proxy", lambda *_: 1 / 0)
    with serving(Open([])) as (port, log):
        with pytest.raises(http.client.RemoteDisconnected):
            fetched(port, f"http://127.0.0.1:{source.port}/")
        assert log.fault.startswith("ZeroDivisionError")
    assert capfd.readouterr().err == ""


class _Leading:
    """A machine's own proxy: every tunnel leads to one port."""

    def __init__(self, port: int) -> None:
        self.targets: list[str] = []
        self._to = port
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def serve(self) -> None:
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._lead, args=(line,), daemon=True).start()

    def _lead(self, line: socket.socket) -> None:
        with line, socket.create_connection(("127.0.0.1", self._to)) as upstream:
            self.targets.append(line.recv(1000).split()[1].decode())
            line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=_carry, args=(upstream, line))
            back.start()
            _carry(line, upstream)
            back.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@contextmanager
def leading_to(port: int) -> Iterator[_Leading]:
    leading = _Leading(port)
    thread = threading.Thread(target=leading.serve)
    thread.start()
    try:
        yield leading
    finally:
        leading.socket.shutdown(socket.SHUT_RDWR)
        leading.socket.close()
        thread.join()
