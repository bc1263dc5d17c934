"""The process: what it serves over sockets, to whom, and what it survives."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import pairwise
from pathlib import Path

import pytest

from checker.errors import CheckerFault
from checker.facts.job import ServedData
from checker.sandbox.gateway import Gateway
from tests.gateway.conftest import bound


def start_cost() -> float:
    """Seconds of processor time from entering a gateway to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with Gateway() as one:
        assert one.authority.startswith(b"-----BEGIN CERTIFICATE-----")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_it_starts_quickly():
    assert min(start_cost() for _ in range(3)) < 0.4


def test_requests_are_logged_in_order(network):
    assert network.ask("/bucket/a%20b/train.csv?x=1")[0] == 200
    assert network.ask("/none.csv", host="User@Example.ORG:80")[0] == 404
    network.say("GET /b/test.csv HTTP/1.1\r\nHost: b.s3.fr\r\nConnection: close\r\n\r\n", tls="b.s3.fr")
    seen = network.serving.requests()
    assert [(one.scheme, one.host, one.method, one.path, one.query, one.status) for one in seen] == [
        ("http", "minio.lab.sspcloud.fr", "GET", "/bucket/a b/train.csv", "x=1", 200),
        ("http", "example.org", "GET", "/none.csv", "", 404),
        ("https", "b.s3.fr", "GET", "/b/test.csv", "", 200),
    ]
    assert all(earlier.seconds <= later.seconds < 60 for earlier, later in pairwise(seen))


def test_secrets_in_a_query_are_not_kept(network):
    network.ask(
        "/train.csv?a=1&X-Amz-Signature=5ecret&x-amz-security-token=5ecret&token=5ecret&AWSAccessKeyId=5ecret&b=2"
    )
    (one,) = network.serving.requests()
    assert "5ecret" not in one.query
    assert (one.query[:3], one.query[-3:]) == ("a=1", "b=2")


def test_the_log_stays_when_serving_ends(gateway, course_world):
    with bound() as http, bound() as https:
        with gateway.serve(course_world, http=http, https=https) as serving:
            assert fetched(http).startswith(b"HTTP/1.1 200")
        assert [one.path for one in serving.requests()] == ["/train.csv"]
        assert serving.omitted() == 0


def test_head_has_no_body_and_the_size_of_one(network):
    answer = network.say("HEAD /b/train.csv HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n")
    assert b"Content-Length: %d\r\n" % len(network.served_data.tables["train"]) in answer


def test_requests_may_be_sent_before_the_answers_come(network):
    one = "GET /none.csv HTTP/1.1\r\nHost: h\r\n\r\n"
    answer = network.say(one * 20 + "GET /train.csv HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 404") == 20
    assert answer.endswith(network.served_data.tables["train"])


@pytest.mark.parametrize("expects", ["", "Expect: 100-continue\r\n"])
def test_writing_is_refused_and_logged(network, expects):
    size = 5_000_000 if not expects else 0
    status, body = network.ask(
        "/bucket/new.csv",
        "PUT",
        more=f"Content-Length: 5000000\r\n{expects}\r\n" + "x" * size
        if size
        else f"Content-Length: 5000000\r\n{expects}",
    )
    assert (status, b"AccessDenied" in body) == (403, True)
    assert [(one.method, one.status) for one in network.serving.requests()] == [("PUT", 403)]


def test_each_network_has_its_own_data_and_log(serve):
    """From several threads at once."""

    def use(number: int) -> tuple[bytes, list[str]]:
        network = networks[number]
        bodies = {network.ask(f"/b/{number}-{count}/train.csv")[1] for count in range(20)}
        (body,) = bodies
        return body, [one.path for one in network.serving.requests()]

    networks = [serve(ServedData({"train": b"number\n%d\n" % number})) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for number, (body, paths) in enumerate(pool.map(use, range(8))):
            assert body == b"number\n%d\n" % number
            assert paths == [f"/b/{number}-{count}/train.csv" for count in range(20)]


def fetched(listener: socket.socket) -> bytes:
    """All that is answered to one old-fashioned request for the training table."""
    with socket.create_connection(listener.getsockname(), 10) as one, one.makefile("rb") as answer:
        one.sendall(b"GET /train.csv HTTP/1.0\r\n\r\n")
        return answer.read()


def test_threads_may_open_and_close_networks_at_once(gateway):
    def cycle(number: int) -> bool:
        served_data = ServedData({"train": b"%d" % number})
        with bound() as http, bound() as https, gateway.serve(served_data, http=http, https=https) as serving:
            return fetched(http).endswith(b"\r\n\r\n%d" % number) and len(serving.requests()) == 1

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(cycle, range(100)))


def test_nothing_answers_after_the_end(gateway, course_world):
    http, https = bound(), bound()
    port = http.getsockname()[1]
    idle = None
    with gateway.serve(course_world, http=http, https=https):
        idle = socket.create_connection(("127.0.0.1", port))
        idle.sendall(b"GET /none HTTP/1.1\r\nHost: h\r\n\r\n")
        assert idle.recv(12) == b"HTTP/1.1 404"
        http.close()
        https.close()
    idle.settimeout(5)
    while idle.recv(65536):
        pass
    idle.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_world_can_refuse(serve):
    network = serve(ServedData({"train": b"a\n1\n"}, refuse=403))
    assert network.ask("/b/train.csv")[0] == 403
    assert network.serving.requests()[0].status == 403


def test_a_world_can_refuse_one_table(serve):
    network = serve(ServedData({"train": b"a\n1\n", "test": b"a\n1\n"}, refusals={"test": 403}))
    assert [network.ask(f"/b/{name}.csv")[0] for name in ("train", "test")] == [200, 403]


def test_a_world_can_be_slow_and_hold_up_nobody_else(serve):
    slow = serve(ServedData({"train": b"a\n1\n"}, delay=0.5, delayed=2))
    quick = serve(ServedData({"train": b"a\n1\n"}))

    def seconds(network) -> float:
        started = time.perf_counter()
        assert network.ask("/train.csv")[0] == 200
        return time.perf_counter() - started

    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(seconds, slow) for _ in range(2)]
        assert min(seconds(quick) for _ in range(5)) < 0.4
        assert all(one.result() >= 0.5 for one in held)
    assert seconds(slow) < 0.5


def test_one_that_is_flooded_holds_up_nobody_else(serve):
    flooded, other = serve(ServedData({"train": b"1\n"})), serve(ServedData({"train": b"2\n"}))
    pieces = b"1\r\na\r\n" * 20_000
    with ExitStack() as stack:
        speakers = [stack.enter_context(flooded.connect()) for _ in range(24)]
        for one in speakers:
            one.sendall(b"PUT /train.csv HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
            one.setblocking(False)
        for _ in range(5):
            for one in speakers:
                with suppress(BlockingIOError):
                    one.send(pieces)
            answer = other.say("GET /train.csv HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", tls="h")
            assert answer.endswith(b"2\n")
        flooded.serving.close()


def test_those_who_do_not_wait_for_a_slow_answer_are_not_logged_as_answered(serve):
    network = serve(ServedData({"train": b"a\n1\n"}, delay=30.0))
    one = network.connect()
    one.sendall(b"GET /train.csv HTTP/1.1\r\nHost: h\r\n\r\n")
    one.close()
    started = time.perf_counter()
    network.serving.close()
    assert time.perf_counter() - started < 5
    assert network.serving.requests() == ()


class TestAuthority:
    @pytest.mark.parametrize(
        "host", ["minio.lab.sspcloud.fr", "a.b.c.d.example.org", "xn--bcher-kva.example", "LOUD.org"]
    )
    def test_any_host_has_a_certificate(self, network, host):
        with network.connect(tls=host) as connection:
            names = [name.lower() for _, name in connection.getpeercert()["subjectAltName"]]
        assert names == [host.lower()]

    def test_an_address_of_this_machine_has_one(self, network):
        with network.connect(tls="127.0.0.1") as connection:
            assert ("IP Address", "127.0.0.1") in connection.getpeercert()["subjectAltName"]

    def test_others_do_not_trust_it(self, network):
        with socket.create_connection(("127.0.0.1", network.https)) as raw, pytest.raises(ssl.SSLError):
            ssl.create_default_context().wrap_socket(raw, server_hostname="example.org")

    def test_what_is_no_name_gets_the_certificate_of_none(self, network):
        context = ssl.create_default_context(cadata=network.authority.decode())
        with socket.create_connection(("127.0.0.1", network.https)) as raw, pytest.raises(ssl.CertificateError):
            context.wrap_socket(raw, server_hostname="a_b.example")
        assert network.ask("/train.csv")[0] == 200

    def test_it_is_the_same_for_all_networks_of_a_gateway(self, gateway, network):
        assert gateway.authority == network.authority


class TestProxy:
    def test_a_link_as_a_proxy_gets_it(self, network):
        assert network.ask("http://Example.org:80/x/test.csv?y=1", host="else")[0] == 200
        (one,) = network.serving.requests()
        assert (one.url, one.query) == ("http://example.org/x/test.csv", "y=1")

    @pytest.mark.parametrize(("port", "scheme"), [(443, "https"), (80, "http")])
    def test_a_tunnel_leads_to_the_host(self, network, port, scheme):
        with network.connect() as raw:
            raw.sendall(f"CONNECT example.org:{port} HTTP/1.1\r\nHost: example.org:{port}\r\n\r\n".encode())
            assert raw.recv(1000).startswith(b"HTTP/1.1 200")
            context = ssl.create_default_context(cadata=network.authority.decode())
            inner = context.wrap_socket(raw, server_hostname="example.org") if port == 443 else raw
            inner.sendall(b"GET /train.csv HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n")
            with inner.makefile("rb") as answer:
                assert answer.read().endswith(network.served_data.tables["train"])
            inner.close()
        (one,) = network.serving.requests()
        assert one.url == f"{scheme}://example.org/train.csv"

    @pytest.mark.parametrize("target", ["example.org:22", "example.org", "[::1]:8080", ":"])
    def test_a_tunnel_to_another_port_is_refused(self, network, target):
        assert network.say(f"CONNECT {target} HTTP/1.1\r\nHost: h\r\n\r\n").startswith(b"HTTP/1.1 403")


class TestBrokenClients:
    @pytest.mark.parametrize(
        "said",
        [
            b"\x16\x03\x01\x02\x00\x01",
            b"\x00" * 5000,
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\nHost: h\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: " + b"y" * 5_000_000 + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: h\r\n" + b"A: b\r\n" * 100_000 + b"\r\n",
        ],
    )
    def test_what_is_no_request_is_refused_and_ends(self, network, said):
        try:
            answer = network.say(said + b"\r\n\r\n")
        except (ConnectionResetError, BrokenPipeError):
            answer = b""  # it does not read on to the end of what is too much
        assert answer == b"" or re.match(rb"HTTP/1\.1 (4\d\d|501) ", answer)
        assert network.ask("/train.csv")[0] == 200

    @pytest.mark.parametrize(
        "host", ["[::1", "[", "a@b@c", "\x80\xff", "h:99999", "h:x", "..", "x" * 5000, "[::1]:80", "%00"]
    )
    def test_strange_hosts_are_answered(self, network, host):
        answer = network.say(
            b"GET /train.csv HTTP/1.1\r\nHost: " + host.encode("latin-1") + b"\r\nConnection: close\r\n\r\n"
        )
        assert re.match(rb"HTTP/1\.1 (200|400) ", answer)
        assert network.serving.requests() is not None

    def test_those_who_wait_hold_nobody_up(self, network):
        waiting = [network.connect() for _ in range(60)]
        waiting += [socket.create_connection(("127.0.0.1", network.https)) for _ in range(60)]
        for number, one in enumerate(waiting):
            one.sendall(b"GET /train.csv HTTP/1.1\r\nHost:"[: number % 30])
        started = time.perf_counter()
        assert network.ask("/train.csv")[0] == 200
        assert time.perf_counter() - started < 2
        network.serving.close()
        assert time.perf_counter() - started < 5
        for one in waiting:
            one.close()

    @pytest.mark.parametrize("secure", [False, True])
    def test_those_who_take_every_connection_hold_up_no_other_network(self, serve, course_world, secure):
        crowded, other = serve(course_world), serve(course_world)
        port = crowded.https if secure else crowded.http
        crowd = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(400)]
        for number, one in enumerate(crowd):
            one.sendall((b"\x16\x03\x01\x02\x00\x01" if secure else b"GET /train.csv HTTP/1.1\r\nHost:")[: number % 9])
        started = time.perf_counter()
        for _ in range(20):
            assert other.ask("/train.csv")[0] == 200
        assert time.perf_counter() - started < 5
        crowded.serving.close()
        for one in crowd:
            one.close()

    def test_a_flood_of_names_holds_up_no_other_network(self, serve, course_world):
        """Each new name costs a key and a certificate."""
        crowded, other = serve(course_world), serve(course_world)
        stop = threading.Event()

        def shake() -> int:
            number = 0
            while not stop.is_set():
                with crowded.connect(tls=f"{threading.get_ident()}-{number}.example.org"):
                    number += 1
            return number

        with ThreadPoolExecutor(3) as pool:
            shaking = [pool.submit(shake) for _ in range(3)]
            started = time.perf_counter()
            for _ in range(20):
                assert other.ask("/train.csv")[0] == 200
            seconds = time.perf_counter() - started
            stop.set()
            assert sum(one.result() for one in shaking) > 0
        assert seconds < 5

    def test_a_client_that_names_no_host_is_served(self, network):
        context = ssl.create_default_context(cadata=network.authority.decode())
        context.check_hostname = False
        raw = socket.create_connection(("127.0.0.1", network.https), 10)
        with context.wrap_socket(raw) as one, one.makefile("rb") as answer:
            one.sendall(b"GET /train.csv HTTP/1.0\r\n\r\n")
            assert answer.read().endswith(network.served_data.tables["train"])
        (seen,) = network.serving.requests()
        assert (seen.scheme, seen.host) == ("https", "")

    @pytest.mark.parametrize("said", [b"GET /train.csv HTTP/1.1\r\nHost: h\r\n\r\n", b"\x00" * 3000, b"\x80\x2e\x01"])
    def test_what_is_no_tls_ends(self, network, said):
        with socket.create_connection(("127.0.0.1", network.https), 10) as raw:
            raw.sendall(said)
            raw.shutdown(socket.SHUT_WR)
            assert b"train" not in raw.recv(65536)
        assert network.ask("/train.csv")[0] == 200

    @pytest.mark.parametrize("method", ["PUT", "POST"])
    def test_an_upload_in_chunks_is_refused_as_a_server_without_leave_does(self, network, method):
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in (b"x" * 70_000, b"y" * 5, b"z" * 200_000))
        head = f"{method} /b/new.csv HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        answer = network.say(
            head + chunks + b"0\r\n\r\nGET /train.csv HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        )
        assert answer.startswith(b"HTTP/1.1 403")
        assert b"<Code>AccessDenied</Code>" in answer
        assert answer.endswith(network.served_data.tables["train"])

    def test_an_upload_without_end_is_not_kept(self, network, gateway):
        before = memory(gateway)
        with network.connect() as one:
            one.settimeout(10)
            one.sendall(b"PUT /b/new.csv HTTP/1.1\r\nHost: h\r\nContent-Length: 999999999999\r\n\r\n")
            sent = 0
            try:
                while sent < 200_000_000:
                    sent += one.send(b"x" * 1_000_000)
            except OSError:
                pass  # it does not read all that somebody wants to send
        assert sent < 200_000_000
        assert memory(gateway) - before < 20_000_000
        assert network.ask("/train.csv")[0] == 200

    def test_an_old_client_is_answered_and_left(self, network):
        answer = network.say(b"GET /b/train.csv HTTP/1.0\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(network.served_data.tables["train"])

    @pytest.mark.parametrize(
        "target", [b"/%00%1b[31m%0a%ed%a0%80%e2%80%ae.csv?%0d%0a=" + b"b" * 9000, b"/\xff\xfe.csv", b"/?\x80=\xff"]
    )
    def test_hostile_bytes_are_logged_as_text_of_some_length(self, network, target):
        answer = network.say(b"GET " + target + b" HTTP/1.1\r\nHost: \xff.example\r\nConnection: close\r\n\r\n")
        assert re.match(rb"HTTP/1\.1 4\d\d ", answer)
        seen = network.serving.requests()
        assert len(seen) == (b"%00" in target)  # the others are no requests
        for one in seen:
            json.dumps([one.path, one.query, one.host]).encode("utf-8")
            assert max(map(len, (one.host, one.path, one.query))) <= 500

    def test_a_flood_of_requests_holds_up_no_other_network(self, serve, course_world):
        crowded, other = serve(course_world), serve(course_world)
        assert other.ask("/train.csv")[0] == 200
        with ThreadPoolExecutor(3) as pool:
            flooding = [pool.submit(flood, crowded, 1_000) for _ in range(3)]
            started = time.perf_counter()
            for _ in range(20):
                assert other.ask("/train.csv")[0] == 200
            seconds = time.perf_counter() - started
            for one in flooding:
                one.result()
        assert seconds < 5

    def test_those_who_do_not_read_hold_nobody_up(self, serve):
        network = serve(ServedData({"train": b"x" * 20_000_000}))
        deaf = [network.connect() for _ in range(10)]
        for one in deaf:
            one.sendall(b"GET /train.csv HTTP/1.1\r\nHost: h\r\n\r\n")
        assert network.ask("/none")[0] == 404
        for one in deaf:
            one.close()

    def test_more_connections_than_it_takes_wait_for_their_turn(self, network):
        crowd = [network.connect() for _ in range(300)]
        for one in crowd:
            one.sendall(b"GET /none HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        for one in crowd:
            one.settimeout(20)
            assert one.recv(12) == b"HTTP/1.1 404"
            one.close()

    def test_those_who_break_off(self, network):
        for number in range(50):
            one = network.connect()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            one.sendall(b"GET /train.csv HTTP/1.1\r\nHost: h\r\n\r\n"[: 10 + number])
            one.close()  # by a reset
        assert network.ask("/train.csv")[0] == 200
        assert network.serving.requests()


def memory(gateway: Gateway) -> int:
    """Bytes that the gateway's process holds."""
    status = Path(f"/proc/{gateway._process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024


def open_files(gateway: Gateway) -> int:
    return len(list(Path(f"/proc/{gateway._process.pid}/fd").iterdir()))


def flood(network, count: int) -> None:
    """*count* requests, sent in one go over one connection, and all answers read."""
    with network.connect() as connection, ThreadPoolExecutor(1) as pool, connection.makefile("rb") as answer:
        connection.settimeout(60)
        text = b"GET /n/%d?" + b"q" * 400 + b" HTTP/1.1\r\nHost: h\r\n\r\n"
        sending = pool.submit(lambda: [connection.sendall(text % number) for number in range(count)])
        left = count
        while left:
            left -= answer.readline().count(b"HTTP/1.1 404")
        sending.result()


def test_of_many_requests_the_first_and_the_last_are_kept(network):
    flood(network, 3_000)
    seen = [int(one.path.rpartition("/")[2]) for one in network.serving.requests()]
    assert seen == [*range(2_000), *range(2_500, 3_000)]
    assert network.serving.omitted() == 500


@pytest.mark.slow
def test_a_hundred_thousand_requests_cost_no_memory(network, gateway):
    flood(network, 5_000)
    before = memory(gateway)
    flood(network, 95_000)
    assert memory(gateway) - before < 5_000_000
    assert len(network.serving.requests()) + network.serving.omitted() == 100_000


@pytest.mark.slow
def test_a_thousand_networks_cost_no_memory(gateway, course_world):
    def cycle(times: int) -> None:
        for _ in range(times):
            with (
                bound() as http,
                bound() as https,
                bound(socket.SOCK_DGRAM) as dns,
                gateway.serve(course_world, http=http, https=https, dns=dns),
            ):
                assert fetched(http)

    cycle(100)
    before, files = memory(gateway), open_files(gateway)
    cycle(900)
    assert memory(gateway) - before < 5_000_000
    assert open_files(gateway) <= files + 2


class TestProcess:
    def test_it_holds_nothing_of_the_graders_environment(self, monkeypatch):
        monkeypatch.setenv("GITHUB_TOKEN", "5ecret")
        with Gateway() as one:
            assert one.authority
            environment = Path(f"/proc/{one._process.pid}/environ").read_bytes()
        names = {entry.partition(b"=")[0] for entry in environment.split(b"\0") if entry}
        assert b"5ecret" not in environment
        assert names <= {b"PYTHONPATH", b"PYTHONUSERBASE", b"LC_CTYPE"}

    def test_its_end_is_a_fault_of_ours(self, course_world):
        with Gateway() as one, bound() as http, bound() as https:
            serving = one.serve(course_world, http=http, https=https)
            one._process.kill()
            with pytest.raises(CheckerFault, match="gateway"):
                serving.requests()
            with pytest.raises(CheckerFault, match="not running"):
                one.serve(course_world, http=http, https=https)

    def test_a_fault_while_answering_is_ours_and_is_told(self, gateway):
        with bound() as http, bound() as https:
            serving = gateway.serve(ServedData(refuse=1000), http=http, https=https)  # no status of HTTP
            assert fetched(http) == b""
            with pytest.raises(CheckerFault, match="status_code") as told:
                serving.close()
        assert "Traceback" in told.value.__notes__[0]

    def test_it_ends_with_its_context(self):
        with Gateway() as one:
            assert one.authority
            process = one._process
        assert process.returncode == 0
        with pytest.raises(CheckerFault, match="not running"):
            one.authority  # noqa: B018

    @pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    def test_it_ends_with_the_grader(self, how):
        code = (
            "import signal, time; from checker.sandbox.gateway import Gateway\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background job ignores it
            "with Gateway() as one: one.authority; print(one._process.pid, flush=True); time.sleep(60)"
        )
        grader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        pid = int(grader.stdout.readline())
        grader.send_signal(how)
        grader.wait(20)
        grader.stdout.close()
        deadline = time.monotonic() + 10
        while alive(pid):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def test_an_interrupt_at_the_terminal_is_the_graders_business(self, network, gateway):
        os.kill(gateway._process.pid, signal.SIGINT)
        assert network.ask("/train.csv")[0] == 200


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
