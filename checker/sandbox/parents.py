"""Our side of the preloaded parents: start one, ask it for a child, watch over that child."""

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
from pathlib import Path
from typing import Any

from checker.sandbox.base import SandboxFault

INSIDE = Path(__file__).with_name("inside")
_BYTE = b"j"
_READY_SECONDS = 300
_CLOSING_SECONDS = 5
_AT_START = ("LANG", "PATH", "TZ")


class Parent:
    """A process that forks a child per job. ``ask`` may be called from several threads at once.

    *interpreter* is the command of the Python it runs in; *modules* are imported before its first job, and the
    functions of our own modules in *prepare* are called. One that shall load *more* waits for ``complete``. The folders
    *overlaid* are the last where modules are looked for. What the patterns in *remove* match is removed when this
    process is gone, however it went.
    It is ready when the constructor has returned, or a moment later: the first ``ask`` waits for it.
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
            order = {
                "variables": dict(variables),
                "modules": list(modules),
                "prepare": list(prepare),
                "not_importable": own_sources(),
                "overlaid": list(overlaid),
                "remove": list(remove),
                "more": more,
            }
            self.tell(order, [])
        except BaseException:
            self._channel.close()
            raise

    def _start(self, interpreter: Sequence[str], variables: Mapping[str, str]) -> None:
        with self._open() as theirs:
            self._process = subprocess.Popen(
                [*interpreter, str(INSIDE / "start.py"), "parent", str(theirs.fileno())],
                # What a process is started with can be read in all of its children: the rest comes with the order.
                env={**{name: variables[name] for name in _AT_START if name in variables}, "HOME": "/nonexistent"},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def _open(self) -> socket.socket:
        """Make the channel; returns the other end of it."""
        self._channel, theirs = socket.socketpair()
        self._lock = threading.Lock()
        self._ready: dict[str, Any] | None = None
        return theirs

    def complete(self, modules: Sequence[str], prepare: Sequence[str]) -> None:
        """Tell what is to be loaded beside the first modules. Before the first ``ask``, once."""
        self.tell({"modules": list(modules), "prepare": list(prepare)}, [])

    @property
    def missing(self) -> tuple[str, ...]:
        """The modules that could not be imported. Waits until the parent is ready."""
        return tuple(self._wait()["missing"])

    @property
    def names(self) -> frozenset[str]:
        """The first part of the names of all modules that its children have loaded or can load without a path."""
        return frozenset(self._wait()["names"])

    def ask(self, order: Mapping[str, Any], descriptors: Mapping[str, int]) -> socket.socket:
        """Start a child by *order* with *descriptors*, and return the line over which it is controlled."""
        self._wait()
        ours, theirs = socket.socketpair()
        with theirs:
            named = {**descriptors, "control": theirs.fileno()}
            try:
                self.tell({**order, "descriptors": list(named)}, list(named.values()))
            except BaseException:
                ours.close()
                raise
        return ours

    def tell(self, order: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        """Send *order* with *descriptors*. It is followed as soon as what was told before is done."""
        with tempfile.TemporaryFile(prefix="order") as file:
            file.write(json.dumps(order).encode())
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
        """Whether it still runs. Student code in namespaces of its own cannot end it."""
        return self._process.poll() is None

    def leave(self) -> None:
        """Let the parent come to its end, without waiting for that."""
        self._channel.close()

    def abort(self) -> None:
        """End a parent that has no child yet, whatever it is doing."""
        self._process.kill()
        self.close()

    def give_up(self) -> None:
        """Wait for it no longer, if it is not ready yet: who does, in whatever thread, is told that it has gone."""
        if self._ready is None:
            with contextlib.suppress(OSError):
                self._channel.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the parent. Its children end by themselves, since their lines of control are closed."""
        self.leave()
        if self._ready is None:  # it may go on loading for long, and nobody has had a child of it
            self._process.kill()
        try:
            self._process.wait(_CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Offspring(Parent):
    """A parent that is a child of *first*, and has loaded more: what both have is in memory once."""

    def __init__(self, first: Parent, *, modules: Sequence[str] = (), prepare: Sequence[str] = ()) -> None:
        theirs = self._open()
        self._first = first
        self._handle: int | None = None
        with theirs:
            action = {"kind": "parent", "modules": list(modules), "prepare": list(prepare)}
            # It is begun as soon as the first one is ready, and nobody waits for that here.
            first.tell({"action": action, "descriptors": ["channel"]}, [theirs.fileno()])

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
        """As of any parent; whoever closes the first one waits for its end."""
        self.leave()
        if self._handle is not None:
            select.select([self._handle], [], [], _CLOSING_SECONDS)
            os.close(self._handle)
            self._handle = None


def clean_environment(prefixes: Sequence[str], home: str) -> dict[str, str]:
    """The environment of student code, made from nothing. The programs of *prefixes* come first."""
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


def own_sources() -> list[str]:
    """Where the checker lies, if it is installed from its sources: no student imports anything from there."""
    here = os.fspath(Path(__file__).resolve().parents[2])
    return [] if os.path.basename(here) in ("site-packages", "dist-packages") else [here]
