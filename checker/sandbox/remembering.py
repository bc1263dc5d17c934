"""A sandbox that remembers: what has run to its end once, with all that it depends on, is not run again."""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from typing import Self

from checker.facts.running import Command, End, Finished, Job, Tool
from checker.sandbox import recording
from checker.sandbox.base import Sandbox
from checker.sandbox.identity import environment_identity, job_identity
from checker.sandbox.store import Store

_OF_THE_MOMENT = re.compile(
    r"\[Errno (?:4|5|11|12|16|23|24|26|28|35|104|110|111|122)\]|can't start new thread|DeadKernelError|BlockingIOError"
    r"|Resource temporarily unavailable|No space left on device|Cannot allocate memory|Too many open files",
)
"""Errors that may come from the machine of that moment: full, busy, or out of something."""


class RememberingSandbox:
    """Stands before *sandbox*, and answers from *store* where it can. Closing it closes *sandbox*.

    Only a run that came to its end is kept: never one that met a limit or a signal, nor one in which anything of ours
    may have failed. *store* is written here, outside of what student code can reach, and nowhere else.
    """

    def __init__(self, sandbox: Sandbox, store: Store) -> None:
        self.kind = sandbox.kind
        self._sandbox = sandbox
        self._store = store

    def __enter__(self) -> Self:
        self._sandbox.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._sandbox.__exit__(*exception)

    def run(self, job: Job) -> Finished:
        key = self.key(job)
        known = self._recall(key, job)
        if known is not None:
            return known
        finished = self._sandbox.run(job)
        if repeatable(job, finished):
            self._keep(key, finished)
        return finished

    def key(self, job: Job) -> str:
        """Under what a run of *job* is kept here."""
        return hashlib.sha256(f"{self._environment} {job_identity(job)}".encode()).hexdigest()

    @cached_property
    def _environment(self) -> str:
        return environment_identity(self.kind)

    def _recall(self, key: str, job: Job) -> Finished | None:
        body = self._store.get(key)
        if body is None:
            return None
        try:
            finished = recording.read(body)
        except ValueError:
            self._store.drop(key)
            return None
        return finished if finished.seconds <= job.limits.seconds else None

    def _keep(self, key: str, finished: Finished) -> None:
        try:
            body = recording.written(finished)
        except (ValueError, RecursionError):  # a number that JSON lacks, or a depth: a student may have written it
            return
        self._store.put(key, body)


def repeatable(job: Job, finished: Finished) -> bool:
    """Whether another run of *job* would come to the same: it ended by itself, and nothing of ours had a part in it."""
    if finished.end is not End.EXIT or isinstance(job.action, Command):
        return False  # what a command line starts belongs to the system, whose programs have no version here
    if isinstance(job.action, Tool) and (finished.status or finished.result is None):
        return False
    if job.observe is not None and (finished.observation is None or finished.observation.get("hurried")):
        return False
    if finished.unseen:
        return False  # who knows what answered
    meant = {job.world.refuse, *job.world.refusals.values()}
    if any(request.status >= 500 and request.status not in meant for request in finished.requests):
        return False
    said = f"{finished.error.name}: {finished.error.message}" if finished.error is not None else ""
    return finished.succeeded or not _OF_THE_MOMENT.search(f"{said}\n{finished.errors[-20_000:]}")
