"""Words of command lines that a student's file names cannot break out of."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

_MOST = 20


def quoted(word: str) -> str:
    """*word* as one word of bash, whatever bytes it holds."""
    if word.isprintable() and word.isascii():
        return shlex.quote(word)
    escaped = "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b"'\\" else f"\\x{byte:02x}"
        for byte in word.encode("utf-8", "surrogateescape")
    )
    return f"$'{escaped}'"


def all_quoted(words: Iterable[str], most: int = _MOST) -> str:
    """The first *most* of *words*, each as one word of bash."""
    return " ".join(quoted(word) for word in list(words)[:most])
