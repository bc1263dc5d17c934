"""The words of a forge, checked and bounded before anything uses them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import pygit2
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

LONGEST_NAME = 255
_LAST_DAY = datetime(9000, 1, 1, tzinfo=UTC)


class Answer(BaseModel):
    """A part of an answer: the fields that are read, and no others."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _branch(name: str) -> str:
    if not pygit2.reference_is_valid_name(f"refs/heads/{name}") or name.startswith("-"):
        raise ValueError("no name of a branch")
    return name


def _moment(at: datetime) -> datetime:
    if at > _LAST_DAY:
        raise ValueError("no time of ours")
    return at.astimezone(UTC)


Account = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$", max_length=LONGEST_NAME)]
Project = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$", max_length=500
    ),
]
Branch = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME), AfterValidator(_branch)]
Commit = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
Moment = Annotated[AwareDatetime, AfterValidator(_moment)]
Number = Annotated[int, Field(ge=1, le=2**62)]

_PROJECT: TypeAdapter[str] = TypeAdapter(Project)
_ACCOUNT: TypeAdapter[str] = TypeAdapter(Account)
_Read = TypeVar("_Read", bound=Answer)


def is_project(words: str) -> bool:
    """Whether *words* are the name of a repository with its owner: ``owner/name``, on GitLab ``group/part/name``."""
    return _fits(_PROJECT, words)


def is_account(words: str) -> bool:
    """Whether *words* may be the name of an account."""
    return _fits(_ACCOUNT, words)


def _fits(form: TypeAdapter[str], words: str) -> bool:
    try:
        form.validate_python(words)
    except ValidationError:
        return False
    return True


def read_each(model: type[_Read], items: Iterable[object]) -> tuple[tuple[_Read, ...], int]:
    """The *items* that have the form of *model*, and how many have not."""
    found: list[_Read] = []
    wrong = 0
    for item in items:
        try:
            found.append(model.model_validate(item))
        except ValidationError:
            wrong += 1
    return tuple(found), wrong
