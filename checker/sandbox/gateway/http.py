"""One connection of a client: HTTP/1.1 by h11, also as a proxy that answers for every host itself."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

import h11

from checker.sandbox.gateway.s3 import S3Request, S3Response

_HEAD_BYTES = 64 << 10
_BODY_BYTES = 64 << 20
_PIECE = 64 << 10
_HEAD_SECONDS = 60.0
_ANSWER_SECONDS = 300.0

Responder = Callable[[str, S3Request], Awaitable[S3Response]]
"""A function from a scheme and a request to the response."""


class ClientConnection:
    """Talks to one client until it leaves, breaks the protocol or takes too long."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext, respond: Responder
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._context = context
        self._respond = respond
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_BYTES)

    async def converse(self, scheme: str) -> None:
        """Answer requests. Raises OSError, TimeoutError where the client is the cause."""
        try:
            while True:
                async with asyncio.timeout(_HEAD_SECONDS):
                    request = await self._next()
                if not isinstance(request, h11.Request):
                    return
                if request.method == b"CONNECT":
                    scheme = await self._tunnel(request)
                    if not scheme:
                        return
                    continue
                async with asyncio.timeout(_ANSWER_SECONDS):
                    done = await self._answer(scheme, request)
                if not done:
                    return
                self._protocol.start_next_cycle()
        except h11.RemoteProtocolError as error:
            if self._protocol.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                await self._send(b"GET", S3Response(error.error_status_hint), close=True)

    async def _next(self) -> h11.Event | None:
        """The client's next event, or None where the protocol allows no more."""
        await asyncio.sleep(0)  # one client may send very much at once: others get their turn, and a timeout is seen
        while (event := self._protocol.next_event()) is h11.NEED_DATA:
            self._protocol.receive_data(await self._reader.read(_PIECE))
        return event if isinstance(event, h11.Event) else None

    async def _answer(self, scheme: str, request: h11.Request) -> bool:
        """Answer *request*; True where the connection can be used again."""
        # A client that waits for "100 Continue" gets the answer at once, and need not send its body.
        complete = not self._protocol.they_are_waiting_for_100_continue and await self._discard_body()
        asked, scheme = _asked(request, scheme)
        await self._send(request.method, await self._respond(scheme, asked), close=not complete)
        return complete and self._protocol.our_state is h11.DONE

    async def _discard_body(self) -> bool:
        """Read the body; True where it was read to its end. Closing before that gives the client a broken pipe."""
        left = _BODY_BYTES
        while left > 0:
            event = await self._next()
            if isinstance(event, h11.EndOfMessage):
                return True
            if not isinstance(event, h11.Data):
                return False
            left -= len(event.data)
        return False

    async def _send(self, method: bytes, answer: S3Response, *, close: bool) -> None:
        headers = [
            *answer.headers,
            *((("Content-Length", str(len(answer.body))),) if answer.status != HTTPStatus.NOT_MODIFIED else ()),
            ("Date", formatdate(usegmt=True)),
            ("Server", "MinIO"),
            ("x-amz-request-id", "18A9C5D0B7E3F214"),
        ]
        if close:
            headers.append(("Connection", "close"))
        self._write(h11.Response(status_code=answer.status, headers=headers, reason=_phrase(answer.status)))
        if method != b"HEAD" and answer.status != HTTPStatus.NOT_MODIFIED:
            body = memoryview(answer.body)
            for start in range(0, len(body), _PIECE):
                self._write(h11.Data(data=bytes(body[start : start + _PIECE])))
                await self._writer.drain()
        self._write(h11.EndOfMessage())
        await self._writer.drain()

    def _write(self, event: h11.Event) -> None:
        if data := self._protocol.send(event):
            self._writer.write(data)

    async def _tunnel(self, request: h11.Request) -> str:
        """Answer CONNECT in place of its host. Gives the scheme that is spoken from here on, empty where refused."""
        await self._discard_body()
        port = request.target.rpartition(b":")[2]
        if port not in (b"80", b"443"):
            await self._send(request.method, S3Response(403), close=True)
            return ""
        self._write(h11.Response(status_code=200, headers=[], reason=b"Connection established"))
        if self._protocol.trailing_data[0]:
            return ""
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_BYTES)
        if port == b"80":
            return "http"
        # No await between the answer and start_tls: the client's first bytes of TLS are on their way.
        await self._writer.start_tls(self._context)
        return "https"


def _asked(request: h11.Request, scheme: str) -> tuple[S3Request, str]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
    target = request.target.decode("latin-1")
    authority = headers.get("host", "")
    if target.lower().startswith(("http://", "https://")):  # the absolute form, as sent to a proxy
        scheme, _, rest = target.partition("://")
        authority, slash, rest = rest.partition("/")
        target = slash + rest or "/"
    path, _, query = target.partition("#")[0].partition("?")
    asked = S3Request(_host(authority), request.method.decode("ascii"), unquote(path), query, headers)
    return asked, scheme.lower()


def _phrase(status: int) -> bytes:
    try:
        return HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""


def _host(authority: str) -> str:
    """The host of ``user@host:port``, in lower case."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""
