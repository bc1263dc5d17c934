"""Control groups: limits on the memory and processes of a whole run, where this system allows them."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MOUNT = Path("/sys/fs/cgroup")
_STATISTICS = Path("/proc/vmstat")
_EXTRA_PROCESSES = 16


@dataclass(frozen=True, slots=True)
class ControlGroup:
    """One group of a hierarchy.

    - ``settings``: the limits, as names of files and their contents.
    - ``kills``: the file that counts processes killed for want of memory.
    - ``reached``: the file, and the word in it where it has several numbers, that counts how often the group's own
      limit on memory was reached.
    """

    folder: Path
    settings: tuple[tuple[str, str], ...]
    kills: str | None
    reached: tuple[str, str] = ("", "")


class ControlGroups:
    """The groups of one run."""

    def __init__(self, groups: tuple[ControlGroup, ...]) -> None:
        self._groups = groups

    @property
    def limit_memory(self) -> bool:
        """Whether a group limits memory."""
        return any(group.kills is not None for group in self._groups)

    @property
    def limit_processes(self) -> bool:
        """Whether a group limits the number of processes."""
        return any(name == "pids.max" for group in self._groups for name, _ in group.settings)

    def memory_kills(self) -> int:
        """The number of processes of the run that the kernel killed for want of memory, the run's or the machine's."""
        kills = (_count(group.folder / group.kills, "oom_kill") for group in self._groups if group.kills is not None)
        return next((number for number in kills if number is not None), 0)

    @property
    def ran_out_of_memory(self) -> bool:
        """Whether the kernel killed a process of the run after the run had reached its own limit."""
        return self.memory_kills() > 0 and self._reached_limit()

    @property
    def lost_to_the_machine(self) -> bool | None:
        """Whether the kernel killed a process of the run below the run's own limit: the machine ran out of memory.

        None where memory cannot be limited here.
        """
        return self.memory_kills() > 0 and not self._reached_limit() if self.limit_memory else None

    def _reached_limit(self) -> bool:
        """Whether the run reached its limit on memory; True where the system does not count that."""
        counts = [_count(group.folder / group.reached[0], group.reached[1]) for group in self._groups if group.kills]
        return any(number is None or number > 0 for number in counts)

    @contextlib.contextmanager
    def opened(self) -> Iterator[dict[str, int]]:
        """Descriptors of the lists of members, for writing: a process that writes ``0`` becomes a member."""
        descriptors: dict[str, int] = {}
        try:
            for number, group in enumerate(self._groups):
                descriptors[f"group{number}"] = os.open(group.folder / "cgroup.procs", os.O_WRONLY)
            yield descriptors
        finally:
            for descriptor in descriptors.values():
                os.close(descriptor)

    def remove(self, seconds: float = 2.0) -> None:
        """Remove the groups, whose processes have ended or are about to; waits at most so many *seconds* for each."""
        for group in self._groups:
            deadline = time.monotonic() + seconds
            while group.folder.exists():
                try:
                    group.folder.rmdir()
                except OSError:
                    if time.monotonic() > deadline:
                        break
                    time.sleep(0.005)


def machine_kills() -> int:
    """The number of processes of all users that the kernel killed for want of memory since boot; 0 where unknown.

    Processes killed at a limit of their own are counted, too.
    """
    return _count(_STATISTICS, "oom_kill") or 0


def _count(file: Path, word: str) -> int | None:
    """The number after *word* in a file, or the only number in it where *word* is empty; None where there is none."""
    with contextlib.suppress(OSError, ValueError):
        for line in file.read_text().splitlines():
            name, _, number = line.rpartition(" ")
            if name == word:
                return int(number)
    return None


def make_groups(name: str, memory: int, processes: int) -> ControlGroups:
    """Groups that limit a run to *memory* bytes and to so many *processes*, as far as this system allows either."""
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
    return ControlGroups(tuple(made))


def _candidates(name: str, memory: int, processes: int) -> Iterator[ControlGroup]:
    first = ((_MOUNT / "memory", "memory.limit_in_bytes", memory), (_MOUNT / "pids", "pids.max", processes))
    for hierarchy, file, value in first:
        if (hierarchy / "cgroup.procs").exists() and os.access(hierarchy, os.W_OK):
            kills = "memory.oom_control" if file.startswith("memory") else None
            yield ControlGroup(hierarchy / name, ((file, str(value)),), kills, ("memory.failcnt", ""))
    if (_MOUNT / "cgroup.controllers").exists() and os.access(_MOUNT, os.W_OK):
        settings = (("memory.max", str(memory)), ("memory.swap.max", "0"), ("pids.max", str(processes)))
        yield ControlGroup(_MOUNT / name, settings, "memory.events", ("memory.events", "oom"))
