"""The result of a run, read from its pipes. Student code may have written to all of them."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from checker.facts.job import End, Finished, HttpRequest, StudentError, Tampering
from checker.model import Json, Location
from checker.sandbox.base import SandboxFault
from checker.sandbox.process.supervisor import REPORT_LIMIT, Supervised, message_in

Place = Callable[[str, int], Location | None]
"""A function from a file name inside and a line to a place in the submission; None where it is elsewhere."""

Kind = TypeVar("Kind")
_FRAMES = 60
_NAME = 60
_UNSEEN = 20
_OURS = frozenset({"begun", "cell", "mark", "error", "fault", "observation", "result", "unraised", "unseen"})
"""The keys of messages that our processes inside send."""
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ', re.MULTILINE)


def in_tree(path: str, line: int) -> Location | None:
    """The place of a frame whose path is already relative to the tree; None where it is outside of the tree."""
    return Location(path, line=line) if path and path[0] not in "/<" else None


def finished(
    supervised: Supervised,
    root: str,
    requests: tuple[HttpRequest, ...] = (),
    out_of_memory: bool = False,
    place: Place = in_tree,
) -> Finished:
    """The result of the run. Raises SandboxFault where student code never began, or the run was abandoned."""
    if supervised.abandoned:
        raise SandboxFault("the sandbox was closed during the run")
    messages = messages_of(bytes(supervised.report))
    begun = any(message.get("begun") for message in messages)
    fault = supervised.fault or next((str(m["fault"]) for m in messages if "fault" in m and not begun), None)
    if fault is not None and not begun:
        raise SandboxFault(fault)
    if not begun:
        how = "was not ready in time" if supervised.out_of_time else f"ended with {supervised.status} before it began"
        raise SandboxFault(f"{how}: {bytes(supervised.errors[-2000:]).decode(errors='replace')}")
    error = last(messages, "error", lambda value: student_error(value, place))
    end, status = ending(supervised, error, out_of_memory)
    return Finished(
        end=end,
        status=status,
        seconds=supervised.seconds,
        output=bytes(supervised.output).decode("utf-8", "replace"),
        errors=bytes(supervised.errors).decode("utf-8", "replace"),
        error=error,
        where=running_at(bytes(supervised.trace), root, place) if supervised.out_of_time else (),
        requests=requests,
        observation=last(messages, "observation", json_object),
        result=last(messages, "result", json_object),
        tampering=tampering_with(bytes(supervised.report)),
    )


def was_killed(supervised: Supervised) -> bool:
    """Whether a run was killed, and by none of our limits."""
    if supervised.out_of_time or supervised.too_much or supervised.abandoned or supervised.stopped:
        return False
    return supervised.status is None or (
        os.WIFSIGNALED(supervised.status) and os.WTERMSIG(supervised.status) == signal.SIGKILL
    )


def tampering_with(report: bytes) -> frozenset[Tampering]:
    """The signs in a report that student code wrote to it. An unfinished last line is no sign: it was cut off."""
    signs: set[Tampering] = set()
    if len(report) >= REPORT_LIMIT:
        signs.add(Tampering.TOO_LARGE)
    observed = 0
    for line in report.split(b"\n")[:-1]:
        message = message_in(line)
        if not message or not message.keys() <= _OURS:
            signs.add(Tampering.FOREIGN)
        elif observed and "unseen" not in message:
            signs.add(Tampering.REPEATED)
        observed += message is not None and "observation" in message
    return frozenset(signs)


def ending(supervised: Supervised, error: StudentError | None, out_of_memory: bool) -> tuple[End, int]:
    """How a process ended, and its exit status or signal; *error* is the exception that it reported."""
    if supervised.too_much:
        return End.OUTPUT, 9
    if supervised.out_of_time:
        return (End.MEMORY if out_of_memory else End.TIME), 9
    if supervised.stopped:
        return End.EXIT, 0
    status = supervised.status if supervised.status is not None else 9
    if os.WIFSIGNALED(status):
        return (End.MEMORY if out_of_memory else End.SIGNAL), os.WTERMSIG(status)
    code = os.WEXITSTATUS(status)
    if code and (out_of_memory or (error is not None and error.name.endswith("MemoryError"))):
        return End.MEMORY, code
    return End.EXIT, code


def unseen(supervised: Supervised) -> tuple[str, ...]:
    """The libraries and programs whose connections may have bypassed the gateway, as a run in plain mode reported."""
    names = [message["unseen"] for message in messages_of(bytes(supervised.report)) if "unseen" in message]
    return tuple(dict.fromkeys(name[:_NAME] for name in names if isinstance(name, str)))[:_UNSEEN]


def messages_of(report: bytes) -> list[dict[str, Any]]:
    """The lines of a report that are JSON objects."""
    return [message for line in report.split(b"\n") if (message := message_in(line)) is not None]


def last(messages: list[dict[str, Any]], key: str, read: Callable[[object], Kind | None]) -> Kind | None:
    """The value of *key* in the last message that has it, converted by *read*."""
    return next((read(message[key]) for message in reversed(messages) if key in message), None)


def json_object(value: object) -> Mapping[str, Json] | None:
    """*value* if it is a JSON object."""
    return value if isinstance(value, dict) else None


def student_error(value: object, place: Place) -> StudentError | None:
    """The error in a report, without malformed frames; None where the report itself is malformed."""
    if not isinstance(value, dict):
        return None
    name, message, frames = value.get("name"), value.get("message"), value.get("frames")
    if not isinstance(name, str) or not isinstance(message, str) or not isinstance(frames, list):
        return None
    places: list[tuple[Location, str]] = []
    for frame in frames[:_FRAMES]:
        match frame:
            case [str() as path, int() as line, str() as source] if (where := place(path, line)) is not None:
                places.append((where, source[:400]))
            case _:
                continue
    return StudentError(name[:200], message[:5000], tuple(places))


def running_at(trace: bytes, root: str, place: Place) -> tuple[Location, ...]:
    """The innermost place in the student's files, from the stack dump of a process that ran out of time.

    The thread that received the signal is the main one, last in the dump; the most recent call of a thread comes first.
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
