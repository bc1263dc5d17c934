"""The verdict where a check needs a container engine that is not here."""

from __future__ import annotations

from checker.facts.image import Engine
from checker.model import Advice, Basis, Text, Unavailable, text

BY_HAND = "docker build -t titanic . && docker run --rm titanic"


def needs_engine(engine: Engine, what: Text, extra: tuple[Advice, ...] = ()) -> Unavailable:
    remedy = text("By hand: {command}", command=BY_HAND)
    if engine.version is None and engine.missing is not None and engine.remedy is not None:
        what = text("{what} {missing}", what=what, missing=engine.missing)
        remedy = text("{remedy} Then by hand: {command}", remedy=engine.remedy, command=BY_HAND)
    return Unavailable(what=what, remedy=remedy, advice=extra, basis=Basis.READ)
