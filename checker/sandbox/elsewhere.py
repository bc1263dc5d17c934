"""Student code in an environment that is made when it is first needed."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Self

from checker.absences import UnavailableHere
from checker.facts.running import Cells, Command, Finished, Job, Notebook, Tool
from checker.model import text
from checker.sandbox.base import Sandbox, SandboxFault
from checker.sandbox.environments.wanted import Made, Unmade


class MadeSandbox:
    """Runs student code in the environment that *make* gives, as *name* says of each run; tools of ours in *own*.

    *around* gives the sandbox of that environment. The linter looks at the packages of that environment, too, where
    it could be made. Where not, student code is not run: UnavailableHere says why. Where *make* gives None,
    there is nothing to make, and all is run in *own*; so is a notebook that imports what the declared environment
    lacks, for only scripts have to find all they need in that. Closing this closes both sandboxes.
    """

    def __init__(
        self, name: str, own: Sandbox, make: Callable[[], Made | None], around: Callable[[Made], Sandbox]
    ) -> None:
        self.kind = own.kind
        self._name = name
        self._own = own
        self._make = make
        self._around = around
        self._lock = threading.Lock()
        self._closed = False
        self._other: Sandbox | None = None
        self._asked = False
        self._made: Made | Unmade | None = None

    def __enter__(self) -> Self:
        self._own.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._closed = True
            other = self._other
        if other is not None:
            other.__exit__(*exception)
        self._own.__exit__(*exception)

    def made(self) -> Made | None:
        """The environment; None where there is nothing to make. Raises Unmade, the same each time."""
        self._ready()
        if isinstance(self._made, Unmade):
            raise self._made
        return self._made

    @property
    def elsewhere(self) -> bool:
        """Whether student code is not run in the checker's own environment, as far as is known by now."""
        return not self._asked or self._made is not None

    def run(self, job: Job) -> Finished:
        if isinstance(job.action, Tool) and job.action.name != "lint":
            return self._own.run(job)
        other = self._ready()
        if other is None:
            if isinstance(self._made, Unmade) and not isinstance(job.action, Tool):
                raise _absence(self._made)
            return self._own.run(job)
        finished = other.run(job)
        if isinstance(job.action, Tool):
            return finished
        if self._lacks_what_only_notebooks_need(job, finished):
            return self._own.run(job)
        self._tell_what_was_left_out(finished)
        return replace(finished, environment=self._name)

    def _lacks_what_only_notebooks_need(self, job: Job, finished: Finished) -> bool:
        """Whether a notebook stopped at an import in the declared environment."""
        error = finished.error
        return (
            self._name == "declared"
            and isinstance(job.action, Notebook | Cells)
            and error is not None
            and error.name == "ModuleNotFoundError"
        )

    def _tell_what_was_left_out(self, finished: Finished) -> None:
        """Nobody is blamed for lacking what is declared and was left out. Raises UnavailableHere."""
        error = finished.error
        if error is None or not error.name.endswith(("ImportError", "ModuleNotFoundError")):
            return
        words = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.sub(r"[-_.]+", "-", error.message.lower())))
        lacking = words & set(self._made.left_out if isinstance(self._made, Made) else ())
        if lacking:
            raise UnavailableHere(
                text("The environment was made without {names}: there is no conda here.", names=tuple(sorted(lacking))),
                text("Judge it on a machine where this environment can be made."),
            )

    def _ready(self) -> Sandbox | None:
        with self._lock:
            if self._closed:
                raise SandboxFault("the sandbox is closed")
            if not self._asked:
                try:
                    self._made = self._make()
                    if self._made is not None:
                        self._other = self._around(self._made)
                        self._other.__enter__()
                except Unmade as unmade:
                    self._made = unmade
                self._asked = True
            return self._other


def _absence(unmade: Unmade) -> UnavailableHere:
    return UnavailableHere(
        unmade.reason, unmade.remedy or text("Judge it on a machine where this environment can be made.")
    )


class Lent:
    """*sandbox*, which is somebody else's to open and close."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.kind = sandbox.kind
        self._sandbox = sandbox

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def run(self, job: Job) -> Finished:
        return self._sandbox.run(job)


class AgainElsewhere:
    """Runs in *own*; what fails there, and is *worth* it, once more in *other*, where that can be made.

    The second run is the one that counts. Closing this closes both.
    """

    def __init__(self, own: Sandbox, other: MadeSandbox, worth: Callable[[Finished], bool]) -> None:
        self.kind = own.kind
        self._own = own
        self._other = other
        self._worth = worth

    def __enter__(self) -> Self:
        self._own.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._other.__exit__(*exception)

    def run(self, job: Job) -> Finished:
        finished = self._own.run(job)
        if isinstance(job.action, Tool | Command) or finished.succeeded or not self._worth(finished):
            return finished
        try:
            return self._other.run(job)
        except UnavailableHere as absence:
            return replace(finished, unmade=absence.what)
