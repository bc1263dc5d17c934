"""An eye on the containers of one network: how many processes, how much written, how long."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from checker.sandbox.images.engine import failures

if TYPE_CHECKING:
    import docker

_PAUSE = 0.25
_BETWEEN_SIZES = 2.0
_CGROUP = re.compile(r"^\d+:([^:]*):(/.*)$", re.MULTILINE)


class Watch:
    """Kills what runs in the network of *holder* when a limit is met, or when it is told to.

    With *below*, which is the size of the bases of a build, what earlier steps wrote counts, too.

    A context manager. ``reason`` is ``time``, ``size`` or ``abandoned`` once it has killed.
    """

    def __init__(
        self,
        client: docker.APIClient,
        holder: str,
        *,
        seconds: float,
        written: int,
        below: int | None = None,
        processes: int | None = None,
    ) -> None:
        self.reason: str | None = None
        self._client = client
        self._network = f"container:{holder}"
        self._end = time.monotonic() + seconds
        self._written, self._below, self._processes = written, below, processes
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

    def _look(self) -> None:
        while not self._left.wait(_PAUSE):
            # an engine that does not answer now may do so in a moment; the time goes on meanwhile
            with contextlib.suppress(*failures(), KeyError, ValueError):
                self._look_once()

    def _look_once(self) -> None:
        if time.monotonic() > self._end:
            self.reason = self.reason or "time"
        running = [
            str(one["Id"])
            for one in self._client.containers()
            if one.get("HostConfig", {}).get("NetworkMode") == self._network
        ]
        for container in running:
            if self._processes and container not in self._limited:
                _limit_processes(self._pid(container), self._processes)
                self._limited.add(container)
        if time.monotonic() - self._measured > _BETWEEN_SIZES:
            self._measured = time.monotonic()
            if any(self._size(container) > self._written for container in running):
                self.reason = self.reason or "size"
        if self.reason is not None:
            for container in running:
                self._client.kill(container)

    def _pid(self, container: str) -> int:
        return int(self._client.inspect_container(container)["State"]["Pid"])

    def _size(self, container: str) -> int:
        address = f"{self._client.base_url}/v{self._client.api_version}/containers/{container}/json"
        answer = self._client.get(address, params={"size": 1}, timeout=30)
        said = answer.json()
        earlier = 0
        if self._below is not None:
            earlier = max(0, size_of(self._client, str(said.get("Image"))) - self._below)
        return int(said.get("SizeRw") or 0) + earlier


def size_of(client: docker.APIClient, image: str) -> int:
    """The bytes of an image and of all that is below it. Raises what is in ``failures``."""
    return int(client.inspect_image(image).get("Size") or 0)


def _limit_processes(number: int, most: int) -> None:
    """A build has no option for this: the control group that the engine made is told."""
    with contextlib.suppress(OSError):
        groups = Path(f"/proc/{number}/cgroup").read_text(encoding="utf-8")
        for kinds, path in _CGROUP.findall(groups):
            if path == "/":
                continue
            if "pids" in kinds.split(","):
                Path(f"/sys/fs/cgroup/pids{path}/pids.max").write_text(str(most), encoding="ascii")
            elif not kinds:
                limit = Path(f"/sys/fs/cgroup{path}/pids.max")
                if limit.exists():
                    limit.write_text(str(most), encoding="ascii")
