"""Which submission is graded, and what a hosting service tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from checker.facts.requests import PullRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A folder, a bare repository or an archive, and the ``commit`` to judge (None: the working folder, or HEAD).

    ``branch`` is the one that the commit was handed in on, where whoever asks knows it.

    ``own`` says that it is the folder in which the student works, on the student's machine: read directly. None: that
    is found out. ``variables`` are the hosting service's own (``GITHUB_…``, ``CI_…``), and ``event`` is the content of
    the event file, where the grading runs in continuous integration. ``forge`` is the path of a local forge's record,
    and ``requests`` are those that a forge told of before; None: it was not asked.
    """

    path: Path
    commit: str | None = None
    branch: str = ""
    own: bool | None = None
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    event: str = ""
    forge: Path | None = None
    requests: tuple[PullRequest, ...] | None = None

    @property
    def own_work_tree(self) -> bool:
        """Whether the working folder of its own author is judged: its author could deceive only themself."""
        return self.own is True and self.commit is None
