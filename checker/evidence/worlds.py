"""The networks that student code is run in: the course's own data, and other data."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from checker.course import Course
from checker.errors import CourseError
from checker.evidence.resampling import Columns, resample
from checker.facts.running import World
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


def new_seed() -> int:
    """A seed that no student can foresee; to be kept with the verdict."""
    return secrets.randbits(32)


def _world(course: Course, train: bytes, test: bytes) -> World:
    """Under each stem of the course its table; a stem that is neither is what one would train on."""
    tables: Mapping[str, bytes] = {stem: test if stem == _TEST else train for stem in course.data.stems}
    return World(tables)


def _tables(course: Course) -> tuple[bytes, bytes]:
    folder = course.data.folder
    try:
        return (folder / f"{_TRAIN}.csv").read_bytes(), (folder / f"{_TEST}.csv").read_bytes()
    except OSError as error:
        raise CourseError(
            text("The course has no data: {path} cannot be read.", path=str(error.filename or folder)),
            text("Put train.csv and test.csv into the folder data beside the course file."),
        ) from error
