"""The gateway's process: what the grader asks of it over their socket pair."""

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
from itertools import count
from typing import Any, TypeVar

from checker.facts.running import World
from checker.model import Json
from checker.sandbox.gateway import channel
from checker.sandbox.gateway.authority import Authority
from checker.sandbox.gateway.channel import Message
from checker.sandbox.gateway.service import Service

LARGEST_MESSAGE = 1 << 30
Result = TypeVar("Result")
_TURN_SECONDS = 0.0005
_READ_AT_ONCE = 16 << 10
"""Bytes. Of the smallest records there are hundreds in it, and each takes its time."""


def main(descriptor: int) -> None:
    """Serve until the other end of the socket *descriptor* is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader decides when this ends
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65_536, most) if most > 0 else 65_536, most))
    sys.setswitchinterval(_TURN_SECONDS)
    SSLProtocol.max_size = _READ_AT_ONCE
    with socket.socket(fileno=descriptor) as control:
        _Process(control).run()
    os._exit(0)  # what is still being served has nobody to tell of it


class _Process:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._authority = Authority()
        self._context = self._authority.context()
        self._networks: dict[int, _Network] = {}
        self._numbers = count(1)

    def run(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            channel.send(self._control, Message({}, (self._authority.pem,)))
            _be_silent()
            while True:
                channel.send(self._control, self._answer(channel.receive(self._control, LARGEST_MESSAGE)))

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
    """A service in a thread of its own: however much one run sends, the others get their share of the time."""

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
        requests: list[Json] = [
            [one.scheme, one.host, one.method, one.path, one.query, one.status, one.seconds] for one in log.requests()
        ]
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
    service = Service(_world(message), context)
    await service.open(http, https, dns[0] if dns else None)
    return service


def _be_silent() -> None:
    """From here on nobody reads what is written: a full pipe would stop the process."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _world(message: Message) -> World:
    head: Any = message.head
    contents = iter(message.blocks)
    tables = {stem: next(contents) for stem in head["tables"]}
    extra = {name: next(contents) for name in head["extra"]}
    named = {name: next(contents) for name in head["named"]}
    return World(tables, extra, head["refuse"], head["refusals"], head["delay"], head["delayed"], named)
