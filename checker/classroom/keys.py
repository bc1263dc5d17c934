"""Keys of students and repositories: unique in a class, and plain file names on every system."""

from __future__ import annotations

from collections.abc import Collection
from itertools import count

from slugify import slugify

_LONGEST = 60
_READ = 300
_NAMELESS = "unnamed"
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(10))})
"""Device names that Windows reserves: no file can have them there."""


def plain_key(words: str, taken: Collection[str]) -> str:
    """A key made of *words* (a name, an address, an account) that is not among the *taken* ones.

    Lower-case letters, digits and single hyphens, of at most 60 characters, beginning and ending with no hyphen; other
    scripts are transliterated. Where the plain key is taken, a number follows it: ``ada``, ``ada-2``.
    """
    plain = slugify(
        words[:_READ], entities=False, decimal=False, hexadecimal=False, max_length=_LONGEST - 8, lowercase=True
    )
    plain = plain or _NAMELESS
    if plain in _DEVICES:
        plain = f"{plain}-1"
    if plain not in taken:
        return plain
    return next(key for number in count(2) if (key := f"{plain}-{number}") not in taken)
