"""The integers and strings among the arguments of a call, and their replacement."""

from __future__ import annotations

import argparse
import copy
import inspect
import types
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePath
from typing import Any

_MOST = 40
_LONGEST = 12
_STRING = 300
_CONTAINERS = (argparse.Namespace, types.SimpleNamespace)


def simple(signature: inspect.Signature, args: Any, kwargs: Any) -> list[dict[str, Any]]:
    """The integers and strings of a call, also those within dictionaries, lists and objects of settings."""
    bound = signature.bind(*args, **kwargs)
    given = set(bound.arguments)
    bound.apply_defaults()
    leaves = ((name, *leaf) for name, value in bound.arguments.items() for leaf in _leaves(value, (), 3))
    return [
        {"name": name[:_STRING], "path": list(path), "value": value, "default": name not in given}
        for name, path, value in islice(leaves, _MOST)
    ]


def _leaves(value: Any, path: tuple[Any, ...], depth: int) -> Iterator[tuple[tuple[Any, ...], Any]]:
    simple_value = plain(value)
    if simple_value is not None:
        yield path, simple_value
    elif depth:
        for step, item in _steps(value):
            yield from _leaves(item, (*path, step), depth - 1)


def plain(value: Any) -> int | str | None:
    """*value* as an integer or a string; None where it is neither."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()[:_STRING]
    if isinstance(value, PurePath):
        return str(value)[:_STRING]
    if isinstance(value, int) or (type(value).__module__ == "numpy" and hasattr(value, "__index__")):
        try:
            whole = int(value)
        except (TypeError, ValueError):
            return None
        return whole if abs(whole) < 1 << 62 else None
    return None


def _steps(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        items = [(key, value[key]) for key in list(value)[:_MOST]]
    elif isinstance(value, (list, tuple)):
        # A longer list holds data.
        items = list(enumerate(value)) if len(value) <= _LONGEST else []
    elif _is_settings(value):
        items = list(vars(value).items())[:_MOST]
    else:
        return []
    return [(key, item) for key, item in items if isinstance(key, (str, int)) and not isinstance(key, bool)]


def _is_settings(value: Any) -> bool:
    fields = getattr(type(value), "__dataclass_fields__", None)
    return isinstance(value, _CONTAINERS) or (fields is not None and hasattr(value, "__dict__"))


def replaced(
    signature: inspect.Signature, rules: list[dict[str, Any]], args: Any, kwargs: Any
) -> tuple[bool, Any, Any]:
    """Whether a rule applies, and the arguments with its value in place. The passed objects are not changed."""
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    done = False
    for rule in rules:
        for name in list(bound.arguments):
            if rule.get("argument") not in ("*", name):
                continue
            fits, value = _exchange(bound.arguments[name], list(rule.get("path") or ()), rule)
            if fits:
                bound.arguments[name] = value
                done = True
    return done, bound.args, bound.kwargs


def _exchange(value: Any, path: list[Any], rule: dict[str, Any]) -> tuple[bool, Any]:
    if path:
        for step, item in _steps(value):
            if step == path[0]:
                fits, new = _exchange(item, path[1:], rule)
                return (fits, _with(value, step, new) if fits else value)
        return False, value
    if "old" not in rule:
        return True, _like(value, rule["value"])
    if plain(value) == rule["old"]:
        return True, _like(value, rule["value"])
    for step, item in _steps(value):
        fits, new = _exchange(item, [], rule)
        if fits:
            return True, _with(value, step, new)
    return False, value


def _like(old: Any, new: Any) -> Any:
    return type(old)(new) if isinstance(old, PurePath) else new


def _with(container: Any, step: Any, value: Any) -> Any:
    if isinstance(container, tuple):
        items = [*container[:step], value, *container[step + 1 :]]
        return type(container)(*items) if hasattr(container, "_fields") else tuple(items)
    changed = copy.copy(container)
    if isinstance(changed, (dict, list)):
        changed[step] = value
    else:
        object.__setattr__(changed, step, value)
    return changed
