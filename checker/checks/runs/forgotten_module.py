"""What cannot be told because a module of the project is not in the repository, or cannot be read."""

from __future__ import annotations

from checker.facts.code import Code
from checker.model import Blocked


def blocked_by_absence(code: Code) -> Blocked | None:
    """The verdict where the source holds no answer, and a module is not valid Python or was never committed.

    The fault itself is charged where the module should have been made, or where its import ends the run.
    """
    files = [code.files.get(path) for path in (*code.modules, code.main or "")]
    if code.main and any(file is not None and file.tree is None for file in files):
        return Blocked(by=("main-runs",))
    if not code.missing:
        return None
    if code.explained:
        return Blocked(by=("main-runs",))
    if any("." in imported.module for imported in code.missing):
        return Blocked(by=("layout-source",))
    return Blocked(by=("main-runs",) if code.main else ("notebook-runs",))
