"""The plan of a class grading: the repositories that have changed since they were last graded."""

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
    """The unchanged repositories that are graded again all the same."""

    ERRORED = "errored"
    """The checker itself failed, in the whole grading or in one check."""
    UNAVAILABLE = "unavailable"
    """A check could not be judged on the machine that graded."""
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A repository to grade: its commit, and the provenance of its grade.

    ``last`` is the number of its last grading when this was planned; 0 if there was none.
    """

    repository: ClassRepository
    fetched: Fetched
    forked: Forked
    counting: Counting
    provenance: Provenance
    last: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan of a class grading.

    By the key of the repository: ``up_to_date`` gives the commit that counts of an unchanged repository, and
    ``unready`` the reason why one cannot be graded.
    """

    tasks: tuple[Task, ...]
    up_to_date: Mapping[str, Counting]
    unready: Mapping[str, Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The gradebook's records of the repositories in question, by key."""

    repositories: tuple[ClassRepository, ...]
    fetched: Mapping[str, Fetched]
    forked: Mapping[str, Forked]
    runs: Mapping[str, Run]
    """The last grading of each, with its report if errors or unavailable checks are graded again."""


def plan(
    known: Known,
    wanted: Provenance,
    count: Callable[[Fetched, Forked], Counting | Text],
    *,
    retry: Collection[Retry] = (),
) -> Plan:
    """The plan for the *known* repositories, with grades of the *wanted* provenance.

    The identity and the requests of each repository are added to that provenance. *count* gives the commit that counts,
    or the reason why there is none.
    """
    tasks: list[Task] = []
    up_to_date: dict[str, Counting] = {}
    unready: dict[str, Text] = {}
    for repository in known.repositories:
        fetched = known.fetched.get(repository.key)
        if fetched is None:
            unready[repository.key] = text("It was not fetched yet.")
            continue
        forked = known.forked.get(repository.key, Forked())
        counting = fetched.problem or count(fetched, forked)
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
    """A hash of the requests on the forge: merging one changes a verdict without a new commit."""
    if forked.requests is None:
        return ""
    document = json.dumps(sorted((asdict(request) for request in forked.requests), key=repr), sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()


def _again(last: Run, retry: Collection[Retry]) -> bool:
    """True if a grading of equal provenance is repeated, as *retry* asks for."""
    if Retry.ALL in retry:
        return True
    if last.end is RunEnd.ERRORED:
        return Retry.ERRORED in retry
    looked_for = {Status(reason.value) for reason in retry}
    if not looked_for or last.report is None:
        return False
    return any(check.status in looked_for for step in read(last.report).steps for check in step.checks)
