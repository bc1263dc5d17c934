"""What cannot be told because a module of the project is not in the repository."""

from __future__ import annotations

from checker.facts.code import Code
from checker.model import Blocked


def blocked_by_absence(code: Code) -> Blocked | None:
    """The verdict where the source holds no answer, and a module that it imports was never committed.

    The absence itself is charged where the module should have been made, or where its import ends the run.
    """
    if not code.missing:
        return None
    if any("." in imported.module for imported in code.missing):
        return Blocked(by=("layout-source",))
    return Blocked(by=("main-runs",) if code.main else ("notebook-runs",))
