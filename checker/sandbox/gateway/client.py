"""The gateway as a service of the grader: starting its process, and asking it over a socket."""

from __future__ import annotations

import contextlib
import logging
import os
import site
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Self

from checker.errors import CheckerFault
from checker.facts.job import HttpRequest, ServedData
from checker.model import text
from checker.sandbox.gateway import ipc
from checker.sandbox.gateway.ipc import Message

_LOG = logging.getLogger(__name__)
_LARGEST_ANSWER = 64 << 20
_PATIENCE = 60.0
"""Seconds until an answer of the gateway is late; it takes milliseconds."""

_START = "import sys; from checker.sandbox.gateway.process import main; main(int(sys.argv[1]))"


class Gateway:
    """The network of all sandboxes: one process beside them, which student code cannot see, signal or trace.

    A context manager. The process starts when it is entered and ends when it is left, or when the grader dies.
    May be used by several threads at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._authority: bytes | None = None

    def __enter__(self) -> Self:
        control, gateway_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with gateway_end:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-c", _START, str(gateway_end.fileno())],
                    env=_environment(),
                    cwd="/",
                    pass_fds=[gateway_end.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
        except OSError as error:
            control.close()
            raise _fault(str(error)) from error
        control.settimeout(_PATIENCE)
        self._control = control
        return self

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            if self._control is not None:
                self._control.close()
                self._control = None
            if self._process is not None:
                with self._process as process, contextlib.suppress(subprocess.TimeoutExpired):
                    try:
                        process.wait(5)
                    finally:  # the end of the block waits for the process, also where a signal ends this wait
                        process.kill()
                self._process = None

    @property
    def authority(self) -> bytes:
        """The certificate, in PEM, that clients have to trust. Raises CheckerFault where the process is dead."""
        with self._lock:
            return self._ready()

    def serve(
        self, served_data: ServedData, *, http: socket.socket, https: socket.socket, dns: socket.socket | None = None
    ) -> Serving:
        """Serve *served_data* from now on, on bound sockets: TCP for *http* and *https*, UDP for *dns*.

        The caller may close its own copies of the sockets at once. Raises CheckerFault where the gateway fails.
        """
        sockets = (http, https) if dns is None else (http, https, dns)
        answer = self._ask(
            Message(
                {
                    "do": "open",
                    "tables": [*served_data.tables],
                    "extra": [*served_data.extra],
                    "named": [*served_data.named],
                    "refuse": served_data.refuse,
                    "refusals": dict(served_data.refusals),
                    "delay": served_data.delay,
                    "delayed": served_data.delayed,
                },
                (*served_data.tables.values(), *served_data.extra.values(), *served_data.named.values()),
                tuple(bound.fileno() for bound in sockets),
            )
        )
        head: Any = answer.head
        return Serving(self, head["number"])

    def _record(self, do: str, number: int) -> tuple[tuple[HttpRequest, ...], int]:
        head: Any = self._ask(Message({"do": do, "number": number})).head
        omitted = head["omitted"]
        if omitted:
            _LOG.warning("%d requests to the gateway are not in its log: there were too many", omitted)
        return tuple(HttpRequest(*fields) for fields in head["requests"]), omitted

    def _ask(self, message: Message) -> Message:
        with self._lock:
            self._ready()
            assert self._control is not None
            try:
                ipc.send(self._control, message)
                answer = ipc.receive(self._control, _LARGEST_ANSWER)
            except (OSError, EOFError, ValueError) as error:
                raise self._dead(error) from error
        if (fault := answer.head.get("fault")) is not None:
            raise _fault(str(fault))
        return answer

    def _ready(self) -> bytes:
        """The certificate, once the process has started. The lock is held."""
        if self._control is None:
            raise _fault("it is not running")
        if self._authority is None:
            try:
                (self._authority,) = ipc.receive(self._control, _LARGEST_ANSWER).blocks
            except (OSError, EOFError, ValueError) as error:
                raise self._dead(error) from error
        return self._authority

    def _dead(self, error: Exception) -> CheckerFault:
        """The fault for a broken exchange. The process is stopped: half a message leaves the stream unreadable."""
        assert self._process is not None
        self._process.kill()
        _, errors = self._process.communicate()
        if self._control is not None:
            self._control.close()
            self._control = None
        return _fault(errors.decode(errors="replace").strip() or repr(error))


class Serving:
    """A network that is being served. A context manager: leaving it ends the service and completes the log."""

    def __init__(self, gateway: Gateway, number: int) -> None:
        self._gateway = gateway
        self._number = number
        self._kept: tuple[tuple[HttpRequest, ...], int] | None = None

    def requests(self) -> tuple[HttpRequest, ...]:
        """The requests that were answered so far, in order; of very many, the first and the last.

        Raises CheckerFault where the gateway fails, also where an answer failed by our own fault.
        """
        return self._record()[0]

    def omitted(self) -> int:
        """The number of requests that were answered and are not kept. Raises CheckerFault where the gateway fails."""
        return self._record()[1]

    def close(self) -> None:
        """Answer no more. Raises CheckerFault where the gateway fails."""
        if self._kept is None:
            self._kept = self._gateway._record("close", self._number)  # noqa: SLF001 - two halves of one thing

    def _record(self) -> tuple[tuple[HttpRequest, ...], int]:
        return self._kept or self._gateway._record("log", self._number)  # noqa: SLF001

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _environment() -> dict[str, str]:
    """The environment of the process: the path to this program, and none of the grader's variables or tokens."""
    environment = {"PYTHONPATH": os.fspath(Path(__file__).parents[3])}
    if site.ENABLE_USER_SITE:
        environment["PYTHONUSERBASE"] = site.getuserbase()
    return environment


def _fault(reason: str) -> CheckerFault:
    """A fault that shows the last line of *reason*, which may be a traceback, and keeps all of it for the log."""
    fault = CheckerFault(
        text(
            "The gateway, which plays the network for student code, failed ({reason}).",
            reason=reason.strip().rpartition("\n")[2],
        ),
        text("Start the grading again; if it happens again, report it as a fault of the checker."),
    )
    fault.add_note(reason)
    return fault
