"""The grader's side of zygotes (preloaded fork servers): starting one, and asking it for a child per job."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from checker.sandbox.base import SandboxFault
from checker.sandbox.inside.order import AnyOrder, BindOrder, LoadOrder, Order, ZygoteOrder, order_as_json

INSIDE = Path(__file__).parents[1] / "inside"
_BYTE = b"j"
_READY_SECONDS = 300
_CLOSING_SECONDS = 5
_AT_START = ("LANG", "PATH", "TZ")


class Zygote:
    """A preloaded process that forks a child per job. ``ask`` may be called from several threads at once.

    - *interpreter*: the command of its Python.
    - *modules*: imported before the first job.
    - *prepare*: functions of our own modules, called after that.
    - *more*: True to wait for :meth:`complete` with further modules.
    - *overlaid*: folders in which modules are looked for last.
    - *remove*: patterns of folders that are removed when this process has ended, also when it was killed.

    The process may still be loading when the constructor returns: the first ``ask`` waits for it.
    """

    _process: subprocess.Popen[bytes]

    def __init__(
        self,
        interpreter: Sequence[str],
        variables: Mapping[str, str],
        *,
        modules: Sequence[str] = (),
        prepare: Sequence[str] = (),
        overlaid: Sequence[str] = (),
        remove: Sequence[str] = (),
        more: bool = False,
    ) -> None:
        try:
            self._start(interpreter, variables)
            order = ZygoteOrder(
                variables=dict(variables),
                modules=tuple(modules),
                prepare=tuple(prepare),
                not_importable=own_sources(),
                overlaid=tuple(overlaid),
                remove=tuple(remove),
                more=more,
            )
            self.tell(order, [])
        except BaseException:
            self._channel.close()
            raise

    def _start(self, interpreter: Sequence[str], variables: Mapping[str, str]) -> None:
        with self._open() as child_end:
            self._process = subprocess.Popen(
                [*interpreter, str(INSIDE / "start.py"), "parent", str(child_end.fileno())],
                # Children can read the environment that a process was started with: the rest comes with the order.
                env={**{name: variables[name] for name in _AT_START if name in variables}, "HOME": "/nonexistent"},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[child_end.fileno()],
                start_new_session=True,
            )

    def _open(self) -> socket.socket:
        """Make the channel; gives its other end."""
        self._channel, child_end = socket.socketpair()
        self._lock = threading.Lock()
        self._ready: dict[str, Any] | None = None
        return child_end

    def complete(self, modules: Sequence[str], prepare: Sequence[str]) -> None:
        """Send the further modules to load; once, before the first ``ask``."""
        self.tell(LoadOrder(tuple(modules), tuple(prepare)), [])

    @property
    def missing(self) -> tuple[str, ...]:
        """The modules that could not be imported. Waits until the zygote is ready."""
        return tuple(self._wait()["missing"])

    @property
    def names(self) -> frozenset[str]:
        """The top-level names of all modules that its children have loaded, or can import without a path."""
        return frozenset(self._wait()["names"])

    def ask(self, order: Order | BindOrder, descriptors: Mapping[str, int]) -> socket.socket:
        """Start a child by *order* with *descriptors*; gives the socket that controls the child.

        Raises SandboxFault where the zygote has ended or is not ready in time.
        """
        self._wait()
        control, child_end = socket.socketpair()
        with child_end:
            named = {**descriptors, "control": child_end.fileno()}
            try:
                self.tell(replace(order, descriptors=tuple(named)), list(named.values()))
            except BaseException:
                control.close()
                raise
        return control

    def tell(self, order: AnyOrder, descriptors: Sequence[int]) -> None:
        """Send *order* with *descriptors*; orders are executed one after the other. Raises SandboxFault."""
        with tempfile.TemporaryFile(prefix="order") as file:
            file.write(order_as_json(order))
            file.flush()
            with self._lock:
                try:
                    socket.send_fds(self._channel, [_BYTE], [file.fileno(), *descriptors])
                except OSError as gone:
                    raise SandboxFault("the parent process has gone") from gone

    def _wait(self) -> dict[str, Any]:
        with self._lock:
            if self._ready is None:
                line = b""
                while not line.endswith(b"\n"):
                    if not select.select([self._channel], [], [], _READY_SECONDS)[0]:
                        raise SandboxFault("the parent process is not ready in time")
                    piece = self._channel.recv(1 << 16)
                    if not piece:
                        raise SandboxFault("the parent process did not start")
                    line += piece
                self._ready = json.loads(line)
            return self._ready

    @property
    def alive(self) -> bool:
        """Whether the process still runs. Student code in namespaces of its own cannot end it."""
        return self._process.poll() is None

    def leave(self) -> None:
        """Let the zygote end, without waiting for it."""
        self._channel.close()

    def abort(self) -> None:
        """Kill a zygote that has no child yet."""
        self._process.kill()
        self.close()

    def give_up(self) -> None:
        """Stop waiting for a zygote that is still starting; waiting threads get SandboxFault."""
        if self._ready is None:
            with contextlib.suppress(OSError):
                self._channel.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the zygote. Its children end by themselves, since their control sockets are closed."""
        self.leave()
        if self._ready is None:  # still loading, without children
            self._process.kill()
        try:
            self._process.wait(_CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class ChildZygote(Zygote):
    """A zygote forked from *first* that loads further modules; the memory of common modules is shared."""

    def __init__(self, first: Zygote, *, modules: Sequence[str] = (), prepare: Sequence[str] = ()) -> None:
        child_end = self._open()
        self._first = first
        self._handle: int | None = None
        with child_end:
            order = LoadOrder(tuple(modules), tuple(prepare), descriptors=("channel",))
            # The child is forked when *first* is ready; this constructor does not wait for it.
            first.tell(order, [child_end.fileno()])

    def _wait(self) -> dict[str, Any]:
        ready = super()._wait()
        with self._lock:
            if self._handle is None and hasattr(os, "pidfd_open"):
                try:
                    self._handle = os.pidfd_open(ready["process"])
                except OSError as gone:
                    raise SandboxFault("the parent process has gone") from gone
        return ready

    @property
    def alive(self) -> bool:
        if self._handle is None:
            return self._first.alive
        return not select.select([self._handle], [], [], 0)[0]

    def close(self) -> None:
        """As :meth:`Zygote.close`; closing *first* waits for the end of its own process."""
        self.leave()
        if self._handle is not None:
            select.select([self._handle], [], [], _CLOSING_SECONDS)
            os.close(self._handle)
            self._handle = None


def clean_environment(prefixes: Sequence[str], home: str) -> dict[str, str]:
    """The environment of student code, made from scratch. The programs of *prefixes* come first in PATH."""
    folders = dict.fromkeys(os.path.join(prefix, "bin") for prefix in prefixes)
    return {
        "PATH": os.pathsep.join([*folders, "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": home,
        "USER": "student",
        "LOGNAME": "student",
        "SHELL": "/bin/bash",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }


def own_sources() -> tuple[str, ...]:
    """The checker's folder, if it is an editable installation: student code must not import from there."""
    here = os.fspath(Path(__file__).resolve().parents[3])
    return () if os.path.basename(here) in ("site-packages", "dist-packages") else (here,)
