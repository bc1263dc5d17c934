"""What every sandbox can do, whatever it is made of."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal, Protocol, Self

from checker.facts.running import Finished, Job


class SandboxFault(Exception):
    """Student code could not be started, or its end not be seen, and that is no doing of the student."""


class Abandonable(Protocol):
    """A run that is being watched, and can be ended because its outcome is of no use any more."""

    def abandon(self) -> None: ...


class RunScope(Protocol):
    """A part of the program that may end the runs that belong to it before their own limits do."""

    def watched(self, run: Abandonable) -> AbstractContextManager[None]:
        """While this lasts, *run* is abandoned as soon as the scope is over."""
        ...


class Sandbox(Protocol):
    """Runs jobs, each in a private copy of its tree, and reports what came of them.

    ``run`` may be called from several threads at once.
    """

    kind: str
    """``bubblewrap`` or ``plain``: what the report says about it."""

    def run(self, job: Job) -> Finished:
        """What came of *job*. Whatever student code does is in the answer.

        Raises SandboxFault where it is ours (before student code started), UnavailableHere where the machine lacks
        something that the job asks for.
        """
        ...


class SharedSandbox(Protocol):
    """A sandbox for the runs of several gradings, each of which belongs to a scope.

    A context manager: what it started (parents, gateway) lives until it is closed, and dies with it.
    """

    kind: Literal["bubblewrap", "plain"]

    def run(self, job: Job, scope: RunScope | None = None) -> Finished:
        """As :meth:`Sandbox.run`; *scope* may end it early, which raises SandboxFault."""
        ...

    def warm(self) -> None:
        """Load what every submission needs, beside what goes on."""
        ...

    def give_up(self) -> None:
        """End what is run and loaded, and begin nothing any more: this is about to be closed."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...
