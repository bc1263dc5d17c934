"""Answers of a forge, checked and bounded before they are used."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol, TypeVar

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

from checker.classroom.forges.errors import UnreadableAnswer

LONGEST_NAME = 255
_LAST_DAY = datetime(9000, 1, 1, tzinfo=UTC)


class HttpAnswer(Protocol):
    """An answer over HTTP, from any library."""

    @property
    def links(self) -> Any:
        """The addresses in its header ``Link``, by their relation."""
        ...

    def json(self) -> Any:
        """Its JSON. Raises ValueError and RecursionError."""
        ...


class Answer(BaseModel):
    """A part of an answer, with the fields that are read, and no others."""

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
    """True if *words* name a repository with its owner: ``owner/name``, on GitLab ``group/part/name``."""
    return _fits(_PROJECT, words)


def is_account(words: str) -> bool:
    """True if *words* have the form of an account name."""
    return _fits(_ACCOUNT, words)


def _fits(form: TypeAdapter[str], words: str) -> bool:
    try:
        form.validate_python(words)
    except ValidationError:
        return False
    return True


def json_of(answer: HttpAnswer, host: str) -> Any:
    """The JSON of an answer of *host*. Raises UnreadableAnswer."""
    try:
        return answer.json()
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswer(host, "no JSON") from error


def read_one(model: type[_Read], answer: HttpAnswer, host: str, what: str) -> _Read:
    """The answer of *host* about *what*, as a *model*. Raises UnreadableAnswer."""
    try:
        return model.model_validate(json_of(answer, host))
    except ValidationError as error:
        raise UnreadableAnswer(host, what) from error


def read_each(model: type[_Read], items: Iterable[object]) -> tuple[tuple[_Read, ...], int]:
    """The *items* that fit *model*, and the number of those that do not."""
    found: list[_Read] = []
    wrong = 0
    for item in items:
        try:
            found.append(model.model_validate(item))
        except ValidationError:
            wrong += 1
    return tuple(found), wrong
