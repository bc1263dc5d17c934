"""The processes of one run: those that its exchange starts in the workspace, and their common end."""

from __future__ import annotations

import contextlib
import os
import select
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from checker.facts.job import RunLimits
from checker.sandbox.inside.order import Order
from checker.sandbox.process.supervisor import Pipe, Supervisor
from checker.sandbox.process.workspace import Workspace
from checker.sandbox.process.zygote import Zygote

_ENDING_SECONDS = 10.0


class RunProcesses:
    """Starts processes of one run in *workspace*, each forked by *zygote* and under a supervisor of its own.

    - *order*: that of the run's first process, which also unpacks the tree behind the descriptor *packed*.
    - *watched*: a context in which a supervisor can be cancelled from outside.
    - *clients*: gives the zygote for a process of ours that talks to the kernel of the run.

    A context manager: leaving it closes pipes and control sockets.
    """

    def __init__(
        self,
        order: Order,
        limits: RunLimits,
        *,
        packed: int,
        zygote: Zygote,
        workspace: Workspace,
        watched: Callable[[Supervisor], AbstractContextManager[None]],
        clients: Callable[[], Zygote],
    ) -> None:
        self.order = order
        self.limits = limits
        self.zygote = zygote
        self.workspace = workspace
        self.clients = clients
        self._packed = packed
        self._watched = watched
        self._stack = contextlib.ExitStack()
        self._controls: list[socket.socket] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def start(self, order: Order | None = None, limits: RunLimits | None = None, *, kills: bool = True) -> Supervisor:
        """The supervisor of a new process by *order*, by default that of the run. The first one unpacks the tree.

        *kills*: all processes of the run end with this one. Raises SandboxFault where the zygote cannot start it.
        """
        further = bool(self._controls)
        pipes = {name: Pipe() for name in ("output", "errors", "report", "trace")}
        for pipe in pipes.values():
            self._stack.callback(pipe.close)
        with Path(os.devnull).open("rb") as nothing:
            given = {"input": nothing.fileno(), **{name: pipe.theirs for name, pipe in pipes.items()}}
            if not further:
                given["pack"] = self._packed
            control = self.zygote.ask(order or self.order, {**given, **self.workspace.descriptors()})
        self._controls.append(self._stack.enter_context(control))
        kill = self.end if kills else None
        supervisor = Supervisor(control, pipes, limits or self.limits, kill, further=further)
        self._stack.enter_context(self._watched(supervisor))
        return supervisor

    def end(self) -> None:
        """End every process of the run, at once, also those that commands have left behind."""
        self.workspace.end()
        for control in self._controls:
            with contextlib.suppress(OSError):
                control.shutdown(socket.SHUT_WR)
        for control in self._controls[:-1]:  # the last one is read by its supervisor
            _wait_for_end(control)


def _wait_for_end(control: socket.socket) -> None:
    """Wait until the guard at the other end has ended what descends from it, and itself."""
    control.setblocking(False)
    while select.select([control], [], [], _ENDING_SECONDS)[0]:
        try:
            if not control.recv(1 << 10):
                return
        except BlockingIOError:
            continue
        except OSError:
            return
