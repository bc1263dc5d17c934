"""A sandbox that is opened by its first run: who only reads a submission does not wait for one."""

from __future__ import annotations

import threading
from typing import Literal, Self

from checker.facts.running import Finished, Job
from checker.sandbox.base import RunScope, SandboxFault, SharedSandbox


class LazySandbox:
    """Stands for *sandbox*, which is opened when it is needed and closed with this one."""

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
        """End what runs in it and what is loaded for it, and begin nothing any more."""
        with self._lock:
            self._closed = True
            opened = self._opened
        if opened:
            self._sandbox.give_up()

    def warm(self) -> None:
        """Open it, and let it load what every submission needs, beside what goes on."""
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
