"""The package sources as this machine reaches them, and what of them is kept for the builds that follow."""

from __future__ import annotations

import asyncio
import re
import ssl
import urllib.request
from collections.abc import AsyncGenerator, Iterable
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
    # who is asked is said by the address, how long a body is by the body
    | {b"host", b"content-length", b"transfer-encoding"}
)
_NOT_HANDED_ON = _OURS - {b"content-length"}


class Unreached(Exception):
    """No way leads there from this machine."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source says. ``pieces`` may raise EOFError, where it breaks off; ``kept`` that others were first."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    pieces: AsyncGenerator[bytes, None]
    kept: bool = False


class Sources:
    """To be used in one event loop, and closed there."""

    def __init__(self, session: aiohttp.ClientSession, packages: Packages) -> None:
        self._session = session
        self._packages = packages

    @classmethod
    async def open(cls, packages: Packages) -> Self:
        """With what is kept already."""
        import aiohttp

        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=ssl.create_default_context()),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_IDLE_SECONDS),
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
        )
        return cls(session, packages)

    async def close(self) -> None:
        """End what is still coming."""
        await self._packages.close()
        await self._session.close()

    async def answer(self, method: str, address: str, headers: Headers, body: bytes) -> Answer:
        """What is answered to a request for *address*. Raises Unreached."""
        headers = tuple(headers)
        if not lasts(method, address, headers):
            return _handed_on(await self._ask(method, address, headers, body))
        async with self._packages.turn(address) as kept:
            if kept is not None:
                return _copied(kept, kept=True)
            # what others get must not depend on what this one says of itself
            response = await self._ask(method, address, (), b"")
            copy = self._packages.begin(address, response)
            return _handed_on(response) if copy is None else _copied(copy, kept=False)

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

    async def _ask(self, method: str, address: str, headers: Headers, body: bytes) -> aiohttp.ClientResponse:
        import aiohttp
        from yarl import URL

        parts = urlsplit(address)
        through = _machines_proxy(parts.scheme, parts.hostname or "")
        said = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers if name not in _OURS]
        try:
            return await self._session.request(
                method,
                URL(address, encoded=True),
                headers=said,
                data=body or None,
                allow_redirects=False,
                proxy=f"http://{through[0]}:{through[1]}" if through else None,
            )
        except (aiohttp.ClientError, OSError, TimeoutError):
            raise Unreached(address) from None


def _handed_on(response: aiohttp.ClientResponse) -> Answer:
    headers = ((name.lower(), value) for name, value in response.raw_headers)
    return Answer(response.status, tuple(pair for pair in headers if pair[0] not in _NOT_HANDED_ON), _content(response))


async def _content(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    import aiohttp

    try:
        async for piece in response.content.iter_chunked(_PIECE):
            yield piece
    except (aiohttp.ClientError, TimeoutError):
        raise EOFError from None
    finally:
        response.close()


def _copied(copy: Copy, *, kept: bool) -> Answer:
    headers = ((b"content-type", b"application/octet-stream"), (b"content-length", str(copy.size).encode()))
    return Answer(200, headers, copy.pieces(), kept=kept)


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
