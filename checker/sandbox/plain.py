"""Processes with the limits that the system has, for code that is not hostile: the student's own machine."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Mapping
from typing import Any, Self

from checker.facts.running import Command, Finished, Import, Job, Notebook, Script, Tool
from checker.sandbox import notebook, outcome
from checker.sandbox.packing import pack
from checker.sandbox.parents import Parent, clean_environment
from checker.sandbox.watching import Pipe, Watch


class PlainSandbox:
    """Runs each job in a folder of its own, as processes of this user."""

    kind = "plain"

    def __init__(self) -> None:
        self._folder = ""
        self._launcher: Parent | None = None
        self._lock = threading.Lock()
        self._count = 0

    def __enter__(self) -> Self:
        self._folder = os.path.realpath(tempfile.mkdtemp(prefix="run"))
        self._launcher = Parent([sys.executable, "-I"], [], {"PATH": os.defpath, "LANG": "C.UTF-8"})
        return self

    def __exit__(self, *exception: object) -> None:
        if self._launcher is not None:
            self._launcher.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, job: Job) -> Finished:
        with self._lock:
            self._count += 1
            place = os.path.join(self._folder, str(self._count))
        root, home = os.path.join(place, "project"), os.path.join(place, "home")
        os.makedirs(root)
        os.makedirs(home)
        try:
            return self._run(job, place, root, home)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _run(self, job: Job, place: str, root: str, home: str) -> Finished:
        assert self._launcher is not None
        action: dict[str, Any] = action_of(job)
        session = notebook.Session.prepare(job, place) if isinstance(job.action, Notebook) else None
        if session is not None:
            action["connection"] = session.connection_file
        order = {
            "action": action,
            "root": root,
            "folder": job.folder,
            "variables": {**clean_environment(sys.prefix, home), "TMPDIR": home, **job.variables},
            "limits": limits_of(job),
            "observe": None if job.observe is None else dict(job.observe),
            "interpreter": [sys.executable],
            "start": None,
            "not_importable": _sources(),
        }
        pipes = {name: Pipe() for name in ("output", "errors", "report", "trace")}
        try:
            with pack(job.tree) as packed, open(os.devnull, "rb") as nothing:
                control = self._launcher.ask(
                    order,
                    {
                        "input": nothing.fileno(),
                        "pack": packed.fileno(),
                        **{name: pipe.theirs for name, pipe in pipes.items()},
                    },
                )
            with control:
                watch = Watch(control, pipes, job.limits, kill=lambda: None)
                if session is not None:
                    return session.run(watch, root)
                return outcome.finished(watch.run(), root)
        finally:
            for pipe in pipes.values():
                pipe.close()


def action_of(job: Job) -> dict[str, Any]:
    """The action of *job* as JSON."""
    match job.action:
        case Script(path, arguments):
            return {"kind": "script", "path": path, "arguments": list(arguments)}
        case Import(module):
            return {"kind": "import", "module": module}
        case Command(line):
            return {"kind": "command", "line": line}
        case Tool(name, payload):
            return {"kind": "tool", "name": name, "payload": _plain(payload)}
        case Notebook():
            return {"kind": "notebook"}


def _plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    return dict(payload)


def limits_of(job: Job) -> dict[str, int]:
    """Resource limits by their names, for one process. ``AS`` leaves room for what is preloaded."""
    limits = job.limits
    return {
        "CPU": int(limits.seconds * 2) + 2,
        "AS": limits.memory + (1 << 30),
        "FSIZE": limits.written,
        "CORE": 0,
        "NOFILE": 4096,
    }


def _sources() -> list[str]:
    """Where the checker itself lies, if it is installed from its sources: no student imports anything from there."""
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return [here] if os.path.basename(here) != "site-packages" else []
