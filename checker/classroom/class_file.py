"""The file of a class, ``class.toml``: its course, its forge, its deadline, and what late work costs."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta, tzinfo
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from checker.course_files import DEFAULT_EDITION
from checker.errors import ClassError
from checker.invalid_file import Place, explain
from checker.model import text

Points = Annotated[Fraction, BeforeValidator(lambda number: Fraction(str(number))), Field(ge=0)]
_MOST_BYTES = 1_000_000
_AGAIN = text("Write it again: checker class init.")


def _zone(name: str) -> tzinfo:
    """The time zone of that name. Raises ValueError for one that this machine does not know."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        close = get_close_matches(name, available_timezones(), n=1, cutoff=0.6)
        raise ValueError(f"there is no time zone {name}" + (f", but {close[0]}" if close else "")) from error


def _known_zone(name: str) -> str:
    _zone(name)
    return name


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ForgeTable(_Table):
    """The service that hosts the repositories. ``url`` is that of its API, where it is not the public one.

    ``repository`` is the one that students fork, as ``owner/name``.
    """

    kind: Literal["github", "gitlab", "none"] = "none"
    url: str = ""
    repository: str = ""


class DeadlineTable(_Table):
    """The deadline. A time without an offset is that of ``timezone``, by its name in the IANA database."""

    at: datetime | None = None
    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    grace_minutes: Annotated[int, Field(ge=0)] = 0

    @property
    def moment(self) -> datetime | None:
        """The deadline as a time with an offset; None if there is none."""
        if self.at is None or self.at.tzinfo is not None:
            return self.at
        return self.at.replace(tzinfo=_zone(self.timezone))

    @property
    def grace(self) -> timedelta:
        return timedelta(minutes=self.grace_minutes)


class LateTable(_Table):
    """The rule for work that comes after the deadline and its grace.

    ``cut``: the last commit before counts. ``penalty``: the last commit counts, and each day that has begun costs
    ``points_per_day``, at most ``most_points`` together. ``accept``: the last commit counts, and nothing is taken off.
    """

    policy: Literal["cut", "penalty", "accept"] = "cut"
    points_per_day: Points = Fraction(0)
    most_points: Points | None = None


class GradebookTable(_Table):
    """The address of the gradebook, as an SQLAlchemy URL; empty: ``gradebook.sqlite`` in the folder of the class."""

    url: str = ""


class ClassFile(_Table):
    """The content of ``class.toml``. ``course`` and ``environment`` are options of ``checker check``."""

    course: str = DEFAULT_EDITION
    environment: str = "embedded"
    language: Literal["fr", "en"] | None = None
    forge: ForgeTable = ForgeTable()
    deadline: DeadlineTable = DeadlineTable()
    late: LateTable = LateTable()
    gradebook: GradebookTable = GradebookTable()


def load(path: Path) -> ClassFile:
    """The file of a class. Raises ClassError with the line and, for a misspelt word, the closest right one."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ClassError(text("{path} is larger than any file of a class.", path=str(path)), _AGAIN)
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or "it is not UTF-8"
        raise ClassError(text("{path} cannot be read: {reason}.", path=str(path), reason=reason), _AGAIN) from error
    try:
        document = tomllib.loads(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ClassError(
            text("{path} is not TOML: {reason}.", path=str(path), reason=str(error)[:200]),
            text("Mend that line, or write the file again: checker class init."),
        ) from error
    try:
        return ClassFile.model_validate(document)
    except ValidationError as error:
        compare = text("Compare with a new one: checker class init.")
        raise ClassError(*explain(path, error, ClassFile, lambda where: _line(content, where), compare)) from error


def _line(content: str, where: Place) -> int:
    """The line, from 1, on which the value at *where* ends: the file up to that line, and no less, has the value."""
    lines = content.splitlines()
    for depth in range(len(where), 0, -1):
        for number in range(1, len(lines) + 1):
            try:
                value: Any = tomllib.loads("\n".join(lines[:number]))
                for part in where[:depth]:
                    value = value[part]
            except (tomllib.TOMLDecodeError, KeyError, IndexError, TypeError):
                continue
            return number
    return 1
