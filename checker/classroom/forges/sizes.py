"""The bound on the size of an answer, applied as it arrives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import httpx

LARGEST_ANSWER = 64 * 2**20
"""Bytes: five times a page of a hundred requests, each with the longest text that a forge allows."""


class BoundedStream(httpx.SyncByteStream):
    """The bytes of *stream*; raises *error* when there are more than *most*."""

    def __init__(self, stream: object, most: int, error: Exception) -> None:
        if not isinstance(stream, httpx.SyncByteStream):
            raise TypeError("the stream of an asynchronous answer")
        self._stream = stream
        self._most = most
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        return _bounded(self._stream, self._most, self._error)

    def close(self) -> None:
        """Close the underlying stream."""
        self._stream.close()


class BoundedAnswer:
    """The answer of urllib3 that requests reads; raises *error* if it unpacks to more than *most* bytes."""

    def __init__(self, raw: Any, most: int, error: Exception) -> None:
        self._raw = raw
        self._most = most
        self._error = error

    def stream(self, amount: int, *, decode_content: bool) -> Iterator[bytes]:
        """The bytes, in pieces."""
        return _bounded(self._raw.stream(amount, decode_content=decode_content), self._most, self._error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


def _bounded(chunks: Iterable[bytes], remaining: int, error: Exception) -> Iterator[bytes]:
    for chunk in chunks:
        remaining -= len(chunk)
        if remaining < 0:
            raise error
        yield chunk
