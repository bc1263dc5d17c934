"""Messages between the grader and its gateway: some JSON, blocks of bytes, and open sockets."""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import dataclass

from checker.model import Json

_LENGTH = struct.Struct("!I")
_MOST_SOCKETS = 3


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``descriptors`` are open sockets that change hands with it."""

    head: dict[str, Json]
    blocks: tuple[bytes, ...] = ()
    descriptors: tuple[int, ...] = ()


def send(channel: socket.socket, message: Message) -> None:
    """Write *message* to a stream socket of the Unix family. Raises OSError when the other side is gone."""
    head = json.dumps({"head": message.head, "blocks": [len(block) for block in message.blocks]}).encode()
    length = _LENGTH.pack(len(head))
    if message.descriptors:
        sent = socket.send_fds(channel, [length], message.descriptors)
        length = length[sent:]
    channel.sendall(length + head)
    for block in message.blocks:
        channel.sendall(block)


def receive(channel: socket.socket, limit: int) -> Message:
    """Read a message. Raises EOFError when the other side is gone, ValueError above *limit* bytes."""
    start, descriptors, _, _ = socket.recv_fds(channel, _LENGTH.size, _MOST_SOCKETS)
    if not start:
        raise EOFError
    (length,) = _LENGTH.unpack(start + _exactly(channel, _LENGTH.size - len(start)))
    if length > limit:
        raise ValueError(f"a message of {length} bytes")
    content = json.loads(_exactly(channel, length))
    if sum(content["blocks"]) > limit:
        raise ValueError(f"blocks of {sum(content['blocks'])} bytes")
    blocks = tuple(_exactly(channel, size) for size in content["blocks"])
    return Message(content["head"], blocks, tuple(descriptors))


def _exactly(channel: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = channel.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
