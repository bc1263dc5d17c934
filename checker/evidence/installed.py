"""Which distributions of this machine give which import names."""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Mapping
from importlib.metadata import Distribution
from types import MappingProxyType

from checker.facts.environment import normal


@functools.cache
def providers() -> Mapping[str, tuple[str, ...]]:
    """The names of the distributions by import name. Read once: that takes a fifth of a second."""
    found = importlib.metadata.packages_distributions()
    return MappingProxyType({name: tuple(dict.fromkeys(names)) for name, names in found.items()})


@functools.cache
def installed() -> Mapping[str, Distribution]:
    """The distributions of this machine by normal name. Read once: to look for one that is not there takes as long."""
    found: dict[str, Distribution] = {}
    for distribution in importlib.metadata.distributions():
        if distribution.name:
            found.setdefault(normal(distribution.name), distribution)
    return MappingProxyType(found)
