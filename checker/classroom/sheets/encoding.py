"""The encoding of a text file: detected, and kept so that the file can be written back with the same bytes."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from checker.errors import UsageError
from checker.model import text

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PLAIN = ("utf-8", "cp1252", "latin-1")
"""Encodings tried in this order. Latin-1 has a character for every byte."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The ``words`` of a file, the name of their ``encoding`` for Python, and the byte order ``mark`` before them."""

    words: str
    encoding: str
    mark: bytes

    def encoded(self, words: str) -> bytes:
        """New *words* in the file's encoding; a character that the encoding lacks becomes a question mark."""
        return self.mark + words.encode(self.encoding, "replace")


def decoded(content: bytes, name: str) -> Decoded:
    """*content*, decoded. Raises UsageError, which calls the file *name*, if it is no text."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _held(content.removeprefix(mark), (encoding,), mark, name)
    return _held(content, _without_mark(content), b"", name)


def _held(content: bytes, encodings: tuple[str, ...], mark: bytes, name: str) -> Decoded:
    for encoding in encodings:
        try:
            words = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in words:
            return Decoded(words, encoding, mark)
    raise UsageError(
        text("{name} is no text, and no Excel workbook either.", name=name),
        text("Save it as CSV or as .xlsx, then give that file."),
    )


def _without_mark(content: bytes) -> tuple[str, ...]:
    """The encodings to try for bytes without a byte order mark: in UTF-16 every other byte of Latin letters is 0."""
    start = content[:1000]
    if start[1::2].count(0) > len(start) // 4:
        return ("utf-16-le",)
    if start[0::2].count(0) > len(start) // 4:
        return ("utf-16-be",)
    return _PLAIN
