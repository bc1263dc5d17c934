"""The data served to runs of student code: the course's own, and other passengers."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from checker.course import Course
from checker.errors import CourseError
from checker.evidence.datasets.on_disk import rewritten
from checker.evidence.datasets.resampling import ColumnNames, resample
from checker.facts.job import Job, ServedData
from checker.facts.table_roles import TEST, TRAIN, Role
from checker.model import text


def ordinary_data(course: Course) -> ServedData:
    """The course's own data. Raises CourseError where the course has none."""
    return _served(course, _tables(course))


def resampled_data(course: Course, seed: int, *, by_chance: bool = False) -> ServedData:
    """Other passengers, clearly more of whom survived, determined by *seed*.

    With *by_chance*, the survivors are drawn at random, so that nothing predicts them. Raises CourseError where the
    course has no data.
    """
    data = course.data
    given = _tables(course)
    try:
        columns = ColumnNames(data.target, data.identifier, data.person, data.is_positive)
        train, test = resample(given[TRAIN], given.get(TEST), seed, columns, by_chance=by_chance)
        return _served(course, {TRAIN: train} if test is None else {TRAIN: train, TEST: test})
    except (ValueError, LookupError) as error:
        raise CourseError(
            text("The data of the course cannot be resampled ({reason}).", reason=str(error)),
            text("Compare {files} with the names under data: in the course file.", files=course.data.files),
        ) from error


@dataclass(frozen=True, slots=True)
class Seeds:
    """Seeds that no student can foresee; the verdict must record the seed.

    With a *secret*, jobs of equal *identity* get equal seeds, so that their results can be cached; without one, each
    seed is new.
    """

    secret: bytes | None = None
    identity: Callable[[Job], str] = lambda job: job.tree.id

    def draw(self, job: Job, attempt: int) -> int:
        """The seed of the data to serve instead of those of *job*, at this *attempt*."""
        if self.secret is None:
            return secrets.randbits(32)
        message = f"{self.identity(job)} {attempt}".encode()
        return int.from_bytes(hmac.digest(self.secret, message, hashlib.sha256)[:4], "big")


def columns_of(course: Course) -> Mapping[Role, frozenset[str]]:
    """The columns of the course's tables, by role. Raises CourseError where the course has none."""
    return {
        role: frozenset(next(csv.reader(io.StringIO(table.decode("utf-8-sig"))), []))
        for role, table in _tables(course).items()
    }


def tables_by_role(course: Course, served_data: ServedData) -> Mapping[Role, bytes]:
    """The tables of the course as *served_data* has them."""
    return {role: served_data.tables[stem] for stem, role in course.data.beginnings.items() if role is not None}


def _served(course: Course, tables: Mapping[Role, bytes]) -> ServedData:
    """The table for each stem of the course; a stem that denotes any table gets the training table."""
    stems = {stem: tables[role or TRAIN] for stem, role in course.data.beginnings.items()}
    aliases = {
        name: rewritten(tables[alias.role], alias.columns, alias.separator) for name, alias in course.data.own.items()
    }
    return ServedData(stems, named=aliases)


def _tables(course: Course) -> Mapping[Role, bytes]:
    folder = course.data.folder
    try:
        return {table.role: (folder / table.file).read_bytes() for table in course.data.tables}
    except OSError as error:
        raise CourseError(
            text("The course has no data: {path} cannot be read.", path=str(error.filename or folder)),
            text("Put {files} into the folder data beside the course file.", files=course.data.files),
        ) from error
