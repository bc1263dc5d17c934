"""The way out of a build: where it leads, where not, and what is fetched only once."""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from checker.sandbox.images import installers
from checker.sandbox.images.proxy import Log, Proxy

BODY = b"!<arch>\n" * 50_000
"""What a package of Debian begins with."""
_DIGEST = hashlib.blake2b(BODY, digest_size=32).hexdigest()
WHEEL = f"/packages/{_DIGEST[:2]}/{_DIGEST[2:4]}/{_DIGEST[4:]}/pandas-3.1.1-cp311-cp311-manylinux_2_28_x86_64.whl"
DEB = "/debian/pool/main/w/wget/wget_1.deb"


def body_of(path: str) -> bytes:
    """A package, of the kind that its name says."""
    begins = {".conda": b"PK", ".tar.bz2": b"BZh"}
    return next((begin + BODY for end, begin in begins.items() if path.endswith(end)), BODY)


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
                said = body_of(self.path) if source.said is None else source.said
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
    thread = threading.Thread(target=source.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield source
    finally:
        source.waits.set()
        source.server.shutdown()
        thread.join()
        source.server.server_close()


@pytest.fixture
def source() -> Iterator[Source]:
    with running(Source()) as found:
        yield found


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    """A source by https, which this machine trusts."""
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    source = Source()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", installers.CONDA).configure_cert(context)
    source.server.socket = context.wrap_socket(source.server.socket, server_side=True)
    with running(source):
        yield source


def listener() -> socket.socket:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


@contextmanager
def serving(proxy: Proxy) -> Iterator[tuple[int, Log]]:
    bound = listener()
    with proxy, proxy.serving(bound) as log:
        yield bound.getsockname()[1], log


@contextmanager
def opening(folder: Path | None = None) -> Iterator[tuple[int, int, Log]]:
    """The usual port, and that of clients who let us answer for this machine, which is the only trusted host."""
    usual, trusting = listener(), listener()
    with Open([], ["127.0.0.1"], folder) as proxy, proxy.serving(usual, trusting) as log:
        yield usual.getsockname()[1], trusting.getsockname()[1], log


def fetched(port: int, address: str, headers: dict[str, str] | None = None, method: str = "GET") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, address, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def trusting_nobody() -> ssl.SSLContext:
    """As pip's is for the hosts that it was told to trust."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def secured(port: int, target: str, path: str, context: ssl.SSLContext, agent: str | None = None) -> tuple[int, bytes]:
    """What an installer gets of *target* by https through the proxy at *port*."""
    host, _, number = target.partition(":")
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=context)
    try:
        connection.set_tunnel(host, int(number), {"User-Agent": agent} if agent else {})
        connection.request("GET", path)
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


def test_a_package_is_fetched_once_and_an_index_each_time(source: Source) -> None:
    index = "/debian/dists/bookworm/InRelease"
    with serving(Open([])) as (port, log):
        for path in (DEB, DEB, index, index):
            assert fetched(port, f"http://127.0.0.1:{source.port}{path}") == (200, BODY)
        assert log.kept == 1
    assert source.paths == [DEB, index, index]


@pytest.mark.parametrize(
    ("path", "once"),
    [
        (WHEEL, True),
        (f"{WHEEL}.metadata", True),
        (f"{WHEEL}?token=1", False),
        ("/simple/pandas/", False),
        ("/packages/pandas-3.1.1-py3-none-any.whl", False),
        ("/conda-forge/linux-64/pandas-2.2.3-py311h7db5c69_1.conda", True),
        ("/conda-forge/noarch/tzdata-2025a-h78e105d_0.tar.bz2", True),
        ("/conda-forge/linux-64/repodata.json.zst", False),
        ("/ubuntu/pool/universe/w/x_1_amd64.deb", True),
        ("/ubuntu/dists/jammy/main/binary-amd64/by-hash/x", False),
    ],
)
def test_what_never_changes_under_its_name(path: str, once: bool, source: Source) -> None:
    with serving(Open([])) as (port, log):
        for _ in range(2):
            assert fetched(port, f"http://127.0.0.1:{source.port}{path}") == (200, body_of(path))
        assert log.kept == once
    assert source.paths == [path] * (1 if once else 2)


def test_two_at_once_are_one_request(source: Source) -> None:
    source.waits.clear()
    got: list[tuple[int, bytes]] = []
    with serving(Open([])) as (port, log):
        address = f"http://127.0.0.1:{source.port}{DEB}"
        threads = [threading.Thread(target=lambda: got.append(fetched(port, address))) for _ in range(3)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 20
        while log.kept < 2 and time.monotonic() < end:
            time.sleep(0.01)
        assert not got
        source.waits.set()
        for thread in threads:
            thread.join()
    assert got == [(200, BODY)] * 3
    assert source.paths == [DEB]


def test_what_broke_off_is_asked_for_again(source: Source) -> None:
    source.cut = True
    with serving(Open([])) as (port, log):
        address = f"http://127.0.0.1:{source.port}{DEB}"
        with pytest.raises(http.client.IncompleteRead):
            fetched(port, address)
        source.cut = False
        assert fetched(port, address) == (200, BODY)
        assert fetched(port, address) == (200, BODY)
        assert log.kept == 1
    assert source.paths == [DEB, DEB]


@pytest.mark.parametrize("name", ["Range", "If-None-Match", "If-Modified-Since", "Authorization", "Cookie"])
def test_who_asks_for_less_is_answered_by_the_source(name: str, source: Source) -> None:
    with serving(Open([])) as (port, log):
        for _ in range(2):
            fetched(port, f"http://127.0.0.1:{source.port}{DEB}", {name: "x"})
        assert log.kept == 0
    assert [headers[name.lower()] for _, headers in source.served] == ["x", "x"]


def test_what_was_sent_for_is_not_kept(source: Source) -> None:
    with serving(Open([])) as (port, log):
        for _ in range(2):
            assert fetched(port, f"http://127.0.0.1:{source.port}{DEB}", method="POST") == (200, BODY)
        assert log.kept == 0
    assert source.paths == [DEB, DEB]


def test_an_answer_is_handed_on_as_it_is(source: Source) -> None:
    """Neither followed, nor unpacked, nor remembered: that is the client's."""
    source.status, source.said = 302, b"\x1f\x8b no gzip at all"
    source.headers = {"Location": "http://evil.example/x", "Content-Encoding": "gzip", "Set-Cookie": "a=b"}
    with serving(Open([])) as (port, log):
        for _ in range(2):
            assert fetched(port, f"http://127.0.0.1:{source.port}{DEB}") == (302, source.said)
        assert (log.kept, log.reached) == (0, {"127.0.0.1"})
    assert [headers for _, headers in source.served] == [{"host": f"127.0.0.1:{source.port}"}] * 2


@pytest.mark.parametrize("written", ["http://{}{}#1", "HTTP://{}{}", "http://{}{}?"])
def test_one_package_has_one_address(written: str, source: Source) -> None:
    with serving(Open([])) as (port, log):
        ours = f"127.0.0.1:{source.port}"
        fetched(port, f"http://{ours}{DEB}")
        assert fetched(port, written.format(ours, DEB)) == (200, BODY)
        assert log.kept == 1
        assert fetched(port, f"http://user:word@{ours}{DEB}")[0] == 403


def test_one_build_adds_only_so_much(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.sandbox.images.proxy._MOST_ADDED", len(BODY))
    with serving(Open([])) as (port, log):
        for name in ("a", "b", "a", "b"):
            assert fetched(port, f"http://127.0.0.1:{source.port}/pool/{name}.deb") == (200, BODY)
        assert (log.kept, log.added) == (1, len(BODY))
    assert source.paths == ["/pool/a.deb", "/pool/b.deb", "/pool/b.deb"]


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


def test_words_of_a_submission_have_a_connection_of_their_own(source: Source) -> None:
    with serving(Open([])) as (port, _):
        for path in ("/index", DEB, "/other", DEB.replace("_1", "_2")):
            fetched(port, f"http://127.0.0.1:{source.port}{path}", {"Expect": "100-continue"})
    lines = dict(zip(source.paths, source.lines, strict=True))
    assert len({lines["/index"], lines["/other"], lines[DEB]}) == 3
    assert not any("expect" in headers for _, headers in source.served)


def test_nobody_else_gets_what_one_asked_for_in_a_way_of_their_own(source: Source) -> None:
    ours = f"127.0.0.1:{source.port}"
    sly = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Accept-Encoding": "gzip", "Accept": "text/evil"}
    with serving(Open([])) as (port, _):
        fetched(port, f"http://{ours}{DEB}", sly)
        fetched(port, f"http://{ours}/index", sly)
    (_, package), (_, index) = source.served
    assert package == {"host": ours}
    assert index["host"] == ours
    assert index["x-forwarded-host"] == "evil.example"  # nothing of this is kept


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


def test_a_source_that_answers_in_the_end_was_reached(source: Source) -> None:
    with serving(Open([])) as (port, log):
        taken = socket.create_server(("127.0.0.1", 0))
        number = taken.getsockname()[1]
        taken.close()
        assert fetched(port, f"http://127.0.0.1:{number}/simple/")[0] == 502
        assert log.unreached == {"127.0.0.1"}
        assert fetched(port, f"http://127.0.0.1:{source.port}/simple/")[0] == 200
        assert (log.unreached, log.reached) == (set(), {"127.0.0.1"})


def test_what_comes_by_https_is_fetched_once_for_those_who_let_us_answer(secure: Source) -> None:
    target = f"127.0.0.1:{secure.port}"
    with opening() as (usual, trusting, log):
        assert secured(trusting, target, WHEEL, trusting_nobody()) == (200, BODY)
        assert secured(trusting, target, WHEEL, trusting_nobody()) == (200, BODY)
        assert secured(usual, target, WHEEL, trusting_nobody(), "uv/0.9.5 {}") == (200, BODY)
        assert (log.kept, log.opened) == (2, {"127.0.0.1"})
    assert secure.paths == [WHEEL]


@pytest.mark.parametrize("agent", [None, "curl/7.88.1", "uv/0.4.30 {}", "uv", "not-uv/0.9.5"])
def test_whoever_checks_certificates_has_a_tunnel(agent: str | None, secure: Source) -> None:
    target = f"127.0.0.1:{secure.port}"
    with opening() as (usual, _, log):
        # the certificate is the source's own, which SSL_CERT_FILE makes known
        assert secured(usual, target, WHEEL, ssl.create_default_context(), agent) == (200, BODY)
        assert (log.kept, log.opened) == (0, set())


def test_a_host_that_nobody_was_told_to_trust_has_a_tunnel(secure: Source) -> None:
    usual, trusting = listener(), listener()
    with Open([], ["pypi.org"]) as proxy, proxy.serving(usual, trusting) as log:
        answer = secured(
            trusting.getsockname()[1], f"127.0.0.1:{secure.port}", WHEEL, ssl.create_default_context(), "uv/0.9.5"
        )
        assert answer == (200, BODY)
        assert not log.opened


def test_who_does_not_believe_us_has_a_tunnel_the_next_time(secure: Source) -> None:
    target = f"127.0.0.1:{secure.port}"
    with opening() as (_, trusting, log):
        with pytest.raises(ssl.SSLCertVerificationError):
            secured(trusting, target, WHEEL, ssl.create_default_context())
        assert secured(trusting, target, WHEEL, ssl.create_default_context()) == (200, BODY)
        assert (log.distrusted, log.opened) == ({"127.0.0.1"}, set())


def test_the_certificate_of_a_source_is_checked(
    secure: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other.pem"))
    with opening() as (_, trusting, log):
        status, _ = secured(trusting, f"127.0.0.1:{secure.port}", WHEEL, trusting_nobody())
        assert status == 502
        assert log.unreached == {"127.0.0.1"}
    assert secure.paths == []


@pytest.mark.parametrize("target", ["@evil.example/x", ":1/x", "http://evil.example/x", "//evil.example/x", "x"])
def test_in_the_name_of_a_host_only_that_host_is_asked(target: str, secure: Source) -> None:
    with opening() as (_, trusting, log):
        with socket.create_connection(("127.0.0.1", trusting), timeout=20) as line:
            line.sendall(f"CONNECT 127.0.0.1:{secure.port} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert line.recv(1000).startswith(b"HTTP/1.1 200")
            with trusting_nobody().wrap_socket(line) as inner:
                inner.sendall(f"GET {target} HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode())
                status = inner.recv(1000)[:12]
        if target.startswith("//"):
            assert status == b"HTTP/1.1 200"
            # the server here drops a slash
            ((path, headers),) = secure.served
            assert (path, headers["host"]) == (target[1:], f"127.0.0.1:{secure.port}")
        else:
            assert status == b"HTTP/1.1 403"
            assert secure.served == []
    assert log.reached <= {"127.0.0.1"}


def test_a_fault_of_ours_is_noted_and_not_shown(
    source: Source, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("checker.sandbox.images.sources.lasts", lambda *_: 1 / 0)
    with serving(Open([])) as (port, log):
        with pytest.raises(http.client.RemoteDisconnected):
            fetched(port, f"http://127.0.0.1:{source.port}/")
        assert log.fault.startswith("ZeroDivisionError")
    assert capfd.readouterr().err == ""


def test_in_an_opened_tunnel_there_is_no_other(secure: Source) -> None:
    target = f"127.0.0.1:{secure.port}"
    with opening() as (_, trusting, log):
        with socket.create_connection(("127.0.0.1", trusting), timeout=20) as line:
            line.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            line.recv(1000)
            with trusting_nobody().wrap_socket(line) as inner:
                inner.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                assert inner.recv(1000).startswith(b"HTTP/1.1 403")
        assert log.refused == {"127.0.0.1"}


def test_any_name_is_answered_without_a_word(secure: Source, capfd: pytest.CaptureFixture[str]) -> None:
    with opening() as (_, trusting, _log), socket.create_connection(("127.0.0.1", trusting), timeout=20) as line:
        line.sendall(f"CONNECT 127.0.0.1:{secure.port} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        line.recv(1000)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        inner = trusting_nobody().wrap_bio(incoming, outgoing, server_hostname="aa.x")
        with pytest.raises(ssl.SSLWantReadError):
            inner.do_handshake()
        line.sendall(outgoing.read().replace(b"aa.x", b"\xff\xfe.x"))
        assert line.recv(1000)
    assert capfd.readouterr().err == ""


def test_condas_channels_are_asked_by_https(secure: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    package = "/conda-forge/linux-64/pandas-2.2.3-py311h7db5c69_1.conda"
    # the way to the world is this machine's own proxy, which finds the channel here
    with leading_to(secure.port) as asked:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{asked.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        with serving(Proxy(["*.anaconda.org"])) as (port, log):
            for _ in range(2):
                assert fetched(port, f"http://{installers.CONDA}{package}") == (200, body_of(package))
            assert (log.kept, log.reached) == (1, {installers.CONDA})
    assert asked.targets == [f"{installers.CONDA}:443"]
    assert secure.served == [(package, {"host": installers.CONDA})]


def test_packages_are_kept_for_the_next_grading(secure: Source, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "packages"
    target = f"127.0.0.1:{secure.port}"
    for expected in (0, 1):
        with opening(folder) as (_, trusting, log):
            assert secured(trusting, target, WHEEL, trusting_nobody()) == (200, BODY)
            assert log.kept == expected
    (path,) = folder.iterdir()
    path.write_bytes(BODY[:-1] + b"x")
    with opening(folder) as (_, trusting, log):
        assert secured(trusting, target, WHEEL, trusting_nobody()) == (200, BODY)
        assert log.kept == 0, "damaged, hence fetched again"
    assert secure.paths == [WHEEL, WHEEL]


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
