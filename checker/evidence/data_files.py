"""The probe of data in a repository: by name, by form, and by the people of the course's tables."""

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
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path, PurePosixPath

from checker.course import Course
from checker.evidence.clutter import environments
from checker.evidence.ignore_rules import decisions
from checker.evidence.json_text import TooManyValues, read_json
from checker.evidence.pickles import Pickled, pickled
from checker.facts.history import History
from checker.facts.hygiene import DataFile, DataFiles
from checker.facts.tree import Entry, Tree
from checker.model import Unavailable, known
from checker.repository import Repository

_TABLES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "Excel",
    ".xls": "Excel",
    ".xlsm": "Excel",
    ".ods": "spreadsheet",
    ".feather": "feather",
    ".arrow": "feather",
    ".dta": "Stata",
    ".sas7bdat": "SAS",
    ".rds": "R data",
    ".rdata": "R data",
    ".sqlite": "database",
    ".sqlite3": "database",
    ".db": "database",
    ".duckdb": "database",
    ".jsonl": "json",
    ".ndjson": "json",
}
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
"""Bytes of a first line in which the names of columns are looked for."""
_UNPACKED = 30_000_000
_SEARCHED = 8_000_000
_MOST_READ = 300_000_000
_MOST_FILES = 8_000
_ROWS = 20
_PASSENGERS = 12
_COLUMNS = 4
_FIXTURE = 20_000
_PAST_SECONDS = 4.0
_PAST_COMMITS = 100


@dataclass(frozen=True, slots=True)
class Passengers:
    """How the course's people are recognised: a sample of their names, and the names of the columns."""

    names: tuple[bytes, ...]
    columns: frozenset[str]

    def named_in(self, content: bytes) -> bool:
        """Whether so many of them are in *content* that it must be a list of them, and not an excerpt."""
        found = 0
        start = content[:_SEARCHED]
        for name in self.names:
            found += name in start
            if found >= _PASSENGERS:
                return True
        return False

    def headed(self, content: bytes) -> bool:
        """Whether *content* is a table with the course's columns, whatever stands between them."""
        end = content.find(b"\n")
        first = content[: end if end >= 0 else len(content)][:_LONGEST_HEADER].decode("utf-8", "replace")
        words = {word.strip(" \"'\r").lower() for word in re.split(r"[,;|\t]", first)}
        return len(words & self.columns) >= _COLUMNS and content.count(b"\n", end + 1) + 1 >= _ROWS


@functools.cache
def passengers(edition: str, name: str) -> Passengers:
    """The people in the tables that come with an edition of the course; *name* is the column of their names."""
    names: list[bytes] = []
    columns: set[str] = set()
    folder = Path(str(resources.files("checker"))) / "courses" / edition / "data"
    for path in sorted(folder.glob("*.csv")):
        rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
        columns.update(column.lower() for column in rows.fieldnames or ())
        # "Braund, Mr. Owen Harris": the part after the comma survives a split into two columns.
        full = [str(row.get(name, "")).partition(", ")[2] for row in rows]
        names += [part.encode() for part in full if len(part) > 10][::4]
    return Passengers(tuple(dict.fromkeys(names)), frozenset(columns))


def data_files(repository: Repository, tree: Tree, course: Course, history: History | Unavailable | None) -> DataFiles:
    """The data that git follows, would follow, or followed. What it followed is for advice: without a history, none."""
    history = known(history)
    people = passengers(course.edition, course.data.name)
    prefix = f"{repository.folder}/" if repository.folder else ""
    found, models = data_of(tree, people)
    rules = decisions(repository.whole(), [prefix + file.path for file in found])
    marked = [replace(file, rule=rules[prefix + file.path]) for file in found]
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
    found: list[DataFile] = []
    models: list[str] = []
    read = number = 0
    for path, entry in sorted(tree.entries.items()):
        if not entry.is_file or not entry.size or any(path.startswith(f"{folder}/") for folder in virtual):
            continue
        content = b""
        if entry.size <= _LARGEST and read < _MOST_READ and number < _MOST_FILES:
            content = tree.read(path)
            read, number = read + entry.size, number + 1
        what = form_of(path, content, people)
        if what == _MODEL:
            models.append(path)
        elif what is not None:
            found.append(
                DataFile(
                    path,
                    what,
                    passengers=what == _LIST or people.named_in(_unpacked(path, content)),
                    fixture=is_fixture(entry.path, entry.size),
                    pointer=content.startswith(_POINTER),
                ),
            )
    return tuple(found), tuple(models)


def is_data(path: str, content: bytes, people: Passengers, *, of_course: bool) -> bool:
    """Whether a file is data, and no fitted model; with *of_course*, whether it names the course's people, too."""
    if form_of(path, content, people) in (None, _MODEL):
        return False
    return not of_course or people.named_in(_unpacked(path, content))


_MODEL = "model"
_LIST = "list of passengers"


def form_of(path: str, content: bytes, people: Passengers) -> str | None:
    """What kind of data a file is: by its name, by its first bytes, by what it lists. A fitted model is ``model``.

    *content* is empty where it is too large to be read: then the name alone speaks.
    """
    by_name = _by_name(path)
    if path.lower().endswith(".ipynb"):
        return _LIST if people.named_in(_sources(content)) else None
    plain = _unpacked(path, content)
    for magic, what in _FORMS:
        if plain.startswith(magic):
            return what
    if plain.startswith(b"\x89HDF"):
        return _MODEL if b"model_weights" in plain or b"model_config" in plain else "HDF5"
    if plain.startswith(b"PK") and b"xl/workbook" in plain:
        return "Excel"
    kept = pickled(plain)
    if kept is Pickled.MODEL:
        return _MODEL
    if kept is Pickled.TABLE:
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
    """Whether a file of data is a small sample beside tests."""
    folders = path.lower().split("/")[:-1]
    return size <= _FIXTURE and any(folder in ("test", "tests", "fixtures") for folder in folders)


def _unpacked(path: str, content: bytes, depth: int = 0) -> bytes:
    """*content* without compression, up to a limit, and in an encoding that keeps ASCII."""
    if depth > 2:
        return content
    try:
        inner = _decompressed(content)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError, KeyError):
        return content
    except NotImplementedError:
        return content
    if inner is not None:
        return _unpacked(path, inner, depth + 1)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").encode()
    return content.removeprefix(b"\xef\xbb\xbf")


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
            parts: list[bytes] = []
            for info in archive.infolist()[:20]:
                with archive.open(info) as member:
                    parts.append(member.read(_UNPACKED // 20))
            return b"\n".join(parts)
    return None


def _sources(content: bytes) -> bytes:
    """The code and text of a notebook, without its outputs: those are no data."""
    try:
        cells = read_json(content)["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells).encode("utf-8", "replace")
    except (ValueError, KeyError, TypeError, RecursionError):
        return b""


def _is_table(content: bytes) -> bool:
    """Whether a JSON document is a table: as many records as rows, or columns of as many values."""
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
    """Paths of data in the newest commit that still had some which is gone now."""
    deadline = time.monotonic() + _PAST_SECONDS
    for commit in history.commits[:_PAST_COMMITS]:
        if time.monotonic() > deadline:
            break
        gone = _named_as_data(commit.tree().entries.values())
        gone = tuple(path for path in gone if path not in now)
        if gone:
            return gone, commit.short
    return (), None


def _named_as_data(entries: Iterable[Entry]) -> tuple[str, ...]:
    return tuple(
        sorted(
            entry.path
            for entry in entries
            if entry.is_file and entry.size > _FIXTURE and "site-packages/" not in entry.path and _by_name(entry.path)
        ),
    )


PROBES = (data_files,)
