"""Libraries that are loaded before it is known what will run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class PreloadedLibraries:
    """The modules that a course wants loaded before its first run, to save time; they change no result.

    - ``programs``: for scripts and imports, in this order. ``notebooks``: for cells, in addition.
    - ``where_named``: modules for programs that are loaded for a single submission only if one of its files has the
      word.
    """

    programs: tuple[str, ...] = ()
    notebooks: tuple[str, ...] = ()
    where_named: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


NO_LIBRARIES = PreloadedLibraries()
