"""From what was seen of a run to :class:`~checker.facts.running.Finished`. Student code may have written any of it."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from checker.facts.running import End, Finished, Request, StudentError, Tampering
from checker.model import Json, Location
from checker.sandbox.base import SandboxFault
from checker.sandbox.watching import REPORT_LIMIT, Watched

Place = Callable[[str, int], Location | None]
"""From a file name as student code sees it, and a line, to a place in the submission."""

Kind = TypeVar("Kind")
_FRAMES = 60
_NAME = 60
_UNSEEN = 20
_OURS = frozenset({"begun", "cell", "mark", "error", "fault", "observation", "result", "unseen"})
"""What the processes inside report."""
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ', re.MULTILINE)


def in_tree(path: str, line: int) -> Location | None:
    """The place of a frame whose path is relative to the tree already."""
    return Location(path, line=line) if path and path[0] not in "/<" else None


def finished(
    seen: Watched,
    root: str,
    requests: tuple[Request, ...] = (),
    out_of_memory: bool = False,
    place: Place = in_tree,
) -> Finished:
    """What came of the run. Raises SandboxFault where student code never began and that is our doing."""
    if seen.abandoned:
        raise SandboxFault("the sandbox was closed during the run")
    messages = messages_of(bytes(seen.report))
    begun = any(message.get("begun") for message in messages)
    fault = seen.fault or next((str(m["fault"]) for m in messages if "fault" in m and not begun), None)
    if fault is not None and not begun:
        raise SandboxFault(fault)
    if not begun:
        how = "was not ready in time" if seen.out_of_time else f"ended with {seen.status} before it began"
        raise SandboxFault(f"{how}: {bytes(seen.errors[-2000:]).decode(errors='replace')}")
    error = last(messages, "error", lambda value: student_error(value, place))
    end, status = _end(seen, error, out_of_memory)
    return Finished(
        end=end,
        status=status,
        seconds=seen.seconds,
        output=bytes(seen.output).decode("utf-8", "replace"),
        errors=bytes(seen.errors).decode("utf-8", "replace"),
        error=error,
        where=running_at(bytes(seen.trace), root, place) if seen.out_of_time else (),
        requests=requests,
        observation=last(messages, "observation", json_object),
        result=last(messages, "result", json_object),
        tampering=tampering_with(bytes(seen.report)),
    )


def was_killed(seen: Watched) -> bool:
    """Whether a run was ended at once, and by none of our limits."""
    if seen.out_of_time or seen.too_much or seen.abandoned:
        return False
    return seen.status is None or (os.WIFSIGNALED(seen.status) and os.WTERMSIG(seen.status) == signal.SIGKILL)


def tampering_with(report: bytes) -> frozenset[Tampering]:
    """What is in a report that none of our processes writes. A line that was not ended is only cut off."""
    found: set[Tampering] = set()
    if len(report) >= REPORT_LIMIT:
        found.add(Tampering.TOO_LARGE)
    observed = 0
    for line in report.split(b"\n")[:-1]:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict) or not message or not message.keys() <= _OURS:
            found.add(Tampering.FOREIGN)
        elif observed and "unseen" not in message:
            found.add(Tampering.REPEATED)
        observed += isinstance(message, dict) and "observation" in message
    return frozenset(found)


def _end(seen: Watched, error: StudentError | None, out_of_memory: bool) -> tuple[End, int]:
    if seen.too_much:
        return End.OUTPUT, 9
    if seen.out_of_time:
        return (End.MEMORY if out_of_memory else End.TIME), 9
    status = seen.status if seen.status is not None else 9
    if os.WIFSIGNALED(status):
        return (End.MEMORY if out_of_memory else End.SIGNAL), os.WTERMSIG(status)
    code = os.WEXITSTATUS(status)
    if code and (out_of_memory or (error is not None and error.name.endswith("MemoryError"))):
        return End.MEMORY, code
    return End.EXIT, code


def unseen(seen: Watched) -> tuple[str, ...]:
    """The libraries and programs whose connections may have gone past the gateway, as the run in plain mode told."""
    names = [message["unseen"] for message in messages_of(bytes(seen.report)) if "unseen" in message]
    return tuple(dict.fromkeys(name[:_NAME] for name in names if isinstance(name, str)))[:_UNSEEN]


def messages_of(report: bytes) -> list[dict[str, Any]]:
    """The lines of a report that are JSON objects."""
    messages = []
    for line in report.split(b"\n"):
        try:
            message = json.loads(line) if line else None
        except (ValueError, RecursionError):
            continue
        if isinstance(message, dict):
            messages.append(message)
    return messages


def last(messages: list[dict[str, Any]], key: str, read: Callable[[object], Kind | None]) -> Kind | None:
    """What *read* makes of the last message that has *key*."""
    return next((read(message[key]) for message in reversed(messages) if key in message), None)


def json_object(value: object) -> Mapping[str, Json] | None:
    """*value* if it is a JSON object."""
    return value if isinstance(value, dict) else None


def student_error(value: object, place: Place) -> StudentError | None:
    """An error from its report, with what is malformed left out."""
    if not isinstance(value, dict):
        return None
    name, message, frames = value.get("name"), value.get("message"), value.get("frames")
    if not isinstance(name, str) or not isinstance(message, str) or not isinstance(frames, list):
        return None
    seen: list[tuple[Location, str]] = []
    for frame in frames[:_FRAMES]:
        match frame:
            case [str() as path, int() as line, str() as source] if (where := place(path, line)) is not None:
                seen.append((where, source[:400]))
            case _:
                continue
    return StudentError(name[:200], message[:5000], tuple(seen))


def running_at(trace: bytes, root: str, place: Place) -> tuple[Location, ...]:
    """The innermost place in the student's files, by the dump of a process that ran out of time.

    The main thread is the one that heard the signal, and the last of the dump; the most recent call comes first.
    """
    threads = trace.decode("utf-8", "replace").split("\n\n")[::-1]
    threads.sort(key=lambda thread: not thread.lstrip().startswith("Current thread"))
    top = root.rstrip("/") + "/"
    for thread in threads:
        for name, line in _FRAME.findall(thread):
            where = place(name.removeprefix(top), int(line))
            if where is not None:
                return (where,)
    return ()
