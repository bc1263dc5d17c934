"""What a submission calls the tables of the course: the network has them under these names, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Literal

import pygit2

from checker.course import Course, OwnTable
from checker.errors import CourseError, UsageError
from checker.evidence.tables import DiskTable, disk_tables, is_text, role_of
from checker.evidence.worlds import columns_of
from checker.facts.tree import Entry, Tree
from checker.repository import Repository

_MOST_COMMITS = 100
_MOST_ENTRIES = 40_000
_MOST_FILES = 60
_MOST_NAMES = 12
_LARGEST = 1_000_000
"""Bytes: far more than a list of passengers has."""


def with_own_names(course: Course, repository: Repository, tree: Tree) -> Course:
    """*course* with the names that its tables have or had in the files of a submission.

    A student whose ``passagers.csv`` was followed by git once has uploaded it under that name. Only what has the
    columns of the course's own tables counts: another table cannot be made of theirs.
    """
    try:
        known = columns_of(course)
    except CourseError:
        return course  # said by whoever needs the data
    found: dict[str, OwnTable] = {}
    with suppress(UsageError, KeyError, pygit2.GitError):  # an incomplete history is told by who needs it
        for table in _tables(course, repository, tree):
            stem = _stem(table.path)
            if stem not in found and set(table.header) <= known[table.role]:
                role: Literal["train", "test"] = "test" if table.role == "test" else "train"
                found[stem] = OwnTable(role=role, separator=table.separator, columns=table.header)
            if len(found) >= _MOST_NAMES:
                break
    if not found:
        return course
    return course.model_copy(update={"data": course.data.model_copy(update={"own": MappingProxyType(found)})})


def _tables(course: Course, repository: Repository, tree: Tree) -> Iterator[DiskTable]:
    """Tables whose names begin with no stem, each state of a file once."""
    seen: set[tuple[str, str]] = set()
    for state in _states(repository, tree):
        for entry in state.files():
            if (entry.name, entry.blob) in seen or not _is_candidate(entry, course):
                continue
            if len(seen) >= _MOST_FILES:
                return
            seen.add((entry.name, entry.blob))
            yield from disk_tables(_only(state, entry), course)


def _states(repository: Repository, tree: Tree) -> Iterator[Tree]:
    """The graded state, and those on the way to it, newest first, as many as can be looked through at once."""
    yield tree
    entries = 0
    start = repository.head
    for commit in repository.commits(start, _MOST_COMMITS) if start else ():
        state = repository.tree_of(commit.id)
        entries += len(state.entries)
        if entries > _MOST_ENTRIES:
            return
        yield state


def _is_candidate(entry: Entry, course: Course) -> bool:
    return (
        entry.is_file
        and 0 < entry.size <= _LARGEST
        and is_text(entry.name)
        and role_of(entry.name, course) is None
        and len(_stem(entry.path)) > 1
    )


def _only(state: Tree, entry: Entry) -> Tree:
    entries: Mapping[str, Entry] = MappingProxyType({entry.path: entry})
    return Tree(state.id, entries, state.fetch)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0].lower()
