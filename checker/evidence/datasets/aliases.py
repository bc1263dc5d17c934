"""The names by which a submission refers to the course's tables; the gateway serves them under these names, too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType

import pygit2

from checker.course import Course, OwnTable
from checker.errors import CourseError, UsageError
from checker.evidence.datasets.on_disk import DiskTable, disk_tables, is_text, role_of
from checker.evidence.datasets.served import columns_of
from checker.facts.tree import Tree, TreeEntry
from checker.repository.repository import Repository

_MOST_COMMITS = 100
_MOST_ENTRIES = 40_000
_MOST_FILES = 60
_MOST_NAMES = 12
_LARGEST = 1_000_000
"""The largest file that is read, in bytes: far above the size of a list of passengers."""


def with_own_names(course: Course, repository: Repository, tree: Tree) -> Course:
    """*course* with the names that its tables have or had in the files of a submission.

    A student whose ``passagers.csv`` was once tracked by git has uploaded it under that name. Only tables with the
    columns of the course's own count, because no other table can be derived from those.
    """
    try:
        columns = columns_of(course)
    except CourseError:
        return course  # the probe that needs the data reports it
    tables: dict[str, OwnTable] = {}
    with suppress(UsageError, KeyError, pygit2.GitError):  # the probe of the history reports a gap in it
        for table in _tables(course, repository, tree):
            stem = _stem(table.path)
            if stem not in tables and set(table.header) <= columns[table.role]:
                tables[stem] = OwnTable(role=table.role, separator=table.separator, columns=table.header)
            if len(tables) >= _MOST_NAMES:
                break
    if not tables:
        return course
    return course.model_copy(update={"data": course.data.model_copy(update={"own": MappingProxyType(tables)})})


def _tables(course: Course, repository: Repository, tree: Tree) -> Iterator[DiskTable]:
    """Tables whose names begin with none of the course's stems; each version of a file once."""
    versions: set[tuple[str, str]] = set()
    for state in _states(repository, tree):
        for entry in state.files():
            if (entry.name, entry.blob) in versions or not _is_candidate(entry, course):
                continue
            if len(versions) >= _MOST_FILES:
                return
            versions.add((entry.name, entry.blob))
            yield from disk_tables(replace(state, entries=MappingProxyType({entry.path: entry})), course)


def _states(repository: Repository, tree: Tree) -> Iterator[Tree]:
    """The graded state and its ancestors, newest first, up to a limit."""
    yield tree
    entries = 0
    start = repository.head
    for commit in repository.commits(start, _MOST_COMMITS) if start else ():
        state = repository.tree_of(commit.id)
        entries += len(state.entries)
        if entries > _MOST_ENTRIES:
            return
        yield state


def _is_candidate(entry: TreeEntry, course: Course) -> bool:
    return (
        entry.is_file
        and 0 < entry.size <= _LARGEST
        and is_text(entry.name)
        and role_of(entry.name, course) is None
        and len(_stem(entry.path)) > 1
    )


def _stem(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0].lower()
