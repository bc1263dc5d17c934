"""The needs of a probe or check, by the annotations of its parameters, and the arguments that meet them.

==============================  ============================  =============================
annotation                      the submission has no fact    this machine cannot tell
==============================  ============================  =============================
``Kind``                        not asked: its verdict        not asked: *unavailable*
``Kind | None``                 None                          not asked: *unavailable*
``Kind | Unavailable``          not asked: its verdict        that verdict, as the argument
``Kind | Unavailable | None``   None                          that verdict, as the argument
==============================  ============================  =============================

A fact for which the time of the grading did not suffice is one that this machine cannot tell; its verdict is *too
slow*. None means that the submission has no such fact, never that this machine did not look: a check that can judge
fairly without the fact accepts ``Unavailable``, too. Under each of the four, a fault of ours in the probe is raised.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from checker.absences import NoFact, OutOfTime
from checker.model import Unavailable

Probe: TypeAlias = Callable[..., object]
"""A function that gives one type of fact."""


@dataclass(frozen=True, slots=True)
class Need:
    """One parameter of a probe or check: a type of fact, and the absences that it accepts.

    ``optional``: None stands for a fact that the submission does not have. ``told``: the parameter takes the verdict
    *unavailable* where this machine cannot gather the fact.
    """

    kind: type
    optional: bool = False
    told: bool = False


def needs(function: Callable[..., object]) -> tuple[Need, ...]:
    """The needs of *function*, one for each parameter, in order. Raises TypeError where an annotation is no need."""
    hints = typing.get_type_hints(function)
    parameters = inspect.signature(function).parameters
    if missing := [name for name in parameters if name not in hints]:
        raise TypeError(f"{function.__qualname__}: no type for {', '.join(missing)}")
    return tuple(_need(function, hints[name]) for name in parameters)


def _need(function: Callable[..., object], hint: Any) -> Need:
    if isinstance(hint, type):
        return Need(hint)
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        named = typing.get_args(hint)
        kinds = [kind for kind in named if kind not in (type(None), Unavailable)]
        if len(kinds) == 1 and isinstance(kinds[0], type):
            return Need(kinds[0], optional=type(None) in named, told=Unavailable in named)
    raise TypeError(f"{function.__qualname__}: {hint!r} is no type of fact")


def argument(need: Need, outcome: object) -> object:
    """The argument for *need*, from the *outcome* of the fact's probe. Raises an outcome that is no argument."""
    if isinstance(outcome, NoFact):
        if isinstance(outcome, OutOfTime) or isinstance(outcome.verdict, Unavailable):
            if need.told:
                return outcome.unavailable if isinstance(outcome, OutOfTime) else outcome.verdict
        elif need.optional:
            return None
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
