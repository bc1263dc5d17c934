"""A server of repositories over http on this machine: git's own ``http-backend``, and what a bad server would do."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.processes import in_thread


@dataclass
class GitServer:
    """Serves the bare repositories below ``root``; ``sent`` counts the bytes of its answers.

    ``password`` is what it asks for, by ``user:password``. What is asked below ``silent/`` is never answered, and
    what is asked below ``moved/`` is redirected to ``target``.
    """

    root: Path
    url: str = ""
    sent: int = 0
    password: str = ""
    target: str = ""
    logins: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(root: Path) -> Iterator[GitServer]:
    server = GitServer(root)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            answer(self, server)

        do_POST = do_GET  # noqa: N815  the name is the library's

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_address[1]}"
    with in_thread(http):
        try:
            yield server
        finally:
            server.over.set()


def answer(handler: BaseHTTPRequestHandler, server: GitServer) -> None:
    parts = urlsplit(handler.path)
    server.asked.append(handler.path)
    login = handler.headers.get("Authorization", "")
    if login:
        server.logins.append(base64.b64decode(login.removeprefix("Basic ")).decode())
    if parts.path.startswith("/silent/"):
        server.over.wait(60)
        return
    if parts.path.startswith("/moved/"):
        plain(handler, 302, {"Location": server.target + handler.path.removeprefix("/moved")})
        return
    if server.password and server.password not in server.logins[-1:]:
        plain(handler, 401, {"WWW-Authenticate": 'Basic realm="here"'})
        return
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(server.root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "REQUEST_METHOD": handler.command,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
        "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": handler.headers.get("Git-Protocol", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }
    done = subprocess.run(
        ["git", "http-backend"], input=body_of(handler), capture_output=True, env=environment, check=False
    )
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    plain(handler, int(headers.pop("Status", "200").split()[0]), headers, content)
    server.sent += len(content)


def body_of(handler: BaseHTTPRequestHandler) -> bytes:
    if handler.headers.get("Transfer-Encoding") == "chunked":
        parts = []
        while size := int(handler.rfile.readline(), 16):
            parts.append(handler.rfile.read(size))
            handler.rfile.readline()
        handler.rfile.readline()
        return b"".join(parts)
    return handler.rfile.read(int(handler.headers.get("Content-Length", "0")))


def plain(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes = b"") -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def wait_for(happened: threading.Event, seconds: float = 30) -> None:
    """Wait until something has happened. Raises AssertionError where it does not."""
    ends = time.monotonic() + seconds
    while not happened.wait(0.05):
        assert time.monotonic() < ends
