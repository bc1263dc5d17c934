"""All checks, by id."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType

from checker.checks.base import Check
from checker.discovery import modules_in


@functools.cache
def checks() -> Mapping[str, Check]:
    """Every check there is: those that a module defines. The course says which of them count, and where."""
    defined = (value for module in modules_in("checker.checks") for value in vars(module).values())
    return MappingProxyType({value.id: value for value in defined if isinstance(value, Check)})
