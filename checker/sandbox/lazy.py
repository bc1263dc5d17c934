"""A sandbox that is opened by its first run: who only reads a submission does not wait for one."""

from __future__ import annotations

import threading
from typing import Self

from checker.facts.running import Finished, Job
from checker.sandbox.base import Sandbox, SandboxFault


class LazySandbox:
    """Stands for *sandbox*, which is opened when it is needed and closed with this one."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.kind = sandbox.kind
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

    def run(self, job: Job) -> Finished:
        with self._lock:
            if self._closed:
                raise SandboxFault("the sandbox is closed")
            if not self._opened:
                self._sandbox.__enter__()
                self._opened = True
        return self._sandbox.run(job)
