"""An eye on what is at work in one network: how many processes, how much written, how long."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Self

from checker.sandbox.images.engine import failures
from checker.sandbox.images.occupants import Occupants, limit_processes

if TYPE_CHECKING:
    import docker

_PAUSE = 0.25
_BETWEEN_SIZES = 2.0
_LEAST_FREE = 256 << 20


class Watch:
    """Kills the *occupants* of a network when a limit is met, or when it is told to.

    What a build has written is all its layers, of all its stages, but not its *bases*. *memory* is what an occupant
    may take, in bytes.

    A context manager. ``reason`` is ``time``, ``size`` or ``abandoned`` once it has killed; ``scarce`` says that the
    machine itself had less memory than was allowed, or came to the end of it.
    """

    def __init__(
        self,
        client: docker.APIClient,
        occupants: Occupants,
        *,
        seconds: float,
        written: int,
        memory: int,
        processes: int | None = None,
        bases: Collection[str] = (),
    ) -> None:
        self.reason: str | None = None
        self.scarce = (free := free_memory()) is not None and free < memory
        self._client, self._occupants = client, occupants
        self._end = time.monotonic() + seconds
        self._written, self._processes = written, processes
        self._bases = bases
        self._layers: list[str] = []
        self._sizes: dict[str, int] = {}
        self._limited: set[str] = set()
        self._measured = 0.0
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._look, name="container watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._left.set()
        self._thread.join()

    def abandon(self) -> None:
        """Nobody wants to know any more what comes of it."""
        self.reason = self.reason or "abandoned"

    def made(self, image: str) -> None:
        """A step of the build has left this image."""
        self._layers.append(image)

    def layers(self) -> int:
        """The bytes of all layers that were made. Raises what is in ``failures``."""
        for name in self._layers:
            if name not in self._sizes:
                self._sizes[name] = 0
                found = self._client.inspect_image(name)
                whole, parent = str(found["Id"]), found.get("Parent")
                if whole not in self._bases and whole not in self._sizes:
                    below = size_of(self._client, parent) if parent else 0
                    self._sizes[whole] = max(0, int(found.get("Size") or 0) - below)
        return sum(self._sizes.values())

    def _look(self) -> None:
        while not self._left.wait(_PAUSE):
            # an engine that does not answer now may do so in a moment; the time goes on meanwhile
            with contextlib.suppress(*failures(), KeyError, ValueError):
                self._look_once()

    def _look_once(self) -> None:
        if time.monotonic() > self._end:
            self.reason = self.reason or "time"
        if (free := free_memory()) is not None and free < _LEAST_FREE:
            self.scarce = True
        running = self._occupants.running()
        for one in running:
            if self._processes and one not in self._limited:
                limit_processes(self._occupants.process(one), self._processes)
                self._limited.add(one)
        if time.monotonic() - self._measured > _BETWEEN_SIZES:
            self._measured = time.monotonic()
            earlier = self.layers()
            if any(earlier + self._occupants.size(one) > self._written for one in running):
                self.reason = self.reason or "size"
        if self.reason is not None:
            for one in running:
                self._occupants.kill(one)


def size_of(client: docker.APIClient, image: str) -> int:
    """The bytes of an image and of all that is below it. Raises what is in ``failures``."""
    return int(client.inspect_image(image).get("Size") or 0)


def free_memory() -> int | None:
    """The bytes of memory that new programs can have on this machine; None where the system does not say it."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next((int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")), None)
    return None
