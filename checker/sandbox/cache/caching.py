"""A sandbox with a cache: a job whose inputs are unchanged since an earlier complete run is not run again."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property

from checker.facts.job import End, Finished, Job
from checker.facts.tree import Tree
from checker.model import Json
from checker.sandbox.base import Sandbox
from checker.sandbox.cache import serialization
from checker.sandbox.cache.keys import environment_identity, job_identity
from checker.sandbox.cache.store import ResultStore
from checker.sandbox.interpreter import Interpreter

Narrow = Callable[[Job], "frozenset[str] | None"]
"""A function from a job to the paths of its tree whose contents it may depend on; None where they are unknown."""

_OF_THE_MOMENT = re.compile(
    r"\[Errno (?:4|5|11|12|16|23|24|26|28|35|104|110|111|122)\]|can't start new thread|DeadKernelError|BlockingIOError"
    r"|Resource temporarily unavailable|No space left on device|Cannot allocate memory|Too many open files"
)
"""Errors that may come from a passing state of the machine: full, busy, or out of a resource."""


class CachingSandbox:
    """A sandbox in front of *sandbox* that answers from *store* where it can.

    Only complete runs are kept: none that met a limit or a signal, and none in which our own part may have failed.
    Only this class writes to *store*, outside of the reach of student code.

    *interpreter* is the Python of student code in *sandbox*; None is the checker's own.

    The key of a run covers its whole tree. With *narrow*, it covers the contents of the paths that *narrow* gives and
    the names of all other files, provided that the run was observed to read no other file. The observation comes from
    the student's own process, so *narrow* is only for a student who grades their own work.
    """

    def __init__(
        self, sandbox: Sandbox, store: ResultStore, narrow: Narrow | None = None, interpreter: Interpreter | None = None
    ) -> None:
        self.kind = sandbox.kind
        self._sandbox = sandbox
        self._store = store
        self._narrow: Narrow = narrow or (lambda _job: None)
        self._interpreter = interpreter

    def run(self, job: Job) -> Finished:
        rounds = rounds_of(job)
        return self._run(job) if rounds is None else self._run_rounds(job, rounds)

    def _run_rounds(self, job: Job, rounds: list[Job]) -> Finished:
        """Run the rounds that are not in the cache, in one job, and join their results with the cached ones."""
        keys = [self._key(single, None) for single in rounds]
        by_key = {
            key: cached for key, single in zip(keys, rounds, strict=True) if (cached := self._recall(key, single))
        }
        missing = [number for number, key in enumerate(keys) if key not in by_key]
        if missing:
            finished = self._sandbox.run(_of_rounds(job, [rounds[number] for number in missing]))
            results = _rounds_in(finished)
            if not repeatable(job, finished) or len(results) != len(missing):
                return finished
            for number, result in zip(missing, results, strict=True):
                by_key[keys[number]] = replace(finished, result={**(finished.result or {}), "rounds": [result]})
                self._keep(keys[number], by_key[keys[number]])
        last = by_key[keys[missing[-1] if missing else -1]]
        joined: list[Json] = [result for key in keys for result in _rounds_in(by_key[key])]
        return replace(last, result={**(last.result or {}), "rounds": joined})

    def _run(self, job: Job) -> Finished:
        tree_key = self._key(job, None)
        paths = self._paths(job)
        keys = [tree_key] if paths is None else [self._key(job, paths), tree_key]
        for key in keys:
            cached = self._recall(key, job)
            if cached is not None:
                return cached
        if paths is None:
            finished, key = self._sandbox.run(job), tree_key
        else:
            finished, read = self._traced(job)
            key = keys[0] if read is not None and _within(read, paths, job.tree) else tree_key
        if repeatable(job, finished):
            self._keep(key, finished)
        return finished

    def key(self, job: Job) -> str:
        """The key of *job* on this machine: jobs with equal keys have equal results."""
        return self._key(job, self._paths(job))

    def _paths(self, job: Job) -> frozenset[str] | None:
        """The paths that the key of *job* covers; None for the whole tree."""
        # A file that is taken out may be one of the tree that the run never read.
        return self._narrow(job) if job.collect is None else None

    def _key(self, job: Job, paths: frozenset[str] | None) -> str:
        return hashlib.sha256(f"{self._environment} {job_identity(job, paths)}".encode()).hexdigest()

    def _traced(self, job: Job) -> tuple[Finished, list[str] | None]:
        """The result of *job*, and the files of its tree that were read; None where reading was not observed."""
        if job.observe is not None:
            finished = self._sandbox.run(job)
            return finished, _files(finished)
        finished = self._sandbox.run(replace(job, observe={"only_files": True}))
        return replace(finished, observation=None), _files(finished)

    @cached_property
    def _environment(self) -> str:
        return environment_identity(self.kind, self._interpreter)

    def _recall(self, key: str, job: Job) -> Finished | None:
        body = self._store.get(key)
        if body is None:
            return None
        try:
            finished = serialization.finished_from_json(body)
        except ValueError:
            self._store.drop(key)
            return None
        return finished if finished.seconds <= job.limits.seconds + job.served_data.held else None

    def _keep(self, key: str, finished: Finished) -> None:
        try:
            body = serialization.finished_as_json(finished)
        except (ValueError, RecursionError):  # student code may report NaN, or a very deep value
            return
        self._store.put(key, body)


def rounds_of(job: Job) -> list[Job] | None:
    """The rounds of the action of *job*, each as a job on its own sources alone; None for a job without rounds."""
    rounds = job.action.rounds() if job.collect is None else ()
    jobs: list[Job] = []
    for round_ in rounds:
        sources = round_.get("sources") if isinstance(round_, Mapping) else None
        if not isinstance(sources, list):
            return None
        without: dict[str, bytes | None] = dict.fromkeys(path for path in job.tree.entries if path not in sources)
        jobs.append(replace(job, tree=job.tree.with_(without), action=job.action.of_rounds([round_])))
    return jobs or None


def _rounds_in(finished: Finished) -> list[Json]:
    rounds = (finished.result or {}).get("rounds")
    return rounds if isinstance(rounds, list) else []


def _of_rounds(job: Job, rounds: list[Job]) -> Job:
    """*job* with only these *rounds*, on its whole tree."""
    return replace(job, action=job.action.of_rounds([part for single in rounds for part in single.action.rounds()]))


def repeatable(job: Job, finished: Finished) -> bool:
    """Whether another run of *job* would have the same result: the run was complete and our own part did not fail."""
    traits = job.action.traits
    if finished.end is not End.EXIT or not traits.is_repeatable:
        return False
    if traits.must_return and (finished.status or finished.result is None):
        return False
    if job.observe is not None and (finished.observation is None or finished.observation.get("hurried")):
        return False
    if finished.collected is not None and not finished.collected.repeatable:
        return False
    if finished.unseen:
        return False  # the real network may have answered
    meant = {job.served_data.refuse, *job.served_data.refusals.values()}
    if any(request.status >= 500 and request.status not in meant for request in finished.requests):
        return False
    error = f"{finished.error.name}: {finished.error.message}" if finished.error is not None else ""
    return finished.succeeded or not _OF_THE_MOMENT.search(f"{error}\n{finished.errors[-20_000:]}")


def _files(finished: Finished) -> list[str] | None:
    files = finished.observation.get("files") if finished.observation is not None else None
    return [str(path) for path in files] if isinstance(files, list) else None


def _within(read: Iterable[str], paths: frozenset[str], tree: Tree) -> bool:
    """Whether all files of *tree* in *read* are among *paths*; the file system may ignore case and Unicode form."""
    others = {_folded(path) for path in tree.entries.keys() - paths}
    return not any(_folded(path) in others for path in read)


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
