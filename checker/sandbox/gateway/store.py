"""The files of a served network, by name."""

from __future__ import annotations

import gzip
import hashlib
import io
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checker.facts.job import ServedData

_MEDIA = {
    ".csv": "text/csv",
    ".csv.gz": "application/gzip",
    ".csv.zip": "application/zip",
    ".zip": "application/zip",
    ".parquet": "application/vnd.apache.parquet",
}


class CannotMake(Exception):
    """The table exists, but this machine has no library to write it in the requested format."""


@dataclass(frozen=True, slots=True)
class File:
    """A content with its type and entity tag (in quotes)."""

    body: bytes
    media: str
    etag: str

    @classmethod
    def of(cls, body: bytes, media: str) -> File:
        return cls(body, media, f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"')


class ServedFiles:
    """The files of a :class:`ServedData`, made at the first request for each. May be used by several threads."""

    def __init__(self, served_data: ServedData) -> None:
        self._tables: Mapping[str, bytes] = {stem.lower(): table for stem, table in served_data.tables.items()}
        self._named: Mapping[str, bytes] = {name.lower(): table for name, table in served_data.named.items()}
        self._refusals = {stem.lower(): status for stem, status in served_data.refusals.items()}
        self._extra = {name: File.of(body, "application/octet-stream") for name, body in served_data.extra.items()}
        self._made: dict[tuple[str, str], File] = {}
        self._lock = threading.Lock()

    def __contains__(self, name: object) -> bool:
        """Whether there is a file *name*; it is not made."""
        return isinstance(name, str) and (name in self._extra or self._table(name) is not None)

    def is_ready(self, name: str) -> bool:
        """Whether :meth:`find` answers at once."""
        key = self._table(name)
        return key is None or key in self._made or key[1] != ".parquet"

    def find(self, name: str) -> File | None:
        """The file *name*: as given, or a table in the format of the suffix; None where there is none.

        Raises CannotMake where this machine lacks a library for that format.
        """
        if name in self._extra:
            return self._extra[name]
        key = self._table(name)
        if key is None:
            return None
        with self._lock:
            if key not in self._made:
                stem, suffix = key
                table = self._named[stem] if stem in self._named else self._tables[stem]
                self._made[key] = File.of(_as(suffix, stem, table), _MEDIA[suffix])
            return self._made[key]

    def refusal(self, name: str) -> int | None:
        """The status with which the file *name* is refused; None where it is served."""
        stem = _longest(self._refusals, name)
        return None if stem is None or _suffix(name) is None else self._refusals[stem]

    def names(self) -> tuple[str, ...]:
        """The names that a listing of any folder shows, sorted."""
        return tuple(sorted({f"{stem}.csv" for stem in (*self._tables, *self._named)} | set(self._extra)))

    def _table(self, name: str) -> tuple[str, str] | None:
        """The stem and the suffix that *name* stands for: ``Train_raw.csv.gz`` is ``train`` and ``.csv.gz``."""
        suffix = _suffix(name)
        if suffix is None:
            return None
        whole = name.lower().removesuffix(suffix)
        stem = whole if whole in self._named else _longest(self._tables, name)
        return None if stem is None else (stem, suffix)


def _suffix(name: str) -> str | None:
    return next((suffix for suffix in _MEDIA if name.lower().endswith(suffix)), None)


def _longest(stems: Iterable[str], name: str) -> str | None:
    return max((stem for stem in stems if name.lower().startswith(stem)), key=len, default=None)


def _as(suffix: str, stem: str, table: bytes) -> bytes:
    if suffix == ".csv":
        return table
    if suffix == ".csv.gz":
        return gzip.compress(table, mtime=0)
    if suffix == ".parquet":
        return _parquet(table)
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{stem}.csv"), table, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _parquet(table: bytes) -> bytes:
    try:
        from pyarrow import BufferReader, csv, parquet
    except ImportError as error:
        raise CannotMake(str(error)) from error
    # An empty field is a missing value in every column, as pandas reads it.
    first = table.partition(b"\n")[0]
    parse = csv.ParseOptions(delimiter=max(",;\t|", key=lambda delimiter: first.count(delimiter.encode())))
    convert = csv.ConvertOptions(strings_can_be_null=True, null_values=[""])
    target = io.BytesIO()
    parquet.write_table(csv.read_csv(BufferReader(table), parse_options=parse, convert_options=convert), target)
    return target.getvalue()
