"""One served network in the gateway's process: its sockets, its files, its log."""

from __future__ import annotations

import asyncio
import socket
import ssl
import traceback
from collections.abc import Coroutine
from typing import Any

import h11

from checker.facts.job import ServedData
from checker.sandbox.gateway.dns import NameServer
from checker.sandbox.gateway.http import ClientConnection
from checker.sandbox.gateway.log import RequestLog
from checker.sandbox.gateway.s3 import S3Request, S3Response, s3_response
from checker.sandbox.gateway.store import ServedFiles

_MOST_CONNECTIONS = 256
_HANDSHAKE_SECONDS = 20.0
_GOODBYE_SECONDS = 5.0


class Service:
    """Serves a :class:`ServedData` on sockets that the caller has bound."""

    def __init__(self, served_data: ServedData, context: ssl.SSLContext) -> None:
        self.log = RequestLog()
        self.fault: str | None = None
        """The traceback of the first exception that was our own fault."""
        self._store = ServedFiles(served_data)
        self._refuse = served_data.refuse
        self._delay = served_data.delay
        self._delayed = served_data.delayed
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._room = asyncio.Semaphore(_MOST_CONNECTIONS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._sockets: list[socket.socket] = []
        self._names: asyncio.BaseTransport | None = None

    async def open(self, http: socket.socket, https: socket.socket, dns: socket.socket | None) -> None:
        for listener, secure in ((http, False), (https, True)):
            self._sockets.append(listener)
            listener.setblocking(False)
            listener.listen(_MOST_CONNECTIONS)
            self._spawn(self._accept(listener, secure=secure))
        if dns is not None:
            dns.setblocking(False)
            self._names, _ = await self._loop.create_datagram_endpoint(NameServer, sock=dns)

    async def close(self) -> None:
        """Answer nothing more, and close all connections and sockets of this network."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for listener in self._sockets:
            listener.close()
        if self._names is not None:
            self._names.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listener: socket.socket, *, secure: bool) -> None:
        while True:
            await self._room.acquire()  # further clients wait in the system's queue
            try:
                accepted, _ = await self._loop.sock_accept(listener)
            except OSError:
                self._room.release()
                await asyncio.sleep(0.05)  # out of descriptors, or the client has gone
                continue
            self._spawn(self._take(accepted, secure=secure))

    async def _take(self, accepted: socket.socket, *, secure: bool) -> None:
        writer: asyncio.StreamWriter | None = None
        try:
            reader, writer = await self._streams(accepted, secure=secure)
            connection = ClientConnection(reader, writer, self._context, self._respond)
            await connection.converse("https" if secure else "http")
        except (OSError, TimeoutError, ssl.SSLError, h11.RemoteProtocolError):
            pass  # the client's doing
        except asyncio.CancelledError:
            if writer is not None:
                writer.transport.abort()
            raise
        except Exception:  # noqa: BLE001 - told to the grader, which then does not blame the student
            self.fault = self.fault or traceback.format_exc()
        finally:
            self._room.release()
            if writer is None:
                accepted.close()
            else:
                await self._leave(writer)

    async def _streams(
        self, accepted: socket.socket, *, secure: bool
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        connected: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = self._loop.create_future()

        def made(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connected.set_result((reader, writer))

        reader = asyncio.StreamReader(loop=self._loop)
        await self._loop.connect_accepted_socket(
            lambda: asyncio.StreamReaderProtocol(reader, made, loop=self._loop),
            accepted,
            ssl=self._context if secure else None,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS if secure else None,
        )
        return await connected

    async def _leave(self, writer: asyncio.StreamWriter) -> None:
        try:
            writer.close()
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await writer.wait_closed()
        except (OSError, TimeoutError, ssl.SSLError):
            pass
        finally:
            writer.transport.abort()

    async def _respond(self, scheme: str, request: S3Request) -> S3Response:
        if self._delay and self._delayed > 0:
            self._delayed -= 1
            await asyncio.sleep(self._delay)
        if self._store.is_ready(request.name):
            response = s3_response(request, self._store, self._refuse)
        else:
            response = await asyncio.to_thread(s3_response, request, self._store, self._refuse)
        seconds = self._loop.time() - self._started
        self.log.add(scheme, request.host, request.method, request.path, request.query, response.status, seconds)
        return response
