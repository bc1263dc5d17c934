"""The way out of a build: a proxy that leads to package sources and nowhere else, and says who was asked for what.

Builds are told of it by Docker's predefined arguments, which are no part of a layer's key. What is fetched by plain
http and never changes under its name (packages of Debian and Ubuntu) is kept, for the builds that follow. What is
fetched by https goes through a tunnel: nobody looks into it, and nothing of it can be kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import socket
import tempfile
import threading
import urllib.request
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import h11

_CONNECT_SECONDS = 20.0
_IDLE_SECONDS = 120.0
_MOST_CONNECTIONS = 64
_PIECE = 1 << 16
_LARGEST_KEPT = 400 << 20
_ALL_KEPT = 4 << 30
_MOST_NOTED = 50
_NEVER_CHANGES = re.compile(r"/pool/.+\.(?:deb|udeb|tar\.[a-z0-9]+)\Z")
_HOP_BY_HOP = frozenset(
    {b"connection", b"proxy-connection", b"keep-alive", b"proxy-authorization", b"te", b"trailer", b"upgrade"}
)


class Log:
    """Which hosts one build asked for."""

    def __init__(self) -> None:
        self.reached: set[str] = set()
        self.refused: set[str] = set()
        self.unreached: set[str] = set()
        self.kept = 0
        """How many answers came from what was kept."""

    @staticmethod
    def note(hosts: set[str], host: str) -> None:
        if len(hosts) < _MOST_NOTED:
            hosts.add(host[:200])


class Proxy:
    """Serves sockets that somebody bound in a build's network. A context manager; it lives in a thread of its own.

    ``hosts`` are the names that may be reached, ``*.name`` those below one; only the ports 80 and 443.
    """

    def __init__(self, hosts: Collection[str]) -> None:
        self._exact = frozenset(host for host in hosts if not host.startswith("*."))
        self._below = tuple(host[1:] for host in hosts if host.startswith("*."))
        self._stack = contextlib.ExitStack()
        self._loop = asyncio.new_event_loop()
        self._kept_size = 0
        self._folder = Path()

    def __enter__(self) -> Self:
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="packages")))
        thread = threading.Thread(target=self._loop.run_forever, name="package proxy", daemon=True)
        thread.start()
        self._stack.callback(self._loop.close)
        self._stack.callback(thread.join)
        self._stack.callback(self._loop.call_soon_threadsafe, self._loop.stop)
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    @contextlib.contextmanager
    def serving(self, listener: socket.socket) -> Iterator[Log]:
        """Answer on *listener*, which is closed at the end, and give the log of what was asked."""
        log = Log()
        tasks: set[asyncio.Task[None]] = set()

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                if len(tasks) <= _MOST_CONNECTIONS:
                    await _Client(self, log, reader, writer).converse()
            except (OSError, TimeoutError, h11.ProtocolError, EOFError, asyncio.CancelledError, ValueError):
                pass  # the client's doing, or the end
            finally:
                tasks.discard(task)
                writer.transport.abort()

        async def start() -> asyncio.Server:
            listener.setblocking(False)
            return await asyncio.start_server(take, sock=listener, limit=_PIECE)

        async def stop(server: asyncio.Server) -> None:
            server.close()
            waiting = tuple(tasks)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

        server = asyncio.run_coroutine_threadsafe(start(), self._loop).result()
        try:
            yield log
        finally:
            asyncio.run_coroutine_threadsafe(stop(server), self._loop).result()

    def allows(self, host: str, port: int) -> bool:
        """Whether a build may talk to *host*."""
        name = host.lower().rstrip(".")
        return port in (80, 443) and (name in self._exact or name.endswith(self._below or ("\0",)))

    def kept(self, address: str) -> Path:
        """Where the answer to *address* is kept, or would be."""
        return self._folder / hashlib.sha256(address.encode()).hexdigest()

    def keep(self, path: Path, part: Path, size: int) -> None:
        """Make *part*, which is whole, what is kept as *path*; or drop it where there is no room."""
        if self._kept_size + size > _ALL_KEPT:
            part.unlink(missing_ok=True)
            return
        self._kept_size += size
        part.replace(path)

    def partial(self) -> Path:
        """A new name for an answer that is being written."""
        number, name = tempfile.mkstemp(dir=self._folder)
        os.close(number)
        return Path(name)


class _Client:
    """One connection of a build."""

    def __init__(self, proxy: Proxy, log: Log, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy, self._log = proxy, log
        self._reader, self._writer = reader, writer
        self._connection = h11.Connection(h11.SERVER)

    async def converse(self) -> None:
        """Serve requests until the client leaves, or asks for a tunnel."""
        while True:
            request = await self._next()
            if not isinstance(request, h11.Request):
                return
            target = request.target.decode("latin-1")
            if request.method == b"CONNECT":
                await self._tunnel(target)
                return
            body = await self._body()
            await self._fetch(request, target, body)
            if self._connection.our_state is not h11.DONE or self._connection.their_state is not h11.DONE:
                return
            self._connection.start_next_cycle()

    async def _next(self) -> object:
        while (event := self._connection.next_event()) is h11.NEED_DATA:
            async with asyncio.timeout(_IDLE_SECONDS):
                self._connection.receive_data(await self._reader.read(_PIECE))
        return event

    async def _body(self) -> bytes:
        body = b""
        while isinstance(event := await self._next(), h11.Data):
            body += event.data
            if len(body) > _PIECE:
                raise ValueError("nobody sends so much to a package source")
        if not isinstance(event, h11.EndOfMessage):
            raise EOFError  # noqa: TRY004 - the client left in the middle
        return body

    async def _tunnel(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        if not port.isdigit() or not self._proxy.allows(host, int(port)):
            await self._refuse(host or target)
            return
        upstream = await self._connect(host, int(port), tunnel=True)
        if upstream is None:
            return
        reader, writer = upstream
        try:
            await self._send(h11.Response(status_code=200, headers=[]))
            early, _ = self._connection.trailing_data
            writer.write(early)
            both = [
                asyncio.ensure_future(_pour(self._reader, writer)),
                asyncio.ensure_future(_pour(reader, self._writer)),
            ]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in both:
                    one.cancel()
                await asyncio.gather(*both, return_exceptions=True)
        finally:
            writer.transport.abort()

    async def _fetch(self, request: h11.Request, target: str, body: bytes) -> None:
        parts = urlsplit(target)
        host = parts.hostname or ""
        if parts.scheme != "http" or not self._proxy.allows(host, parts.port or 80):
            await self._refuse(host or target)
            return
        names = {name for name, _ in request.headers}
        lasting = bool(
            request.method == b"GET"
            and _NEVER_CHANGES.search(parts.path)
            and not parts.query
            and not names & {b"range", b"if-modified-since", b"if-none-match", b"authorization"}
        )
        path = self._proxy.kept(target)
        if lasting and path.exists():
            self._log.kept += 1
            await self._give(path)
            return
        upstream = await self._connect(host, parts.port or 80, tunnel=False)
        if upstream is None:
            return
        reader, writer = upstream
        try:
            asked = h11.Connection(h11.CLIENT)
            through = _upstream_proxy("http", host)
            place = target if through else (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            headers = [(bytes(name), bytes(value)) for name, value in request.headers if name not in _HOP_BY_HOP]
            message = h11.Request(method=request.method, target=place, headers=[*headers, (b"Connection", b"close")])
            writer.write((asked.send(message) or b"") + ((asked.send(h11.Data(data=body)) or b"") if body else b""))
            writer.write(asked.send(h11.EndOfMessage()) or b"")
            await writer.drain()
            await self._relay(asked, reader, path if lasting else None)
        finally:
            writer.transport.abort()

    async def _relay(self, asked: h11.Connection, reader: asyncio.StreamReader, path: Path | None) -> None:
        """Hand on the answer, and keep it as *path*."""
        part = self._proxy.partial() if path is not None else None
        size = 0
        try:
            with contextlib.ExitStack() as stack:
                file = stack.enter_context(part.open("wb")) if part is not None else None
                while True:
                    event = asked.next_event()
                    if event is h11.NEED_DATA:
                        async with asyncio.timeout(_IDLE_SECONDS):
                            asked.receive_data(await reader.read(_PIECE))
                    elif isinstance(event, h11.InformationalResponse):
                        continue
                    elif isinstance(event, h11.Response):
                        if event.status_code != 200:
                            file = None
                        headers = [pair for pair in event.headers if pair[0] not in _HOP_BY_HOP]
                        await self._send(h11.Response(status_code=event.status_code, headers=headers))
                    elif isinstance(event, h11.Data):
                        size += len(event.data)
                        if size > _LARGEST_KEPT:
                            file = None
                        if file is not None:
                            file.write(event.data)
                        await self._send(h11.Data(data=event.data))
                    else:
                        await self._send(h11.EndOfMessage())
                        break
            if file is not None and part is not None and path is not None:
                self._proxy.keep(path, part, size)
                part = None
        finally:
            if part is not None:
                part.unlink(missing_ok=True)

    async def _give(self, path: Path) -> None:
        size = str(path.stat().st_size)  # noqa: ASYNC240 - files beside us: no wait worth a thread
        await self._send(h11.Response(status_code=200, headers=[("Content-Length", size)]))
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                await self._send(h11.Data(data=piece))
        await self._send(h11.EndOfMessage())

    async def _connect(
        self, host: str, port: int, *, tunnel: bool
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection towards *host*, by this machine's own proxy where it has one; None, and a 502, where none."""
        through = _upstream_proxy("https" if tunnel else "http", host)
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(*(through or (host, port)), limit=_PIECE)
                if through and tunnel:
                    writer.write(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode("latin-1"))
                    answer = await reader.readuntil(b"\r\n\r\n")
                    _demand_tunnel(answer)
        except (OSError, TimeoutError, EOFError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, UnicodeError):
            self._log.note(self._log.unreached, host)
            await self._say(502, "This machine does not reach that package source.")
            return None
        self._log.note(self._log.reached, host)
        return reader, writer

    async def _refuse(self, host: str) -> None:
        self._log.note(self._log.refused, host)
        await self._say(403, "The build of this image may reach package sources only.")

    async def _say(self, status: int, words: str) -> None:
        body = f"{words}\n".encode()
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), ("Connection", "close")]
        await self._send(h11.Response(status_code=status, headers=headers))
        await self._send(h11.Data(data=body))
        await self._send(h11.EndOfMessage())
        with contextlib.suppress(OSError):
            self._writer.write_eof()
            await asyncio.sleep(0.05)

    async def _send(self, event: h11.Event) -> None:
        self._writer.write(self._connection.send(event) or b"")
        async with asyncio.timeout(_IDLE_SECONDS):
            await self._writer.drain()


def _demand_tunnel(answer: bytes) -> None:
    if not re.match(rb"HTTP/1\.[01] 200", answer):
        raise OSError("the machine's own proxy refused")


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()


def _upstream_proxy(scheme: str, host: str) -> tuple[str, int] | None:
    """The proxy that this machine itself has to use, where one is configured."""
    address = urllib.request.getproxies().get(scheme)
    if not address or urllib.request.proxy_bypass(host):
        return None
    parts = urlsplit(address if "//" in address else f"//{address}")
    return (parts.hostname, parts.port or 80) if parts.hostname else None
