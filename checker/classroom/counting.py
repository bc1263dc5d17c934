"""The commit of a repository that counts."""

from __future__ import annotations

from pathlib import Path

from checker.classroom.class_file import DeadlineTable, LateTable
from checker.classroom.records import ClassRepository, Counting, Fetched, Forked
from checker.model import Text, text


def counting_commit(
    repositories: Path,
    repository: ClassRepository,
    fetched: Fetched,
    forked: Forked,
    deadline: DeadlineTable,
    late: LateTable,
) -> Counting | Text:
    """The commit that counts, or why there is none."""
    del repositories, repository, forked, deadline, late
    if fetched.tip is None:
        return text("Nothing of it was fetched.")
    return Counting(commit=fetched.tip, identity=fetched.tip)
