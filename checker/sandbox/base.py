"""The protocols of all sandboxes, and their fault."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal, Protocol, Self

from checker.facts.job import Finished, Job


class SandboxFault(Exception):
    """A fault of the sandbox, not of the student: a run could not be started, or its end could not be observed."""


class CancellableRun(Protocol):
    """A run under supervision that can be cancelled."""

    def abandon(self) -> None: ...


class RunScope(Protocol):
    """The owner of some runs, for example a grading's clock; it may end them before their own limits do."""

    def watched(self, run: CancellableRun) -> AbstractContextManager[None]:
        """A context in which *run* is abandoned as soon as the scope is over."""
        ...


class Sandbox(Protocol):
    """Runs jobs, each in a private copy of its tree, and returns their results.

    ``run`` may be called from several threads at once.
    """

    kind: str
    """``bubblewrap`` or ``plain``, as the report names the sandbox."""

    def run(self, job: Job) -> Finished:
        """The result of *job*. A failure of student code is a result, not an exception.

        Raises SandboxFault where the sandbox itself failed (before student code started), UnavailableHere where the
        machine lacks something that the job asks for.
        """
        ...


class SharedSandbox(Protocol):
    """A sandbox for the runs of several gradings, each of which belongs to a scope.

    A context manager: its processes (zygotes, gateway) live until it is closed, and end with the grader.
    """

    kind: Literal["bubblewrap", "plain"]

    def run(self, job: Job, scope: RunScope | None = None) -> Finished:
        """As :meth:`Sandbox.run`. Raises SandboxFault also where *scope* ended the run early."""
        ...

    def warm(self) -> None:
        """Load, in the background, the libraries that every submission needs."""
        ...

    def give_up(self) -> None:
        """End all runs and loading, and begin nothing more: the sandbox is about to be closed."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...
