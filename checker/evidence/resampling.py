"""Other passengers, drawn from the given ones: a result that does not change with them was not computed from them.

Written with the standard library, so that the text of every field stays what it is.
"""

from __future__ import annotations

import csv
import functools
import io
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_MOST_CATEGORIES = 25
"""A column with more different values than this is a measure or a name, and not a choice of a few."""

_SIZE = (0.72, 0.88)
"""Bounds of the number of rows, as a share of the given ones."""

_SHIFT = (0.17, 0.24)
"""Bounds of what is added to the share of the rarest value of the target."""

_LARGEST_SHARE = 0.8

_TITLE = re.compile(r",\s*+([^,.]+\.)")
_INTEGER = re.compile(r"[+-]?\d+")
_REAL = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][+-]?\d+)?")

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns whose meaning matters here."""

    target: str
    identifier: str
    name: str


def resample(train: bytes, test: bytes, seed: int, columns: Columns) -> tuple[bytes, bytes]:
    """Another training and another test table, as CSV in UTF-8; the same *seed* gives the same ones.

    Each has fewer rows than the given one, other identifiers and other names, all unique. In the training table the
    share of the rarest value of the target is clearly larger. Each column keeps its categories (those of the titles
    in names included), its missing values and what pandas makes of its type. A title that only the test table has
    stays there as often as it was.

    Raises ValueError where a table has no rows or lacks the target (training), the identifier or the name.
    """
    chance = random.Random(seed)  # noqa: S311 - a draw, not a secret
    given_train, given_test = _Table.parse(train), _Table.parse(test)
    for table, needed in (
        (given_train, (columns.target, columns.identifier, columns.name)),
        (given_test, (columns.identifier, columns.name)),
    ):
        if missing := [column for column in needed if column not in table.header]:
            raise ValueError(f"no column {', '.join(missing)}")
    titles = {_title(row[columns.name]) for row in given_train.rows}
    lonely = [row for row in given_test.rows if _title(row[columns.name]) not in titles]
    common = [row for row in given_test.rows if _title(row[columns.name]) in titles]

    drawn_train = _drawn(given_train, given_train.rows, columns, chance)
    drawn_test = [*_drawn(given_test, common, columns, chance), *lonely] if common else lonely
    chance.shuffle(drawn_test)
    names = _Names((row[columns.name] for row in (*given_train.rows, *given_test.rows)), chance)
    first = chance.randrange(2_000, 9_000)
    renamed = [
        row | {columns.identifier: str(number), columns.name: names.other(row[columns.name])}
        for number, row in enumerate((*drawn_train, *drawn_test), first)
    ]
    return (
        given_train.with_rows(renamed[: len(drawn_train)]),
        given_test.with_rows(renamed[len(drawn_train) :]),
    )


def reordered(table: bytes, seed: int) -> bytes:
    """*table* (CSV) with its columns in another order, told by *seed*; of one column, as it is.

    Raises ValueError where it has no rows.
    """
    parsed = _Table.parse(table)
    order = list(parsed.header)
    chance = random.Random(seed)  # noqa: S311 - a draw, not a secret
    while len(set(order)) > 1 and tuple(order) == parsed.header:
        chance.shuffle(order)
    return _Table(tuple(order), parsed.rows).with_rows(parsed.rows)


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


def _drawn(table: _Table, rows: Sequence[Row], columns: Columns, chance: random.Random) -> list[Row]:
    """Rows of *rows*, some of them more than once: those that a category or type hangs on, and others by chance."""
    needed = _needed(table.header, rows, columns, chance)
    size = max(round(len(rows) * chance.uniform(*_SIZE)), len(needed))
    free = size - len(needed)
    drawn = list(needed)
    if columns.target in table.header and len(counts := Counter(row[columns.target] for row in rows)) > 1:
        rarest = min(sorted(counts), key=lambda value: counts[value])
        share = min(counts[rarest] / len(rows) + chance.uniform(*_SHIFT), _LARGEST_SHARE)
        missing = round(share * size) - sum(row[columns.target] == rarest for row in needed)
        rare = [row for row in rows if row[columns.target] == rarest]
        rows = [row for row in rows if row[columns.target] != rarest]
        drawn += chance.choices(rare, k=min(max(missing, 0), free))
    drawn += chance.choices(rows, k=size - len(drawn))
    chance.shuffle(drawn)
    return drawn


def _needed(header: Sequence[str], rows: Sequence[Row], columns: Columns, chance: random.Random) -> list[Row]:
    """A few rows that together have every category and every kind of value of each column."""
    chosen: list[Row] = []
    seen: set[tuple[str, str]] = set()
    few = {column for column in header if len({row[column] for row in rows}) <= _MOST_CATEGORIES}
    order = chance.sample(rows, len(rows))
    for row in order:
        features = set(_features(row, few, columns))
        if not features <= seen:
            chosen.append(row)
            seen |= features
    return chosen


def _features(row: Row, few: set[str], columns: Columns) -> Iterator[tuple[str, str]]:
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
    """What makes pandas choose a type for a column."""
    if not value.strip():
        return "missing"
    if _INTEGER.fullmatch(value.strip()):
        return "integer"
    return "real" if _REAL.fullmatch(value.strip()) else "text"


def _title(name: str) -> str:
    match = _TITLE.search(name)
    return match[1] if match else ""


class _Names:
    """Names that nobody had: the family of one passenger, and title and first names of another."""

    def __init__(self, given: Iterable[str], chance: random.Random) -> None:
        self._chance = chance
        self._taken = set(given)
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
