"""JSON that a student hands in, read within bounds: what it takes in memory is known before it is parsed."""

from __future__ import annotations

import json
import re
from typing import Any

MOST_VALUES = 6_000_000
"""Values, an object or a list counting as four: half a gigabyte at most. A notebook with a hundred interactive figures
has as many, pictures being one value each.
"""
_CONTAINER = 4
_PART = re.compile(rb"\"(?:[^\"\\]++|\\.)*+\"?|([\[{])|,", re.DOTALL)


class TooManyValues(ValueError):
    """A document that holds more values than anybody writes."""


def read_json(content: bytes) -> Any:
    """The value of a JSON text. Raises ValueError where it is none, TooManyValues among them, and RecursionError."""
    if _may_be_many(content) and _are_many(content):
        raise TooManyValues(f"more than {MOST_VALUES} values")
    return json.loads(content.decode("utf-8-sig"))


def _may_be_many(content: bytes) -> bool:
    """By the signs alone, those within strings included: counted at once, and enough for nearly every document."""
    values = content.count(b",") + content.count(b'"') // 2
    return values + _CONTAINER * (content.count(b"[") + content.count(b"{")) > MOST_VALUES


def _are_many(content: bytes) -> bool:
    counted = 0
    for part in _PART.finditer(content):
        counted += _CONTAINER if part[1] else 1
        if counted > MOST_VALUES:
            return True
    return False
