"""The verdict where a check needs a container engine that is not here."""

from __future__ import annotations

from checker.checks.image.docker_lines import by_hand
from checker.course import Course
from checker.facts.image import Engine
from checker.model import Advice, Basis, Text, Unavailable, text


def needs_engine(engine: Engine, course: Course, what: Text, extra: tuple[Advice, ...] = ()) -> Unavailable:
    command = by_hand(course)
    remedy = text("By hand: {command}", command=command)
    if engine.version is None and engine.missing is not None and engine.remedy is not None:
        what = text("{what} {missing}", what=what, missing=engine.missing)
        remedy = text("{remedy} Then by hand: {command}", remedy=engine.remedy, command=command)
    return Unavailable(what=what, remedy=remedy, advice=extra, basis=Basis.READ)
