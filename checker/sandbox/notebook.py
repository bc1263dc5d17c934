"""A notebook's run: the kernel in the sandbox, its client in a process of ours, and what both say."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass, field, replace
from typing import Any, Self

import nbformat

from checker.facts.running import End, Finished, Job, Notebook, StudentError
from checker.model import Location
from checker.sandbox import outcome
from checker.sandbox.base import SandboxFault
from checker.sandbox.watching import Watch

_ENTRY = "import sys; from checker.sandbox.client import main; main()"


@dataclass
class Session:
    """One notebook in one kernel."""

    path: str
    sources: list[str]
    connection: dict[str, Any]
    connection_file: str
    seconds: float
    output_limit: int
    done: int = 0
    current: int = 0
    complete: bool = False
    failed: dict[str, Any] | None = None
    output: bytearray = field(default_factory=bytearray)
    too_much: bool = False
    _line: bytearray = field(default_factory=bytearray)

    @classmethod
    def prepare(cls, job: Job, folder: str) -> Self:
        """Read the notebook of *job* and write a connection file for its kernel into *folder*."""
        assert isinstance(job.action, Notebook)
        path = "/".join(part for part in (job.folder, job.action.path) if part)
        connection = {
            "transport": "ipc",
            "ip": os.path.join(folder, "s"),
            **{name + "_port": number for number, name in enumerate(("shell", "iopub", "stdin", "control", "hb"), 1)},
            "key": secrets.token_hex(16),
            "signature_scheme": "hmac-sha256",
            "kernel_name": "",
        }
        file = os.path.join(folder, "kernel.json")
        with open(file, "w", encoding="utf-8") as handle:
            json.dump(connection, handle)
        return cls(path, cells_of(job.tree.read(path)), connection, file, job.limits.seconds, job.limits.output)

    def run(self, watch: Watch, root: str) -> Finished:
        """Run all cells while *watch* watches the kernel."""
        client: list[subprocess.Popen[bytes]] = []

        def begin(message: dict[str, Any]) -> None:
            if message.get("begun") and not client:
                client.append(self._client())
                stdout = client[0].stdout
                assert stdout is not None
                watch.add(stdout.fileno(), lambda data: self._take(data, watch))

        watch.on_report = begin
        try:
            seen = watch.run()
        finally:
            for process in client:
                process.kill()
                process.wait()
                if process.stdout is not None:
                    process.stdout.close()
        finished = outcome.finished(seen, root, place=self.place)
        return self._finish(finished)

    def _client(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _ENTRY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        assert process.stdin is not None
        order = {"connection": self.connection, "cells": self.sources, "output": self.output_limit}
        process.stdin.write(json.dumps(order).encode())
        process.stdin.close()
        return process

    def _take(self, data: bytes, watch: Watch) -> None:
        self._line += data
        *lines, rest = bytes(self._line).split(b"\n")
        self._line = bytearray(rest)
        for line in lines:
            message = json.loads(line)
            match message:
                case {"cell": int() as number}:
                    self.current = number
                case {"done": int() as number}:
                    self.done = number
                case {"failed": dict() as failed}:
                    self.failed = failed
                case {"text": str() as text}:
                    self.output += text.encode()
                case {"too_much": True}:
                    self.too_much = True
                    watch.stop()
                case {"complete": True}:
                    self.complete = True
                case {"fault": str() as fault}:
                    raise SandboxFault(fault)
                case _:
                    continue

    def _finish(self, finished: Finished) -> Finished:
        here = (Location(self.path, cell=self.current),) if self.current else ()
        output = self.output.decode("utf-8", "replace") + finished.output
        finished = replace(finished, output=output[: self.output_limit], cells=self.done)
        if finished.end is not End.EXIT:
            return replace(finished, where=finished.where or here)
        if self.complete:
            return replace(finished, status=0, error=None)
        if self.failed is None:
            return replace(
                finished,
                status=finished.status or 1,
                error=StudentError("DeadKernelError", "the kernel ended in the middle", tuple((at, "") for at in here)),
            )
        error = finished.error
        if error is None or error.name.rpartition(".")[2] != self.failed["name"]:
            error = StudentError(str(self.failed["name"]), str(self.failed["message"]))
        if not error.frames:
            error = replace(error, frames=tuple((at, "") for at in here))
        return replace(finished, status=1, error=error)

    def place(self, path: str, line: int) -> Location | None:
        """The cell or file of a frame."""
        if re.search(r"ipykernel_\d+/\d+\.py$", path):
            return Location(self.path, cell=self.current or None, line=line)
        return outcome.in_tree(path, line)


def cells_of(body: bytes) -> list[str]:
    """The sources of the code cells of a notebook, in order. Raises SandboxFault where it cannot be read."""
    try:
        notebook = nbformat.reads(body.decode("utf-8-sig"), as_version=4)
    except Exception as broken:
        raise SandboxFault("this notebook cannot be read") from broken
    return [str(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
