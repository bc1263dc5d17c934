"""Results of runs as JSON, and back: the form in which the cache keeps them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from types import MappingProxyType
from typing import Any

from checker.facts.collected import Collected, LeftOut
from checker.facts.job import End, Finished, HttpRequest, StudentError, Tampering
from checker.model import Json, Location

_LEFT_OUT = frozenset({"environment", "unmade", "commands", "service"})
"""The fields about the environment, which those set who chose it, and those of runs that are never kept."""


def finished_as_json(finished: Finished) -> bytes:
    """*finished* as JSON. Raises ValueError where a value has no form in JSON."""
    values = {field.name: getattr(finished, field.name) for field in fields(finished) if field.name not in _LEFT_OUT}
    return json.dumps(values, separators=(",", ":"), allow_nan=False, default=_plain).encode()


def _plain(value: Any) -> Any:
    """A part of a result as a value of JSON."""
    if isinstance(value, Collected):
        files = {path: base64.b64encode(body).decode() for path, body in value.files.items()}
        return {"files": files, "left_out": dict(value.left_out), "unnamed": value.unnamed}
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return sorted(value) if isinstance(value, frozenset) else dict(value)


def finished_from_json(body: bytes) -> Finished:
    """The result that :func:`finished_as_json` wrote. Raises ValueError for anything else."""
    try:
        read = json.loads(body)
        return Finished(
            end=End(read["end"]),
            status=_of(int, read["status"]),
            seconds=float(_of((int, float), read["seconds"])),
            output=_of(str, read["output"]),
            errors=_of(str, read["errors"]),
            error=None if read["error"] is None else _error(read["error"]),
            cells=_of(int, read["cells"]),
            where=tuple(_place(place) for place in _of(list, read["where"])),
            requests=tuple(_request(request) for request in _of(list, read["requests"])),
            observation=_object(read["observation"]),
            result=_object(read["result"]),
            unseen=tuple(_of(str, name) for name in _of(list, read["unseen"])),
            tampering=frozenset(Tampering(sign) for sign in _of(list, read["tampering"])),
            collected=None if read["collected"] is None else _collected(read["collected"]),
            went_on=read["went_on"] is True,
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


def _collected(fields: Any) -> Collected:
    files = {path: base64.b64decode(_of(str, body), validate=True) for path, body in _of(dict, fields["files"]).items()}
    left_out = {path: LeftOut(why) for path, why in _of(dict, fields["left_out"]).items()}
    return Collected(MappingProxyType(files), MappingProxyType(left_out), _of(int, fields["unnamed"]))


def _request(fields: Any) -> HttpRequest:
    strings = {name: _of(str, fields[name]) for name in ("scheme", "host", "method", "path", "query")}
    return HttpRequest(
        **strings, status=_of(int, fields["status"]), seconds=float(_of((int, float), fields["seconds"]))
    )
