"""Control groups: memory and processes of a whole run, where the system lets us limit them."""

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
class Group:
    """One group of a hierarchy: its folder, and what to write where.

    ``kills`` is the file that counts memory kills; ``reached`` the file, and in it the word if there are several, that
    counts how often its own limit was in the way.
    """

    folder: Path
    settings: tuple[tuple[str, str], ...]
    kills: str | None
    reached: tuple[str, str] = ("", "")


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
        """How many of its processes the system killed for want of memory, be it the run's or the machine's."""
        kills = (_count(group.folder / group.kills, "oom_kill") for group in self._groups if group.kills is not None)
        return next((number for number in kills if number is not None), 0)

    @property
    def ran_out_of_memory(self) -> bool:
        """Whether one of its processes was killed, and the run had reached its own limit."""
        return self.memory_kills() > 0 and self._reached_limit()

    @property
    def lost_to_the_machine(self) -> bool | None:
        """Whether one was killed before: it was the machine that had no more. None where memory is not limited here."""
        return self.memory_kills() > 0 and not self._reached_limit() if self.limit_memory else None

    def _reached_limit(self) -> bool:
        """Whether the limit of the run was ever in the way. Where the system does not say so, it is taken to be."""
        told = [_count(group.folder / group.reached[0], group.reached[1]) for group in self._groups if group.kills]
        return any(number is None or number > 0 for number in told)

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


def machine_kills() -> int:
    """How many processes the system has killed for want of memory since it began, anybody's; 0 where it is not told.

    Those count, too, that reached a limit of their own.
    """
    return _count(_STATISTICS, "oom_kill") or 0


def _count(file: Path, word: str) -> int | None:
    """The number that stands after *word* in a file, or alone in it where *word* is empty; None where there is none."""
    with contextlib.suppress(OSError, ValueError):
        for line in file.read_text().splitlines():
            name, _, number = line.rpartition(" ")
            if name == word:
                return int(number)
    return None


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
            yield Group(hierarchy / name, ((file, str(value)),), kills, ("memory.failcnt", ""))
    if (_MOUNT / "cgroup.controllers").exists() and os.access(_MOUNT, os.W_OK):
        settings = (("memory.max", str(memory)), ("memory.swap.max", "0"), ("pids.max", str(processes)))
        yield Group(_MOUNT / name, settings, "memory.events", ("memory.events", "oom"))
