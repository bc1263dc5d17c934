"""The workspace of one job: a folder of its own, or namespaces of its own."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol, Self

from checker.facts.job import Job
from checker.sandbox.inside.child import PROCESSORS
from checker.sandbox.inside.removal import remove
from checker.sandbox.process.cgroups import ControlGroups, make_groups


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspacePaths:
    """The paths and the user of a workspace, for the process that runs in it.

    - ``kernel``, ``kernel_seen``: the folder for a kernel's sockets, as seen inside and as seen by the grader.
    - ``identity``: the user id to take; None keeps the present one.
    - ``owned``: the folders that this user gets.
    """

    root: str
    home: str
    kernel: str
    kernel_seen: str
    identity: int | None = None
    owned: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)


class Workspace(Protocol):
    """A place for one job. A context manager: leaving it removes the workspace and ends all processes in it."""

    setting: WorkspacePaths
    groups: ControlGroups

    def descriptors(self) -> dict[str, int]:
        """The descriptors with which the child's guard enters the workspace."""
        ...

    def limits(self, job: Job) -> dict[str, int]:
        """The resource limits of one process, by their names."""
        ...

    def from_outside(self, path: str) -> str:
        """The path of the folder *path* of the workspace for the grader; safe until student code begins."""
        ...

    def open_network(self) -> IO[bytes] | None:
        """The namespace of the network, as an open file; None where the network is the grader's."""
        ...

    def end(self) -> None:
        """End every process in the workspace, at once."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...


def process_limits(job: Job) -> dict[str, int]:
    """The resource limits of every workspace. ``AS`` leaves room for the preloaded libraries."""
    limits = job.limits
    return {
        # The wall clock is the limit; this one ends processes that escape from it.
        "CPU": int(limits.seconds + 5) * min(PROCESSORS, os.cpu_count() or 1),
        "AS": limits.memory + (2 << 30),
        "FSIZE": limits.written,
        "CORE": 0,
        "NOFILE": 4096,
    }


class FolderWorkspace:
    """A workspace that is a plain folder, for code that is not hostile. The guard ends the processes of the run."""

    def __init__(self, place: str, job: Job, name: str) -> None:
        self._place = place
        self._job = job
        self._name = name
        self.groups = ControlGroups(())
        self._stack = contextlib.ExitStack()
        self._open_groups: dict[str, int] = {}
        self.setting = WorkspacePaths(
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
        if self.groups.limit_processes or os.geteuid() == 0 or not Path("/proc/self").exists():
            return limits
        return {**limits, "NPROC": _own_tasks() + job.limits.processes}

    def from_outside(self, path: str) -> str:
        return path

    def open_network(self) -> None:
        return

    def end(self) -> None:
        return

    def __enter__(self) -> Self:
        for name in ("project", "home", "tmp", "k"):
            os.makedirs(os.path.join(self._place, name))
        self.groups = make_groups(self._name, self._job.limits.memory, self._job.limits.processes)
        self._open_groups = self._stack.enter_context(self.groups.opened())
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()
        self.groups.remove()
        remove(self._place)


def _own_tasks() -> int:
    """The number of this user's tasks, all of which count for the limit NPROC."""
    number = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.stat().st_uid == os.getuid():
                number += len(os.listdir(process / "task"))
    return number
