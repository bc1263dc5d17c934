"""One submission, from its path to its report: what ``checker check`` does, as a function."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from checker import __version__
from checker.checks.registry import checks
from checker.checks.remarks import REMARKS
from checker.checks.suspicions import SUSPICIONS
from checker.course import DEFAULT_EDITION, Course, CourseFile, editions, load
from checker.defaults import Defaults, defaults
from checker.errors import CheckerFault, UsageError
from checker.evidence.own_names import with_own_names
from checker.evidence.reach import reached
from checker.evidence.registry import dearest, probes
from checker.evidence.worlds import Seeds
from checker.facts.setting import Setting
from checker.facts.tree import Tree
from checker.grading import Graded, Selection, exit_code, grade
from checker.model import EnvironmentInfo, Report, SubmissionInfo, Verdict, text
from checker.plan import Evidence
from checker.repository import Repository, open_submission
from checker.sandbox.base import Sandbox
from checker.sandbox.capabilities import capabilities
from checker.sandbox.interruptible import InterruptibleSandbox
from checker.sandbox.lazy import LazySandbox
from checker.sandbox.open import open_sandbox
from checker.sandbox.remembering import Narrow, RememberingSandbox
from checker.sandbox.store import Store

_MOST_SIDE_BY_SIDE = 8

SandboxKind = Literal["auto", "bubblewrap", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of a check, as the command line says it.

    ``language`` is the one that was asked for; else the submission's own counts, and where it names none, ``fallback``.
    ``jobs`` is how many probes run side by side; None: as many as suit this machine.
    """

    path: Path
    commit: str | None = None
    steps: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    up_to: str | None = None
    course: str | None = None
    language: str | None = None
    fallback: str = "en"
    environment: str = "embedded"
    sandbox: SandboxKind = "auto"
    docker: str = "auto"
    jobs: int | None = None
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    event: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The report, the exit code that it means, and the course by which it was made."""

    report: Report
    exit_code: int
    faults: Mapping[str, str]
    course: CourseFile
    seconds: Mapping[str, float]


def run(
    request: Request,
    *,
    sandbox: Sandbox | None = None,
    store: Store | None = None,
    on_start: Callable[[int], None] = lambda _count: None,
    on_probe: Callable[[type], None] = lambda _kind: None,
    on_check: Callable[[str, Verdict], None] = lambda _identity, _verdict: None,
) -> Outcome:
    """Grade one submission. *sandbox* is one that is already open, where there is one.

    What ran to its end is kept in *store*, where one is given, and not run again; several gradings may share one. In
    a plain sandbox this is done for a work tree only: there, student code could write what is kept.

    ``on_start`` is told how many checks are asked for, ``on_probe`` the type of each fact that is being gathered
    (from the thread that does it), ``on_check`` each verdict. Raises UsageError for what cannot be graded or found,
    CourseError for a wrong course, CheckerFault for ours.
    """
    started = time.monotonic()
    if request.environment != "embedded":
        raise UsageError(
            text(
                "This version runs student code in its own environment only, not in {name}.", name=request.environment
            ),
            text("Leave out --environment, or write --environment embedded."),
        )
    with ExitStack() as stack:
        repository = stack.enter_context(open_submission(request.path, commit=request.commit))
        tree = repository.tree()
        said = defaults(tree)
        course_file = course_of(request.course, said)
        selection = select(course_file.course, request)
        on_start(len(selection.of(course_file.course)))
        box: Sandbox = sandbox or stack.enter_context(_sandbox(request.sandbox))
        jobs = request.jobs or side_by_side()
        setting = Setting(
            docker=request.docker,
            environment=request.environment,
            variables=request.variables,
            event=request.event,
            work_tree=request.commit is None and repository.work_tree,
            jobs=jobs,
        )
        kept = store if box.kind != "plain" or setting.work_tree else None
        box, seeds = _remembering(box, kept, reached if setting.work_tree else None)
        given = {
            Course: with_own_names(course_file.course, repository, tree),
            Defaults: said,
            Repository: repository,
            Sandbox: box,
            Seeds: seeds,
            Setting: setting,
            Tree: tree,
        }
        evidence = Evidence(given, probes(), jobs=jobs, dearest=dearest(), on_probe=on_probe)
        remarks = () if selection.named else REMARKS
        # Whoever works on one step wants it judged soon; a whole grading is what somebody relies on.
        doubts = () if selection.steps or selection.checks else SUSPICIONS
        graded = grade(course_file.course, checks(), evidence, selection, remarks, doubts, on_check=on_check)
        report = _report(request, repository, course_file, said, graded, box.kind, time.monotonic() - started)
        seconds = {kind.__name__: spent for kind, spent in evidence.seconds.items()}
    return Outcome(report, exit_code(graded, selection), graded.faults, course_file, seconds)


def side_by_side() -> int:
    """How many probes suit this machine: one more than it has processors, since each also waits."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(processors + 1, _MOST_SIDE_BY_SIDE)


def _sandbox(kind: SandboxKind) -> LazySandbox:
    """The sandbox of that kind. Raises CheckerFault where this machine cannot give the one that is demanded."""
    _demand(kind)
    return LazySandbox(open_sandbox(kind))


def interruptible_sandbox(kind: SandboxKind) -> InterruptibleSandbox:
    """A sandbox for many rounds, not yet opened. Raises CheckerFault where this machine cannot give that kind."""
    _demand(kind)
    return InterruptibleSandbox(open_sandbox(kind).kind)


def _demand(kind: SandboxKind) -> None:
    if kind == "bubblewrap" and (refusal := capabilities().namespaces):
        raise CheckerFault(*refusal)


def _remembering(sandbox: Sandbox, store: Store | None, narrow: Narrow | None) -> tuple[Sandbox, Seeds]:
    """A sandbox that asks *store* first, and the seeds by which it can."""
    if store is None:
        return sandbox, Seeds()
    remembering = RememberingSandbox(sandbox, store, narrow)
    return remembering, Seeds(store.secret(), remembering.key)


def validate(request: Request) -> None:
    """Raises what :func:`run` would raise before anything runs."""
    with open_submission(request.path, commit=request.commit) as repository:
        select(course_of(request.course, defaults(repository.tree())).course, request)
    _demand(request.sandbox)


def course_of(name: str | None, said: Defaults) -> CourseFile:
    """The course that was asked for, else the one that the submission names, else the default."""
    named = said.edition if said.edition in editions() else None
    return load(name or named or DEFAULT_EDITION, frozenset(checks()))


def select(course: Course, request: Request) -> Selection:
    """The selection of *request*. Raises UsageError where it names a step or check that the course lacks."""
    steps = [step.id for step in course.steps]
    ids = [entry.id for _, entry in course.checks()]
    for step in (*request.steps, *([request.up_to] if request.up_to else [])):
        if step not in steps:
            raise unknown(step, steps)
    for check in request.checks:
        if check not in ids:
            raise unknown(check, ids)
    return Selection(frozenset(request.steps), frozenset(request.checks), request.up_to)


def unknown(word: str, known: list[str]) -> UsageError:
    """The error for a step or check that does not exist, with the closest one that does."""
    close = get_close_matches(word, known, n=1, cutoff=0.5)
    remedy = text("Did you mean {name}?", name=close[0]) if close else text("There are: {names}.", names=tuple(known))
    return UsageError(text("There is no step or check {name}.", name=word), remedy)


def _report(
    request: Request,
    repository: Repository,
    course_file: CourseFile,
    said: Defaults,
    graded: Graded,
    sandbox: str,
    seconds: float,
) -> Report:
    course = course_file.course
    return Report(
        checker=__version__,
        course=course.id,
        edition=course.edition,
        course_hash=course_file.hash,
        language=request.language or said.language or request.fallback,
        submission=SubmissionInfo(
            path=str(request.path),
            commit=repository.head,
            branch=repository.branch,
            author=repository.author,
            dirty=repository.dirty,
            not_committed=repository.not_committed,
        ),
        environment=EnvironmentInfo(kind=request.environment, sandbox=sandbox, docker=request.docker),
        steps=graded.steps,
        remarks=graded.remarks,
        suspicions=graded.suspicions,
        cap=course.cap,
        seconds=seconds,
        command=_again(request, repository),
    )


def _again(request: Request, repository: Repository) -> str:
    """The command that makes this report again."""
    words = ["checker", "check"]
    words += [word for step in request.steps for word in ("--step", step)]
    words += [word for check in request.checks for word in ("--check", check)]
    words += ["--up-to", request.up_to] if request.up_to else []
    words += ["--course", request.course] if request.course else []
    if repository.head and not (request.commit is None and repository.dirty):
        words += ["--commit", repository.head[:12]]
    return shlex.join(words)
