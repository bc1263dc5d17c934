"""The course's tables where a submission has them on disk, and other passengers put in their place."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checker.course import Course
from checker.facts.tree import TooLarge, Tree

_LARGEST = 5_000_000
_SEPARATORS = ",;\t|"


@dataclass(frozen=True, slots=True)
class DiskTable:
    """A file of the tree that holds the people to learn from (``train``) or to predict for (``test``).

    ``header`` are its columns where it is text; ``separator`` is empty for formats that are none.
    """

    path: str
    role: str
    separator: str
    header: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """How many people a table has, and how many of them survived."""

    rows: int
    survivors: int

    @property
    def share(self) -> float:
        return self.survivors / self.rows if self.rows else 0.0


def labels(table: bytes, course: Course) -> Labels:
    """The labels of a table in CSV that has the course's target. Raises KeyError where it has none."""
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8"))))
    return Labels(len(rows), sum(row[course.data.target].strip() in {"1", "1.0"} for row in rows))


def disk_tables(tree: Tree, course: Course) -> tuple[DiskTable, ...]:
    """The course's tables among the files of *tree*: text by its header, other formats by their name."""
    return tuple(_found(tree, course))


def _found(tree: Tree, course: Course) -> Iterator[DiskTable]:
    for entry in tree.files():
        form = _form(entry.name)
        if not form or "site-packages" in entry.path:
            continue
        if form in {"csv", "csv.gz"}:
            try:
                head = _text(tree.read(entry.path, _LARGEST), form)[:10_000]
            except (TooLarge, OSError, EOFError, UnicodeDecodeError):
                continue
            first = head.partition("\n")[0].strip("\ufeff\r")
            separator = max(_SEPARATORS, key=first.count)
            header = tuple(name.strip().strip("\"'") for name in first.split(separator))
            people = {course.data.identifier, course.data.name} & set(header)
            if course.data.target in header and len(header) > 4:
                yield DiskTable(entry.path, "train", separator, header)
            elif people and len(header) > 4:
                yield DiskTable(entry.path, "test", separator, header)
        elif role := role_of(entry.name, course):
            yield DiskTable(entry.path, "train" if role == "data" else role, "", ())


def role_of(path: str, course: Course) -> str | None:
    """Which of the course's tables a path or URL means by its last part: ``train``, ``test``, ``data``."""
    name = path.rstrip("/").rpartition("/")[2].lower()
    if not _form(name):
        return None
    for own, table in course.data.own.items():
        if name.startswith(f"{own}."):
            return table.role
    return next((stem for stem in course.data.stems if name.startswith(stem)), None)


def is_text(name: str) -> bool:
    """Whether a file of that name may be a table in text, packed or not."""
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


def with_tables(tree: Tree, course: Course, tables: Mapping[str, bytes]) -> tuple[Tree, frozenset[str]]:
    """*tree* with *tables* (CSV by role) in the place of its own, and the paths that were replaced.

    A table that has other columns than the course's, or a format that is no text, is left as it is.
    """
    edits: dict[str, bytes | None] = {}
    for found in disk_tables(tree, course):
        other = tables[found.role].decode("utf-8")
        if not found.separator or set(found.header) - set(next(csv.reader(io.StringIO(other)))):
            continue
        content = rewritten(tables[found.role], found.header, found.separator)
        edits[found.path] = gzip.compress(content) if _form(found.path) == "csv.gz" else content
    return (tree.with_(edits) if edits else tree), frozenset(edits)


def rewritten(table: bytes, columns: Sequence[str], separator: str) -> bytes:
    """*table* (CSV) with some of its columns, in that order, and a separator. Raises KeyError for a column it lacks."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=separator, lineterminator="\n")
    writer.writerow(columns)
    rows = csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline=""))
    writer.writerows([row[name] for name in columns] for row in rows)
    return written.getvalue().encode()
