"""The way out of a build: a proxy that leads to package sources and nowhere else, and says who was asked for what.

Builds are told of it by build arguments. What never changes under its name is kept, for the builds that follow. What is
asked for by https goes through a tunnel that nobody opens, unless the client is one that was told to let us answer
there (:mod:`checker.sandbox.images.installers`); the certificate of the source is then checked here.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import tempfile
import threading
from collections.abc import Collection, Coroutine, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import SplitResult, urlsplit, urlunsplit

import h11

from checker.sandbox.images import installers
from checker.sandbox.images.packages import Packages
from checker.sandbox.images.sources import Sources, Unreached

_HANDSHAKE_SECONDS = 20.0
_IDLE_SECONDS = 120.0
_MOST_CONNECTIONS = 64
_PIECE = 1 << 16
_MOST_NOTED = 50
_LONGEST_NAME = 200
_HTTP, _HTTPS = 80, 443
_NAME = re.compile(r"[a-z0-9.-]+")
_MOST_ADDED = 1 << 30
"""Bytes that one build may add to what is kept: nobody is to drive out all that a class needs."""

_Result = TypeVar("_Result")


class Log:
    """Which hosts one build asked for."""

    def __init__(self) -> None:
        self.reached: set[str] = set()
        self.refused: set[str] = set()
        self.unreached: set[str] = set()
        self.opened: set[str] = set()
        """Those in whose name we answered."""
        self.distrusted: set[str] = set()
        """Those in whose name a client did not let us answer."""
        self.kept = 0
        """How many answers came from what was kept."""
        self.added = 0
        """How many bytes of what it fetched are kept."""
        self.fault = ""
        """What failed that is ours; empty for nothing."""

    def reach(self, host: str) -> None:
        """Note that *host* answers now, whatever was before: installers ask again."""
        self.note(self.reached, host)
        self.unreached.discard(host[:_LONGEST_NAME])

    @staticmethod
    def note(hosts: set[str], host: str) -> None:
        if len(hosts) < _MOST_NOTED:
            hosts.add(host[:_LONGEST_NAME])


class Proxy:
    """Serves sockets that somebody bound in a build's network. A context manager; it lives in a thread of its own.

    ``hosts`` are the names that may be reached, ``*.name`` those below one; only the ports 80 and 443. ``trusted`` are
    those in whose name clients let us answer, as :func:`checker.sandbox.images.installers.trusting` told them. Packages
    are kept in ``folder``, where there is one, and else until the end.
    """

    def __init__(self, hosts: Collection[str], trusted: Collection[str] = (), folder: Path | None = None) -> None:
        self._exact = frozenset(host for host in hosts if not host.startswith("*."))
        self._below = tuple(host[1:] for host in hosts if host.startswith("*."))
        self._trusted = frozenset(trusted)
        self._folder = folder
        self._stack = contextlib.ExitStack()
        self._loop = asyncio.new_event_loop()
        self._sources: Sources | None = None

    def __enter__(self) -> Self:
        folder = self._folder or Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="packages")))
        thread = threading.Thread(target=self._loop.run_forever, name="package proxy", daemon=True)
        thread.start()
        self._stack.callback(self._loop.close)
        self._stack.callback(thread.join)
        self._stack.callback(self._loop.call_soon_threadsafe, self._loop.stop)
        self._sources = self._wait(Sources.open(Packages(folder)))
        self._stack.callback(lambda: self._wait(self.sources.close()))
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    @contextlib.contextmanager
    def serving(self, listener: socket.socket, opening: socket.socket | None = None) -> Iterator[Log]:
        """Answer on both sockets, which are closed at the end, and give the log of what was asked.

        Whoever comes to *opening* lets us answer in the name of the trusted hosts.
        """
        log = Log()
        tasks: set[asyncio.Task[None]] = set()

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, trusts: bool) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                if len(tasks) <= _MOST_CONNECTIONS:
                    await _Client(self, log, reader, writer, trusts=trusts).converse()
                    writer.close()
                    async with asyncio.timeout(_IDLE_SECONDS):
                        await writer.wait_closed()
            except (OSError, TimeoutError, h11.ProtocolError, EOFError, asyncio.CancelledError, ValueError):
                pass  # the client's doing, or the end
            except Exception as error:  # noqa: BLE001 - told to whoever judges the build
                log.fault = log.fault or f"{type(error).__name__}: {error}"
            finally:
                tasks.discard(task)
                writer.transport.abort()

        async def start(one: socket.socket, *, trusts: bool) -> asyncio.Server:
            one.setblocking(False)
            return await asyncio.start_server(partial(take, trusts=trusts), sock=one, limit=_PIECE)

        async def stop(servers: Collection[asyncio.Server]) -> None:
            for server in servers:
                server.close()
            waiting = tuple(tasks)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

        servers = [self._wait(start(listener, trusts=False))]
        if opening is not None:
            servers.append(self._wait(start(opening, trusts=True)))
        try:
            yield log
        finally:
            self._wait(stop(servers))

    def allows(self, host: str, port: int) -> bool:
        """Whether a build may talk to *host*."""
        name = host.lower().rstrip(".")
        # the machine's own proxy may read other signs than we do
        return (
            port in (_HTTP, _HTTPS)
            and bool(_NAME.fullmatch(name))
            and (name in self._exact or name.endswith(self._below or ("\0",)))
        )

    def is_trusted(self, host: str) -> bool:
        """Whether installers were told to let us answer in the name of *host*."""
        return host.lower() in self._trusted

    @property
    def sources(self) -> Sources:
        """What is behind it, once it has been entered."""
        assert self._sources is not None
        return self._sources

    @cached_property
    def identity(self) -> ssl.SSLContext:
        """What is shown in the name of any host. No file of ours tells anybody to believe it."""
        import trustme

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        trustme.CA().issue_cert("localhost").configure_cert(context)
        return context

    def _wait(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class _Client:
    """One connection of a build; ``origin`` is the host, and port, in whose name it is answered, where there is one."""

    def __init__(
        self,
        proxy: Proxy,
        log: Log,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        trusts: bool,
        origin: str | None = None,
    ) -> None:
        self._proxy, self._log = proxy, log
        self._reader, self._writer = reader, writer
        self._trusts, self._origin = trusts, origin
        self._connection = h11.Connection(h11.SERVER)

    async def converse(self) -> None:
        """Serve requests until the client leaves, or asks for a tunnel."""
        while True:
            request = await self._next()
            if not isinstance(request, h11.Request):
                return
            target = request.target.decode("latin-1")
            if request.method == b"CONNECT":
                await self._lead(request, target)
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

    async def _lead(self, request: h11.Request, target: str) -> None:
        """Open a way to *target*, or answer in its name."""
        host, _, port = target.rpartition(":")
        if self._origin is not None or not port.isdigit() or not self._proxy.allows(host, int(port)):
            await self._refuse(host or target)
            return
        said = b"".join(value for name, value in request.headers if name == b"user-agent").decode("latin-1")
        trusts = (self._trusts or installers.takes_our_word(said)) and self._proxy.is_trusted(host)
        if trusts and int(port) != _HTTP and host not in self._log.distrusted:
            await self._send(h11.Response(status_code=200, headers=[]))
            await self._answer_as(host, int(port))
            return
        await self._tunnel(host, int(port))

    async def _answer_as(self, host: str, port: int) -> None:
        try:
            await self._writer.start_tls(self._proxy.identity, ssl_handshake_timeout=_HANDSHAKE_SECONDS)
        except (OSError, EOFError):
            # the next attempt goes through a tunnel
            self._log.note(self._log.distrusted, host)
            raise
        self._log.note(self._log.opened, host)
        origin = host.lower() if port == _HTTPS else f"{host.lower()}:{port}"
        inner = _Client(self._proxy, self._log, self._reader, self._writer, trusts=True, origin=origin)
        await inner.converse()

    async def _tunnel(self, host: str, port: int) -> None:
        try:
            reader, writer = await self._proxy.sources.connect(host, port)
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
        scheme, standard = ("http", _HTTP) if self._origin is None else ("https", _HTTPS)
        parts = urlsplit(target if self._origin is None else f"https://{self._origin}{target}")
        host = parts.hostname or ""
        port = _port(parts, standard)
        elsewhere = "@" in parts.netloc or (self._origin is not None and parts.netloc != self._origin)
        if parts.scheme != scheme or elsewhere or not self._proxy.allows(host, port):
            await self._refuse(host or target)
            return
        if host == installers.CONDA:
            scheme, port, standard = "https", _HTTPS, _HTTPS
        # one address for one package, however it was written
        address = urlunsplit((scheme, host if port == standard else f"{host}:{port}", parts.path, parts.query, ""))
        keeps = self._log.added < _MOST_ADDED
        method = request.method.decode()
        try:
            answer = await self._proxy.sources.answer(method, address, request.headers, body, keeps=keeps)
        except Unreached:
            await self._say_unreached(host)
            return
        self._log.reach(host)
        self._log.kept += answer.kept
        self._log.added += answer.added
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


def _port(parts: SplitResult, standard: int) -> int:
    """The port of an address, 0 for what is none."""
    with contextlib.suppress(ValueError):
        return parts.port or standard
    return 0


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
