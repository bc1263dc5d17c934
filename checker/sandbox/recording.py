"""What came of a run as JSON, and back: the form in which it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from checker.facts.running import End, Finished, Request, StudentError, Tampering
from checker.model import Json, Location


def written(finished: Finished) -> bytes:
    """*finished* as JSON. Raises ValueError where it holds what JSON cannot say."""
    fields: dict[str, Any] = {
        "end": finished.end.value,
        "status": finished.status,
        "seconds": finished.seconds,
        "output": finished.output,
        "errors": finished.errors,
        "error": None if finished.error is None else asdict(finished.error),
        "cells": finished.cells,
        "where": [asdict(place) for place in finished.where],
        "requests": [asdict(request) for request in finished.requests],
        "observation": None if finished.observation is None else dict(finished.observation),
        "result": None if finished.result is None else dict(finished.result),
        "unseen": list(finished.unseen),
        "tampering": sorted(finished.tampering),
    }
    return json.dumps(fields, separators=(",", ":"), allow_nan=False).encode()


def read(body: bytes) -> Finished:
    """The run that :func:`written` wrote. Raises ValueError for anything else."""
    try:
        fields = json.loads(body)
        return Finished(
            end=End(fields["end"]),
            status=_of(int, fields["status"]),
            seconds=float(_of((int, float), fields["seconds"])),
            output=_of(str, fields["output"]),
            errors=_of(str, fields["errors"]),
            error=None if fields["error"] is None else _error(fields["error"]),
            cells=_of(int, fields["cells"]),
            where=tuple(_place(place) for place in _of(list, fields["where"])),
            requests=tuple(_request(request) for request in _of(list, fields["requests"])),
            observation=_object(fields["observation"]),
            result=_object(fields["result"]),
            unseen=tuple(_of(str, name) for name in _of(list, fields["unseen"])),
            tampering=frozenset(Tampering(sign) for sign in _of(list, fields["tampering"])),
        )
    except (KeyError, TypeError, IndexError, RecursionError) as error:
        raise ValueError(f"no run: {error!r}") from error


def _of(kind: type | tuple[type, ...], value: Any) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(value)
    return value


def _object(value: Any) -> Mapping[str, Json] | None:
    return None if value is None else dict(_of(dict, value))


def _place(fields: Any) -> Location:
    numbers = {name: _of((int, type(None)), fields[name]) for name in ("cell", "line", "column")}
    return Location(_of(str, fields["path"]), **numbers)


def _error(fields: Any) -> StudentError:
    frames = tuple((_place(place), _of(str, line)) for place, line in _of(list, fields["frames"]))
    return StudentError(_of(str, fields["name"]), _of(str, fields["message"]), frames)


def _request(fields: Any) -> Request:
    words = {name: _of(str, fields[name]) for name in ("scheme", "host", "method", "path", "query")}
    return Request(**words, status=_of(int, fields["status"]), seconds=float(_of((int, float), fields["seconds"])))
