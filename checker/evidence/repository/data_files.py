"""The probe of data files in a repository, recognised by name, by format, and by the course's passengers."""

from __future__ import annotations

import bz2
import csv
import functools
import gzip
import io
import lzma
import re
import time
import zipfile
import zlib
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePosixPath

from checker.course import Course
from checker.environment_folders import environments, is_installed
from checker.evidence.repository.ignore_rules import decisions
from checker.evidence.repository.pickles import Pickled, pickled_kind
from checker.evidence.text.encodings import marked
from checker.evidence.text.json_text import TooManyValues, read_json
from checker.facts.history import History
from checker.facts.hygiene import DataFile, DataFiles
from checker.facts.tree import Tree
from checker.model import Unavailable, known
from checker.repository.repository import Repository

_SUFFIXES = {
    "csv": (".csv", ".tsv"),
    "parquet": (".parquet", ".pq"),
    "Excel": (".xlsx", ".xls", ".xlsm"),
    "spreadsheet": (".ods",),
    "feather": (".feather", ".arrow"),
    "Stata": (".dta",),
    "SAS": (".sas7bdat",),
    "R data": (".rds", ".rdata"),
    "database": (".sqlite", ".sqlite3", ".db", ".duckdb"),
    "json": (".jsonl", ".ndjson"),
}
_TABLES = {suffix: form for form, suffixes in _SUFFIXES.items() for suffix in suffixes}
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".zip")
_FORMS = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "feather"),
    (b"FEA1", "feather"),
    (b"SQLite format 3\0", "database"),
)
_POINTER = b"version https://git-lfs.github.com/spec/"
_LARGEST = 30_000_000
_LONGEST_HEADER = 10_000
"""The number of bytes of a first line that are searched for column names."""
_UNPACKED = 30_000_000
_SEARCHED = 8_000_000
_MOST_READ = 300_000_000
_MOST_FILES = 8_000
_ROWS = 20
_PASSENGERS = 12
_COLUMNS = 4
_SHORT = 10
"""The number of characters of a name above which no other text has it by chance."""
_EACH = 4
_MANY = 60
"""Of a table with so many samples, each fourth name is one; of a shorter table, each name."""
_FIXTURE = 20_000
_PAST_SECONDS = 4.0
_PAST_COMMITS = 100


@dataclass(frozen=True, slots=True)
class Passengers:
    """The features of the course's passengers: a sample of their names, and the names of the columns."""

    names: tuple[bytes, ...]
    columns: frozenset[str]

    def named_in(self, content: bytes) -> bool:
        """True where *content* names so many passengers that it must be a list of them, and not an excerpt."""
        start = content[:_SEARCHED]
        named = islice((name for name in self.names if name in start), _PASSENGERS)
        return len(tuple(named)) == _PASSENGERS

    def headed(self, content: bytes) -> bool:
        """True where *content* is a table with the course's columns, whatever its separator."""
        end = content.find(b"\n")
        header = content[: end if end >= 0 else len(content)][:_LONGEST_HEADER].decode("utf-8", "replace")
        columns = {word.strip(" \"'\r").lower() for word in re.split(r"[,;|\t]", header)}
        return len(columns & self.columns) >= _COLUMNS and content.count(b"\n", end + 1) + 1 >= _ROWS


def passengers(course: Course) -> Passengers:
    """The passengers in the tables of *course*, read once.

    A table without a column of names is recognised by its rows as they are written.
    """
    files = tuple(course.data.folder / table.file for table in course.data.tables)
    return _passengers(files, course.data.person)


@functools.cache
def _passengers(files: tuple[Path, ...], person: str | None) -> Passengers:
    names: list[bytes] = []
    columns: set[str] = set()
    for path in sorted(path for path in files if path.is_file()):
        table = path.read_text(encoding="utf-8-sig", errors="replace")
        rows = csv.DictReader(io.StringIO(table))
        columns.update(column.lower() for column in rows.fieldnames or ())
        parts = (
            [_recognised(row[person] or "") for row in rows]
            if person is not None and person in (rows.fieldnames or ())
            else table.splitlines()[1:]
        )
        long = [part.encode() for part in parts if len(part) > _SHORT]
        names += long[:: _EACH if len(long) >= _EACH * _MANY else 1]
    return Passengers(tuple(dict.fromkeys(names)), frozenset(columns))


def _recognised(name: str) -> str:
    """The part of a name that is looked for: of "Braund, Mr. Owen Harris" the part after the comma, which survives a
    split into two columns.
    """
    _, comma, rest = name.partition(", ")
    return rest if comma else name


def data_files(repository: Repository, tree: Tree, course: Course, history: History | Unavailable | None) -> DataFiles:
    """The data files that git tracks, would track, or tracked. The last serve as advice: without a history, none."""
    history = known(history)
    people = passengers(course)
    prefix = f"{repository.folder}/" if repository.folder else ""
    data, models = data_of(tree, people)
    rules = decisions(repository.whole(), [prefix + file.path for file in data])
    marked = [replace(file, rule=rules[prefix + file.path]) for file in data]
    tracked = tuple(file for file in marked if prefix + file.path not in repository.untracked)
    past, commit = _past(history, {file.path for file in tracked}) if history else ((), None)
    return DataFiles(
        tracked=tracked,
        waiting=tuple(file for file in marked if prefix + file.path in repository.untracked),
        past=past,
        past_commit=commit,
        models=models,
    )


def data_of(tree: Tree, people: Passengers) -> tuple[tuple[DataFile, ...], tuple[str, ...]]:
    """The data files of a tree, and its fitted models."""
    virtual = environments(tree.entries)
    data: list[DataFile] = []
    models: list[str] = []
    read = number = 0
    for path, entry in sorted(tree.entries.items()):
        if not entry.is_file or not entry.size or any(path.startswith(f"{folder}/") for folder in virtual):
            continue
        content = b""
        if entry.size <= _LARGEST and read < _MOST_READ and number < _MOST_FILES:
            content = tree.read(path)
            read, number = read + entry.size, number + 1
        form = form_of(path, content, people)
        if form == _MODEL:
            models.append(path)
        elif form is not None:
            data.append(
                DataFile(
                    path,
                    form,
                    passengers=form == _LIST or people.named_in(_unpacked(path, content)),
                    fixture=is_fixture(entry.path, entry.size),
                    pointer=content.startswith(_POINTER),
                ),
            )
    return tuple(data), tuple(models)


def is_data(path: str, content: bytes, people: Passengers, *, of_course: bool) -> bool:
    """True where a file is data, not a fitted model; with *of_course*, only where it names the course's passengers."""
    if form_of(path, content, people) in (None, _MODEL):
        return False
    return not of_course or people.named_in(_unpacked(path, content))


_MODEL = "model"
_LIST = "list of passengers"


def form_of(path: str, content: bytes, people: Passengers) -> str | None:
    """The kind of data in a file, by its name, its first bytes, or its passengers; ``model`` for a fitted model.

    *content* is empty where the file is too large to be read: the name alone then decides.
    """
    by_name = _by_name(path)
    if path.lower().endswith(".ipynb"):
        return _LIST if people.named_in(_sources(content)) else None
    plain = _unpacked(path, content)
    for magic, form in _FORMS:
        if plain.startswith(magic):
            return form
    if plain.startswith(b"\x89HDF"):
        return _MODEL if b"model_weights" in plain or b"model_config" in plain else "HDF5"
    if plain.startswith(b"PK") and b"xl/workbook" in plain:
        return "Excel"
    pickled = pickled_kind(plain)
    if pickled is Pickled.MODEL:
        return _MODEL
    if pickled is Pickled.TABLE:
        return "pickle"
    if people.named_in(plain):
        return by_name or _LIST
    if people.headed(plain):
        return by_name or "table"
    if path.lower().removesuffix(".gz").endswith(".json"):
        return "json" if _is_table(plain) else None
    return by_name


def _by_name(path: str) -> str | None:
    suffixes = [suffix.lower() for suffix in PurePosixPath(path).suffixes]
    while suffixes and suffixes[-1] in _COMPRESSED:
        suffixes.pop()
    return _TABLES.get(suffixes[-1]) if suffixes else None


def is_fixture(path: str, size: int) -> bool:
    """True where a data file is a small sample beside tests."""
    folders = path.lower().split("/")[:-1]
    return size <= _FIXTURE and any(folder in ("test", "tests", "fixtures") for folder in folders)


def _unpacked(path: str, content: bytes, depth: int = 0) -> bytes:
    """*content* decompressed, up to a limit, and in an ASCII-compatible encoding."""
    if depth > 2:
        return content
    try:
        inner = _decompressed(content)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError, KeyError):
        return content
    if inner is not None:
        return _unpacked(path, inner, depth + 1)
    encoding, rest = marked(content)
    return rest.decode(encoding, "replace").encode() if encoding.startswith("utf-16") else rest


def _decompressed(content: bytes) -> bytes | None:
    if content.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=io.BytesIO(content)).read(_UNPACKED)
    if content.startswith(b"BZh"):
        return bz2.BZ2File(io.BytesIO(content)).read(_UNPACKED)
    if content.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMAFile(io.BytesIO(content)).read(_UNPACKED)
    if content[:2] in (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"):
        return zlib.decompressobj().decompress(content, _UNPACKED)
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(name.startswith(("xl/", "word/", "ppt/")) for name in archive.namelist()[:50]):
                return None
            return b"\n".join(archive.open(info).read(_UNPACKED // 20) for info in archive.infolist()[:20])
    return None


def _sources(content: bytes) -> bytes:
    """The code and text of a notebook, without its outputs, which do not count as data."""
    try:
        cells = read_json(content)["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells).encode("utf-8", "replace")
    except (ValueError, KeyError, TypeError, RecursionError):
        return b""


def _is_table(content: bytes) -> bool:
    """True where a JSON document is a table: many records, or columns of many values."""
    try:
        document = read_json(content)
    except TooManyValues:
        return True
    except (ValueError, RecursionError):
        return False
    if isinstance(document, list):
        records = [item for item in document if isinstance(item, dict) and item]
        return len(records) >= _ROWS and len({frozenset(record) for record in records[:100]}) <= 3
    if isinstance(document, dict):
        columns = [column for column in document.values() if isinstance(column, dict | list)]
        lengths = {len(column) for column in columns}
        return len(columns) > 1 and len(columns) == len(document) and len(lengths) == 1 and min(lengths) >= _ROWS
    return False


def _past(history: History, now: set[str]) -> tuple[tuple[str, ...], str | None]:
    """The data files, absent now, of the newest commit that had some, and its short id."""
    deadline = time.monotonic() + _PAST_SECONDS
    for commit in history.commits[:_PAST_COMMITS]:
        if time.monotonic() > deadline:
            break
        large = (entry.path for entry in commit.tree().files() if entry.size > _FIXTURE and entry.path not in now)
        if data := tuple(path for path in large if not is_installed(path) and _by_name(path)):
            return data, commit.short
    return (), None


PROBES = (data_files,)
