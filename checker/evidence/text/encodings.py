"""The encoding of a text, from its byte-order mark, or from its bytes without one."""

from __future__ import annotations

import codecs

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HEAD = 400


def marked(content: bytes) -> tuple[str, bytes]:
    """The encoding that a byte-order mark names, ``""`` without one, and the content after the mark."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding, content.removeprefix(mark)
    return "", content


def in_utf16(content: bytes) -> str | None:
    """The text of a content in UTF-16, recognised by its mark or by its many zeros; None for any other encoding."""
    encoding, body = marked(content)
    head = content[:_HEAD]
    if not encoding and head.count(0) > len(head) / 4:
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    return body.decode(encoding, "replace") if encoding.startswith("utf-16") else None


def with_line_feeds(source: str) -> str:
    """*source* with line feeds as its only line ends, as Python reads a text."""
    return source.replace("\r\n", "\n").replace("\r", "\n")
