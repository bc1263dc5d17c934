"""The sandboxes of one grading: its view of the sandboxes that all gradings of a process share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Self

from checker.facts.job import Job
from checker.sandbox.base import Sandbox, SharedSandbox
from checker.sandbox.cache.caching import CachingSandbox, Narrow
from checker.sandbox.cache.store import ResultStore
from checker.sandbox.environments.sandboxes import EnvironmentSandboxes
from checker.sandbox.environments.spec import BuiltEnvironment, EnvironmentSpec, EnvironmentUnavailable
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.per_grading.clock import GradingClock, RunSlots
from checker.sandbox.per_grading.timed import TimedSandbox


class GradingSandboxes:
    """The sandboxes of a grading: ``own`` runs student code in the checker's environment, :meth:`inside` in another.

    ``given`` is the environment of an instructor's file, or the reason why there is none.

    All of them share the *clock* of the grading and the *slots* of the process, and answer from *store* where one is
    given. *narrow* keys are for a submission that its own author grades. A context manager: leaving it gives back the
    borrowed sandboxes.
    """

    def __init__(
        self,
        shared: SharedSandbox,
        environments: EnvironmentSandboxes,
        clock: GradingClock,
        slots: RunSlots,
        *,
        given: BuiltEnvironment | EnvironmentUnavailable | None = None,
        store: ResultStore | None = None,
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
        self._inside: dict[Interpreter, tuple[BuiltEnvironment, Sandbox]] = {}
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
        """The function from a job to the key of its cached result; None without a cache."""
        return self.own.key if isinstance(self.own, CachingSandbox) else None

    def make(self, wanted: EnvironmentSpec, *, trusted: bool = False) -> BuiltEnvironment:
        """The environment *wanted*, built if needed; the clock stands still. Raises EnvironmentUnavailable."""
        with self._clock.excluded():
            return self._environments.make(wanted, trusted=trusted, on_start=self._on_making)

    def has_python(self, version: str) -> bool:
        """Whether an environment could have a Python of this *version*, a specifier in pip's syntax."""
        return self._environments.has_python(version)

    def inside(self, made: BuiltEnvironment) -> Sandbox:
        """The sandbox that runs student code in the environment *made*."""
        with self._lock:
            if made.interpreter not in self._inside:
                shared = self._environments.borrow(made)
                self._inside[made.interpreter] = (made, self._view(shared, made.interpreter))
            return self._inside[made.interpreter][1]

    def _view(self, shared: SharedSandbox, interpreter: Interpreter | None) -> Sandbox:
        timed = TimedSandbox(shared, self._clock, self._slots)
        return timed if self._store is None else CachingSandbox(timed, self._store, self._narrow, interpreter)
