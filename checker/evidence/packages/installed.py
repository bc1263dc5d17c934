"""The distributions of this machine, and the import names that they provide."""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Mapping
from importlib.metadata import Distribution
from types import MappingProxyType

from packaging.utils import canonicalize_name


@functools.cache
def providers() -> Mapping[str, tuple[str, ...]]:
    """The names of the distributions by import name. Cached, because reading them takes a fifth of a second."""
    by_import = importlib.metadata.packages_distributions()
    return MappingProxyType({name: tuple(dict.fromkeys(names)) for name, names in by_import.items()})


@functools.cache
def installed() -> Mapping[str, Distribution]:
    """The distributions of this machine by normalised name. Cached: a failed search for one takes as long as reading
    all.
    """
    distributions: dict[str, Distribution] = {}
    for distribution in importlib.metadata.distributions():
        if distribution.name:
            distributions.setdefault(canonicalize_name(distribution.name), distribution)
    return MappingProxyType(distributions)
