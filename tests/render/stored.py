"""The form in which a report is stored, as a report: what is not stored is left out of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from checker.locale import Speech
from checker.model import Errored, Report
from checker.render.json import render
from checker.stored_report import read
from checker.stored_values import clean, plain


def stored(report: Report, language: str = "en") -> bytes:
    return render(report, Speech(language)).encode("utf-8")


def read_back(report: Report, language: str = "en") -> Report:
    """*report*, written in that language and read."""
    return read(stored(report, language))


def published(value: Any) -> Any:
    """*value* with its strings as they are published, numbers that nobody could read as one, and no trace of ours."""
    if isinstance(value, Errored):
        return Errored(fault="", advice=published(value.advice), basis=value.basis, details=published(value.details))
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{field.name: published(getattr(value, field.name)) for field in fields(value)})
    if isinstance(value, tuple):
        return tuple(published(item) for item in value)
    if isinstance(value, Mapping):
        return plain(dict(value))
    if isinstance(value, int) and value.bit_length() > 512:
        return 1 << 512
    return clean(value) if type(value) is str else value


def changed(content: bytes, way: tuple[str | int, ...], value: object) -> bytes:
    """*content* with the field at the end of *way* replaced."""
    data = json.loads(content)
    inner = data
    for part in way[:-1]:
        inner = inner[part]
    inner[way[-1]] = value
    return json.dumps(data).encode()


def ways(data: object, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The ways to all values of a JSON document."""
    found = [way] if way else []
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, inner in pairs:
        found += ways(inner, (*way, key))
    return found
