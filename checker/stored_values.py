"""The values of a report in its published form, and back: strings that any reader takes, numbers, sentences.

A stored sentence may come from a stranger. Its template is data: one that does not fit its own values is shown
literally, and nothing of it is ever evaluated.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, cast

from checker.model import LONGEST_LIST, Json, Location, Text, Value
from checker.quoting import inside_commands, read_again
from checker.report import Sentence

LONGEST = 20_000
"""Characters of one string of a report: a longer one is cut, and says so."""

LONGEST_STORED = LONGEST + 30
"""Characters of a string that was cut, with its note on the rest."""

_WIDEST = 63
_WIDEST_EXACT = 512
_TOO_WIDE = 1 << _WIDEST_EXACT
"""Stands for a number that was not stored, as it had too many digits to be shown."""

_LONGEST_SENTENCE = 500_000
"""Characters of one rendered sentence: a few nested ones can come to billions."""

_LONGEST_NUMBER = 400
_CUT = re.compile(r" … \(\+\d{1,20}\)")
_NUMBER = r"-?\d{1,160}"
_INTEGER = re.compile(_NUMBER)
_FRACTION = re.compile(rf"{_NUMBER}(?:/\d{{1,160}})?")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_NUMBERS = ("nan", "inf", "-inf")


def clean(words: str) -> str:
    """*words* as valid UTF-8, cut at :data:`LONGEST` characters; cleaning twice changes nothing more."""
    written = words.encode("utf-8", "backslashreplace").decode("utf-8")
    if len(written) <= LONGEST or _CUT.fullmatch(written, LONGEST):
        return written
    return written[:LONGEST] + f" … (+{len(written) - LONGEST})"


def plain(value: Json) -> Json:
    """*value* with every string cleaned, and as null the numbers that JSON does not know or no reader can hold."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int) and value.bit_length() > _WIDEST:
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {clean(str(key)): plain(item) for key, item in value.items()}
    return value


def instant(moment: datetime | None) -> str | None:
    """*moment* as it is stored: in UTC, with seconds, as in ``2026-09-01T08:00:00Z``."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def moment_of(stored: str) -> datetime:
    """The moment in a string of :func:`instant`. Raises ValueError for anything else."""
    if not _INSTANT.fullmatch(stored):
        raise ValueError("no instant in UTC")
    return datetime.fromisoformat(stored)


def sentence_part(sentence: Text) -> Sentence:
    """The published form of a sentence."""
    return Sentence.model_validate(plain(_data(sentence)))


def told(part: Sentence) -> Text:
    """The stored sentence as a Text, for any language.

    Raises ValueError for values that no sentence has, and for a sentence far longer than any of the checker's.
    """
    names = part.values.keys()
    commands = inside_commands(part.template)
    values = {name: _value(value, part.exact.get(name)) for name, value in part.values.items()}
    template = _over(names, part.template)
    translations = tuple((language, _over(names, words)) for language, words in part.translations.items())
    if _extent((template, *(words for _, words in translations)), values) > _LONGEST_SENTENCE:
        raise ValueError("too long a sentence")
    return Text(
        template,
        tuple(
            (name, read_again(value) if name in commands and isinstance(value, str) else value)
            for name, value in values.items()
        ),
        translations,
    )


def literal(words: str) -> Text:
    """A sentence that consists of these words, without a template."""
    return Text(_escaped(words))


def extent(value: Value) -> int:
    """About how many characters *value* has when rendered."""
    if isinstance(value, Text):
        return _extent((value.template, *(words for _, words in value.translations)), dict(value.values))
    if isinstance(value, tuple):
        return sum(extent(item) + 2 for item in value[:LONGEST_LIST])
    if isinstance(value, str):
        return len(value)
    return len(value.path) + _LONGEST_NUMBER if isinstance(value, Location) else _LONGEST_NUMBER


def fraction_of(words: str) -> Fraction:
    """The number in *words*, as in ``1/3``. Raises ValueError where there is none, or one that is too long."""
    if not _FRACTION.fullmatch(words):
        raise ValueError("no fraction")
    try:
        return Fraction(words)
    except ZeroDivisionError as error:
        raise ValueError("no fraction") from error


def _data(value: Value) -> Json:
    if isinstance(value, Text):
        exact = {name: kept for name, inner in value.values if (kept := _exact(inner)) is not None}
        return {
            "template": value.template,
            "values": {name: _data(inner) for name, inner in value.values},
            "translations": dict(value.translations),
            **({"exact": cast("Json", exact)} if exact else {}),
        }
    if isinstance(value, tuple):
        return [_data(inner) for inner in value]
    if isinstance(value, Fraction):
        return float(value)
    return str(value) if isinstance(value, Location) else value


def _exact(value: Value) -> Json:
    """The exact form of *value* where JSON cannot hold it; else None."""
    if isinstance(value, tuple):
        inner = [_exact(item) for item in value]
        return inner if any(item is not None for item in inner) else None
    if isinstance(value, Location):
        return {"place": {"path": value.path, "cell": value.cell, "line": value.line, "column": value.column}}
    if isinstance(value, Fraction):
        narrow = max(value.numerator.bit_length(), value.denominator.bit_length()) <= _WIDEST_EXACT
        return {"fraction": str(value)} if narrow else None
    if isinstance(value, int) and _WIDEST < value.bit_length() <= _WIDEST_EXACT:
        return {"integer": str(value)}
    return {"number": str(value)} if isinstance(value, float) and not math.isfinite(value) else None


def _value(stored: Any, exact: Any) -> Value:
    match stored, exact:
        case dict(), _:
            return told(Sentence.model_validate(stored, strict=True, extra="ignore"))
        case list(), None:
            return tuple(_value(item, None) for item in stored)
        case list(), list():
            return tuple(_value(item, kept) for item, kept in zip(stored, exact, strict=True))
        case None, None:
            return _TOO_WIDE
        case _, None:
            return cast("Value", stored)
        case _, {"place": {"path": str(path), **place}}:
            return Location(path, *(_count(place.get(name)) for name in ("cell", "line", "column")))
        case _, {"fraction": str(words)}:
            return fraction_of(words)
        case _, {"integer": str(words)} if _INTEGER.fullmatch(words):
            return int(words)
        case _, {"number": str(words)} if words in _NUMBERS:
            return float(words)
    raise ValueError("no value of a sentence")


def _count(number: object) -> int | None:
    if number is None or (isinstance(number, int) and number.bit_length() <= _WIDEST):
        return number
    raise ValueError("no number of a place")


def _over(names: Iterable[str], template: str) -> str:
    """*template* if it names none but these values and has no other format syntax; else its words, escaped."""
    try:
        pieces = [*string.Formatter().parse(template)]
    except ValueError:
        return _escaped(template)
    known = frozenset(names)
    good = all(
        name is None or (name in known and name.isidentifier() and not form and not conversion)
        for _, name, form, conversion in pieces
    )
    return template if good else _escaped(template)


def _escaped(words: str) -> str:
    return words.replace("{", "{{").replace("}", "}}")


def _extent(templates: Iterable[str], values: Mapping[str, Value]) -> int:
    """The length of the longest of *templates*, each of them safe, with *values* in their places."""
    lengths = {name: extent(value) for name, value in values.items()}
    return max(
        len(words) + sum(lengths[name] for _, name, _, _ in string.Formatter().parse(words) if name is not None)
        for words in templates
    )
