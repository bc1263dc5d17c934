"""The gateway's process: it answers the grader's messages on a socket pair."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import socket
import ssl
import sys
import threading
import traceback
from asyncio.sslproto import SSLProtocol
from collections.abc import Coroutine
from dataclasses import astuple
from itertools import count
from typing import Any, TypeVar

from checker.facts.job import ServedData
from checker.model import Json
from checker.sandbox.gateway import ipc
from checker.sandbox.gateway.ca import Authority
from checker.sandbox.gateway.ipc import Message
from checker.sandbox.gateway.service import Service

LARGEST_MESSAGE = 1 << 30
Result = TypeVar("Result")
_TURN_SECONDS = 0.0005
_READ_AT_ONCE = 16 << 10
"""Bytes of TLS read at once: as hundreds of tiny records they would hold up the loop for long."""


def main(descriptor: int) -> None:
    """Serve until the other end of the socket *descriptor* is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader decides when this ends
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65_536, most) if most > 0 else 65_536, most))
    sys.setswitchinterval(_TURN_SECONDS)
    SSLProtocol.max_size = _READ_AT_ONCE
    with socket.socket(fileno=descriptor) as control:
        _Process(control).run()
    os._exit(0)  # the grader has gone: no result of a network still served is needed


class _Process:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._authority = Authority()
        self._context = self._authority.context()
        self._networks: dict[int, _Network] = {}
        self._numbers = count(1)

    def run(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            ipc.send(self._control, Message({}, (self._authority.pem,)))
            _be_silent()
            while True:
                ipc.send(self._control, self._answer(ipc.receive(self._control, LARGEST_MESSAGE)))

    def _answer(self, message: Message) -> Message:
        try:
            if message.head["do"] == "open":
                opened = next(self._numbers)
                self._networks[opened] = _Network(message, self._context)
                return Message({"number": opened})
            number = message.head["number"]
            assert isinstance(number, int)
            network = self._networks[number]
            if message.head["do"] == "close":
                network.close()
                del self._networks[number]
            return network.record()
        except Exception:  # noqa: BLE001 - the grader raises it
            return Message({"fault": traceback.format_exc()})


class _Network:
    """A service in a thread of its own, so that a run which sends very much does not delay the others."""

    def __init__(self, message: Message, context: ssl.SSLContext) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda _, __: None)  # broken clients; faults of ours are kept by the service
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._service = self._done(_opened(message, context))
        except BaseException:
            self._end()
            raise

    def close(self) -> None:
        self._done(self._service.close())
        self._end()

    def record(self) -> Message:
        log = self._service.log
        requests: list[Json] = [list(astuple(request)) for request in log.requests()]
        return Message({"requests": requests, "omitted": log.omitted, "fault": self._service.fault})

    def _done(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


async def _opened(message: Message, context: ssl.SSLContext) -> Service:
    http, https, *dns = (socket.socket(fileno=descriptor) for descriptor in message.descriptors)
    service = Service(_served_data(message), context)
    await service.open(http, https, dns[0] if dns else None)
    return service


def _be_silent() -> None:
    """Discard standard error from here on: nobody reads it, and a full pipe would stop the process."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _served_data(message: Message) -> ServedData:
    head: Any = message.head
    contents = iter(message.blocks)
    tables, extra, named = ({name: next(contents) for name in head[kind]} for kind in ("tables", "extra", "named"))
    return ServedData(tables, extra, head["refuse"], head["refusals"], head["delay"], head["delayed"], named)
