"""A writer of packs of git objects, whose ids were computed by the receiver.

The format is git's own (gitformat-pack, version 2) in its plainest form: without deltas, so that readers have nothing
to resolve.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from itertools import accumulate
from pathlib import Path

from checker.intake.objects import BLOB, COMMIT, TREE

_NUMBERS = {COMMIT: 1, TREE: 2, BLOB: 3}
_SMALL = 1 << 16
"""Objects below this size, in bytes, are compressed; larger ones are stored uncompressed, which is faster."""


class PackWriter:
    """Writes objects, each once, into a pack and its index in the folder *into*."""

    def __init__(self, into: Path) -> None:
        self._into = into
        self._file = (into / "incoming").open("w+b")
        self._file.write(b"PACK" + struct.pack(">II", 2, 0))
        self._places: dict[str, tuple[int, int]] = {}

    def __contains__(self, identity: object) -> bool:
        return identity in self._places

    def __len__(self) -> int:
        return len(self._places)

    def add(self, kind: bytes, identity: str, content: bytes) -> None:
        """Write one object. *identity* is its id, which the caller has computed."""
        packed = zlib.compress(content, 1 if len(content) < _SMALL else 0)
        start = _start(_NUMBERS[kind], len(content))
        self._places[identity] = (self._file.tell(), zlib.crc32(packed, zlib.crc32(start)))
        self._file.write(start)
        self._file.write(packed)

    def finish(self) -> None:
        """Complete the pack, and write its index."""
        with self._file as file:
            file.seek(8)
            file.write(struct.pack(">I", len(self._places)))
            file.seek(0)
            total = hashlib.file_digest(file, lambda: hashlib.sha1(usedforsecurity=False)).digest()
            file.seek(0, 2)
            file.write(total)
        name = f"pack-{total.hex()}"
        (self._into / f"{name}.idx").write_bytes(_index(self._places, total))
        (self._into / "incoming").rename(self._into / f"{name}.pack")

    def close(self) -> None:
        """Close the file. Without :meth:`finish`, it is no valid pack."""
        self._file.close()


def _start(number: int, size: int) -> bytes:
    """The header of an object: its kind and size, seven bits per byte."""
    first, size = (number << 4) | (size & 15), size >> 4
    header = bytearray()
    while size:
        header.append(first | 0x80)
        first, size = size & 0x7F, size >> 7
    header.append(first)
    return bytes(header)


def _index(places: dict[str, tuple[int, int]], total: bytes) -> bytes:
    ordered = sorted(places.items())
    counts = [0] * 256
    for identity, _ in ordered:
        counts[int(identity[:2], 16)] += 1
    offsets = [offset for _, (offset, _) in ordered]
    large = [offset for offset in offsets if offset >= 1 << 31]
    number = iter(range(len(large)))
    parts = [
        b"\xfftOc" + struct.pack(">I", 2),
        struct.pack(">256I", *accumulate(counts)),
        *(bytes.fromhex(identity) for identity, _ in ordered),
        *(struct.pack(">I", crc) for _, (_, crc) in ordered),
        *(struct.pack(">I", offset if offset < 1 << 31 else (1 << 31) | next(number)) for offset in offsets),
        *(struct.pack(">Q", offset) for offset in large),
        total,
    ]
    body = b"".join(parts)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()
