"""Control groups: memory and processes of a whole run, where the system lets us limit them."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MOUNT = Path("/sys/fs/cgroup")
_EXTRA_PROCESSES = 16


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a hierarchy: its folder, what to write where, and the file and word that count memory kills."""

    folder: Path
    settings: tuple[tuple[str, str], ...]
    kills: str | None


class Groups:
    """The groups of one run."""

    def __init__(self, groups: tuple[Group, ...]) -> None:
        self._groups = groups

    @property
    def limit_memory(self) -> bool:
        """Whether one of them limits memory."""
        return any(group.kills is not None for group in self._groups)

    @property
    def limit_processes(self) -> bool:
        """Whether one of them limits the number of processes."""
        return any(name == "pids.max" for group in self._groups for name, _ in group.settings)

    def memory_kills(self) -> int:
        """How many of its processes the system killed for their memory."""
        for group in self._groups:
            if group.kills is None:
                continue
            with contextlib.suppress(OSError, ValueError):
                for line in (group.folder / group.kills).read_text().splitlines():
                    name, _, number = line.partition(" ")
                    if name == "oom_kill":
                        return int(number)
        return 0

    @contextlib.contextmanager
    def opened(self) -> Iterator[dict[str, int]]:
        """The lists of members, open for writing: a process that writes ``0`` becomes a member."""
        descriptors: dict[str, int] = {}
        try:
            for number, group in enumerate(self._groups):
                descriptors[f"group{number}"] = os.open(group.folder / "cgroup.procs", os.O_WRONLY)
            yield descriptors
        finally:
            for descriptor in descriptors.values():
                os.close(descriptor)

    def remove(self, seconds: float = 2.0) -> None:
        """Remove them. Their processes have to be gone, or about to be."""
        for group in self._groups:
            deadline = time.monotonic() + seconds
            while group.folder.exists():
                try:
                    group.folder.rmdir()
                except OSError:
                    if time.monotonic() > deadline:
                        break
                    time.sleep(0.005)


def make_groups(name: str, memory: int, processes: int) -> Groups:
    """Groups that hold a run to *memory* bytes and *processes*: as many of the two as this system allows."""
    made = []
    for group in _candidates(name, memory, processes + _EXTRA_PROCESSES):
        try:
            group.folder.mkdir()
            for file, value in group.settings:
                (group.folder / file).write_text(value)
        except OSError:
            with contextlib.suppress(OSError):
                group.folder.rmdir()
            continue
        made.append(group)
    return Groups(tuple(made))


def _candidates(name: str, memory: int, processes: int) -> Iterator[Group]:
    first = ((_MOUNT / "memory", "memory.limit_in_bytes", memory), (_MOUNT / "pids", "pids.max", processes))
    for hierarchy, file, value in first:
        if (hierarchy / "cgroup.procs").exists() and os.access(hierarchy, os.W_OK):
            kills = "memory.oom_control" if file.startswith("memory") else None
            yield Group(hierarchy / name, ((file, str(value)),), kills)
    if (_MOUNT / "cgroup.controllers").exists() and os.access(_MOUNT, os.W_OK):
        settings = (("memory.max", str(memory)), ("memory.swap.max", "0"), ("pids.max", str(processes)))
        yield Group(_MOUNT / name, settings, "memory.events")
