"""Which repositories of a class are to be graded: those of which something has changed since they last were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from checker.classroom.records import ClassRepository, Counting, Fetched, Forked, Provenance, Run, RunEnd
from checker.model import Status, Text, text
from checker.stored_report import read


class Retry(StrEnum):
    """What else is graded again although nothing of it has changed."""

    ERRORED = "errored"
    """Where the checker itself failed, in the whole grading or in one check."""
    UNAVAILABLE = "unavailable"
    """Where a check could not be judged on the machine that graded."""
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A repository that is to be graded: what of it, and what the grade will rest on.

    ``last`` is the number of its last grading when this was planned; 0 where there was none.
    """

    repository: ClassRepository
    fetched: Fetched
    forked: Forked
    counting: Counting
    provenance: Provenance
    last: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a grading of the class has to do.

    By the key of the repository: ``up_to_date`` gives the commit that counts where nothing has changed, and
    ``unready`` says why one cannot be graded.
    """

    tasks: tuple[Task, ...]
    up_to_date: Mapping[str, Counting]
    unready: Mapping[str, Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the gradebook knows of the repositories that are in question, each by its key but for themselves."""

    repositories: tuple[ClassRepository, ...]
    fetched: Mapping[str, Fetched]
    forked: Mapping[str, Forked]
    runs: Mapping[str, Run]
    """The last grading of each, with its report where it may be graded again for what is in it."""


def plan(
    known: Known,
    wanted: Provenance,
    count: Callable[[ClassRepository, Fetched, Forked], Counting | Text],
    *,
    retry: Collection[Retry] = (),
) -> Plan:
    """The plan for what is *known*, where a grade shall rest on what is *wanted*.

    The identity and the requests of each repository are put into that. *count* gives the commit that counts, or why
    there is none.
    """
    tasks: list[Task] = []
    up_to_date: dict[str, Counting] = {}
    unready: dict[str, Text] = {}
    for repository in known.repositories:
        fetched = known.fetched.get(repository.key)
        if fetched is None:
            unready[repository.key] = text("It was not fetched yet.")
            continue
        if fetched.problem is not None:
            unready[repository.key] = fetched.problem
            continue
        forked = known.forked.get(repository.key, Forked())
        counting = count(repository, fetched, forked)
        if isinstance(counting, Text):
            unready[repository.key] = counting
            continue
        provenance = replace(wanted, identity=counting.identity, requests=_hash_of(forked))
        last = known.runs.get(repository.key)
        if last is not None and last.provenance == provenance and not _again(last, retry):
            up_to_date[repository.key] = counting
            continue
        tasks.append(
            Task(
                repository=repository,
                fetched=fetched,
                forked=forked,
                counting=counting,
                provenance=provenance,
                last=0 if last is None else last.number,
            )
        )
    return Plan(tasks=tuple(tasks), up_to_date=up_to_date, unready=unready)


def _hash_of(forked: Forked) -> str:
    """A hash of the requests that the forge told of: one that is merged changes a verdict without a new commit."""
    if forked.requests is None:
        return ""
    told = json.dumps(sorted((asdict(one) for one in forked.requests), key=repr), sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _again(last: Run, retry: Collection[Retry]) -> bool:
    """Whether a grading whose ground is the same is made again, as it was asked for."""
    if Retry.ALL in retry:
        return True
    if last.end is RunEnd.ERRORED:
        return Retry.ERRORED in retry
    wanted = {Status.ERRORED: Retry.ERRORED, Status.UNAVAILABLE: Retry.UNAVAILABLE}
    looked_for = {status for status, asked in wanted.items() if asked in retry}
    if not looked_for or last.report is None:
        return False
    return any(check.status in looked_for for step in read(last.report).steps for check in step.checks)
