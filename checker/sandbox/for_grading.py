"""The sandboxes of one grading: its own view of those that the gradings of a process share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Self

from checker.facts.running import Job
from checker.sandbox.base import Sandbox, SharedSandbox
from checker.sandbox.clock import GradingClock, RunSlots
from checker.sandbox.environments.sandboxes import EnvironmentSandboxes
from checker.sandbox.environments.wanted import Made, Unmade, Wanted
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.remembering import Narrow, RememberingSandbox
from checker.sandbox.store import Store
from checker.sandbox.timed import TimedSandbox


class GradingSandboxes:
    """Gives a grading its sandboxes: ``own`` runs student code in the checker's environment, :meth:`inside` in others.

    ``given`` is the environment of an instructor's file, or the reason for which there is none.

    All of them share the *clock* of the grading and the *slots* of the process, and answer from *store* where one is
    given, by *narrow* keys where the submission is its own author's. A context manager: leaving it gives back what was
    borrowed.
    """

    def __init__(
        self,
        shared: SharedSandbox,
        environments: EnvironmentSandboxes,
        clock: GradingClock,
        slots: RunSlots,
        *,
        given: Made | Unmade | None = None,
        store: Store | None = None,
        narrow: Narrow | None = None,
        on_making: Callable[[], None] = lambda: None,
    ) -> None:
        self.given = given
        self._environments = environments
        self._clock = clock
        self._slots = slots
        self._store = store
        self._narrow = narrow
        self._on_making = on_making
        self._lock = threading.Lock()
        self._inside: dict[Interpreter, tuple[Made, Sandbox]] = {}
        self.own: Sandbox = self._view(shared, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            borrowed = [made for made, _ in self._inside.values()]
            self._inside.clear()
        for made in borrowed:
            self._environments.back(made)

    @property
    def identify(self) -> Callable[[Job], str] | None:
        """From a job to the key by which its result is kept; None where nothing is kept."""
        return self.own.key if isinstance(self.own, RememberingSandbox) else None

    def make(self, wanted: Wanted, *, trusted: bool = False) -> Made:
        """An environment, made where there is none yet; its time is not the submission's. Raises Unmade."""
        with self._clock.excluded():
            return self._environments.make(wanted, trusted=trusted, on_start=self._on_making)

    def inside(self, made: Made) -> Sandbox:
        """The sandbox in which student code runs in *made*."""
        with self._lock:
            if made.interpreter not in self._inside:
                shared = self._environments.borrow(made)
                self._inside[made.interpreter] = (made, self._view(shared, made.interpreter))
            return self._inside[made.interpreter][1]

    def _view(self, shared: SharedSandbox, interpreter: Interpreter | None) -> Sandbox:
        timed = TimedSandbox(shared, self._clock, self._slots)
        return timed if self._store is None else RememberingSandbox(timed, self._store, self._narrow, interpreter)
