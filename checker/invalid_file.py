"""Errors in a file written by a person: the line, and for a misspelt word the closest right one."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from pydantic import AliasChoices, BaseModel, ValidationError
from pydantic.fields import FieldInfo

from checker.model import Text, text

Place: TypeAlias = tuple[int | str, ...]
"""The path to a value, from the top of the file."""


def explain(
    path: Path, error: ValidationError, model: type[BaseModel], line_of: Callable[[Place], int], compare: Text
) -> tuple[Text, Text]:
    """The cause and the remedy of the first error in the file *path*, validated by *model*.

    *line_of* gives the line, from 1, of a place. *compare* is the remedy where no close word is known.
    """
    problems = error.errors(include_url=False)
    # a misspelt name is also a missing one: the author finds the written word, not the missing one
    problem = next((candidate for candidate in problems if candidate["type"] == "extra_forbidden"), problems[0])
    where = problem["loc"]
    line = line_of(where)
    place = ".".join(str(part) for part in where) or "the file"
    if problem["type"] == "extra_forbidden":
        close = get_close_matches(str(where[-1]), _siblings(model, where), n=1, cutoff=0.5)
        remedy = text("Did you mean {name}?", name=close[0]) if close else text("Remove it.")
        return text("{path}, line {line}: {place} is not known.", path=str(path), line=line, place=place), remedy
    if problem["type"] == "literal_error" and (nearest := _closest(problem)) is not None:
        compare = text("Did you mean {name}?", name=nearest)
    reason = problem.get("ctx", {}).get("error") if problem["type"] == "value_error" else None
    cause = text(
        "{path}, line {line}: {place}: {problem}.",
        path=str(path),
        line=line,
        place=place,
        problem=str(reason or problem["msg"]),
    )
    return cause, compare


def line_in_yaml(node: yaml.Node | None, where: Place) -> int:
    """The line, from 1, of the deepest part of *where* that the document has."""
    line = 1
    for part in where:
        if node is None:
            break
        line = node.start_mark.line + 1
        following: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    line, following = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            following = node.value[part]
            line = following.start_mark.line + 1
        node = following
    return line


def _closest(problem: Any) -> str | None:
    """The allowed word at this place that is closest to the written one."""
    allowed = re.findall(r"'([^']{1,100})'", str(problem["ctx"]["expected"]))
    close = get_close_matches(str(problem["input"])[:100], allowed, n=1, cutoff=0.5)
    return close[0] if close else None


def _siblings(model: Any, where: Place) -> list[str]:
    """The names allowed in the table that holds the last part of *where*."""
    for part in where[:-1]:
        if isinstance(part, int) or not (isinstance(model, type) and issubclass(model, BaseModel)):
            continue
        field = _field(model, str(part))
        if field is None:
            return []
        model = field.annotation
        arguments = getattr(model, "__args__", ())
        if arguments and isinstance(arguments[0], type) and issubclass(arguments[0], BaseModel):
            model = arguments[0]
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return []
    return list(dict.fromkeys(name for field in model.model_fields for name in _names(model, field)))


def _field(model: type[BaseModel], name: str) -> FieldInfo | None:
    """The field of *model* that has *name* in a file, where it may have several."""
    return next((field for own, field in model.model_fields.items() if name in _names(model, own)), None)


def _names(model: type[BaseModel], field: str) -> list[str]:
    """The names in a file for a field of *model*."""
    alias = model.model_fields[field].validation_alias
    others = alias.choices if isinstance(alias, AliasChoices) else []
    return [field, *(name for name in others if isinstance(name, str))]
