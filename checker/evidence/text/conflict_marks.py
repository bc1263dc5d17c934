"""The conflict markers that git leaves in a file where two sides of a merge changed the same lines."""

from __future__ import annotations

import re

from checker.model import Location, Text, text

_MARK = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: |\r?$)", re.MULTILINE)
"""A conflict marker, except for the one between the two sides, which may underline a heading."""
_OURS = re.compile(rb"^<{7}(?: |\r?$)", re.MULTILINE)
MIDDLE = "=" * 7
_MIDDLE = re.compile(rb"^={7}\r?$", re.MULTILINE)
_THEIRS = re.compile(rb"^>{7}(?: |\r?$)", re.MULTILINE)


def unresolved(path: str, source: str | bytes) -> tuple[Text, Location] | None:
    """A sentence on the first conflict marker in an unreadable file, and its location; None without a marker."""
    source = source if isinstance(source, str) else source.decode("latin-1")
    match = _MARK.search(source)
    if match is None:
        return None
    where = Location(path, line=source.count("\n", 0, match.start()) + 1)
    return text("{path} holds the marks of a merge conflict that is not resolved.", path=path), where


def conflict_of(path: str, content: bytes) -> Location | None:
    """The location of the first conflict marker, where all three are present in order."""
    ours = _OURS.search(content)
    if ours is None:
        return None
    middle = _MIDDLE.search(content, ours.end())
    if middle is None or _THEIRS.search(content, middle.end()) is None:
        return None
    return Location(path, line=content.count(b"\n", 0, ours.start()) + 1)
