"""Keys of students and repositories: plain file names, unique in a class."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

_LONGEST = 60
_APART = re.compile(r"[^a-z0-9]+")
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{name}{one}" for name in ("com", "lpt") for one in range(10))})
"""Names that no file can have on Windows."""


def plain_key(words: str, taken: Collection[str]) -> str:
    """A key made of *words*: lower-case letters, digits and hyphens, at most 70 signs, and none of the *taken* ones."""
    plain = unicodedata.normalize("NFKD", words[:1000]).encode("ascii", "ignore").decode().lower()
    key = _APART.sub("-", plain).strip("-")[:_LONGEST].strip("-") or "student"
    if key in _DEVICES:
        key = f"{key}-1"
    found, number = key, 2
    while found in taken:
        found, number = f"{key}-{number}", number + 1
    return found
