"""A sandbox that is opened by its first run, so that a grading without runs does not wait for one."""

from __future__ import annotations

import threading
from typing import Literal, Self

from checker.facts.job import Finished, Job
from checker.sandbox.base import RunScope, SandboxFault, SharedSandbox


class LazySandbox:
    """A proxy for *sandbox*, which is opened by the first run and closed with the proxy."""

    def __init__(self, sandbox: SharedSandbox) -> None:
        self.kind: Literal["bubblewrap", "plain"] = sandbox.kind
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._opened = False
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._closed = True
            if self._opened:
                self._sandbox.__exit__(*exception)

    def give_up(self) -> None:
        """End all runs and loading, and begin nothing more."""
        with self._lock:
            self._closed = True
            opened = self._opened
        if opened:
            self._sandbox.give_up()

    def warm(self) -> None:
        """Open the sandbox, and let it load in the background the libraries that every submission needs."""
        self._open()
        self._sandbox.warm()

    def run(self, job: Job, scope: RunScope | None = None) -> Finished:
        self._open()
        return self._sandbox.run(job, scope)

    def _open(self) -> None:
        with self._lock:
            if self._closed:
                raise SandboxFault("the sandbox is closed")
            if not self._opened:
                self._sandbox.__enter__()
                self._opened = True
