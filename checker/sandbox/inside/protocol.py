"""The protocol over the pipes: orders in, reports out, both JSON."""

from __future__ import annotations

import array
import json
import os
import socket
from typing import Any, TypeVar

from .order import AnyOrder, order_from_json

Kind = TypeVar("Kind")
REPORT_LIMIT = 4_000_000
"""Bytes of one report, as JSON. In place of a longer one, all its parts are sent as None."""


def read_order(descriptor: int, kind: type[Kind]) -> Kind:
    """The order of that *kind* in the file *descriptor*. Raises ValueError for any other."""
    order = read_any_order(descriptor)
    if not isinstance(order, kind):
        raise ValueError(f"no {kind.__name__}: {order!r}")  # noqa: TRY004 - as for any other order
    return order


def read_any_order(descriptor: int) -> AnyOrder:
    """The order in the file *descriptor*, read from its start (the position may be shared). Raises ValueError."""
    size = os.fstat(descriptor).st_size
    body = bytearray()
    while len(body) < size:
        piece = os.pread(descriptor, size - len(body), len(body))
        if not piece:
            break
        body += piece
    return order_from_json(bytes(body))


class Report:
    """Lines of JSON to the grader. Student code may write here, too, so the grader verifies all of it."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.process = os.getpid()

    def send(self, **parts: Any) -> None:
        """Send *parts*; where they are no JSON, or too long, each part is sent as None. A closed pipe is no error.

        Does nothing in processes that the program forked.
        """
        if os.getpid() != self.process:
            return
        line = self._line(parts)
        try:
            while line:
                line = line[os.write(self.descriptor, line) :]
        except OSError:
            pass

    @staticmethod
    def _line(parts: dict[str, Any]) -> bytes:
        try:
            line = json.dumps(parts, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError, MemoryError):
            return (json.dumps(dict.fromkeys(parts)) + "\n").encode()
        return (line if len(line) < REPORT_LIMIT else json.dumps(dict.fromkeys(parts)).encode()) + b"\n"


def receive(channel: socket.socket, limit: int = 32) -> list[int] | None:
    """The descriptors of the next request; None where the other side has closed."""
    size = array.array("i").itemsize
    try:
        data, ancillary, _flags, _address = channel.recvmsg(1, socket.CMSG_SPACE(limit * size))
    except ConnectionResetError:  # closed before our last message was read
        return None
    if not data:
        return None
    descriptors = array.array("i")
    for level, kind, body in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(body[: len(body) - len(body) % size])
    return list(descriptors)
