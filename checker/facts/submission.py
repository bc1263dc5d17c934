"""The submission to grade, and the facts that a hosting service gives about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from checker.facts.pull_requests import PullRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A folder, a bare repository or an archive, and the ``commit`` to judge (None: the working folder, or HEAD).

    - ``branch``: the branch that the commit was handed in on, where the caller knows it.
    - ``own``: the folder is the student's work tree on the student's machine, read directly; None: to be detected.
    - ``variables``: those of the hosting service (``GITHUB_…``, ``CI_…``).
    - ``event``: the content of the event file, where the grading runs in continuous integration.
    - ``forge``: the path of a local forge's record.
    - ``requests``: pull requests fetched from a forge before; None: no forge was asked.
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
        """True for a work tree graded by its own author, who could deceive only themself."""
        return self.own is True and self.commit is None
