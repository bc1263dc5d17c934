"""The gateway as the grader sees it."""

from __future__ import annotations

import logging
import os
import site
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from checker.errors import CheckerFault
from checker.facts.running import Request, World
from checker.model import text
from checker.sandbox.gateway import channel
from checker.sandbox.gateway.channel import Message

_LOG = logging.getLogger(__name__)
_LARGEST_ANSWER = 64 << 20
_PATIENCE = 60.0
"""Seconds that the gateway has for an answer; it needs milliseconds."""

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
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-c", _START, str(theirs.fileno())],
                    env=_environment(),
                    cwd="/",
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
        except OSError as error:
            ours.close()
            raise _fault(str(error)) from error
        ours.settimeout(_PATIENCE)
        self._control = ours
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            if self._control is not None:
                self._control.close()
                self._control = None
            if self._process is not None:
                self._end(self._process)
                self._process = None

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stderr is not None:
            process.stderr.close()

    @property
    def authority(self) -> bytes:
        """The certificate, in PEM, that clients have to trust. Raises CheckerFault where the process is dead."""
        with self._lock:
            return self._ready()

    def serve(
        self,
        world: World,
        *,
        http: socket.socket,
        https: socket.socket,
        dns: socket.socket | None = None,
    ) -> Serving:
        """Serve *world* on sockets that are bound (TCP for *http* and *https*, UDP for *dns*), from now on.

        The caller may close its own copies of the sockets at once. Raises CheckerFault.
        """
        sockets = (http, https) if dns is None else (http, https, dns)
        answer = self._ask(
            Message(
                {
                    "do": "open",
                    "tables": [*world.tables],
                    "extra": [*world.extra],
                    "named": [*world.named],
                    "refuse": world.refuse,
                    "refusals": dict(world.refusals),
                    "delay": world.delay,
                    "delayed": world.delayed,
                },
                (*world.tables.values(), *world.extra.values(), *world.named.values()),
                tuple(one.fileno() for one in sockets),
            ),
        )
        number = answer.head["number"]
        assert isinstance(number, int)
        return Serving(self, number)

    def _record(self, do: str, number: int) -> tuple[tuple[Request, ...], int]:
        head = self._ask(Message({"do": do, "number": number})).head
        requests: Any = head["requests"]
        omitted: Any = head["omitted"]
        if omitted:
            _LOG.warning("%d requests to the gateway are not in its log: there were too many", omitted)
        return tuple(Request(*one) for one in requests), omitted

    def _ask(self, message: Message) -> Message:
        with self._lock:
            self._ready()
            assert self._control is not None
            try:
                channel.send(self._control, message)
                answer = channel.receive(self._control, _LARGEST_ANSWER)
            except (OSError, EOFError, ValueError) as error:
                raise self._dead(error) from error
        if (fault := answer.head.get("fault")) is not None:
            raise _fault(str(fault))
        return answer

    def _ready(self) -> bytes:
        """The authority, once the process has started. The lock is held."""
        if self._control is None:
            raise _fault("it is not running")
        if self._authority is None:
            try:
                (self._authority,) = channel.receive(self._control, _LARGEST_ANSWER).blocks
            except (OSError, EOFError, ValueError) as error:
                raise self._dead(error) from error
        return self._authority

    def _dead(self, error: Exception) -> CheckerFault:
        """After half a message nothing can be understood any more: the process is stopped."""
        assert self._process is not None
        self._process.kill()
        _, said = self._process.communicate()
        if self._control is not None:
            self._control.close()
            self._control = None
        return _fault(said.decode(errors="replace").strip() or repr(error))


class Serving:
    """A network that is being served. A context manager: left, it answers no more, and its log is complete."""

    def __init__(self, gateway: Gateway, number: int) -> None:
        self._gateway = gateway
        self._number = number
        self._kept: tuple[tuple[Request, ...], int] | None = None

    def requests(self) -> tuple[Request, ...]:
        """The requests that were answered so far, in order; of very many, the first and the last.

        Raises CheckerFault, also where answering one of them failed by our fault.
        """
        return self._record()[0]

    def omitted(self) -> int:
        """How many requests were answered and are not kept. Raises CheckerFault."""
        return self._record()[1]

    def close(self) -> None:
        """Answer no more. Raises CheckerFault."""
        if self._kept is None:
            self._kept = self._gateway._record("close", self._number)  # noqa: SLF001 - two halves of one thing

    def _record(self) -> tuple[tuple[Request, ...], int]:
        return self._kept or self._gateway._record("log", self._number)  # noqa: SLF001

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _environment() -> dict[str, str]:
    """What the process needs to find this program, and nothing that a user or a token left in ours."""
    root = Path(__file__).parents[3]
    environment = {"PYTHONPATH": os.fspath(root)}
    if site.ENABLE_USER_SITE:
        environment["PYTHONUSERBASE"] = site.getuserbase()
    return environment


def _fault(reason: str) -> CheckerFault:
    """*reason* may be a traceback: its last line is said, all of it is kept for the log."""
    fault = CheckerFault(
        text("The gateway, which plays the network for student code, failed ({reason}).", reason=_last_line(reason)),
        text("Start the grading again; if it happens again, report it as a fault of the checker."),
    )
    fault.add_note(reason)
    return fault


def _last_line(output: str) -> str:
    return output.strip().rpartition("\n")[2]
