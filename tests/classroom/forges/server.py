"""A server on this machine that plays a forge: its answers are planned, and what it was asked is kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.processes import in_thread


@dataclass(frozen=True)
class Request:
    """What was asked: the path as it was sent, its parameters, the headers in small letters, and what came along."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """An answer: JSON, or bytes as they are. ``cut``: the connection ends after so many bytes of it."""

    status: int = 200
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None

    @property
    def body(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()


@dataclass
class Server:
    """The server at *address*; ``answer`` gives its answers, and each of ``planned`` comes once, before them.

    A planned answer is for the first request whose path ends with its key.
    """

    answer: Callable[[Request], Reply]
    api: str
    """The path under which the API is."""
    address: str = ""
    requests: list[Request] = field(default_factory=list)
    planned: list[tuple[str, Reply]] = field(default_factory=list)
    checked: Callable[[Request, Reply], None] = lambda request, reply: None
    faults: list[BaseException] = field(default_factory=list)
    """What went wrong in the server itself, or was not as the forge describes it."""

    @property
    def api_address(self) -> str:
        return self.address + self.api

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    def once(self, path: str, *replies: Reply) -> None:
        """Let these replies come, one after the other, when a *path* that ends so is asked for."""
        self.planned += [(path, reply) for reply in replies]

    def reply(self, request: Request) -> Reply:
        self.requests.append(request)
        for index, (path, planned) in enumerate(self.planned):
            if request.path.endswith(path):
                del self.planned[index]
                return planned
        try:
            reply = self.answer(request)
            self.checked(request, reply)
        except Exception as error:  # noqa: BLE001  the test shows it
            self.faults.append(error)
            return Reply(500, {"message": "the test's server failed"})
        return reply


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """*server* at a free port; what went wrong in it is raised at the end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            sent = self.rfile.read(int(headers.get("content-length", "0")))
            path, query = parts.path.removeprefix(server.api), dict(parse_qsl(parts.query))
            reply = server.reply(Request(path, query, headers, self.command, sent))
            body = reply.body
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json; charset=utf-8", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if reply.cut is None else body[: reply.cut])
            self.close_connection = reply.cut is not None

        do_POST = do_PATCH = do_PUT = do_GET  # noqa: N815  the names that the library looks for

        def log_message(self, *arguments: object) -> None:
            pass

    class Listening(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            error = sys.exception()
            # a client that has read enough hangs up
            if error is not None and not isinstance(error, ConnectionError):
                server.faults.append(error)

    listening = Listening(("127.0.0.1", 0), Handler)
    server.address = f"http://127.0.0.1:{listening.server_port}"
    with in_thread(listening):
        yield server
    if server.faults:
        raise server.faults[0]


def query_of(request: Request) -> str:
    """The parameters of a request, as an address has them."""
    return f"?{urlencode(request.query)}" if request.query else ""


def page_of(items: list[Any], request: Request, address: str) -> tuple[list[Any], dict[str, str]]:
    """The page of *items* that was asked for, and the header that links to the next one."""
    size, number = int(request.query.get("per_page", "30")), int(request.query.get("page", "1"))
    end = size * number
    query = urlencode({**request.query, "page": str(number + 1)})
    following = {"Link": f'<{address}{request.path}?{query}>; rel="next"'} if end < len(items) else {}
    return items[end - size : end], following
