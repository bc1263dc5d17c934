"""A sandbox that remembers: what has run to its end once, with all that it depends on, is not run again."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property

from checker.facts.running import Command, End, Finished, Job, Tool
from checker.facts.tree import Tree
from checker.model import Json
from checker.sandbox import recording
from checker.sandbox.base import Sandbox
from checker.sandbox.identity import environment_identity, job_identity
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.store import Store

Narrow = Callable[[Job], "frozenset[str] | None"]
"""From a job to the paths of its tree whose contents it may depend on; None where that cannot be told."""

_OF_THE_MOMENT = re.compile(
    r"\[Errno (?:4|5|11|12|16|23|24|26|28|35|104|110|111|122)\]|can't start new thread|DeadKernelError|BlockingIOError"
    r"|Resource temporarily unavailable|No space left on device|Cannot allocate memory|Too many open files",
)
"""Errors that may come from the machine of that moment: full, busy, or out of something."""


class RememberingSandbox:
    """Stands before *sandbox*, and answers from *store* where it can.

    Only a run that came to its end is kept: never one that met a limit or a signal, nor one in which anything of ours
    may have failed. *store* is written here, outside of what student code can reach, and nowhere else.

    *interpreter* is the one that student code runs in there; None is the checker's own.

    A run is known again by its whole tree. With *narrow*, what it says is enough, and that every other file is still
    there; but only where the run was seen to read nothing else. What is seen comes out of the student's process: to
    be used only where the student would deceive nobody but themself.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        store: Store,
        narrow: Narrow | None = None,
        interpreter: Interpreter | None = None,
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
        """The rounds that are not known, in one run; and what was known of the others."""
        keys = [self._key(one, None) for one in rounds]
        found = {key: known for key, one in zip(keys, rounds, strict=True) if (known := self._recall(key, one))}
        missing = [number for number, key in enumerate(keys) if key not in found]
        if missing:
            finished = self._sandbox.run(_of_rounds(job, [rounds[number] for number in missing]))
            results = _rounds_in(finished)
            if not repeatable(job, finished) or len(results) != len(missing):
                return finished
            for number, result in zip(missing, results, strict=True):
                found[keys[number]] = replace(finished, result={**(finished.result or {}), "rounds": [result]})
                self._keep(keys[number], found[keys[number]])
        last = found[keys[missing[-1] if missing else -1]]
        together: list[Json] = [result for key in keys for result in _rounds_in(found[key])]
        return replace(last, result={**(last.result or {}), "rounds": together})

    def _run(self, job: Job) -> Finished:
        whole = self._key(job, None)
        paths = self._narrow(job)
        keys = [whole] if paths is None else [self._key(job, paths), whole]
        for key in keys:
            known = self._recall(key, job)
            if known is not None:
                return known
        if paths is None:
            finished = self._sandbox.run(job)
            kept_under = whole
        else:
            finished, read = self._traced(job)
            kept_under = keys[0] if read is not None and _within(read, paths, job.tree) else whole
        if repeatable(job, finished):
            self._keep(kept_under, finished)
        return finished

    def key(self, job: Job) -> str:
        """What *job* is, with all of this machine that it runs with: equal ones come to the same."""
        return self._key(job, self._narrow(job))

    def _key(self, job: Job, paths: frozenset[str] | None) -> str:
        return hashlib.sha256(f"{self._environment} {job_identity(job, paths)}".encode()).hexdigest()

    def _traced(self, job: Job) -> tuple[Finished, list[str] | None]:
        """A run of *job*, and the files of its tree that it read; None where that was not seen."""
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
            finished = recording.read(body)
        except ValueError:
            self._store.drop(key)
            return None
        return finished if finished.seconds <= job.limits.seconds + job.world.held else None

    def _keep(self, key: str, finished: Finished) -> None:
        try:
            body = recording.written(finished)
        except (ValueError, RecursionError):  # a number that JSON lacks, or a depth: a student may have written it
            return
        self._store.put(key, body)


def rounds_of(job: Job) -> list[Job] | None:
    """The rounds of the tool of *job*, each as a job on no more than it depends on; None where it has none."""
    if not isinstance(job.action, Tool):
        return None
    rounds = job.action.payload.get("rounds")
    if not isinstance(rounds, list) or not rounds:
        return None
    found: list[Job] = []
    for one in rounds:
        sources = one.get("sources") if isinstance(one, Mapping) else None
        if not isinstance(sources, list):
            return None
        without: dict[str, bytes | None] = dict.fromkeys(path for path in job.tree.entries if path not in sources)
        action = Tool(job.action.name, {**job.action.payload, "rounds": [one]})
        found.append(replace(job, tree=job.tree.with_(without), action=action))
    return found


def _rounds_in(finished: Finished) -> list[Json]:
    rounds = (finished.result or {}).get("rounds")
    return rounds if isinstance(rounds, list) else []


def _of_rounds(job: Job, rounds: list[Job]) -> Job:
    """*job* with only these of its rounds, in the whole of its tree."""
    assert isinstance(job.action, Tool)
    parts = [one.action.payload["rounds"] for one in rounds if isinstance(one.action, Tool)]
    together: list[Json] = [part for each in parts if isinstance(each, list) for part in each]
    return replace(job, action=Tool(job.action.name, {**job.action.payload, "rounds": together}))


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


def _files(finished: Finished) -> list[str] | None:
    files = finished.observation.get("files") if finished.observation is not None else None
    return [str(path) for path in files] if isinstance(files, list) else None


def _within(read: Iterable[str], paths: frozenset[str], tree: Tree) -> bool:
    """Whether all that was read of *tree* is among *paths*, on a system that may not mind how a name is written."""
    others = {_folded(path) for path in tree.entries.keys() - paths}
    return not any(_folded(path) in others for path in read)


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
