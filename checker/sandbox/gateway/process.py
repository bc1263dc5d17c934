"""The gateway's process: what the grader asks of it over their socket pair."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import threading
import traceback
from itertools import count
from typing import Any

from checker.facts.running import World
from checker.model import Json
from checker.sandbox.gateway import channel
from checker.sandbox.gateway.authority import Authority
from checker.sandbox.gateway.channel import Message
from checker.sandbox.gateway.service import Service

LARGEST_MESSAGE = 1 << 30


def main(descriptor: int) -> None:
    """Serve until the other end of the socket *descriptor* is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader decides when this ends
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65_536, most) if most > 0 else 65_536, most))
    with socket.socket(fileno=descriptor) as control:
        asyncio.run(_Process(control).run())


class _Process:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._authority = Authority()
        self._services: dict[int, Service] = {}
        self._numbers = count(1)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, __: None)  # broken clients; faults of ours are kept by the service
        self._context = self._authority.context()
        ended = asyncio.Event()

        def obey() -> None:
            try:
                channel.send(self._control, Message({}, (self._authority.pem,)))
                _be_silent()
                while True:
                    message = channel.receive(self._control, LARGEST_MESSAGE)
                    answer = asyncio.run_coroutine_threadsafe(self._answer(message), loop).result()
                    channel.send(self._control, answer)
            except (EOFError, OSError):
                loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=obey, daemon=True).start()
        await ended.wait()
        for service in self._services.values():
            await service.close()

    async def _answer(self, message: Message) -> Message:
        try:
            if message.head["do"] == "open":
                return await self._open(message)
            number = message.head["number"]
            assert isinstance(number, int)
            service = self._services[number]
            if message.head["do"] == "close":
                await service.close()
                del self._services[number]
            return _record(service)
        except Exception:  # noqa: BLE001 - the grader raises it
            return Message({"fault": traceback.format_exc()})

    async def _open(self, message: Message) -> Message:
        http, https, *dns = (socket.socket(fileno=descriptor) for descriptor in message.descriptors)
        service = Service(_world(message), self._context)
        await service.open(http, https, dns[0] if dns else None)
        number = next(self._numbers)
        self._services[number] = service
        return Message({"number": number})


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


def _record(service: Service) -> Message:
    requests: list[Json] = [
        [one.scheme, one.host, one.method, one.path, one.query, one.status, one.seconds]
        for one in service.log.requests()
    ]
    return Message({"requests": requests, "omitted": service.log.omitted, "fault": service.fault})
