"""The networks that student code is run in: the course's own data, and other data."""

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
from checker.evidence.resampling import Columns, reordered, resample
from checker.evidence.tables import rewritten
from checker.facts.running import Job, World
from checker.model import text

_TRAIN, _TEST = "train", "test"


def ordinary_world(course: Course) -> World:
    """The data of the course, as they are. Raises CourseError where the course has none."""
    return _world(course, *_tables(course))


def shifted_world(course: Course, seed: int) -> World:
    """Other passengers, of whom clearly more survived; the same *seed* gives the same ones. Raises CourseError."""
    data = course.data
    train, test = _tables(course)
    try:
        return _world(course, *resample(train, test, seed, Columns(data.target, data.identifier, data.name)))
    except (ValueError, LookupError) as error:
        raise CourseError(
            text("The data of the course cannot be resampled ({reason}).", reason=str(error)),
            text("Compare train.csv and test.csv with the names under data: in the course file."),
        ) from error


def reordered_world(course: Course, seed: int) -> World:
    """The same passengers with the columns in another order; the same *seed* gives the same one. Raises CourseError.

    Not to fail a program by: to read columns by their place is honest work.
    """
    return _world(course, *(reordered(table, seed) for table in _tables(course)))


@dataclass(frozen=True, slots=True)
class Seeds:
    """Seeds that no student can foresee; each is to be kept with the verdict.

    With a *secret*, a run that is the same by its *identity* gets the same seeds again, so that what came of it can
    be remembered; without one, each is new.
    """

    secret: bytes | None = None
    identity: Callable[[Job], str] = lambda job: job.tree.id

    def draw(self, job: Job, attempt: int) -> int:
        """The seed of the data that are to be served instead of those of *job*, at this *attempt*."""
        if self.secret is None:
            return secrets.randbits(32)
        said = f"{self.identity(job)} {attempt}".encode()
        return int.from_bytes(hmac.digest(self.secret, said, hashlib.sha256)[:4], "big")


def columns_of(course: Course) -> Mapping[str, frozenset[str]]:
    """The columns of the course's tables, by role. Raises CourseError where the course has none."""
    lines = (next(csv.reader(io.StringIO(table.decode("utf-8-sig"))), []) for table in _tables(course))
    return dict(zip((_TRAIN, _TEST), map(frozenset, lines), strict=True))


def _world(course: Course, train: bytes, test: bytes) -> World:
    """Under each stem of the course its table; a stem that is neither is what one would train on."""
    tables: Mapping[str, bytes] = {stem: test if stem == _TEST else train for stem in course.data.stems}
    named = {
        name: rewritten(test if own.role == _TEST else train, own.columns, own.separator)
        for name, own in course.data.own.items()
    }
    return World(tables, named=named)


def _tables(course: Course) -> tuple[bytes, bytes]:
    folder = course.data.folder
    try:
        return (folder / f"{_TRAIN}.csv").read_bytes(), (folder / f"{_TEST}.csv").read_bytes()
    except OSError as error:
        raise CourseError(
            text("The course has no data: {path} cannot be read.", path=str(error.filename or folder)),
            text("Put train.csv and test.csv into the folder data beside the course file."),
        ) from error
