"""Values of the course in a page: a page is written once, and says what the course at hand says."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

from checker.course import Course
from checker.locale import Speech

_VALUE = re.compile(r"\{=([\w.-]+)(?:\|(\w+))?\}")
_PASSAGE = re.compile(r"\{\?([\w.-]+)\|((?:[^{}]|\{=[^{}]*\})*)\}")
_STEP = "step."


def with_values(page: str, course: Course, language: str) -> str:
    """*page* with the values of *course* in the place of its placeholders, numbers as *language* writes them.

    ``{=names.main}`` is a value by its path in the course (a dash for none), ``{=step.lint-main}`` the number of the
    step of a check, ``{=names.modules|and}`` a list as code with that word before its last entry.
    ``{?lint-main|words}`` are words for a course that has this check, ``{?names.other_scripts|words}`` for one where
    this value is not empty.
    No language of the examples has such braces; all others are left as they are. Raises KeyError for a value that the
    course does not have.
    """
    speech = Speech(language)
    present = _PASSAGE.sub(lambda found: found[2] if _has(course, found[1]) else "", page)
    return _VALUE.sub(lambda found: _written(_value(course, found[1]), found[2], speech), present)


def _has(course: Course, name: str) -> bool:
    return bool(_value(course, name)) if "." in name else course.judges(name)


def _value(course: Course, path: str) -> Any:
    if path.startswith(_STEP):
        check = path.removeprefix(_STEP)
        for step, entry in course.checks():
            if entry.id == check:
                return step.id
        raise KeyError(path)
    value: Any = course
    for name in path.split("."):
        if value is None:
            return None
        if not isinstance(value, BaseModel) or not _is_value(type(value), name):
            raise KeyError(path)
        value = getattr(value, name)
    return value


def _is_value(kind: type[BaseModel], name: str) -> bool:
    """Whether *kind* declares a field or a property of that name itself."""
    return name in kind.model_fields or isinstance(vars(kind).get(name), property)


def _written(value: Any, word: str | None, speech: Speech) -> str:
    if value is None:
        return "–"
    if word is None and isinstance(value, str | int | float):
        return speech.show(value)
    if word is None or not isinstance(value, tuple):
        raise KeyError(f"a list needs a word before its last entry, and nothing else has one: {value!r}")
    *first, last = (f"`{entry}`" for entry in value) if value else ("–",)
    return f"{', '.join(first)} {word} {last}" if first else last
