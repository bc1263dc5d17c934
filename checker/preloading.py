"""The libraries that a course preloads, read from its file before it is validated: loading them takes longest."""

from __future__ import annotations

from typing import Any

import yaml

from checker.course_files import DEFAULT_EDITION, course_path
from checker.facts.preloading import PreloadedLibraries

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def preloaded_libraries(course: str | None) -> PreloadedLibraries:
    """The libraries of the edition or course file *course*; None: the default edition.

    No library where the file cannot be read or is wrong: its mistake is named when the course is loaded.
    """
    try:
        content = yaml.load(course_path(course or DEFAULT_EDITION).read_bytes(), Loader=_LOADER)  # noqa: S506  it is the safe one
        preload = content["preload"]
        programs, notebooks = (_names(preload.get(name)) for name in ("programs", "notebooks"))
        where_named = {str(module): str(word) for module, word in (preload.get("where_named") or {}).items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, yaml.YAMLError):
        return PreloadedLibraries()
    return PreloadedLibraries(programs, notebooks, where_named)


def _names(names: object) -> tuple[str, ...]:
    return tuple(str(name) for name in names) if isinstance(names, list) else ()
