"""The limits on the containers in the network of a holder (pause container): processes, bytes written, time."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Self

from checker.sandbox.images.engine import failures
from checker.sandbox.images.pause_container import process_of

if TYPE_CHECKING:
    import docker

_CGROUP = re.compile(r"^\d+:([^:]*):(/.*)$", re.MULTILINE)
_PAUSE = 0.25
_BETWEEN_SIZES = 2.0
_LEAST_FREE = 256 << 20


class LimitGuard:
    """Kills the containers in the network of *holder* when a limit is met, or on :meth:`abandon`.

    The size of a build is that of all layers of all its stages, without its *bases*. *memory* is the limit of one
    container, in bytes.

    A context manager. ``reason`` is ``time``, ``size`` or ``abandoned`` after a kill; ``scarce`` is True where the
    machine had less memory than the limit, or ran out of it.
    """

    def __init__(
        self,
        client: docker.APIClient,
        holder: str,
        *,
        seconds: float,
        written: int,
        memory: int,
        processes: int | None = None,
        bases: Collection[str] = (),
    ) -> None:
        self.reason: str | None = None
        self.scarce = (free := free_memory()) is not None and free < memory
        self._client, self._network = client, f"container:{holder}"
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
        """Kill the containers: the build or run was cancelled."""
        self.reason = self.reason or "abandoned"

    def made(self, image: str) -> None:
        """Count *image*, the result of a step of the build."""
        self._layers.append(image)

    def layers(self) -> int:
        """The bytes of all layers of the build. Raises the errors of ``failures``."""
        for name in self._layers:
            if name not in self._sizes:
                self._sizes[name] = 0
                inspected = self._client.inspect_image(name)
                image, parent = str(inspected["Id"]), inspected.get("Parent")
                if image not in self._bases and image not in self._sizes:
                    below = size_of(self._client, parent) if parent else 0
                    self._sizes[image] = max(0, int(inspected.get("Size") or 0) - below)
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
        running = [
            str(container["Id"])
            for container in self._client.containers()
            if (container.get("HostConfig") or {}).get("NetworkMode") == self._network
        ]
        for container in running:
            if self._processes and container not in self._limited:
                _limit_processes(process_of(self._client, container), self._processes)
                self._limited.add(container)
        if time.monotonic() - self._measured > _BETWEEN_SIZES:
            self._measured = time.monotonic()
            earlier = self.layers()
            if any(earlier + self._written_by(container) > self._written for container in running):
                self.reason = self.reason or "size"
        if self.reason is not None:
            for container in running:
                self._client.kill(container)

    def _written_by(self, container: str) -> int:
        """The bytes that the container has written on top of its image."""
        address = f"{self._client.base_url}/v{self._client.api_version}/containers/{container}/json"
        return int(self._client.get(address, params={"size": 1}, timeout=30).json().get("SizeRw") or 0)


def _limit_processes(number: int, most: int) -> None:
    """Limit the processes in the control group of process *number* to *most*; a build has no option for this."""
    with contextlib.suppress(OSError):
        groups = Path(f"/proc/{number}/cgroup").read_text(encoding="utf-8")
        for kinds, path in _CGROUP.findall(groups):
            if path == "/":
                continue
            if "pids" in kinds.split(","):
                Path(f"/sys/fs/cgroup/pids{path}/pids.max").write_text(str(most), encoding="ascii")
            elif not kinds and (limit := Path(f"/sys/fs/cgroup{path}/pids.max")).exists():
                limit.write_text(str(most), encoding="ascii")


def size_of(client: docker.APIClient, image: str) -> int:
    """The bytes of an image with all layers below it. Raises the errors of ``failures``."""
    return int(client.inspect_image(image).get("Size") or 0)


def free_memory() -> int | None:
    """The bytes of memory available to new programs on this machine; None where unknown."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next((int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")), None)
    return None
