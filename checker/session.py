"""One submission, from its path to its report: what ``checker check`` does, as a function."""

from __future__ import annotations

import codecs
import os
import re
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
from checker.absences import NotDoneYet
from checker.checks.declared import would_differ
from checker.checks.registry import checks
from checker.checks.remarks import REMARKS
from checker.checks.suspicions import SUSPICIONS
from checker.course import DEFAULT_EDITION, Course, CourseFile, editions, load
from checker.defaults import Defaults, defaults
from checker.errors import CheckerFault, UsageError
from checker.evidence.own_names import with_own_names
from checker.evidence.reach import reached
from checker.evidence.registry import dearest, probes
from checker.evidence.wanting import wanted
from checker.evidence.worlds import Seeds
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.running import Finished, Job
from checker.facts.setting import Setting
from checker.facts.tree import Tree
from checker.grading import Graded, Selection, exit_code, grade
from checker.model import EnvironmentInfo, Report, SubmissionInfo, Verdict, text
from checker.plan import Evidence
from checker.repository import Repository, open_submission
from checker.sandbox.base import Sandbox
from checker.sandbox.begun import Begun
from checker.sandbox.capabilities import capabilities
from checker.sandbox.elsewhere import AgainElsewhere, Lent, MadeSandbox
from checker.sandbox.environments.making import Environments
from checker.sandbox.environments.uv import NO_UV
from checker.sandbox.environments.wanted import Made, Unmade, Wanted
from checker.sandbox.images.packages import PACKAGES
from checker.sandbox.images.workshop import Workshop
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.interruptible import InterruptibleSandbox
from checker.sandbox.lazy import LazySandbox
from checker.sandbox.open import open_sandbox
from checker.sandbox.remembering import Narrow, RememberingSandbox
from checker.sandbox.store import Store

_MOST_SIDE_BY_SIDE = 8
_LARGEST_REQUIREMENTS = 1_000_000

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
    environments: Environments | None = None,
    begun: Begun | None = None,
    on_start: Callable[[int], None] = lambda _count: None,
    on_probe: Callable[[type], None] = lambda _kind: None,
    on_check: Callable[[str, Verdict], None] = lambda _identity, _verdict: None,
    on_making: Callable[[], None] = lambda: None,
) -> Outcome:
    """Grade one submission. *sandbox* is one that is already open, where there is one; else what was *begun* is used.

    What ran to its end is kept in *store*, where one is given, and not run again; several gradings may share one. In
    a plain sandbox this is done for a work tree only: there, student code could write what is kept.

    Other environments than the checker's own are made in *environments*; without it there are none. ``on_making`` is
    called when one has to be made.

    ``on_start`` is told how many checks are asked for, ``on_probe`` the type of each fact that is being gathered
    (from the thread that does it), ``on_check`` each verdict. Raises UsageError for what cannot be graded or found,
    CourseError for a wrong course, CheckerFault for ours.
    """
    started = time.monotonic()
    requirements = environment_file(request.environment)
    with ExitStack() as stack:
        repository = stack.enter_context(open_submission(request.path, commit=request.commit))
        tree = repository.tree()
        said = defaults(tree)
        course_file = course_of(request.course, said)
        selection = select(course_file.course, request)
        on_start(len(selection.of(course_file.course)))
        box: Sandbox = sandbox or stack.enter_context(_sandbox(request.sandbox, begun))
        jobs = request.jobs or side_by_side()
        environment = "file" if requirements is not None else request.environment
        made = _made_of(requirements, environments, on_making) if requirements is not None else None
        work_tree = request.commit is None and repository.work_tree
        setting = Setting(
            docker=request.docker,
            environment=environment,
            versions=made.versions if isinstance(made, Made) else None,
            python=made.python if isinstance(made, Made) else None,
            variables=request.variables,
            event=request.event,
            work_tree=work_tree,
            loop=work_tree and store is not None and not request.variables,
            jobs=jobs,
        )
        kept = store if box.kind != "plain" or setting.work_tree else None
        narrow = reached if setting.work_tree else None
        asked: list[Evidence] = []
        box, key = _remembering(box, kept, narrow)
        if environments is not None:
            box = stack.enter_context(
                _elsewhere(box, environment, made, environments, asked, _around(kept, narrow), on_making)
            )
        seeds = Seeds(kept.secret(), key) if kept is not None and key is not None else Seeds()
        given = {
            Course: with_own_names(course_file.course, repository, tree),
            Defaults: said,
            Repository: repository,
            Sandbox: box,
            Seeds: seeds,
            Setting: setting,
            Tree: tree,
            Workshop: stack.enter_context(Workshop(kept.folder / PACKAGES if kept is not None else None)),
        }
        evidence = Evidence(given, probes(), jobs=jobs, dearest=dearest(), on_probe=on_probe)
        remarks = () if selection.named else REMARKS
        asked.append(evidence)
        # Whoever works on one step wants it judged soon; a whole grading is what somebody relies on.
        doubts = () if selection.steps or selection.checks else SUSPICIONS
        graded = grade(course_file.course, checks(), evidence, selection, remarks, doubts, on_check=on_check)
        kind = _kind_of(environment, box)
        report = _report(request, kind, repository, course_file, said, graded, box.kind, time.monotonic() - started)
        seconds = {kind.__name__: spent for kind, spent in evidence.seconds.items()}
    return Outcome(report, exit_code(graded, selection), graded.faults, course_file, seconds)


def side_by_side() -> int:
    """How many probes suit this machine: one more than it has processors, since each also waits."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(processors + 1, _MOST_SIDE_BY_SIDE)


def _sandbox(kind: SandboxKind, begun: Begun | None) -> LazySandbox:
    """The sandbox of that kind. Raises CheckerFault where this machine cannot give the one that is demanded."""
    _demand(kind)
    return LazySandbox(open_sandbox(kind, begun=begun))


def interruptible_sandbox(kind: SandboxKind) -> InterruptibleSandbox:
    """A sandbox for many rounds, not yet opened. Raises CheckerFault where this machine cannot give that kind."""
    _demand(kind)
    return InterruptibleSandbox(open_sandbox(kind).kind)


def _demand(kind: SandboxKind) -> None:
    if kind == "bubblewrap" and (refusal := capabilities().namespaces):
        raise CheckerFault(*refusal)


def environment_file(name: str) -> Path | None:
    """The requirements file that ``--environment`` names, if any. Raises UsageError where it cannot be read."""
    if name in ("embedded", "declared"):
        return None
    path = Path(name)
    try:
        with path.open("rb") as file:
            head = file.read(_LARGEST_REQUIREMENTS + 1)
    except FileNotFoundError as error:
        folder = path.parent
        names = [str(folder / found.name) for found in folder.glob("*.txt")] if folder.is_dir() else []
        close = get_close_matches(name, ["embedded", "declared", *names], n=1, cutoff=0.6)
        raise UsageError(
            text("There is no file {path}.", path=name),
            text("Did you mean {name}?", name=close[0])
            if close
            else text("Give --environment embedded, declared, or the path of a requirements file."),
        ) from error
    except OSError as error:
        raise UsageError(
            text("{path} cannot be read: {reason}.", path=name, reason=error.strerror or str(error)),
            text("Give --environment embedded, declared, or the path of a requirements file."),
        ) from error
    if len(head) > _LARGEST_REQUIREMENTS or b"\0" in head or path.suffix.lower() in (".yml", ".yaml"):
        raise UsageError(
            text("{path} is not a requirements file.", path=name),
            text("Write one package in each line, as pip list --format=freeze does."),
        )
    if not re.search(rb"^[ \t]*[^#\s]", head.removeprefix(codecs.BOM_UTF8), re.MULTILINE):
        raise UsageError(
            text("{path} lists no package.", path=name),
            text("Write one package in each line, as pip list --format=freeze does."),
        )
    return path.resolve()


def _made_of(path: Path, environments: Environments | None, on_making: Callable[[], None]) -> Made | Unmade:
    """The environment of an instructor's file. Raises UsageError where the file is wrong, CheckerFault without uv."""
    if environments is None:
        raise UsageError(text("No environment can be made here."), text("Leave out --environment."))
    try:
        return environments.make(Wanted(file=path), trusted=True, on_start=on_making)
    except Unmade as unmade:
        if unmade.certain:
            raise UsageError(unmade.reason, unmade.remedy or text("Mend that file.")) from unmade
        if unmade.reason == NO_UV[0]:
            raise CheckerFault(*NO_UV) from unmade
        return unmade


def _remembering(
    sandbox: Sandbox, store: Store | None, narrow: Narrow | None, interpreter: Interpreter | None = None
) -> tuple[Sandbox, Callable[[Job], str] | None]:
    """A sandbox that asks *store* first, and how it knows a job again."""
    if store is None:
        return sandbox, None
    remembering = RememberingSandbox(sandbox, store, narrow, interpreter)
    return remembering, remembering.key


def _around(store: Store | None, narrow: Narrow | None) -> Callable[[str, Made], Sandbox]:
    """How a sandbox is opened in an environment that was made."""

    def around(kind: str, made: Made) -> Sandbox:
        chosen: SandboxKind = "plain" if kind == "plain" else "bubblewrap"
        there = LazySandbox(open_sandbox(chosen, interpreter=made.interpreter))
        return _remembering(there, store, narrow, made.interpreter)[0]

    return around


def _elsewhere(
    own: Sandbox,
    environment: str,
    made: Made | Unmade | None,
    environments: Environments,
    asked: list[Evidence],
    around: Callable[[str, Made], Sandbox],
    on_making: Callable[[], None],
) -> Sandbox:
    """Where student code runs: in *made*; in what it declares; or in *own*, then there if *own* lacks something.

    *own* stays open: who gave it closes it.
    """

    def file() -> Made | None:
        if isinstance(made, Unmade):
            raise made
        return made

    def declared() -> Made | None:
        try:
            return environments.make(asked[0].call(wanted), on_start=on_making)
        except NotDoneYet:
            return None

    def worth(finished: Finished) -> bool:
        def verdict(course: Course, declared: Declared | None, use: EnvironmentUse | None) -> bool:
            return would_differ(finished.error, course, declared, use)

        return bool(asked[0].call(verdict))

    def about(name: str, make: Callable[[], Made | None]) -> MadeSandbox:
        return MadeSandbox(name, Lent(own), make, lambda made: around(own.kind, made))

    if environment == "file":
        return about("file", file)
    if environment == "declared":
        return about("declared", declared)
    return AgainElsewhere(Lent(own), about("declared", declared), worth)


def _kind_of(environment: str, sandbox: Sandbox) -> str:
    """Where student code was run in the end."""
    return environment if isinstance(sandbox, MadeSandbox) and sandbox.elsewhere else "embedded"


def validate(request: Request) -> None:
    """Raises what :func:`run` would raise before anything runs."""
    with open_submission(request.path, commit=request.commit) as repository:
        select(course_of(request.course, defaults(repository.tree())).course, request)
    _demand(request.sandbox)
    environment_file(request.environment)


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
    environment: str,
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
        environment=EnvironmentInfo(kind=environment, sandbox=sandbox, docker=request.docker),
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
    words += ["--environment", request.environment] if request.environment != "embedded" else []
    if repository.head and not (request.commit is None and repository.dirty):
        words += ["--commit", repository.head[:12]]
    return shlex.join(words)
