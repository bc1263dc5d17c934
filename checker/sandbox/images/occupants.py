"""What is at work in the network of a holder, beside the holder itself: found, measured, limited and ended."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from checker.sandbox.images.network import process_of

if TYPE_CHECKING:
    import docker

_CGROUP = re.compile(r"^\d+:([^:]*):(/.*)$", re.MULTILINE)
_ROOT = re.compile(r"^\d+ \d+ \S+ \S+ / .* - overlay \S+ (\S+)$", re.MULTILINE)
_UPPER = re.compile(r"(?:^|,)upperdir=([^,]+)")
_DRIVER = "overlay"


class Occupants(Protocol):
    """Those of one network, each by a name that means something to these methods only.

    All of them raise what is in ``failures``, KeyError or ValueError where one has ended meanwhile.
    """

    def running(self) -> Sequence[str]: ...

    def process(self, one: str) -> int:
        """The number of a process of it."""
        ...

    def size(self, one: str) -> int:
        """The bytes that it has written on top of its image."""
        ...

    def kill(self, one: str) -> None: ...


class Containers:
    """As Docker lists them, which says of each whose network it has joined."""

    def __init__(self, client: docker.APIClient, holder: str) -> None:
        self._client, self._network = client, f"container:{holder}"

    def running(self) -> list[str]:
        listed = self._client.containers()
        return [str(one["Id"]) for one in listed if (one.get("HostConfig") or {}).get("NetworkMode") == self._network]

    def process(self, one: str) -> int:
        return process_of(self._client, one)

    def size(self, one: str) -> int:
        address = f"{self._client.base_url}/v{self._client.api_version}/containers/{one}/json"
        return int(self._client.get(address, params={"size": 1}, timeout=30).json().get("SizeRw") or 0)

    def kill(self, one: str) -> None:
        self._client.kill(one)


class Processes:
    """As the kernel knows them, for Podman: it lists no container of a build, and of no container its network.

    An occupant is what shares a space of processes. *holder* is the process of the holder, *storage* the folder where
    the engine keeps its images.
    """

    def __init__(self, holder: int, storage: str) -> None:
        self._network, self._holder = space(holder, "net"), space(holder, "pid")
        self._storage = storage

    def running(self) -> list[str]:
        return sorted({inside for _, inside in self._found()})

    def process(self, one: str) -> int:
        return min(self._of(one))

    def size(self, one: str) -> int:
        return _measured(self._upper(self.process(one)))

    def kill(self, one: str) -> None:
        for number in self._of(one):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def _of(self, one: str) -> list[int]:
        return [number for number, inside in self._found() if inside == one]

    def _found(self) -> Iterator[tuple[int, str]]:
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                number = int(name)
                if space(number, "net") == self._network and (inside := space(number, "pid")) != self._holder:
                    yield number, inside

    def _upper(self, number: int) -> str | None:
        """The folder of what is written; None where the process has not yet entered its image."""
        root = _ROOT.search(Path(f"/proc/{number}/mountinfo").read_text(encoding="utf-8", errors="surrogateescape"))
        upper = _UPPER.search(root[1]) if root else None
        if upper is None:
            return None
        # with many layers below it, it is named from the folder that holds them all
        folder = os.path.join(self._storage, _DRIVER, upper[1])
        return folder if folder.startswith(f"{self._storage}/") else None


def space(number: int, kind: str) -> str:
    """Which space of that *kind* (``net``, ``pid``) the process *number* is in. Raises OSError where it has ended."""
    return os.readlink(f"/proc/{number}/ns/{kind}")


def _measured(folder: str | None) -> int:
    total = 0
    for parent, _, names in os.walk(folder) if folder else ():
        for name in names:
            # what is removed just now counts no more
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512
    return total


def limit_processes(number: int, most: int) -> None:
    """A build has no option for this: the control group that the engine made for this process is told."""
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
