"""JSON of a submission, read within bounds: its size in memory is estimated before it is parsed."""

from __future__ import annotations

import json
import re
from typing import Any

MOST_VALUES = 6_000_000
"""The maximum number of values, an object or a list counting as four, which takes half a gigabyte at most.

A notebook with a hundred interactive figures has as many; each picture is one value.
"""
_CONTAINER = 4
_PART = re.compile(rb"\"(?:[^\"\\]++|\\.)*+\"?|([\[{])|,", re.DOTALL)


class TooManyValues(ValueError):
    """A document with more values than the maximum."""


def read_json(content: bytes) -> Any:
    """The value of a JSON text. Raises ValueError where it is invalid, TooManyValues above the maximum, and
    RecursionError.
    """
    if _may_be_many(content) and _are_many(content):
        raise TooManyValues(f"more than {MOST_VALUES} values")
    return json.loads(content.decode("utf-8-sig"))


def _may_be_many(content: bytes) -> bool:
    """True where the number of separators, including those in strings, exceeds the maximum: a quick upper estimate."""
    values = content.count(b",") + content.count(b'"') // 2
    return values + _CONTAINER * (content.count(b"[") + content.count(b"{")) > MOST_VALUES


def _are_many(content: bytes) -> bool:
    counted = 0
    for part in _PART.finditer(content):
        counted += _CONTAINER if part[1] else 1
        if counted > MOST_VALUES:
            return True
    return False
