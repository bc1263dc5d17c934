"""Sentences that cross the pipe: a template with plain placeholders, and values that are words, numbers or lists.

A template reaches ``str.format``, so one with anything but names in its braces is not taken: ``{x.__class__}`` would
read what it has no business with.
"""

from __future__ import annotations

import re

from checker.model import Json, Text, Value

_TEMPLATE = re.compile(r"(?:[^{}]|\{[a-z_]+\})*")
_NAME = re.compile(r"[a-z_]+")
_LONGEST = 10_000
_MOST_VALUES = 100


def told(sentence: Text) -> Json:
    """A sentence as JSON."""
    return [sentence.template, [[name, _told(value)] for name, value in sentence.values]]


def heard(said: Json) -> Text:
    """The sentence in *said*. Raises ValueError for what no :func:`told` gives."""
    match said:
        case [str(template), list(values)] if len(template) <= _LONGEST and len(values) <= _MOST_VALUES:
            named = tuple(_pair(pair) for pair in values)
        case _:
            raise ValueError("no sentence")
    wanted = set(re.findall(r"\{([a-z_]+)\}", template))
    if not _TEMPLATE.fullmatch(template) or not wanted <= {name for name, _ in named}:
        raise ValueError("no template")
    return Text(template, named)


def _pair(said: Json) -> tuple[str, Value]:
    match said:
        case [str(name), value] if _NAME.fullmatch(name):
            return name, _value(value)
    raise ValueError("no value")


def _told(value: Value) -> Json:
    if isinstance(value, tuple):
        return [_told(item) for item in value[:_MOST_VALUES]]
    return value if isinstance(value, int | float) else str(value)[:_LONGEST]


def _value(said: Json) -> Value:
    match said:
        case bool():
            raise ValueError("no value")
        case str() if len(said) <= _LONGEST:
            return said
        case int() | float():
            return said
        case list() if len(said) <= _MOST_VALUES:
            return tuple(_value(item) for item in said)
    raise ValueError("no value")
