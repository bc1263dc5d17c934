"""Services: what is told apart, and what a hostile one cannot do to the client that asks it."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from typing import Any

import psutil
import pytest

from checker.absences import UnavailableHere
from checker.facts.actions import Service
from checker.facts.collected import Collect
from checker.facts.job import End, Finished
from checker.facts.service import AnswerKind, ServiceAnswer, ServiceRequest, ServiceState
from checker.sandbox.inside import service_client
from checker.sandbox.inside.seccomp import known_machine
from tests.sandbox.conftest import Runner

SERVER = "python -m http.server $PORT"
ECHO = """
import http.server, os, sys

class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        size = int(self.headers.get("Content-Length", 0))
        said = f"{self.command} {self.path} {self.headers.get('X-Test')} ".encode() + self.rfile.read(size)
        self.send_response(418 if "teapot" in self.path else 200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("X-Mine", "\\xe9")
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET

http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Echo).serve_forever()
"""
RAW = """
import os, socket, sys, time
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
def answered(body):
    connection, _ = listener.accept()
    connection.recv(65536)
    connection.sendall(body)
    return connection
READY = b"HTTP/1.1 204 No Content\\r\\n\\r\\n"
"""


def serve(runner: Runner, line: str, *requests: ServiceRequest, source: str = "", **options: Any) -> Finished:
    names = Service.__slots__
    asked = {name: options.pop(name) for name in list(options) if name in names}
    action = Service(line, requests, **{"ready_seconds": 10, "answer_seconds": 2, **asked})
    return runner.job(action, {"server.py": dedent(source), **options.pop("files", {})}, **options)


def serve_raw(runner: Runner, source: str, *requests: ServiceRequest, **options: Any) -> Finished:
    return serve(runner, "exec python server.py", *requests, source=RAW + dedent(source), **options)


GET = ServiceRequest()


def test_a_service_is_asked_from_outside(either: Runner) -> None:
    finished = serve(
        either,
        "python server.py",
        ServiceRequest(path="/a?b=c", headers=(("X-Test", "1"),)),
        ServiceRequest("POST", "/teapot", body=b"\0\xff"),
        source=ECHO,
    )
    result = finished.service
    assert result.state is ServiceState.ANSWERED, finished
    assert finished.succeeded
    first, second = result.answers
    assert (first.kind, first.status, first.body) == (AnswerKind.COMPLETE, 200, b"GET /a?b=c 1 ")
    assert (first.header("content-type"), first.header("x-mine"), first.header("absent")) == ("text/plain", "é", "")
    assert (second.status, second.body) == (418, b"POST /teapot None \0\xff")
    assert 0 < result.ready_seconds < 10


def test_the_files_of_a_service_can_be_taken_out(isolated: Runner) -> None:
    finished = serve(
        isolated,
        f"{SERVER} 2> log.txt",
        ServiceRequest(path="/page.html"),
        files={"page.html": "a page"},
        collect=Collect(("log.txt",)),
    )
    assert finished.service.answers[0].body == b"a page"
    assert b"GET /page.html" in finished.collected.files["log.txt"]


def test_every_program_may_be_a_service(isolated: Runner) -> None:
    finished = serve(isolated, SERVER.replace("$PORT", "8501"), ServiceRequest("HEAD"), port=8501)
    assert (finished.service.state, finished.service.answers[0].status) == (ServiceState.ANSWERED, 200)


@pytest.mark.parametrize(
    ("line", "state", "end", "status"),
    [
        ("no-such-program", ServiceState.ENDED, End.EXIT, 127),
        ("echo wrong >&2; exit 3", ServiceState.ENDED, End.EXIT, 3),
        ("kill -9 $$", ServiceState.ENDED, End.SIGNAL, 9),
        pytest.param("true", ServiceState.ENDED, End.EXIT, 0, marks=pytest.mark.slow),
        pytest.param("sleep 100", ServiceState.CLOSED, End.EXIT, 0, marks=pytest.mark.slow),
        pytest.param("python -m http.server 1234", ServiceState.CLOSED, End.EXIT, 0, marks=pytest.mark.slow),
        (f"{SERVER} > /dev/null 2>&1 &", ServiceState.DETACHED, End.EXIT, 0),
        (f"setsid -f {SERVER}", ServiceState.DETACHED, End.EXIT, 0),
    ],
)
def test_what_becomes_of_a_service_is_told_apart(
    isolated: Runner, line: str, state: ServiceState, end: End, status: int
) -> None:
    started = time.monotonic()
    finished = serve(isolated, line, GET, ready_seconds=2.5)
    assert (finished.service.state, finished.end, finished.status) == (state, end, status)
    answered = state is ServiceState.DETACHED
    assert [one.status for one in finished.service.answers] == [200] * answered
    assert (finished.service.ready_seconds is None) is not answered
    assert time.monotonic() - started < 8


@pytest.mark.slow
def test_a_port_that_says_nothing_is_silent(isolated: Runner) -> None:
    finished = serve_raw(
        isolated, "held = listener.accept()\ntime.sleep(100)", GET, ready_seconds=1, answer_seconds=0.4
    )
    assert (finished.service.state, finished.service.answers) == (ServiceState.SILENT, ())


@pytest.mark.slow
def test_what_is_no_http_is_silent(isolated: Runner) -> None:
    finished = serve_raw(isolated, "while True:\n    answered(b'220 mail\\r\\n').close()", GET, ready_seconds=1)
    assert finished.service.state is ServiceState.SILENT


def test_a_service_that_ends_over_a_request_is_told_from_one_that_goes_on(isolated: Runner) -> None:
    finished = serve_raw(
        isolated, "answered(READY).close()\nheld = listener.accept()\nlistener.close()\nos._exit(5)", GET, GET
    )
    assert (finished.service.state, finished.end, finished.status) == (ServiceState.ENDED_LATER, End.EXIT, 5)
    assert [one.kind for one in finished.service.answers] == [AnswerKind.BROKEN_OFF, AnswerKind.REFUSED]


def test_a_service_that_ends_over_the_last_request_is_heard_of(isolated: Runner) -> None:
    finished = serve_raw(
        isolated, "answered(READY).close()\nheld = listener.accept()\nlistener.close()\nos._exit(5)", GET
    )
    assert (finished.service.state, finished.status) == (ServiceState.ENDED_LATER, 5)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ANSWERS = {
    "too much": (b"HTTP/1.1 200 OK\r\n\r\n' + b'x' * 3000 + b'", AnswerKind.TOO_LARGE, 200),
    "too much is foretold": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n", AnswerKind.TOO_LARGE, 200),
    "too many headers": (b"HTTP/1.1 200 OK\r\n' + b'A: b\\r\\n' * 200 + b'\r\n", AnswerKind.MALFORMED, 0),
    "a header without end": (b"HTTP/1.1 200 OK\r\nA: ' + b'x' * 100_000 + b'\r\n\r\n", AnswerKind.MALFORMED, 0),
    "continue for ever": (b"' + b'HTTP/1.1 100 Continue\\r\\n\\r\\n' * 9_000 + b'", AnswerKind.TOO_LARGE, 0),
    "broken off": (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nx", AnswerKind.BROKEN_OFF, 200),
    "nothing": (b"", AnswerKind.BROKEN_OFF, 0),
    "a chunk of no size": (CHUNKED + b"zz\r\n", AnswerKind.BROKEN_OFF, 200),
    "a chunk below zero": (CHUNKED + b"-5\r\nxxxxx", AnswerKind.MALFORMED, 200),
    "a chunk without end": (CHUNKED + b"fffffff\r\nx", AnswerKind.BROKEN_OFF, 200),
    "mail": (b"220 ready\r\n", AnswerKind.MALFORMED, 0),
}


@pytest.mark.parametrize(("body", "kind", "status"), ANSWERS.values(), ids=ANSWERS)
def test_each_kind_of_answer_is_told_apart(isolated: Runner, body: bytes, kind: AnswerKind, status: int) -> None:
    said = body.decode().replace("\r", "\\r").replace("\n", "\\n")
    source = f"answered(READY).close()\nanswered(b'{said}').close()\nanswered(READY).close()\ntime.sleep(100)"
    finished = serve_raw(isolated, source, GET, GET, answer_bytes=2000)
    assert finished.service.state is ServiceState.ANSWERED, finished
    assert [(one.kind, one.status) for one in finished.service.answers] == [(kind, status), (AnswerKind.COMPLETE, 204)]


@pytest.mark.parametrize("source", ["time.sleep(100)", "while True:\n    held.sendall(b'x')\n    time.sleep(0.05)"])
def test_an_answer_that_never_ends_is_too_slow(isolated: Runner, source: str) -> None:
    head = "answered(READY).close()\nheld = answered(b'HTTP/1.1 200 OK\\r\\n\\r\\n')\n"
    finished = serve_raw(isolated, head + source, GET, answer_seconds=0.5)
    (answer,) = finished.service.answers
    assert (answer.kind, answer.status, answer.body) == (AnswerKind.TOO_SLOW, 200, b"")
    assert answer.seconds < 2


def test_all_bodies_together_have_a_limit(isolated: Runner) -> None:
    page = ServiceRequest(path="/page")
    finished = serve(isolated, SERVER, page, page, page, files={"page": "x" * 900}, total_bytes=2000)
    assert [one.kind for one in finished.service.answers] == [AnswerKind.COMPLETE] * 2 + [AnswerKind.TOO_LARGE]


@pytest.mark.slow
def test_the_limits_of_the_job_hold_for_a_service(isolated: Runner) -> None:
    assert serve(isolated, "sleep 100", GET, seconds=1).end is End.TIME
    assert serve(isolated, "yes", GET, output=10_000).end is End.OUTPUT


def test_nothing_of_a_service_goes_on(either: Runner) -> None:
    finished = serve(
        either,
        "echo $$ > number; (trap '' TERM; setsid sleep 1000) & exec python -m http.server $PORT",
        ServiceRequest(path="/number"),
    )
    (answer,) = finished.service.answers
    if either.kind == "plain":
        number = int(answer.body)
        assert not psutil.pid_exists(number) or psutil.Process(number).status() == psutil.STATUS_ZOMBIE
    assert not [one for one in psutil.Process().children(recursive=True) if _line(one)[:2] == ["sleep", "1000"]]


def _line(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


@pytest.fixture
def neighbour() -> Iterator[tuple[int, list[bytes]]]:
    """A service of this machine, and what it heard."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        heard.append(connection.recv(1000))
                        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nneighbour")

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.slow
def test_the_client_reaches_the_network_of_the_run_alone(isolated: Runner, neighbour: tuple[int, list[bytes]]) -> None:
    """Another service of this machine, on the very port that is asked, is neither heard nor spoken to."""
    port, heard = neighbour
    finished = serve(isolated, "sleep 100", GET, port=port, ready_seconds=1)
    assert finished.service.state is ServiceState.CLOSED
    moved = f"HTTP/1.1 302 Found\\r\\nLocation: http://127.0.0.1:{port}/\\r\\n\\r\\n"
    finished = serve_raw(isolated, f"answered(READY).close()\nanswered(b'{moved}').close()\ntime.sleep(9)", GET)
    assert [one.status for one in finished.service.answers] == [302]
    assert heard == []


def test_in_plain_mode_a_port_that_is_in_use_makes_it_unavailable(
    plain: Runner, neighbour: tuple[int, list[bytes]]
) -> None:
    with pytest.raises(UnavailableHere, match="is in use"):
        serve(plain, SERVER, GET, port=neighbour[0])
    assert neighbour[1] == []


SEEN = """
import os, socket
place = os.environ["HOME"] + "/seen"
for name in os.listdir("/proc"):
    if name.isdigit() and name != str(os.getpid()):
        print(name, file=open(place, "a"))
        try:
            os.kill(int(name), 9)
        except OSError:
            pass
"""


def test_a_service_cannot_see_or_end_its_client(isolated: Runner) -> None:
    """It tries to end every process that it sees, before it answers."""
    finished = serve_raw(isolated, f"answered(READY).close()\n{SEEN}\nanswered(READY).close()\ntime.sleep(9)", GET)
    assert finished.service.state is ServiceState.ANSWERED, finished
    assert finished.service.answers[0].status == 204


@pytest.mark.slow
def test_the_client_has_given_everything_up(isolated: Runner) -> None:
    sandbox = isolated.opened
    source = "answered(READY).close()\nkept = listener.accept()\ntime.sleep(100)"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(serve_raw, isolated, source, GET, answer_seconds=4)
        status = None
        while status is None and not running.done():
            time.sleep(0.01)
            status = _client(sandbox._zygotes["launcher"]._process.pid, sandbox._empty)
        assert status is not None, running.result()
        running.result()
    if os.geteuid() == 0:
        assert set(status["Uid"].split()) & {"0", str(os.getuid())} == set()
        assert status["Groups"].strip() == ""
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0, name
    assert status["network"] != os.fspath(Path("/proc/self/ns/net").readlink())


def _client(launcher: int, empty: str) -> dict[str, str] | None:
    """The status of a process that has nothing but the empty folder, and is ready."""
    for process in psutil.Process(launcher).children(recursive=True):
        place = Path("/proc", str(process.pid))
        with contextlib.suppress(OSError):
            if os.fspath((place / "root").readlink()) == empty:
                lines = (place / "status").read_text().splitlines()
                status = dict(line.split(":\t", 1) for line in lines)
                # the filter of system calls comes last
                if status["NoNewPrivs"] == "1" and (status["Seccomp"] == "2" or not known_machine()):
                    return {**status, "network": os.fspath((place / "ns" / "net").readlink())}
    return None


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "GET /"},
        {"method": ""},
        {"path": "a"},
        {"path": "/a b"},
        {"path": "/\r\nX: y"},
        {"path": "/é"},
        {"headers": (("X: y", "z"),)},
        {"headers": (("X", "y\r\nZ: z"),)},
        {"headers": (("", "y"),)},
    ],
)
def test_a_request_that_would_be_another_one_is_refused(request_: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no request"):
        ServiceRequest(**request_)


@pytest.mark.parametrize("bounds", [{"requests": (GET,) * 101}, {"answer_bytes": 2_000_001}, {"ready_path": "x"}])
def test_a_service_is_asked_within_bounds(bounds: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="request"):
        Service("", **bounds)


def test_an_answer_of_the_largest_size_fits_into_its_message(isolated: Runner) -> None:
    finished = serve(
        isolated,
        SERVER,
        ServiceRequest(path="/page"),
        files={"page": "\0" * 2_000_000},
        answer_bytes=2_000_000,
        answer_seconds=10,
    )
    assert len(finished.service.answers[0].body) == 2_000_000


def test_a_name_of_a_header_is_found_in_any_letters() -> None:
    answer = ServiceAnswer(kind=AnswerKind.COMPLETE, headers=(("A", "1"), ("a", "2")))
    assert (answer.header("a"), answer.header("b")) == ("1", "")


def test_the_addresses_of_this_machine_alone_are_asked() -> None:
    assert {address for _, address in service_client._ADDRESSES} == {"127.0.0.1", "::1"}
