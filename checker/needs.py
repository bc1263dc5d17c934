"""What a probe or check asks for by the annotations of its parameters, and what it is given.

``Kind`` asks for a fact; ``Kind | None`` for one that may be absent.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from checker.absences import NoFact, OutOfTime


@dataclass(frozen=True, slots=True)
class Need:
    """One parameter of a probe or check: a type of fact, and whether it can do without."""

    kind: type
    optional: bool


def needs(function: Callable[..., object]) -> tuple[Need, ...]:
    """What the parameters of *function* ask for, in order. Raises TypeError where one has no usable annotation."""
    hints = typing.get_type_hints(function)
    parameters = inspect.signature(function).parameters
    if missing := [name for name in parameters if name not in hints]:
        raise TypeError(f"{function.__qualname__}: no type for {', '.join(missing)}")
    return tuple(_need(function, hints[name]) for name in parameters)


def _need(function: Callable[..., object], hint: Any) -> Need:
    if isinstance(hint, type):
        return Need(hint, optional=False)
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        if len(kinds) == 1 and isinstance(kinds[0], type):
            return Need(kinds[0], optional=True)
    raise TypeError(f"{function.__qualname__}: {hint!r} is no type of fact")


def argument(need: Need, outcome: object) -> object:
    """What a parameter is given where the probe of its fact came to *outcome*. Raises what stands for a fact."""
    if isinstance(outcome, NoFact) and not isinstance(outcome, OutOfTime) and need.optional:
        return None
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
