"""The sandboxes of built environments, each shared by the submissions that need it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Self

from checker.facts.options import SandboxKind
from checker.facts.preloading import NO_LIBRARIES, PreloadedLibraries
from checker.sandbox.base import SandboxFault, SharedSandbox
from checker.sandbox.environments.builder import Environments
from checker.sandbox.environments.spec import BuiltEnvironment, EnvironmentSpec, EnvironmentUnavailable
from checker.sandbox.environments.uv import NO_UV
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.lazy import LazySandbox
from checker.sandbox.open import open_sandbox

_MOST_IDLE = 2


class EnvironmentSandboxes:
    """Builds environments and opens a sandbox of one *kind* in each; a few stay open while no grading uses them.

    Without *environments* none can be built. *libraries* are preloaded in each sandbox. A context manager: leaving it
    closes all. May be used by several threads.
    """

    def __init__(
        self,
        kind: SandboxKind,
        environments: Environments | None,
        *,
        lasting: bool = False,
        libraries: PreloadedLibraries = NO_LIBRARIES,
    ) -> None:
        self._kind = kind
        self._libraries = libraries
        self._environments = environments
        self._lasting = lasting
        self._lock = threading.Lock()
        self._open: dict[Interpreter, LazySandbox] = {}
        self._users: dict[Interpreter, int] = {}
        self._made: dict[tuple[EnvironmentSpec, bool], BuiltEnvironment] = {}
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._closed = True
            still_open = list(self._open.values())
            self._open.clear()
        for sandbox in still_open:
            sandbox.__exit__(*exception)

    def give_up(self) -> None:
        """End the runs in all sandboxes, and begin nothing more."""
        with self._lock:
            self._closed = True
            still_open = list(self._open.values())
        for sandbox in still_open:
            sandbox.give_up()

    def make(
        self, wanted: EnvironmentSpec, *, trusted: bool = False, on_start: Callable[[], None] = lambda: None
    ) -> BuiltEnvironment:
        """As :meth:`Environments.make`. Raises EnvironmentUnavailable also where no environment can be built here."""
        if self._environments is None:
            raise EnvironmentUnavailable(*NO_UV)
        if (wanted, trusted) not in self._made:
            self._made[wanted, trusted] = self._environments.make(wanted, trusted=trusted, on_start=on_start)
        return self._made[wanted, trusted]

    def has_python(self, version: str) -> bool:
        """As :meth:`Environments.has_python`; False where no environment can be built here."""
        return self._environments is not None and self._environments.has_python(version)

    def borrow(self, made: BuiltEnvironment) -> SharedSandbox:
        """The sandbox of *made*, in use until it is given :meth:`back`. Raises SandboxFault after closing."""
        key = made.interpreter
        with self._lock:
            if self._closed:
                raise SandboxFault("the sandbox is closed")
            sandbox = self._open.pop(key, None)
            if sandbox is None:
                opened = open_sandbox(self._kind, lasting=self._lasting, interpreter=key, libraries=self._libraries)
                sandbox = LazySandbox(opened)
            self._open[key] = sandbox  # the last used one comes last
            self._users[key] = self._users.get(key, 0) + 1
        return sandbox

    def back(self, made: BuiltEnvironment) -> None:
        """Give back a borrowed sandbox. Idle sandboxes are closed, but for the few that were used last."""
        with self._lock:
            self._users[made.interpreter] -= 1
            idle = [key for key in self._open if not self._users.get(key)]
            closing = [self._open.pop(key) for key in idle[: max(0, len(idle) - _MOST_IDLE)]]
        for sandbox in closing:
            sandbox.__exit__(None, None, None)
