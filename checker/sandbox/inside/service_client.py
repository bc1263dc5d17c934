"""The client of a service: sends requests from a process of ours that is in the network of a run, and in nothing else.

The answers are hostile, and may be endless: each has limits on bytes and seconds.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import io
import os
import socket
import time
from collections.abc import Mapping
from typing import Any, NoReturn, Optional

from . import namespaces
from .order import Order
from .protocol import Report

_HEAD_BYTES = 128 << 10
_PIECE = 64 << 10
_PAUSE = 0.05
_ADDRESSES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_WITH_BODY = ("PATCH", "POST", "PUT")


class _TooLarge(Exception):
    """More bytes than an answer may have."""


class _TooSlow(Exception):
    """The time of an answer is over."""


def run(order: Order, report: Report, network: Optional[int]) -> NoReturn:
    """Wait until the service of *order* answers, send it the requests, and report each answer.

    *network* is a descriptor of the network to enter, with all else given up; None: the present one.
    """
    try:
        _load_all()
        if network is None:
            namespaces.renounce()
        else:
            namespaces.visit(network, order.content["empty"], order.content["identity"])
        _converse(order.content, report)
    except BaseException as fault:
        report.send(fault=repr(fault))
    os._exit(0)


def _load_all() -> None:
    """Parse an answer once, so that every module for it is loaded: later there are no files."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
        _read(_Wire(ours, 5, 1000), "GET", 10, {})


def _converse(content: Mapping[str, Any], report: Report) -> None:
    port, seconds, total = content["port"], content["answer_seconds"], content["total_bytes"]
    started = time.monotonic()
    deadline = started + content["ready_seconds"]
    opened = False
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            report.send(waited=True)
            return
        answer = ask(port, ["GET", content["ready_path"], [], ""], min(left, seconds), content["answer_bytes"])
        if answer["status"]:
            break
        if answer["kind"] != "refused" and not opened:
            opened = True
            report.send(opened=True)
        time.sleep(_PAUSE)
    report.send(ready=time.monotonic() - started)
    for request in content["requests"]:
        answer = ask(port, request, seconds, min(content["answer_bytes"], total))
        total -= len(answer["body"]) // 4 * 3
        report.send(answer=answer)
    report.send(complete=True)


def ask(port: int, request: Any, seconds: float, limit: int) -> dict[str, Any]:
    """The answer to *request* (method, path, headers, body in base64) of what listens on *port* of this machine.

    It has at most *limit* bytes of body, in base64, and at most so many *seconds*.
    """
    method, path, headers, body = request
    answer: dict[str, Any] = {"kind": "complete", "status": 0, "headers": [], "body": ""}
    started = time.monotonic()
    wire: Optional[_Wire] = None
    try:
        wire = _Wire(_connected(port, seconds), seconds, limit + _HEAD_BYTES)
        with contextlib.suppress(ConnectionError):  # a service may answer before it has read everything
            wire.send(_said(port, method, path, headers, base64.b64decode(body)))
        answer["body"] = base64.b64encode(_read(wire, method, limit, answer)).decode("ascii")
    except _TooLarge:
        answer["kind"] = "too large"
    except (_TooSlow, socket.timeout):  # noqa: UP041 - no TimeoutError before Python 3.10
        answer["kind"] = "too slow"
    except ConnectionRefusedError:
        answer["kind"] = "refused"
    except (http.client.IncompleteRead, OSError):
        answer["kind"] = "broken off"
    except (http.client.HTTPException, ValueError):
        answer["kind"] = "malformed"
    finally:
        if wire is not None:
            wire.close()
    answer["seconds"] = time.monotonic() - started
    return answer


def _connected(port: int, seconds: float) -> socket.socket:
    """A connection to *port* of this machine. Raises ConnectionRefusedError where nothing listens, and OSError."""
    for family, address in _ADDRESSES:
        try:
            connection = socket.socket(family, socket.SOCK_STREAM)
        except OSError:  # no such addresses here
            continue
        connection.settimeout(seconds)
        try:
            connection.connect((address, port))
        except OSError as refused:
            connection.close()
            if family == socket.AF_INET and not isinstance(refused, ConnectionRefusedError):
                raise
            continue
        return connection
    raise ConnectionRefusedError


def _said(port: int, method: str, path: str, headers: Any, body: bytes) -> bytes:
    """The bytes of a request."""
    lines = {"host": f"localhost:{port}", "connection": "close", "accept-encoding": "identity"}
    if body or method in _WITH_BODY:
        lines["content-length"] = str(len(body))
    given = {name.lower() for name, _ in headers}
    every = [(name, value) for name, value in lines.items() if name not in given] + list(headers)
    head = "".join(f"{name}: {value}\r\n" for name, value in every)
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def _read(wire: _Wire, method: str, limit: int, answer: dict[str, Any]) -> bytes:
    """The body of the answer on *wire*. Its status and headers are put into *answer* as soon as they are known."""
    response = http.client.HTTPResponse(wire, method=method)  # type: ignore[arg-type]
    response.begin()
    answer.update(status=response.status, headers=response.getheaders())
    length = response.length
    if length is not None and length > limit:
        raise _TooLarge
    body = b""
    while piece := response.read(_PIECE):
        body += piece
        if len(body) > limit:
            raise _TooLarge
    if length is not None and len(body) < length:
        raise http.client.IncompleteRead(body)
    return body


class _Wire(io.RawIOBase):
    """The receiving side of a connection, with a limit on its bytes and a moment at which it has to be over."""

    def __init__(self, connection: socket.socket, seconds: float, limit: int) -> None:
        self._connection = connection
        self._deadline = time.monotonic() + seconds
        self._left = limit

    def send(self, body: bytes) -> None:
        self._connection.settimeout(self._seconds_left())
        self._connection.sendall(body)

    def makefile(self, *_: object) -> io.BufferedReader:
        """What an HTTPResponse reads from."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._seconds_left())
        size = self._connection.recv_into(buffer)
        self._left -= size
        if self._left < 0:
            raise _TooLarge
        return size

    def close(self) -> None:
        self._connection.close()
        super().close()

    def _seconds_left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise _TooSlow
        return left
