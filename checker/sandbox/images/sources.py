"""The package sources upstream of the proxy: responses to requests, and connections for tunnels."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

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
    # made anew: the host from the address, the length from the body
    | {b"host", b"content-length", b"transfer-encoding"}
)
_NOT_HANDED_ON = _OURS - {b"content-length"}


class Unreached(Exception):
    """The host cannot be reached from this machine."""


@dataclass(frozen=True, slots=True)
class UpstreamResponse:
    """A source's response. ``pieces`` raises EOFError where it breaks off; ``close`` has to be called at the end."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    pieces: AsyncGenerator[bytes, None]
    close: Callable[[], None]


class Upstream:
    """The connections to package sources; to be used and closed in one event loop."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @classmethod
    async def open(cls) -> Self:
        """Sources with a connection per request, so that no submission can disturb another one's response."""
        import aiohttp

        session = aiohttp.ClientSession(
            # each build has a limit of its own; a common limit would let one build hold up the others
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_IDLE_SECONDS),
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
        )
        return cls(session)

    async def close(self) -> None:
        """End all open responses."""
        await self._session.close()

    async def answer(self, method: str, address: str, headers: Headers, body: bytes) -> UpstreamResponse:
        """The response to a request for *address*, by http. Raises Unreached where the host cannot be reached."""
        import aiohttp
        from yarl import URL

        parts = urlsplit(address)
        through = _machines_proxy(parts.scheme, parts.hostname or "")
        request_headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in headers if name not in _OURS
        ]
        try:
            response = await self._session.request(
                method,
                URL(address, encoded=True),
                headers=request_headers,
                data=body or None,
                allow_redirects=False,
                proxy=f"http://{through[0]}:{through[1]}" if through else None,
            )
        except (aiohttp.ClientError, OSError, TimeoutError):
            raise Unreached(address) from None
        lowered = ((name.lower(), value) for name, value in response.raw_headers)
        response_headers = tuple(pair for pair in lowered if pair[0] not in _NOT_HANDED_ON)
        return UpstreamResponse(response.status, response_headers, _content(response), response.close)

    async def connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to *host* for an opaque tunnel. Raises Unreached where the host cannot be reached."""
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


async def _content(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    import aiohttp

    try:
        async for piece in response.content.iter_chunked(_PIECE):
            yield piece
    except (aiohttp.ClientError, TimeoutError):
        raise EOFError from None


def _demand_tunnel(answer: bytes) -> None:
    if not re.match(rb"HTTP/1\.[01] 200", answer):
        raise OSError("the machine's own proxy refused")


def _machines_proxy(scheme: str, host: str) -> tuple[str, int] | None:
    """The proxy that this machine itself has to use, if one is configured."""
    address = urllib.request.getproxies().get(scheme)
    if not address or urllib.request.proxy_bypass(host):
        return None
    parts = urlsplit(address if "//" in address else f"//{address}")
    return (parts.hostname, parts.port or 80) if parts.hostname else None
