"""A sandbox that outlives what is run in it: a round of runs can be ended, and the next finds it warm."""

from __future__ import annotations

import threading
import time
from typing import Self

from checker.facts.running import Finished, Job
from checker.sandbox.processes import ProcessSandbox

_PAUSE = 0.02


class InterruptibleSandbox(ProcessSandbox):
    """A lasting sandbox, whose runs can be ended without closing it."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind, lasting=True)

    def warm(self) -> None:
        """Let the parents of runs and of the linter load what they need, beside what goes on."""
        self._parent("notebooks")
        self._parent("lint")

    def end_runs(self) -> None:
        """End what is running; each run raises SandboxFault."""
        self._going_on.abandon()


class Abandoned(Exception):
    """Nobody wants to know any more what comes of this run."""


class Turn:
    """What one round sees of *sandbox*: until it is abandoned, all of it; then nothing.

    Not a round's to close: leaving it leaves the sandbox open.
    """

    def __init__(self, sandbox: InterruptibleSandbox) -> None:
        self.kind = sandbox.kind
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._running = 0
        self._abandoned = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    @property
    def abandoned(self) -> bool:
        """Whether what comes of it is no verdict any more."""
        return self._abandoned

    def run(self, job: Job) -> Finished:
        """As a sandbox. Raises Abandoned where the round was ended before, or in the middle."""
        with self._lock:
            if self._abandoned:
                raise Abandoned
            self._running += 1
        try:
            finished = self._sandbox.run(job)
        finally:
            with self._lock:
                self._running -= 1
                over = self._abandoned
        if over:
            raise Abandoned
        return finished

    def abandon(self) -> None:
        """End what is running, and begin nothing more. Returns at once."""
        with self._lock:
            if self._abandoned:
                return
            self._abandoned = True
        threading.Thread(target=self._end, name="abandoning", daemon=True).start()

    def _end(self) -> None:
        """What was about to start when the round was abandoned is ended as soon as it has."""
        while True:
            with self._lock:  # as long as we hold it, no run comes back, hence no run of another round is there
                if not self._running:
                    return
                self._sandbox.end_runs()
            time.sleep(_PAUSE)
