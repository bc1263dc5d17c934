"""One connection of a client: HTTP/1.1 by h11, also as a proxy that leads every host to ourselves."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

import h11

from checker.sandbox.gateway.s3 import Answer, Asked

_HEAD_BYTES = 64 << 10
_BODY_BYTES = 64 << 20
_PIECE = 64 << 10
_HEAD_SECONDS = 60.0
_ANSWER_SECONDS = 300.0

Responder = Callable[[str, Asked], Awaitable[Answer]]
"""What to say to a request that came by a scheme."""


class Connection:
    """Talks to one client until it leaves, breaks the protocol or takes too long."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        context: ssl.SSLContext,
        respond: Responder,
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
                await self._send(b"GET", Answer(error.error_status_hint), close=True)

    async def _next(self) -> h11.Event | None:
        """What the client says next, or None where it may say nothing more."""
        await asyncio.sleep(0)  # a client can say very much at once: others go on meanwhile, or this is ended
        while (event := self._protocol.next_event()) is h11.NEED_DATA:
            self._protocol.receive_data(await self._reader.read(_PIECE))
        return event if isinstance(event, h11.Event) else None

    async def _answer(self, scheme: str, request: h11.Request) -> bool:
        """Whether the connection can be used again."""
        # A client that waits for leave to send its body is answered at once; it then need not send it.
        complete = not self._protocol.they_are_waiting_for_100_continue and await self._discard_body()
        asked, scheme = _asked(request, scheme)
        await self._send(request.method, await self._respond(scheme, asked), close=not complete)
        return complete and self._protocol.our_state is h11.DONE

    async def _discard_body(self) -> bool:
        """Whether all of the body was read: closing before it is leaves the client with a broken pipe."""
        left = _BODY_BYTES
        while left > 0:
            event = await self._next()
            if isinstance(event, h11.EndOfMessage):
                return True
            if not isinstance(event, h11.Data):
                return False
            left -= len(event.data)
        return False

    async def _send(self, method: bytes, answer: Answer, *, close: bool) -> None:
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
        """Become the host that a proxy was asked to connect to. The scheme spoken from here on, or nothing."""
        await self._discard_body()
        port = request.target.rpartition(b":")[2]
        if port not in (b"80", b"443"):
            await self._send(request.method, Answer(403), close=True)
            return ""
        self._write(h11.Response(status_code=200, headers=[], reason=b"Connection established"))
        if self._protocol.trailing_data[0]:
            return ""
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_BYTES)
        if port == b"80":
            return "http"
        # Nothing may be awaited between the answer and this: the client's first bytes of TLS are on their way.
        await self._writer.start_tls(self._context)
        return "https"


def _asked(request: h11.Request, scheme: str) -> tuple[Asked, str]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
    target = request.target.decode("latin-1")
    authority = headers.get("host", "")
    if target.lower().startswith(("http://", "https://")):  # what a client says to a proxy
        scheme, _, rest = target.partition("://")
        authority, slash, rest = rest.partition("/")
        target = slash + rest or "/"
    path, _, query = target.partition("#")[0].partition("?")
    asked = Asked(_host(authority), request.method.decode("ascii"), unquote(path), query, headers)
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
