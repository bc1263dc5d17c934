"""A notebook's run: the kernel in the sandbox, its client in a process of ours, and the messages of both."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from checker.facts.actions import Notebook
from checker.facts.job import KERNEL_EXIT, End, Finished, Job, StudentError
from checker.model import Json, Location
from checker.sandbox.base import SandboxFault
from checker.sandbox.inside.order import Order
from checker.sandbox.process import run_result
from checker.sandbox.process.exchange import RunExchange
from checker.sandbox.process.run_processes import RunProcesses
from checker.sandbox.process.supervisor import JsonLines, Pipe, Supervised, Supervisor
from checker.sandbox.process.workspace import WorkspacePaths
from checker.sandbox.process.zygote import Zygote

_CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
_CLIENT_MEMORY = 2 << 30


class KernelSession(RunExchange):
    """One notebook in one kernel, whose sockets are in the folder ``kernel`` of the workspace.

    With an *empty* folder, the client sees no files but that folder and the sockets.
    """

    def __init__(self, job: Job, setting: WorkspacePaths, empty: str | None) -> None:
        super().__init__(job, setting, empty)
        assert isinstance(job.action, Notebook)
        self._path = "/".join(part for part in (job.folder, job.action.path) if part)
        self._cells = cells_of(job.tree.read(self._path))
        self._folder = setting.kernel
        self._seen = setting.kernel_seen
        self._empty = empty
        self._key = secrets.token_hex(16)
        self._output_limit = job.limits.output
        self._names: dict[str, tuple[int, int]] = {}
        """By the file name of a piece of code: its cell, and the number of the cell's lines above it."""
        self._output: list[str] = []
        self._running = 0
        self._done = 0
        self._complete = False
        self._left = False
        self._failed: StudentError | None = None
        self._shown = False
        self._unraised: StudentError | None = None
        self._fault: str | None = None

    def content(self) -> Mapping[str, Json]:
        """The path of the connection file, and the numbers, from 1, of the cells that are sent: those not blank."""
        numbers: list[Json] = [number for number, source in enumerate(self._cells, 1) if source.strip()]
        return {"connection": self._file, "numbers": numbers}

    def files(self) -> Mapping[str, str]:
        return {self._file: json.dumps(self.connection(self._folder))}

    @property
    def _file(self) -> str:
        return os.path.join(self._folder, "kernel.json")

    def connection(self, folder: str) -> dict[str, Any]:
        """The connection information of the kernel for a process that sees its sockets in *folder*."""
        ports = {name + "_port": number for number, name in enumerate(_CHANNELS, 1)}
        return {
            "transport": "ipc",
            "ip": os.path.join(folder, "s"),
            "key": self._key,
            "signature_scheme": "hmac-sha256",
            **ports,
        }

    def run(self, processes: RunProcesses) -> Supervised:
        """Run all cells. Raises SandboxFault where the client fails."""
        supervisor = processes.start()
        zygote = processes.clients()
        with contextlib.ExitStack() as stack:
            begun = False

            def hear(message: dict[str, Any]) -> None:
                nonlocal begun
                if message.get("begun") and not begun:
                    begun = True
                    self._start_client(supervisor, zygote, stack)
                match message.get("cell"):
                    case [str() as name, int() as number, int() as above] if 0 < number <= len(self._cells):
                        self._names[name] = (number, above)
                    case _:
                        pass
                if "unraised" in message:
                    self._unraised = self._unraised or run_result.student_error(message["unraised"], self.place)

            supervisor.on_report = hear
            supervised = supervisor.run()
        if self._fault is not None and not self._running:
            raise SandboxFault(self._fault)
        return supervised

    def _start_client(self, supervisor: Supervisor, zygote: Zygote, stack: contextlib.ExitStack) -> None:
        order = Order(
            inside="client",
            content={
                "connection": self.connection("" if self._empty else self._seen),
                "empty": self._empty,
                "cells": self._cells,
                "output": self._output_limit,
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
        if self._empty is not None:
            descriptors["place"] = os.open(self._seen, os.O_PATH | os.O_DIRECTORY)
            stack.callback(os.close, descriptors["place"])
        stack.enter_context(zygote.ask(order, descriptors))
        pipe.close_theirs()
        # Without the client, however it ended, the kernel's answers are lost: the run is ended.
        supervisor.add(pipe.ours, JsonLines(lambda message: self._hear(message, supervisor)), gone=supervisor.give_up)

    def _hear(self, message: dict[str, Any], supervisor: Supervisor) -> None:
        match message:
            case {"running": int() as number}:
                self._running = number
            case {"done": int() as number}:
                self._done = number
            case {"text": str() as text}:
                self._output.append(text)
            case {"too_much": True}:
                supervisor.stop()
            case {"complete": True}:
                self._complete = True
            case {"left": True}:
                self._left = True
            case {"failed": {"name": name, "message": error_message}}:
                self._failed = StudentError(str(name)[:200], str(error_message)[:5000])
                self._shown = bool(message.get("shown"))
            case {"fault": str() as fault}:
                self._fault = fault
                supervisor.give_up()
            case _:
                pass

    def finish(self, finished: Finished, report: bytes) -> Finished:
        """*finished* with the cells that ended, their output, and their error, as the client reported them."""
        del report
        here = (Location(self._path, cell=self._running),) if self._running else ()
        output = ("".join(self._output) + finished.output)[: self._output_limit]
        finished = replace(finished, output=output, cells=self._done)
        if self._complete and finished.end in (End.EXIT, End.SIGNAL):
            # All cells ran. The exit of a kernel that was asked to end is no part of the notebook.
            error = self._unraised
            return replace(
                finished, end=End.EXIT, status=int(error is not None), error=error, went_on=error is not None
            )
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
        error = error if error.frames else replace(error, frames=frames)
        return replace(finished, end=end, status=1, error=error, went_on=self._shown)

    def place(self, path: str, line: int) -> Location | None:
        """The cell or file of a frame."""
        if path in self._names:
            number, above = self._names[path]
            return Location(self._path, cell=number, line=line + above)
        return super().place(path, line)


def cells_of(body: bytes) -> list[str]:
    """The sources of the code cells of a notebook, in order. Raises SandboxFault where it cannot be read."""
    import nbformat

    try:
        # Not nbformat.reads, which would complain of metadata that other tools left.
        read: Any = nbformat.reader.reads(body.decode("utf-8-sig"))  # type: ignore[no-untyped-call]
        notebook: Any = nbformat.converter.convert(read, 4)  # type: ignore[no-untyped-call]
        return [str(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    except Exception as broken:
        raise SandboxFault("this notebook cannot be read") from broken
