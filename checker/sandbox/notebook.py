"""A notebook's run: the kernel in the sandbox, its client in a process of ours, and what both say."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

from checker.facts.running import KERNEL_EXIT, End, Finished, Job, Notebook, StudentError
from checker.model import Location
from checker.sandbox import outcome
from checker.sandbox.base import SandboxFault
from checker.sandbox.parents import Parent
from checker.sandbox.watching import Lines, Pipe, Watch, Watched

_CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
_CLIENT_MEMORY = 2 << 30


class Session:
    """One notebook in one kernel, whose sockets we see in the folder *seen*.

    With an *empty* folder, the client sees nothing but that and the sockets.
    """

    def __init__(self, job: Job, seen: str, empty: str | None = None) -> None:
        assert isinstance(job.action, Notebook)
        self._path = "/".join(part for part in (job.folder, job.action.path) if part)
        self._cells = cells_of(job.tree.read(self._path))
        self._seen = seen
        self._empty = empty
        self._key = secrets.token_hex(16)
        self._output_limit = job.limits.output
        self._names: dict[str, int] = {}
        self._output: list[str] = []
        self._running = 0
        self._done = 0
        self._complete = False
        self._left = False
        self._failed: StudentError | None = None
        self._fault: str | None = None

    @property
    def numbers(self) -> list[int]:
        """The numbers, from 1, of the cells that are sent to the kernel: those with something in them."""
        return [number for number, source in enumerate(self._cells, 1) if source.strip()]

    def connection(self, folder: str) -> dict[str, Any]:
        """Where the kernel's sockets are for somebody who sees them in *folder*."""
        ports = {name + "_port": number for number, name in enumerate(_CHANNELS, 1)}
        return {
            "transport": "ipc",
            "ip": os.path.join(folder, "s"),
            "key": self._key,
            "signature_scheme": "hmac-sha256",
            **ports,
        }

    def connection_file(self, folder: str) -> str:
        """The same as a connection file for the kernel."""
        return json.dumps(self.connection(folder))

    def run(self, watch: Watch, parent: Parent) -> Watched:
        """Run all cells while *watch* watches the kernel; the client is a child of *parent*."""
        with contextlib.ExitStack() as stack:
            begun = False

            def hear(message: dict[str, Any]) -> None:
                nonlocal begun
                if message.get("begun") and not begun:
                    begun = True
                    self._start_client(watch, parent, stack)
                match message.get("cell"):
                    case [str() as name, int() as number] if 0 < number <= len(self._cells):
                        self._names[name] = number
                    case _:
                        pass

            watch.on_report = hear
            seen = watch.run()
        if self._fault is not None and not self._running:
            raise SandboxFault(self._fault)
        return seen

    def _start_client(self, watch: Watch, parent: Parent, stack: contextlib.ExitStack) -> None:
        order: dict[str, Any] = {
            "action": {
                "kind": "client",
                "connection": self.connection("" if self._empty else self._seen),
                "empty": self._empty,
                "cells": self._cells,
                "output": self._output_limit,
            },
            "root": "/",
            "folder": "",
            "variables": {"LANG": "C.UTF-8"},
            "limits": {"AS": _CLIENT_MEMORY, "CORE": 0},
            "observe": None,
            "interpreter": None,
            "identity": None,
            "owned": [],
            "files": {},
            "not_importable": [],
            "overlaid": [],
            "redirect": None,
            "site": None,
            "shadowed": [],
        }
        pipe = Pipe()
        stack.callback(pipe.close)
        nothing = stack.enter_context(Path(os.devnull).open("r+b"))
        standard = dict.fromkeys(("input", "output", "errors", "trace"), nothing.fileno())
        descriptors = {**standard, "report": pipe.theirs}
        if self._empty is not None:
            descriptors["place"] = os.open(self._seen, os.O_PATH | os.O_DIRECTORY)
            stack.callback(os.close, descriptors["place"])
        control: socket.socket = stack.enter_context(parent.ask(order, descriptors))
        del control
        pipe.close_theirs()
        # Whoever ended the client, nobody hears the kernel any more.
        watch.add(pipe.ours, Lines(lambda message: self._hear(message, watch)), gone=watch.give_up)

    def _hear(self, message: dict[str, Any], watch: Watch) -> None:
        match message:
            case {"running": int() as number}:
                self._running = number
            case {"done": int() as number}:
                self._done = number
            case {"text": str() as text}:
                self._output.append(text)
            case {"too_much": True}:
                watch.stop()
            case {"complete": True}:
                self._complete = True
            case {"left": True}:
                self._left = True
            case {"failed": {"name": name, "message": words}}:
                self._failed = StudentError(str(name)[:200], str(words)[:5000])
            case {"fault": str() as fault}:
                self._fault = fault
                watch.give_up()
            case _:
                pass

    def finish(self, finished: Finished) -> Finished:
        """*finished* with what the client saw of the cells."""
        here = (Location(self._path, cell=self._running),) if self._running else ()
        output = ("".join(self._output) + finished.output)[: self._output_limit]
        finished = replace(finished, output=output, cells=self._done)
        if self._complete and finished.end in (End.EXIT, End.SIGNAL):
            # All cells ran. How a kernel that was asked to end does so is no part of the notebook.
            return replace(finished, end=End.EXIT, status=0, error=None)
        if finished.end is not End.EXIT:
            return replace(finished, where=finished.where or here)
        frames = tuple((place, "") for place in here)
        if self._left:
            left = StudentError(KERNEL_EXIT, "This cell ends the kernel: those after it would not run.", frames)
            return replace(finished, status=finished.status or 1, error=left)
        if self._failed is None:
            dead = StudentError("DeadKernelError", "The kernel ended before its last cell did.", frames)
            return replace(finished, status=finished.status or 1, error=dead)
        error = finished.error
        if error is None or error.name.rpartition(".")[2] != self._failed.name:
            error = self._failed
        end = End.MEMORY if error.name.endswith("MemoryError") else End.EXIT
        return replace(finished, end=end, status=1, error=error if error.frames else replace(error, frames=frames))

    def place(self, path: str, line: int) -> Location | None:
        """The cell or file of a frame."""
        if path in self._names:
            return Location(self._path, cell=self._names[path], line=line)
        return outcome.in_tree(path, line)


def cells_of(body: bytes) -> list[str]:
    """The sources of the code cells of a notebook, in order. Raises SandboxFault where it cannot be read."""
    import nbformat

    try:
        # Not nbformat.reads: that would complain of what a student's other tools left in the metadata.
        read: Any = nbformat.reader.reads(body.decode("utf-8-sig"))  # type: ignore[no-untyped-call]
        notebook: Any = nbformat.converter.convert(read, 4)  # type: ignore[no-untyped-call]
        return [str(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    except Exception as broken:
        raise SandboxFault("this notebook cannot be read") from broken
