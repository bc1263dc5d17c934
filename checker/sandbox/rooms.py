"""Where one job runs: a folder of its own, or namespaces of its own."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import Protocol, Self

from checker.facts.running import Job

LIMIT_NAMES = ("CPU", "AS", "FSIZE", "CORE", "NOFILE", "NPROC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a child needs to know of its room.

    ``kernel`` and ``kernel_seen`` are the folder for a kernel's sockets, as the child sees it and as we do.
    ``identity`` is the user to become, and ``owned`` what it is given; None: it stays who it is.
    """

    root: str
    home: str
    temporary: str | None
    kernel: str
    kernel_seen: str
    identity: int | None = None
    owned: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)


class Room(Protocol):
    """A place for one job. A context manager: entered it is ready, left it is gone, with all that ran in it."""

    setting: Setting

    def descriptors(self) -> dict[str, int]:
        """What the child's guard needs to come in."""
        ...

    def limits(self, job: Job) -> dict[str, int]:
        """Resource limits of one process, by their names."""
        ...

    def end(self) -> None:
        """End every process in it, at once."""
        ...

    def ran_out_of_memory(self) -> bool:
        """Whether the system killed a process of it for its memory."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...


def process_limits(job: Job) -> dict[str, int]:
    """The limits that hold everywhere. ``AS`` leaves room for what is preloaded."""
    limits = job.limits
    return {
        "CPU": int(limits.seconds * 2) + 2,
        "AS": limits.memory + (1 << 30),
        "FSIZE": limits.written,
        "CORE": 0,
        "NOFILE": 4096,
    }


class Folder:
    """A folder of its own, for code that is not hostile. Its guard ends what it started."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.setting = Setting(
            root=os.path.join(place, "project"),
            home=os.path.join(place, "home"),
            temporary=os.path.join(place, "tmp"),
            kernel=os.path.join(place, "k"),
            kernel_seen=os.path.join(place, "k"),
            variables={"TMPDIR": os.path.join(place, "tmp")},
        )

    def descriptors(self) -> dict[str, int]:
        return {}

    def limits(self, job: Job) -> dict[str, int]:
        return process_limits(job)

    def end(self) -> None:
        return

    def ran_out_of_memory(self) -> bool:
        return False

    def __enter__(self) -> Self:
        for name in ("project", "home", "tmp", "k"):
            os.makedirs(os.path.join(self._place, name))
        return self

    def __exit__(self, *exception: object) -> None:
        shutil.rmtree(self._place, ignore_errors=True)
