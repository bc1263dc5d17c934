"""Sentences that cross the pipe: a template with plain placeholders, and values that are strings, numbers or lists.

A template reaches ``str.format``, so one with anything but names in its braces is rejected: ``{x.__class__}`` would
read attributes of our objects.
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
    return [sentence.template, [[name, _as_json(value)] for name, value in sentence.values]]


def heard(json: Json) -> Text:
    """The sentence in *json*. Raises ValueError for a value that :func:`told` cannot give."""
    match json:
        case [str(template), list(values)] if len(template) <= _LONGEST and len(values) <= _MOST_VALUES:
            named = tuple(_pair(pair) for pair in values)
        case _:
            raise ValueError("no sentence")
    wanted = set(re.findall(r"\{([a-z_]+)\}", template))
    if not _TEMPLATE.fullmatch(template) or not wanted <= {name for name, _ in named}:
        raise ValueError("no template")
    return Text(template, named)


def _pair(json: Json) -> tuple[str, Value]:
    match json:
        case [str(name), value] if _NAME.fullmatch(name):
            return name, _value(value)
    raise ValueError("no value")


def _as_json(value: Value) -> Json:
    if isinstance(value, tuple):
        return [_as_json(item) for item in value[:_MOST_VALUES]]
    return value if isinstance(value, int | float) else str(value)[:_LONGEST]


def _value(json: Json) -> Value:
    if isinstance(json, str) and len(json) <= _LONGEST:
        return json
    if isinstance(json, int | float) and not isinstance(json, bool):
        return json
    if isinstance(json, list) and len(json) <= _MOST_VALUES:
        return tuple(_value(item) for item in json)
    raise ValueError("no value")
