"""Frames on the pipe from the confined reader: one letter, a length of eight bytes, then as many bytes.

- ``R``: the reader has started, and reads the submission from here on.
- ``O``: one object: its kind, a blank, its content.
- ``M``: the manifest of all other facts about the submission, as JSON.
- ``E``: the reason for a refusal, as JSON.
- ``D``: the end.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import Enum
from typing import BinaryIO

_HEAD = struct.Struct(">cQ")


class Frame(Enum):
    """The kinds of frames, each with its letter."""

    READY = b"R"
    OBJECT = b"O"
    MANIFEST = b"M"
    REFUSED = b"E"
    DONE = b"D"


class BrokenFrame(ValueError):
    """The bytes on the pipe are no frame, or a frame above the limit."""


def write(target: BinaryIO, frame: Frame, *parts: bytes) -> None:
    """Write one frame with the joined *parts*."""
    target.write(_HEAD.pack(frame.value, sum(len(part) for part in parts)))
    target.writelines(parts)


def read(receive: Callable[[int], bytes], most: Callable[[Frame], int]) -> tuple[Frame, bytes] | None:
    """The next frame; None where the other side has closed.

    *receive* gives so many bytes, or fewer at the end; *most* gives the limit of a kind of frame. Raises BrokenFrame
    for a malformed frame, one above its limit, and one that is cut short.
    """
    head = receive(_HEAD.size)
    if not head:
        return None
    if len(head) < _HEAD.size:
        raise BrokenFrame("a frame is cut short")
    letter, length = _HEAD.unpack(head)
    try:
        frame = Frame(letter)
    except ValueError:
        raise BrokenFrame("no frame starts like this") from None
    if length > most(frame):
        raise BrokenFrame("a frame is too long")
    content = receive(length)
    if len(content) < length:
        raise BrokenFrame("a frame is cut short")
    return frame, content
