"""What every sandbox can do, whatever it is made of."""

from __future__ import annotations

from typing import Protocol, Self

from checker.facts.running import Finished, Job


class SandboxFault(Exception):
    """Student code could not be started, or its end not be seen, and that is no doing of the student."""


class Sandbox(Protocol):
    """Runs jobs, each in a private copy of its tree, and reports what came of them.

    A context manager: what it started (parents, gateway) lives until it is closed, and dies with it.
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

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...
