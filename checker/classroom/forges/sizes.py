"""The size of an answer is bounded while it arrives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

LARGEST_ANSWER = 64 * 2**20
"""Bytes: a page of a hundred requests, each with the longest text that a forge allows, is a fifth of it."""


class BoundedStream(httpx.SyncByteStream):
    """The bytes of *stream*; raises *error* where they are more than *most*."""

    def __init__(self, stream: object, most: int, error: Exception) -> None:
        if not isinstance(stream, httpx.SyncByteStream):
            raise TypeError("the stream of an asynchronous answer")
        self._stream = stream
        self._most = most
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        left = self._most
        for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise self._error
            yield chunk

    def close(self) -> None:
        """Close what it reads."""
        self._stream.close()


class BoundedAnswer:
    """The answer of urllib3 that requests reads; raises *error* where it is, unpacked, more than *most* bytes."""

    def __init__(self, raw: Any, most: int, error: Exception) -> None:
        self._raw = raw
        self._most = most
        self._error = error

    def stream(self, amount: int, *, decode_content: bool) -> Iterator[bytes]:
        """The bytes, in pieces."""
        left = self._most
        for chunk in self._raw.stream(amount, decode_content=decode_content):
            left -= len(chunk)
            if left < 0:
                raise self._error
            yield chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)
