"""Where one job runs: a folder of its own, or namespaces of its own."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from checker.facts.running import Job
from checker.sandbox.groups import Groups, make_groups
from checker.sandbox.inside.child import PROCESSORS
from checker.sandbox.inside.removing import remove


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a child needs to know of its room.

    ``kernel`` and ``kernel_seen`` are the folder for a kernel's sockets, as the child sees it and as we do.
    ``identity`` is the user to become, and ``owned`` what it is given; None: it stays who it is.
    """

    root: str
    home: str
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
        """Whether the system killed a process of it for having more memory than the job allows."""
        ...

    def lost_to_the_machine(self) -> bool | None:
        """Whether it killed one though that limit was not reached; None where it does not tell."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...


def process_limits(job: Job) -> dict[str, int]:
    """The limits that hold everywhere. ``AS`` leaves room for what is preloaded."""
    limits = job.limits
    return {
        # The wall clock is what counts; this ends what escapes from it.
        "CPU": int(limits.seconds + 5) * min(PROCESSORS, os.cpu_count() or 1),
        "AS": limits.memory + (2 << 30),
        "FSIZE": limits.written,
        "CORE": 0,
        "NOFILE": 4096,
    }


class Folder:
    """A folder of its own, for code that is not hostile. Its guard ends what it started."""

    def __init__(self, place: str, job: Job, name: str) -> None:
        self._place = place
        self._job = job
        self._name = name
        self._groups = Groups(())
        self._stack = contextlib.ExitStack()
        self._open_groups: dict[str, int] = {}
        self.setting = Setting(
            root=os.path.join(place, "project"),
            home=os.path.join(place, "home"),
            kernel=os.path.join(place, "k"),
            kernel_seen=os.path.join(place, "k"),
            variables={"TMPDIR": os.path.join(place, "tmp")},
        )

    def descriptors(self) -> dict[str, int]:
        return self._open_groups

    def limits(self, job: Job) -> dict[str, int]:
        limits = process_limits(job)
        if self._groups.limit_processes or os.geteuid() == 0 or not Path("/proc/self").exists():
            return limits
        return {**limits, "NPROC": _own_tasks() + job.limits.processes}

    def end(self) -> None:
        return

    def ran_out_of_memory(self) -> bool:
        return self._groups.ran_out_of_memory

    def lost_to_the_machine(self) -> bool | None:
        return self._groups.lost_to_the_machine

    def __enter__(self) -> Self:
        for name in ("project", "home", "tmp", "k"):
            os.makedirs(os.path.join(self._place, name))
        self._groups = make_groups(self._name, self._job.limits.memory, self._job.limits.processes)
        self._open_groups = self._stack.enter_context(self._groups.opened())
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()
        self._groups.remove()
        remove(self._place)


def _own_tasks() -> int:
    """How many tasks this user has: the limit on processes counts all of them, where there is no other."""
    number = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.stat().st_uid == os.getuid():
                number += len(os.listdir(process / "task"))
    return number
