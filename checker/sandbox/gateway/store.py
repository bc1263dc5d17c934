"""What a served network holds, by file name."""

from __future__ import annotations

import gzip
import hashlib
import io
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checker.facts.running import World

_MEDIA = {
    ".csv": "text/csv",
    ".csv.gz": "application/gzip",
    ".csv.zip": "application/zip",
    ".zip": "application/zip",
    ".parquet": "application/vnd.apache.parquet",
}


class CannotMake(Exception):
    """The content exists, but not in the format that is asked for: this machine has no library for it."""


@dataclass(frozen=True, slots=True)
class File:
    """A content with its type and entity tag (in quotes)."""

    body: bytes
    media: str
    etag: str

    @classmethod
    def of(cls, body: bytes, media: str) -> File:
        return cls(body, media, f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"')


class Store:
    """The files of a :class:`World`, made when they are first asked for. May be used by several threads."""

    def __init__(self, world: World) -> None:
        self._tables: Mapping[str, bytes] = {stem.lower(): table for stem, table in world.tables.items()}
        self._named: Mapping[str, bytes] = {name.lower(): table for name, table in world.named.items()}
        self._refusals = {stem.lower(): status for stem, status in world.refusals.items()}
        self._extra = {name: File.of(body, "application/octet-stream") for name, body in world.extra.items()}
        self._made: dict[tuple[str, str], File] = {}
        self._lock = threading.Lock()

    def __contains__(self, name: object) -> bool:
        """Whether there is a file of that name, without making it."""
        return isinstance(name, str) and (name in self._extra or self._table(name) is not None)

    def is_ready(self, name: str) -> bool:
        """Whether :meth:`find` answers at once."""
        key = self._table(name)
        return key is None or key in self._made or key[1] != ".parquet"

    def find(self, name: str) -> File | None:
        """The file of that name: as it is given, or a table in the format that its suffix asks for.

        Raises CannotMake.
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
        """The status that a file of that name is refused with, or None where it is not."""
        stem = _longest(self._refusals, name)
        return None if stem is None or _suffix(name) is None else self._refusals[stem]

    def names(self) -> tuple[str, ...]:
        """What a listing of any folder shows, sorted."""
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
    return _zip(f"{stem}.csv", table) if suffix.endswith(".zip") else _parquet(table)


def _zip(name: str, content: bytes) -> bytes:
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _parquet(table: bytes) -> bytes:
    try:
        from pyarrow import BufferReader, csv, parquet
    except ImportError as error:
        raise CannotMake(str(error)) from error
    # An empty field is a missing value in every column, as pandas reads it.
    first = table.partition(b"\n")[0]
    parse = csv.ParseOptions(delimiter=max(",;\t|", key=lambda one: first.count(one.encode())))
    convert = csv.ConvertOptions(strings_can_be_null=True, null_values=[""])
    target = io.BytesIO()
    parquet.write_table(csv.read_csv(BufferReader(table), parse_options=parse, convert_options=convert), target)
    return target.getvalue()
