"""The package sources as this machine reaches them, and what of them is kept for the builds that follow."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import urllib.request
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from checker.sandbox.images.packages import Copy, Packages, lasts

if TYPE_CHECKING:
    import aiohttp

Headers = Iterable[tuple[bytes, bytes]]
_CONNECT_SECONDS = 20.0
_IDLE_SECONDS = 120.0
_PIECE = 1 << 16
_LONGEST_HEADER = 1 << 15
_OURS = frozenset(
    {b"connection", b"proxy-connection", b"keep-alive", b"proxy-authorization", b"te", b"trailer", b"upgrade"}
    | {b"expect"}
    # who is asked is said by the address, how long a body is by the body
    | {b"host", b"content-length", b"transfer-encoding"}
)
_NOT_HANDED_ON = _OURS - {b"content-length"}


class Unreached(Exception):
    """No way leads there from this machine."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source says. ``pieces`` may raise EOFError, where it breaks off; ``close`` has to be called at the end.

    ``kept`` says that others were first, ``added`` how many bytes are kept from now on.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    pieces: AsyncGenerator[bytes, None]
    close: Callable[[], None]
    kept: bool = False
    added: int = 0


class Sources:
    """To be used in one event loop, and closed there."""

    def __init__(self, ours: aiohttp.ClientSession, theirs: aiohttp.ClientSession, packages: Packages) -> None:
        self._ours, self._theirs = ours, theirs
        self._packages = packages

    @classmethod
    async def open(cls, packages: Packages) -> Self:
        """With what is kept already."""
        trust = ssl.create_default_context()
        # no line that carried a submission's words carries what others get
        return cls(_session(trust, alone=False), _session(trust, alone=True), packages)

    async def close(self) -> None:
        """End what is still coming."""
        await self._packages.close()
        await self._ours.close()
        await self._theirs.close()

    async def answer(self, method: str, address: str, headers: Headers, body: bytes, *, keeps: bool = True) -> Answer:
        """What is answered to a request for *address*; *keeps* says that it may be kept. Raises Unreached."""
        headers = tuple(headers)
        if not lasts(method, address, headers):
            return _handed_on(await self._ask(self._theirs, method, address, headers, body))
        async with self._packages.turn(address) as kept:
            if kept is not None:
                with contextlib.suppress(OSError):
                    return _copied(kept, kept=True)
            # what others get must not depend on what this one says of itself
            response = await self._ask(self._ours, method, address, (), b"")
            copy = self._packages.begin(address, response) if keeps else None
            return _handed_on(response) if copy is None else _copied(copy, added=copy.size)

    async def connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A line to *host*, for what cannot be looked into. Raises Unreached."""
        through = _machines_proxy("https", host)
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(*(through or (host, port)), limit=_PIECE)
                if through:
                    writer.write(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode("latin-1"))
                    _demand_tunnel(await reader.readuntil(b"\r\n\r\n"))
        except (OSError, TimeoutError, EOFError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, UnicodeError):
            raise Unreached(host) from None
        return reader, writer

    async def _ask(
        self, session: aiohttp.ClientSession, method: str, address: str, headers: Headers, body: bytes
    ) -> aiohttp.ClientResponse:
        import aiohttp
        from yarl import URL

        parts = urlsplit(address)
        through = _machines_proxy(parts.scheme, parts.hostname or "")
        said = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers if name not in _OURS]
        try:
            return await session.request(
                method,
                URL(address, encoded=True),
                headers=said,
                data=body or None,
                allow_redirects=False,
                proxy=f"http://{through[0]}:{through[1]}" if through else None,
            )
        except (aiohttp.ClientError, OSError, TimeoutError):
            raise Unreached(address) from None


def _session(trust: ssl.SSLContext, *, alone: bool) -> aiohttp.ClientSession:
    """A way to the sources; *alone* says that each request has a connection of its own."""
    import aiohttp

    return aiohttp.ClientSession(
        # each build has a limit of its own; one for all would let it keep the others waiting
        connector=aiohttp.TCPConnector(limit=0, force_close=alone, ssl=trust),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_IDLE_SECONDS),
        max_line_size=_LONGEST_HEADER,
        max_field_size=_LONGEST_HEADER,
    )


def _handed_on(response: aiohttp.ClientResponse) -> Answer:
    said = ((name.lower(), value) for name, value in response.raw_headers)
    headers = tuple(pair for pair in said if pair[0] not in _NOT_HANDED_ON)
    return Answer(response.status, headers, _content(response), response.close)


async def _content(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    import aiohttp

    try:
        async for piece in response.content.iter_chunked(_PIECE):
            yield piece
    except (aiohttp.ClientError, TimeoutError):
        raise EOFError from None


def _copied(copy: Copy, *, kept: bool = False, added: int = 0) -> Answer:
    reading = copy.read()
    headers = ((b"content-type", b"application/octet-stream"), (b"content-length", str(copy.size).encode()))
    return Answer(200, headers, reading.pieces(), reading.close, kept=kept, added=added)


def _demand_tunnel(answer: bytes) -> None:
    if not re.match(rb"HTTP/1\.[01] 200", answer):
        raise OSError("the machine's own proxy refused")


def _machines_proxy(scheme: str, host: str) -> tuple[str, int] | None:
    """The proxy that this machine itself has to use, where one is configured."""
    address = urllib.request.getproxies().get(scheme)
    if not address or urllib.request.proxy_bypass(host):
        return None
    parts = urlsplit(address if "//" in address else f"//{address}")
    return (parts.hostname, parts.port or 80) if parts.hostname else None
