"""The cost of a command with all processes that it started: wall clock, processor time and peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_V1 = Path("/sys/fs/cgroup/cpuacct")
_V2 = Path("/sys/fs/cgroup")
_SAMPLE_SECONDS = 0.25


class NoAccounting(Exception):
    """The machine cannot count the cost of a tree of processes."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds by the clock, seconds of processors (user and system), and bytes of memory at the highest sample."""

    wall: float
    processor: float
    memory: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.wall + other.wall, self.processor + other.processor, max(self.memory, other.memory))

    def __truediv__(self, number: float) -> Spent:
        return Spent(self.wall / number, self.processor / number, self.memory)


def median(all_spent: Sequence[Spent]) -> Spent:
    """The median of each figure by itself."""
    return Spent(
        statistics.median(spent.wall for spent in all_spent),
        statistics.median(spent.processor for spent in all_spent),
        int(statistics.median(spent.memory for spent in all_spent)),
    )


class Group:
    """A control group that counts the processor time of all processes that were ever in it.

    The times that a parent is given of its children miss some: a server that forks and never waits loses them. A
    context manager; raises NoAccounting where no group can be made.
    """

    def __init__(self) -> None:
        self._path = (_V1 if _V1.is_dir() else _V2) / f"benchmark-{os.getpid()}-{time.monotonic_ns()}"

    def __enter__(self) -> Self:
        try:
            self._path.mkdir()
            self.seconds()
        except (OSError, StopIteration) as error:
            raise NoAccounting(f"no control group for processor time: {error}") from error
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self.processes():
            with suppress(OSError):
                os.kill(process, 9)
        for _ in range(100):
            try:
                self._path.rmdir()
            except OSError:
                time.sleep(0.05)
            else:
                return

    def enter(self) -> None:
        """Move the calling process into the group, with all that it starts from now on."""
        (self._path / "cgroup.procs").write_text(str(os.getpid()))

    def seconds(self) -> float:
        """The processor time so far."""
        usage = self._path / "cpuacct.usage"
        if usage.exists():
            return int(usage.read_text()) / 1e9
        lines = (self._path / "cpu.stat").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("usage_usec")) / 1e6

    def processes(self) -> list[int]:
        """The ids of the processes in the group."""
        return [int(line) for line in (self._path / "cgroup.procs").read_text().split()]

    def memory(self) -> int:
        """Bytes in use by all processes of the group; shared pages are counted once."""
        total = 0
        for process in self.processes():
            with suppress(OSError, ValueError):
                for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) << 10
        return total


def spend(
    command: Sequence[str],
    *,
    folder: Path,
    variables: Mapping[str, str],
    statuses: frozenset[int] | None = frozenset({0}),
    output: Path | None = None,
    memory: bool = False,
) -> Spent:
    """Run *command* and count its cost. Raises RuntimeError if its exit status is none of *statuses* (None: any)."""
    with Group() as group:
        highest = 0
        over = threading.Event()

        def sample() -> None:
            nonlocal highest
            while not over.wait(_SAMPLE_SECONDS):
                highest = max(highest, group.memory())

        sampler = threading.Thread(target=sample)
        started = time.monotonic()
        with Path(output or os.devnull).open("wb") as file:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.PIPE,
                preexec_fn=group.enter,  # noqa: PLW1509  nothing else runs in this process yet
            )
            if memory:
                sampler.start()
            _, errors = process.communicate()
        wall = time.monotonic() - started
        over.set()
        if memory:
            sampler.join()
        spent = Spent(wall, group.seconds(), highest)
    if statuses is not None and process.returncode not in statuses:
        raise RuntimeError(f"{command} ended with {process.returncode}: {errors.decode(errors='replace')[-2000:]}")
    return spent


def repeated(times: int, run: Callable[[], Spent]) -> Spent:
    """The median of *times* runs."""
    return median([run() for _ in range(times)])
