"""The proxy of a build: an allow-list of package sources, and a log of the hosts that were asked for.

Builds find the proxy by build arguments. Requests by https pass through a tunnel that is not opened.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import Collection, Coroutine, Iterator
from typing import Any, NamedTuple, Self, TypeVar
from urllib.parse import SplitResult, urlsplit, urlunsplit

import h11

from checker.sandbox.images.sources import Unreached, Upstream

PORT = 3128
"""The port of the proxy in the network of a build."""
ARGUMENTS = {
    word: f"http://127.0.0.1:{PORT}"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY")
    for word in (name, name.lower())
}
"""The build arguments that name the proxy; Docker predefines them and leaves them out of the cache keys of layers."""
STANDARD_PORTS = {"http": 80, "https": 443}
_IDLE_SECONDS = 120.0
_MOST_CONNECTIONS = 64
_PIECE = 1 << 16
_MOST_NOTED = 50
_LONGEST_NAME = 200
_NAME = re.compile(r"[a-z0-9.-]+")
_READING = frozenset({"GET", "HEAD"})
_BROKEN = 500
"""The lowest status of an error that is the source's own."""

_Result = TypeVar("_Result")


class Origin(NamedTuple):
    """The origin of a package index: scheme (``http`` or ``https``), host and port."""

    scheme: str
    host: str
    port: int


class HostLog:
    """The hosts that one build asked for."""

    def __init__(self) -> None:
        self.reached: set[str] = set()
        self.refused: set[str] = set()
        self.unreached: set[str] = set()
        """The hosts that did not answer, or answered with an error of their own."""
        self.fault = ""
        """Our own fault, empty where there was none."""

    def reach(self, host: str) -> None:
        """Note that *host* answers now, after earlier failures too: installers repeat requests."""
        self.note(self.reached, host)
        self.unreached.discard(host[:_LONGEST_NAME])

    @staticmethod
    def note(hosts: set[str], host: str) -> None:
        if len(hosts) < _MOST_NOTED:
            hosts.add(host[:_LONGEST_NAME])


class Proxy:
    """Serves sockets that were bound in a build's network. A context manager that runs in a thread of its own.

    - ``hosts``: the permitted names (``*.name`` for all below one), on ports 80 and 443 only.
    - ``origins``: the indexes that this machine is configured to use, each at its own port: read-only by http, a
      tunnel by https. No other port of their hosts is reached.
    """

    def __init__(self, hosts: Collection[str], origins: Collection[Origin] = ()) -> None:
        self._exact = frozenset(host for host in hosts if not host.startswith("*."))
        self._below = tuple(host[1:] for host in hosts if host.startswith("*."))
        self._origins = frozenset(origins)
        self._stack = contextlib.ExitStack()
        self._loop = asyncio.new_event_loop()
        self._sources: Upstream | None = None

    def __enter__(self) -> Self:
        thread = threading.Thread(target=self._loop.run_forever, name="package proxy", daemon=True)
        thread.start()
        self._stack.callback(self._loop.close)
        self._stack.callback(thread.join)
        self._stack.callback(self._loop.call_soon_threadsafe, self._loop.stop)
        self._sources = self._wait(Upstream.open())
        self._stack.callback(lambda: self._wait(self.sources.close()))
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    @contextlib.contextmanager
    def serving(self, listener: socket.socket) -> Iterator[HostLog]:
        """Serve *listener*, which is closed at the end; gives the log of its requests."""
        log = HostLog()
        tasks: set[asyncio.Task[None]] = set()

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                if len(tasks) <= _MOST_CONNECTIONS:
                    await _Client(self, log, reader, writer).converse()
                    writer.close()
                    async with asyncio.timeout(_IDLE_SECONDS):
                        await writer.wait_closed()
            except (OSError, TimeoutError, h11.ProtocolError, EOFError, asyncio.CancelledError, ValueError):
                pass  # the client's doing, or the end
            except Exception as error:  # noqa: BLE001 - kept in the log for the judge of the build
                log.fault = log.fault or f"{type(error).__name__}: {error}"
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

        server = self._wait(start())
        try:
            yield log
        finally:
            self._wait(stop(server))

    def allows(self, host: str, port: int) -> bool:
        """Whether a build may reach *host* at *port* at all."""
        name = host.lower().rstrip(".")
        # the machine's own proxy may parse unusual characters differently
        return (
            port in STANDARD_PORTS.values()
            and bool(_NAME.fullmatch(name))
            and (name in self._exact or name.endswith(self._below or ("\0",)))
        )

    def leads_to(self, host: str, port: int) -> bool:
        """Whether a build may have a tunnel to *host*."""
        return self.allows(host, port) or Origin("https", host.lower(), port) in self._origins

    def answers(self, method: str, host: str, port: int) -> bool:
        """Whether a build may ask *host* by http."""
        is_origin = Origin("http", host.lower(), port) in self._origins
        return self.allows(host, port) or (is_origin and method in _READING)

    @property
    def sources(self) -> Upstream:
        """The upstream sources; only while the proxy runs."""
        assert self._sources is not None
        return self._sources

    def _wait(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class _Client:
    """One connection of a build."""

    def __init__(self, proxy: Proxy, log: HostLog, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
                await self._lead(target)
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

    async def _lead(self, target: str) -> None:
        """Open a tunnel to *target*, the address of a CONNECT request."""
        host, _, port = target.rpartition(":")
        if not port.isdigit() or not self._proxy.leads_to(host, int(port)):
            await self._refuse(host or target)
            return
        try:
            reader, writer = await self._proxy.sources.connect(host, int(port))
        except Unreached:
            await self._say_unreached(host)
            return
        self._log.reach(host)
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
        host, port, method = parts.hostname or "", _port(parts), request.method.decode()
        if parts.scheme != "http" or "@" in parts.netloc or not self._proxy.answers(method, host, port):
            await self._refuse(host or target)
            return
        address = urlunsplit(("http", f"{host}:{port}", parts.path, parts.query, ""))
        try:
            answer = await self._proxy.sources.answer(method, address, request.headers, body)
        except Unreached:
            await self._say_unreached(host)
            return
        if answer.status < _BROKEN:
            self._log.reach(host)
        else:
            self._log.note(self._log.unreached, host)
        try:
            await self._send(h11.Response(status_code=answer.status, headers=list(answer.headers)))
            async with contextlib.aclosing(answer.pieces) as pieces:
                async for piece in pieces:
                    await self._send(h11.Data(data=piece))
        finally:
            answer.close()
        await self._send(h11.EndOfMessage())

    async def _refuse(self, host: str) -> None:
        self._log.note(self._log.refused, host)
        await self._say(403, "The build of this image may reach package sources only.")

    async def _say_unreached(self, host: str) -> None:
        self._log.note(self._log.unreached, host)
        await self._say(502, "This machine does not reach that package source.")

    async def _say(self, status: int, words: str) -> None:
        body = f"{words}\n".encode()
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), ("Connection", "close")]
        await self._send(h11.Response(status_code=status, headers=headers))
        await self._send(h11.Data(data=body))
        await self._send(h11.EndOfMessage())

    async def _send(self, event: h11.Event) -> None:
        self._writer.write(self._connection.send(event) or b"")
        async with asyncio.timeout(_IDLE_SECONDS):
            await self._writer.drain()


def _port(parts: SplitResult) -> int:
    """The port of an address, 0 for a malformed one."""
    with contextlib.suppress(ValueError):
        return parts.port or STANDARD_PORTS["http"]
    return 0


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
