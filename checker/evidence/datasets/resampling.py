"""Other passengers, resampled from the given ones: a result that stays the same on them was not computed from data.

Written with the standard library, so that the text of every field is preserved.
"""

from __future__ import annotations

import csv
import functools
import io
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

_MOST_CATEGORIES = 25
"""The number of distinct values above which a column is a measure or a name, not a category."""

_SIZE = (0.72, 0.88)
"""Bounds of the number of rows, as a share of the given ones."""

_SHIFT = (0.17, 0.24)
"""Bounds of the increase of the share of one value of the target."""

_LARGEST_SHARE = 0.8

_TITLE = re.compile(r",\s*+([^,.]+\.)")
_INTEGER = re.compile(r"[+-]?\d+")
_REAL = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][+-]?\d+)?")

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """The columns with a meaning for the resampling; None for a meaning that no column has.

    ``is_positive`` tells the value of the target that counts.
    """

    target: str
    identifier: str | None
    name: str | None
    is_positive: Callable[[str], bool] = lambda value: False  # noqa: ARG005


def resample(
    train: bytes, test: bytes | None, seed: int, columns: ColumnNames, *, by_chance: bool = False
) -> tuple[bytes, bytes | None]:
    """Another training table, and another test table where one is given, as CSV in UTF-8, determined by *seed*.

    Each has fewer rows than the given table, with other identifiers and other names, all unique. In the training table
    the share of one value of the target is clearly larger: of the positive one, or of the rarest one where most rows
    are positive or no value is. Each column keeps its categories (including the titles in names), its missing values
    and the type that pandas infers. A title that only the test table has occurs there as often as before. With
    *by_chance* the values of the target are shuffled among the rows, so that no other column predicts them.

    Raises ValueError where a table has no rows or lacks one of *columns*; only the training table has the target.
    """
    chance = random.Random(seed)  # noqa: S311 - a draw, not a secret
    given_train, given_test = _Table.parse(train), _Table.parse(test) if test is not None else None
    own = tuple(column for column in (columns.identifier, columns.name) if column is not None)
    _demand(given_train, (columns.target, *own))
    tests: tuple[Row, ...] = ()
    if given_test is not None:
        _demand(given_test, own)
        tests = given_test.rows

    drawn_train = _drawn(given_train, given_train.rows, columns, chance)
    drawn_test: list[Row] = []
    if given_test is not None:
        titles = {_title_of(row, columns) for row in given_train.rows}
        lonely = [row for row in tests if _title_of(row, columns) not in titles]
        common = [row for row in tests if _title_of(row, columns) in titles]
        drawn_test = [*_drawn(given_test, common, columns, chance), *lonely] if common else lonely
        chance.shuffle(drawn_test)
    renamed = _renamed((*drawn_train, *drawn_test), (*given_train.rows, *tests), columns, chance)
    if by_chance:
        dealt = [row[columns.target] for row in drawn_train]
        chance.shuffle(dealt)
        renamed[: len(dealt)] = [row | {columns.target: value} for row, value in zip(renamed, dealt, strict=False)]
    count = len(drawn_train)
    return given_train.with_rows(renamed[:count]), given_test.with_rows(renamed[count:]) if given_test else None


def _demand(table: _Table, needed: Iterable[str]) -> None:
    if missing := [column for column in needed if column not in table.header]:
        raise ValueError(f"no column {', '.join(missing)}")


def _renamed(rows: Sequence[Row], given: Sequence[Row], columns: ColumnNames, chance: random.Random) -> list[Row]:
    """*rows* with other identifiers and with names that none of the *given* rows has, where there are such columns."""
    names = _Names((row[columns.name] for row in given) if columns.name is not None else (), chance)
    first_number = chance.randrange(2_000, 9_000)
    renamed = []
    for number, row in enumerate(rows, first_number):
        other = dict(row)
        if columns.identifier is not None:
            other[columns.identifier] = str(number)
        if columns.name is not None:
            other[columns.name] = names.other(row[columns.name])
        renamed.append(other)
    return renamed


@dataclass(frozen=True, slots=True)
class _Table:
    header: tuple[str, ...]
    rows: tuple[Row, ...]

    @classmethod
    @functools.lru_cache(maxsize=8)
    def parse(cls, content: bytes) -> _Table:
        lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        header = tuple(next(lines, ()))
        rows = tuple(dict(zip(header, line, strict=True)) for line in lines if line)
        if not rows:
            raise ValueError("no rows")
        return cls(header, rows)

    def with_rows(self, rows: Iterable[Row]) -> bytes:
        target = io.StringIO(newline="")
        writer = csv.DictWriter(target, self.header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return target.getvalue().encode()


def _drawn(table: _Table, rows: Sequence[Row], columns: ColumnNames, chance: random.Random) -> list[Row]:
    """A sample of *rows* with repetition: the rows that a category or type depends on, and random ones."""
    needed = _needed(table.header, rows, columns, chance)
    size = max(round(len(rows) * chance.uniform(*_SIZE)), len(needed))
    free = size - len(needed)
    drawn = list(needed)
    if columns.target in table.header and len(counts := Counter(row[columns.target] for row in rows)) > 1:
        wanted = _to_increase(counts, columns)
        share = min(counts[wanted] / len(rows) + chance.uniform(*_SHIFT), _LARGEST_SHARE)
        missing = round(share * size) - sum(row[columns.target] == wanted for row in needed)
        rare = [row for row in rows if row[columns.target] == wanted]
        rows = [row for row in rows if row[columns.target] != wanted]
        drawn += chance.choices(rare, k=min(max(missing, 0), free))
    drawn += chance.choices(rows, k=size - len(drawn))
    chance.shuffle(drawn)
    return drawn


def _to_increase(counts: Mapping[str, int], columns: ColumnNames) -> str:
    """The value of the target whose share is to increase: the positive one, or the rarest one where that is most."""
    half = sum(counts.values()) / 2
    positive = (value for value in sorted(counts) if columns.is_positive(value) and counts[value] <= half)
    return next(positive, min(sorted(counts), key=lambda value: counts[value]))


def _needed(header: Sequence[str], rows: Sequence[Row], columns: ColumnNames, chance: random.Random) -> list[Row]:
    """A few rows that together have every category and every kind of value of each column."""
    chosen: list[Row] = []
    covered: set[tuple[str, str]] = set()
    few = {column for column in header if len({row[column] for row in rows}) <= _MOST_CATEGORIES}
    for row in chance.sample(rows, len(rows)):
        features = set(_features(row, few, columns))
        if not features <= covered:
            chosen.append(row)
            covered |= features
    return chosen


def _features(row: Row, few: set[str], columns: ColumnNames) -> Iterator[tuple[str, str]]:
    for column, value in row.items():
        if column == columns.identifier:
            continue
        if column == columns.name:
            yield column, _title(value)
        elif column in few:
            yield column, f"={value}"
        yield column, _kind(value)


@functools.lru_cache(maxsize=10_000)
def _kind(value: str) -> str:
    """The kind of a value, by which pandas infers the type of a column."""
    if not value.strip():
        return "missing"
    if _INTEGER.fullmatch(value.strip()):
        return "integer"
    return "real" if _REAL.fullmatch(value.strip()) else "text"


def _title_of(row: Row, columns: ColumnNames) -> str:
    return _title(row[columns.name]) if columns.name is not None else ""


def _title(name: str) -> str:
    match = _TITLE.search(name)
    return match[1] if match else ""


class _Names:
    """New names: the family name of one passenger with the title and first names of another."""

    def __init__(self, names: Iterable[str], chance: random.Random) -> None:
        self._chance = chance
        self._taken = set(names)
        self._families = sorted({name.partition(",")[0] for name in self._taken if "," in name})

    def other(self, name: str) -> str:
        """A new name that keeps the title of *name*."""
        _, comma, rest = name.partition(",")
        candidate = name
        for _ in range(20):
            if not comma:
                break
            candidate = f"{self._chance.choice(self._families)},{rest}"
            if candidate not in self._taken:
                break
        while candidate in self._taken:
            family, comma, rest = candidate.partition(",")
            candidate = f"{family}-{self._syllables()}{comma}{rest}"
        self._taken.add(candidate)
        return candidate

    def _syllables(self) -> str:
        return "".join(self._chance.choice("bdfglmnrst") + self._chance.choice("aeiou") for _ in range(3)).capitalize()
