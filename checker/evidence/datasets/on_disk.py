"""The course's tables among a submission's files, and their replacement by other passengers."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from checker.course import Course
from checker.environment_folders import is_installed
from checker.facts.table_roles import ANY, TEST, TRAIN, Role
from checker.facts.tree import TooLarge, Tree

_LARGEST = 5_000_000
_SEPARATORS = ",;\t|"


@dataclass(frozen=True, slots=True)
class DiskTable:
    """A file of the tree that holds a table of the course.

    ``header`` are its columns, for text; ``separator`` is empty for formats other than text.
    """

    path: str
    role: Role
    separator: str
    header: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """The number of rows of a table, and the number of those whose target is positive (survivors)."""

    rows: int
    positives: int

    @property
    def share(self) -> float:
        return self.positives / self.rows if self.rows else 0.0


def labels(table: bytes, course: Course) -> Labels:
    """The labels of a table in CSV. Raises KeyError where the table lacks the course's target."""
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8"))))
    return Labels(len(rows), sum(course.data.is_positive(row[course.data.target]) for row in rows))


def disk_tables(tree: Tree, course: Course) -> tuple[DiskTable, ...]:
    """The course's tables among the files of *tree*: text by its header, other formats by their name."""
    return tuple(_found(tree, course))


def _found(tree: Tree, course: Course) -> Iterator[DiskTable]:
    for entry in tree.files():
        form = _form(entry.name)
        if not form or is_installed(entry.path):
            continue
        if form in {"csv", "csv.gz"}:
            try:
                head = _text(tree.read(entry.path, _LARGEST), form)[:10_000]
            except (TooLarge, OSError, EOFError, UnicodeDecodeError):
                continue
            first_line = head.partition("\n")[0].strip("\ufeff\r")
            separator = max(_SEPARATORS, key=first_line.count)
            header = tuple(name.strip().strip("\"'") for name in first_line.split(separator))
            if len(header) > 4 and not course.data.marks.isdisjoint(header):
                is_train = course.data.target in header or course.data.test is None
                yield DiskTable(entry.path, TRAIN if is_train else TEST, separator, header)
        elif role := role_of(entry.name, course):
            yield DiskTable(entry.path, TRAIN if role == ANY else role, "", ())


def role_of(path: str, course: Course) -> Role | Literal["data"] | None:
    """The role of the table that the last part of a path or URL denotes: ``data`` for any table, None for none."""
    name = path.rstrip("/").rpartition("/")[2].lower()
    if not _form(name):
        return None
    roles = [table.role for alias, table in course.data.own.items() if name.startswith(f"{alias}.")]
    if roles:
        return roles[0]
    beginnings = course.data.beginnings
    stem = max(filter(name.startswith, beginnings), key=len, default=None)
    return None if stem is None else beginnings[stem] or ANY


def is_text(name: str) -> bool:
    """True where a file of that name may be a table in text, compressed or not."""
    return _form(name) in {"csv", "csv.gz"}


def _form(name: str) -> str:
    lower = name.lower()
    for form, suffixes in (
        ("csv", (".csv", ".tsv", ".txt", ".data")),
        ("csv.gz", (".csv.gz", ".csv.gzip")),
        ("zip", (".zip",)),
        ("parquet", (".parquet", ".pq")),
        ("other", (".feather", ".xlsx", ".json")),
    ):
        if lower.endswith(suffixes):
            return form
    return ""


def _text(content: bytes, form: str) -> str:
    if form == "csv.gz":
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as unpacked:
            content = unpacked.read(_LARGEST)
    return content.decode("utf-8")


def with_tables(tree: Tree, course: Course, tables: Mapping[Role, bytes]) -> tuple[Tree, frozenset[str]]:
    """*tree* with its own tables replaced by *tables* (CSV by role), and the replaced paths.

    A table with other columns than the course's, or in a format other than text, is not replaced.
    """
    edits: dict[str, bytes | None] = {}
    for disk_table in disk_tables(tree, course):
        replacement = tables[disk_table.role].decode("utf-8")
        if not disk_table.separator or set(disk_table.header) - set(next(csv.reader(io.StringIO(replacement)))):
            continue
        content = rewritten(tables[disk_table.role], disk_table.header, disk_table.separator)
        edits[disk_table.path] = gzip.compress(content) if _form(disk_table.path) == "csv.gz" else content
    return (tree.with_(edits) if edits else tree), frozenset(edits)


def rewritten(table: bytes, columns: Sequence[str], separator: str) -> bytes:
    """*table* (CSV) with some of its columns, in that order, and a separator. Raises KeyError for a column it lacks."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=separator, lineterminator="\n")
    writer.writerow(columns)
    rows = csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline=""))
    writer.writerows([row[name] for name in columns] for row in rows)
    return written.getvalue().encode()
