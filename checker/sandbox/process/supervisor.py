"""The supervisor of one run: it reads the pipes, up to a limit, and ends the run when its time is over."""

from __future__ import annotations

import contextlib
import json
import math
import os
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checker.facts.job import RunLimits

REPORT_LIMIT = 9_000_000
_TRACE_LIMIT = 100_000
_BEGIN_SECONDS = 120.0
_DUMP_SECONDS = 0.3
_QUIET_SECONDS = 0.03
_KILL_SECONDS = 10.0
_SETTLING_SECONDS = 0.1
"""Seconds for the last output of a process that leaves others behind, which hold its pipes open."""


class Pipe:
    """A pipe whose writing end goes to the child."""

    def __init__(self) -> None:
        self.ours, self.theirs = os.pipe()
        os.set_blocking(self.ours, False)

    def close_theirs(self) -> None:
        if self.theirs >= 0:
            os.close(self.theirs)
            self.theirs = -1

    def close(self) -> None:
        self.close_theirs()
        if self.ours >= 0:
            os.close(self.ours)
            self.ours = -1


def message_in(line: bytes) -> dict[str, Any] | None:
    """The JSON object that *line* is; None for any other line."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


class JsonLines:
    """Joins pieces of a stream to JSON lines and passes each object to *take*; other lines are dropped."""

    def __init__(self, take: Callable[[dict[str, Any]], None], limit: int = REPORT_LIMIT) -> None:
        self._take = take
        self._left = limit
        self._rest = b""

    def __call__(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if (message := message_in(line)) is not None:
                self._take(message)


@dataclass
class Supervised:
    """The observed output, messages and end of a run."""

    output: bytearray = field(default_factory=bytearray)
    errors: bytearray = field(default_factory=bytearray)
    report: bytearray = field(default_factory=bytearray)
    trace: bytearray = field(default_factory=bytearray)
    status: int | None = None
    fault: str | None = None
    out_of_time: bool = False
    too_much: bool = False
    abandoned: bool = False
    stopped: bool = False
    """It still ran when it was ended as had been planned."""
    seconds: float = 0.0


class Supervisor:
    """Reads the pipes of one run until it has ended or was ended.

    *kill* ends all processes of the run at once. It is called also after an ordinary end, so that no process is left
    when the results are read. None: others of the run go on, as they may where a run is several commands.

    *further*: student code has run before in this workspace, so that the student's time is counted from the start.
    """

    def __init__(
        self,
        control: socket.socket,
        pipes: dict[str, Pipe],
        limits: RunLimits,
        kill: Callable[[], None] | None,
        *,
        further: bool = False,
    ) -> None:
        self.control = control
        self.pipes = pipes
        self.kill = kill
        self.seen = Supervised()
        self.output_left = limits.output
        self.open_pipes: frozenset[str] = frozenset()
        """The names of the pipes that some process still held open when :meth:`run` returned."""
        self.extra: dict[int, Callable[[], None]] = {}
        self.on_report: Callable[[dict[str, Any]], None] | None = None
        self.on_status: Callable[[int], None] | None = None
        """Called with the wait status of the process, which then may end without the run: see :meth:`finish`."""
        self._report_lines = JsonLines(self._hear)
        self._take_control = JsonLines(self._note_end)
        self._gave_up = False
        self._unseen = False
        self._selector = selectors.DefaultSelector()
        self._begun = further
        self._seconds = limits.seconds
        self._started = time.monotonic()
        self._deadline = self._started + (limits.seconds if further else _BEGIN_SECONDS)
        self._planned_end = math.inf

    def add(self, descriptor: int, take: Callable[[bytes], None], gone: Callable[[], None] = lambda: None) -> None:
        """Read *descriptor*, too, and pass its data to *take*; *gone* is called at its end."""
        os.set_blocking(descriptor, False)
        self.extra[descriptor] = gone
        self._selector.register(descriptor, selectors.EVENT_READ, take)

    def stop(self) -> None:
        """End the run as one that wrote too much."""
        self.seen.too_much = True

    def give_up(self) -> None:
        """End the run, which cannot be observed any more."""
        self._gave_up = True

    def abandon(self) -> None:
        """End the run, which was cancelled."""
        self.seen.abandoned = True
        self._gave_up = True

    def finish(self, seconds: float = 0.0) -> None:
        """End the run in so many *seconds*, as one that has done its work. ``math.inf``: it goes on."""
        self._planned_end = time.monotonic() + seconds

    def run(self) -> Supervised:
        """Supervise the run until its end."""
        supervised = self.seen
        for name, pipe in self.pipes.items():
            pipe.close_theirs()
            self._selector.register(pipe.ours, selectors.EVENT_READ, getattr(self, "_take_" + name))
        self.control.setblocking(False)
        self._selector.register(self.control, selectors.EVENT_READ, self._take_control)
        try:
            self._until(self._ended)
            supervised.out_of_time = not self._ended()
            self.on_status = None  # from here on, the process is ended by us
            if supervised.status is None and supervised.fault is None:
                supervised.stopped = self._is_finished
                if supervised.out_of_time:
                    self._say(b"d")
                    self._hear_trace()
                self._say(b"k")
            supervised.seconds = time.monotonic() - self._started
            if self.kill is None:
                self._until(lambda: not self._held_open(), time.monotonic() + _SETTLING_SECONDS)
            else:
                self.kill()
                self._until(lambda: not self._open_pipes(), time.monotonic() + _KILL_SECONDS)
            self.open_pipes = self._held_open()
        finally:
            self._selector.close()
        return supervised

    def _hear_trace(self) -> None:
        """Read the stack dump of the process until it is complete."""
        trace = self.seen.trace
        self._until(lambda: bool(trace), time.monotonic() + _DUMP_SECONDS)
        before = -1
        while before < len(trace) < _TRACE_LIMIT:
            before = len(trace)
            self._until(lambda: False, time.monotonic() + _QUIET_SECONDS)

    def _ended(self) -> bool:
        seen = self.seen
        has_ended = seen.status is not None and self.on_status is None
        return (
            has_ended or seen.fault is not None or seen.too_much or self._gave_up or self._unseen or self._is_finished
        )

    @property
    def _is_finished(self) -> bool:
        return time.monotonic() >= self._planned_end

    def _open_pipes(self) -> bool:
        return len(self._selector.get_map()) > len(self.extra)

    def _held_open(self) -> frozenset[str]:
        descriptors = self._selector.get_map()
        return frozenset(name for name, pipe in self.pipes.items() if pipe.ours in descriptors)

    def _say(self, word: bytes) -> None:
        with contextlib.suppress(OSError):
            self.control.send(word)

    def _until(self, done: Callable[[], bool], deadline: float | None = None) -> None:
        """Read until *done* is true, or until *deadline* (None: that of the run, which may move) has passed."""
        while not done():
            end = min(self._deadline, self._planned_end) if deadline is None else deadline
            left = end - time.monotonic()
            if left <= 0 or not self._selector.get_map():
                return
            for key, _events in self._selector.select(min(left, 1.0)):
                self._read(key)

    def _read(self, key: selectors.SelectorKey) -> None:
        try:
            data = os.read(key.fd, 1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            key.data(data)
        else:
            self._selector.unregister(key.fileobj)
            if key.fd in self.extra:
                self.extra.pop(key.fd)()
            self._unseen |= key.fileobj is self.control

    def _take_output(self, data: bytes) -> None:
        self.keep(self.seen.output, data)

    def _take_errors(self, data: bytes) -> None:
        self.keep(self.seen.errors, data)

    def keep(self, sink: bytearray, data: bytes) -> None:
        """Append *data* to *sink* within the limit on output, and end the run beyond it."""
        kept = data[: self.output_left]
        sink += kept
        self.output_left -= len(kept)
        if len(kept) < len(data):
            self.seen.too_much = True

    def _take_report(self, data: bytes) -> None:
        self.seen.report += data[: REPORT_LIMIT - len(self.seen.report)]
        self._report_lines(data)

    def _hear(self, message: dict[str, Any]) -> None:
        if not self._begun and message.get("begun") is True:
            # The student's time is counted from here.
            self._begun = True
            self._started = time.monotonic()
            self._deadline = self._started + self._seconds
        if self.on_report is not None:
            self.on_report(message)

    def _take_trace(self, data: bytes) -> None:
        self.seen.trace += data[: _TRACE_LIMIT - len(self.seen.trace)]

    def _note_end(self, message: dict[str, Any]) -> None:
        self.seen.status = message.get("status", self.seen.status)
        if self.on_status is not None and self.seen.status is not None:
            self.on_status(self.seen.status)
        self.seen.fault = message.get("fault", self.seen.fault)
