"""For those who write checks: the verdict of a check on facts that were made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from checker.checks.registry import checks
from checker.model import Unavailable, Verdict
from checker.needs import needs

_NONE: Mapping[type, Unavailable] = MappingProxyType({})


def verdict_of(identity: str, *facts: object, unavailable: Mapping[type, Unavailable] = _NONE) -> Verdict:
    """What the check of that id says of these facts, which are found by their type, in any order.

    A fact that the check can do without is None where it is not given; one that is *unavailable* is told to a check
    that asks to know, and is the verdict of any other. Raises KeyError where there is no such check, TypeError where
    a fact is missing that it needs.
    """
    check = checks()[identity]
    arguments: list[object] = []
    for need in needs(check.judge):
        if (lacking := unavailable.get(need.kind)) is not None:
            if not need.told:
                return lacking
            arguments.append(lacking)
            continue
        fitting = [fact for fact in facts if isinstance(fact, need.kind)]
        if not fitting and not need.optional:
            raise TypeError(f"{identity} needs a {need.kind.__name__}")
        arguments.append(fitting[0] if fitting else None)
    return check(*arguments)
