"""How this grading was asked for: what the machine may use, and what the hosting service tells of the commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Setting:
    """``docker`` is auto, on or off. ``environment`` is embedded, declared or file.

    ``versions`` are those of the environment of such a file, by normal name, and ``python`` is its version; None is
    the checker's own.

    ``variables`` are the hosting service's own (``GITHUB_…``, ``CI_…``), and ``event`` is the content of the event
    file, where the grading runs in continuous integration. ``work_tree`` says that the working folder is judged,
    and not a commit. ``loop`` says that it is judged again and again, by its own author. ``forge`` is the path of a
    local forge's record, where there is one.
    """

    docker: str = "auto"
    environment: str = "embedded"
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    event: str = ""
    work_tree: bool = True
    loop: bool = False
    forge: str | None = None
    jobs: int = 2
    versions: Mapping[str, str] | None = None
    python: str | None = None
