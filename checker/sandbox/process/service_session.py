"""A service's run: the service in the sandbox, its client in a process of ours, and the answers."""

from __future__ import annotations

import base64
import contextlib
import errno
import math
import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from checker.absences import UnavailableHere
from checker.facts.actions import PORT, Service
from checker.facts.job import Finished, Job
from checker.facts.service import AnswerKind, ServiceAnswer, ServiceResult, ServiceState
from checker.model import text
from checker.sandbox.base import SandboxFault
from checker.sandbox.inside.order import Order
from checker.sandbox.process.exchange import RunExchange
from checker.sandbox.process.run_processes import RunProcesses
from checker.sandbox.process.supervisor import JsonLines, Pipe, Supervised, Supervisor
from checker.sandbox.process.workspace import WorkspacePaths

_USUAL_PORT = 8000
_LOOPBACK = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_CLIENT_MEMORY = 1 << 30
_MESSAGES = 1_000_000
"""Bytes of the messages about one answer, without its body."""
_DETACHING_SECONDS = 3.0
"""Seconds in which something has to answer when the service's own process has ended well."""
_DYING_SECONDS = 0.5
"""Seconds in which the end of a service is heard of that broke off its last answer."""


class ServiceSession(RunExchange):
    """One service and its client.

    In namespaces, the client joins the network of the run and sees nothing of the machine. Without an *empty* folder,
    that is in plain mode, the service listens on the loopback address of this machine: on a port that was free just
    before, or on the one that the action names. Raises UnavailableHere where that one is in use.
    """

    def __init__(self, job: Job, setting: WorkspacePaths, empty: str | None) -> None:
        super().__init__(job, setting, empty)
        assert isinstance(job.action, Service)
        self._action = job.action
        self._empty = empty
        self._identity = setting.identity
        self._port = (job.action.port or _USUAL_PORT) if empty is not None else _free_port(job.action.port)
        self._answers: list[ServiceAnswer] = []
        self._ready_seconds: float | None = None
        self._opened = False
        self._over = False
        self._ended_before: bool | None = None
        """Whether the service's own process ended before anything answered; None: it did not end by itself."""
        self._fault: str | None = None

    def variables(self) -> Mapping[str, str]:
        return {PORT: str(self._port)}

    def run(self, processes: RunProcesses) -> Supervised:
        """Start the service, ask it, and stop it. Raises SandboxFault where the client fails."""
        supervisor = processes.start(replace(processes.order, lasting=True))
        with contextlib.ExitStack() as stack:
            begun = False

            def hear(message: dict[str, Any]) -> None:
                nonlocal begun
                if message.get("begun") and not begun:
                    begun = True
                    self._start_client(processes, supervisor, stack)

            supervisor.on_report = hear
            supervisor.on_status = lambda status: self._note_end(status, supervisor)
            supervised = supervisor.run()
        if self._fault is not None:
            raise SandboxFault(self._fault)
        return supervised

    def _start_client(self, processes: RunProcesses, supervisor: Supervisor, stack: contextlib.ExitStack) -> None:
        action = self._action
        order = Order(
            inside="service_client",
            content={
                "port": self._port,
                "ready_path": action.ready_path,
                "ready_seconds": action.ready_seconds,
                "answer_seconds": action.answer_seconds,
                "answer_bytes": action.answer_bytes,
                "total_bytes": action.total_bytes,
                "requests": [
                    [one.method, one.path, list(one.headers), base64.b64encode(one.body).decode()]
                    for one in action.requests
                ],
                "empty": self._empty,
                "identity": self._identity,
            },
            root="/",
            variables={"LANG": "C.UTF-8"},
            limits={"AS": _CLIENT_MEMORY, "CORE": 0},
        )
        pipe = Pipe()
        stack.callback(pipe.close)
        nothing = stack.enter_context(Path(os.devnull).open("r+b"))
        standard = dict.fromkeys(("input", "output", "errors", "trace"), nothing.fileno())
        descriptors = {**standard, "report": pipe.theirs}
        network = processes.workspace.open_network()
        if network is not None:
            descriptors["network"] = stack.enter_context(network).fileno()
        stack.enter_context(processes.zygote.ask(order, descriptors))
        pipe.close_theirs()
        limit = action.total_bytes // 3 * 4 + (len(action.requests) + 1) * _MESSAGES
        supervisor.add(
            pipe.ours,
            JsonLines(lambda message: self._hear(message, supervisor), limit),
            gone=lambda: self._note_gone(supervisor),
        )

    def _hear(self, message: dict[str, Any], supervisor: Supervisor) -> None:
        match message:
            case {"opened": True}:
                self._opened = True
            case {"ready": int() | float() as seconds}:
                self._ready_seconds = float(seconds)
                supervisor.finish(math.inf)
            case {"answer": answer}:
                self._answers.append(_answer(answer))
            case {"waited": True}:
                self._over = True
                supervisor.finish()
            case {"complete": True}:
                self._over = True
                broken = bool(self._answers) and self._answers[-1].kind in (AnswerKind.REFUSED, AnswerKind.BROKEN_OFF)
                supervisor.finish(_DYING_SECONDS if broken and self._ended_before is None else 0)
            case {"fault": str() as fault}:
                self._fault = fault
                supervisor.give_up()
            case _:
                pass

    def _note_gone(self, supervisor: Supervisor) -> None:
        if not self._over:
            self._fault = self._fault or "the client of the service ended"
            supervisor.give_up()

    def _note_end(self, status: int, supervisor: Supervisor) -> None:
        if self._ended_before is not None:
            return
        self._ended_before = self._ready_seconds is None
        if self._over:
            supervisor.finish()
        elif self._ended_before:
            supervisor.finish(_DETACHING_SECONDS if status == 0 else 0)

    def finish(self, finished: Finished, report: bytes) -> Finished:
        """*finished* with the state of the service, and its answers."""
        del report
        result = ServiceResult(state=self._state, ready_seconds=self._ready_seconds, answers=tuple(self._answers))
        return replace(finished, service=result)

    @property
    def _state(self) -> ServiceState:
        if self._ready_seconds is None:
            if self._ended_before:
                return ServiceState.ENDED
            return ServiceState.SILENT if self._opened else ServiceState.CLOSED
        if self._ended_before:
            return ServiceState.DETACHED
        return ServiceState.ANSWERED if self._ended_before is None else ServiceState.ENDED_LATER


def _answer(message: object) -> ServiceAnswer:
    """The answer in a message of the client. Raises SandboxFault for any other message."""
    match message:
        case {
            "kind": str() as kind,
            "status": int() as status,
            "headers": list() as headers,
            "body": str() as body,
            "seconds": int() | float() as seconds,
        }:
            return ServiceAnswer(
                kind=AnswerKind(kind),
                status=status,
                headers=tuple((str(name), str(value)) for name, value in headers),
                body=base64.b64decode(body),
                seconds=float(seconds),
            )
        case _:
            raise SandboxFault("the client of the service reported no answer")


def _free_port(port: int | None) -> int:
    """A free port of the loopback addresses: *port*, or any. Raises UnavailableHere where *port* is in use."""
    chosen = port or 0
    for family, address in _LOOPBACK:
        try:
            probe = socket.socket(family, socket.SOCK_STREAM)
        except OSError:  # no such addresses here
            continue
        with probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, chosen))
            except OSError as refused:
                if refused.errno == errno.EADDRNOTAVAIL:
                    continue
                raise UnavailableHere(
                    text("Port {port} is in use on this machine.", port=chosen),
                    text("End the program that listens there, or judge this where runs are isolated: checker doctor."),
                ) from refused
            chosen = probe.getsockname()[1]
    return chosen
