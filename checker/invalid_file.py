"""What is wrong in a file that a person writes: the line, and for a misspelt word the closest right one."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from checker.model import Text, text

Place: TypeAlias = tuple[int | str, ...]
"""The way to a value, from the top of the file."""


def explain(
    path: Path, error: ValidationError, model: type[BaseModel], line_of: Callable[[Place], int], compare: Text
) -> tuple[Text, Text]:
    """The cause and the remedy of the first problem in the file *path* of that *model*.

    *line_of* gives the line, from 1, of a place. *compare* is the remedy where no closest word is known.
    """
    problems = error.errors(include_url=False)
    # a misspelt name is also a missing one: the word that was written is what its author can find
    problem = next((one for one in problems if one["type"] == "extra_forbidden"), problems[0])
    where = problem["loc"]
    line = line_of(where)
    place = ".".join(str(part) for part in where) or "the file"
    if problem["type"] == "extra_forbidden":
        close = get_close_matches(str(where[-1]), _siblings(model, where), n=1, cutoff=0.5)
        remedy = text("Did you mean {name}?", name=close[0]) if close else text("Remove it.")
        return text("{path}, line {line}: {place} is not known.", path=str(path), line=line, place=place), remedy
    if problem["type"] == "literal_error" and (nearest := _closest(problem)) is not None:
        compare = text("Did you mean {name}?", name=nearest)
    said = problem.get("ctx", {}).get("error") if problem["type"] == "value_error" else None
    cause = text(
        "{path}, line {line}: {place}: {problem}.",
        path=str(path),
        line=line,
        place=place,
        problem=str(said or problem["msg"]),
    )
    return cause, compare


def _closest(problem: Any) -> str | None:
    """Of the words that may stand at a place, the one that is nearest to what stands there."""
    allowed = re.findall(r"'([^']{1,100})'", str(problem["ctx"]["expected"]))
    close = get_close_matches(str(problem["input"])[:100], allowed, n=1, cutoff=0.5)
    return close[0] if close else None


def _siblings(model: Any, where: Place) -> list[str]:
    """The names that a table of the file may have at the place of the last part of *where*."""
    for part in where[:-1]:
        if isinstance(part, int) or not (isinstance(model, type) and issubclass(model, BaseModel)):
            continue
        field = model.model_fields.get(str(part))
        if field is None:
            return []
        model = field.annotation
        arguments = getattr(model, "__args__", ())
        if arguments and isinstance(arguments[0], type) and issubclass(arguments[0], BaseModel):
            model = arguments[0]
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []
