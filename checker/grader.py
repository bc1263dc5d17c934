"""Grades submissions: the one place where repository, sandbox, probes, checks and course are put together."""

from __future__ import annotations

import copy
import os
import shlex
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Self

from checker import __version__
from checker.checks.registry import checks
from checker.checks.remarks import REMARKS
from checker.checks.suspicions import SUSPICIONS
from checker.course import Course, CourseFile, load
from checker.course_files import DEFAULT_EDITION, editions
from checker.environment_file import environment_file, made_of, run_notebooks
from checker.errors import CheckerFault
from checker.evidence.datasets.aliases import with_own_names
from checker.evidence.datasets.served import Seeds
from checker.evidence.project.absent_modules import absent_modules
from checker.evidence.reading_alone import NoSandbox, needs_run, remark_without_runs
from checker.evidence.registry import probes, slowest_facts
from checker.evidence.runs.student_runs import StudentRuns
from checker.facts.absent_modules import AbsentModules
from checker.facts.options import GradingOptions, RunEnvironment
from checker.facts.submission import Submission
from checker.facts.tree import Tree
from checker.grading import exit_code, grade
from checker.listener import SILENT, Listener
from checker.model import EnvironmentInfo, Report, SubmissionInfo, Trust
from checker.open_submission import is_own_work_tree, open_submission
from checker.plan import Evidence
from checker.preloading import preloaded_libraries
from checker.repository.repository import Repository
from checker.sandbox.base import Sandbox, SharedSandbox
from checker.sandbox.cache.dependencies import files_reached
from checker.sandbox.cache.store import ResultStore
from checker.sandbox.capabilities import capabilities
from checker.sandbox.environments.builder import Environments
from checker.sandbox.environments.sandboxes import EnvironmentSandboxes
from checker.sandbox.environments.spec import BuiltEnvironment, EnvironmentUnavailable
from checker.sandbox.images.engine_session import EngineSession
from checker.sandbox.lazy import LazySandbox
from checker.sandbox.open import open_sandbox
from checker.sandbox.per_grading.clock import Cancellation, GradingClock, RunSlots
from checker.sandbox.per_grading.sandboxes import GradingSandboxes
from checker.sandbox.process.prestart import Prestarted
from checker.selection import CURRENT, EVERYTHING, Selection
from checker.submission_defaults import Defaults, defaults

_MOST_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one grading: the report, its exit code, and the course.

    ``faults``: the checker's own faults, by check. ``seconds``: wall clock of each probe, by the type of its fact.
    """

    report: Report
    exit_code: int
    faults: Mapping[str, str]
    course: CourseFile
    seconds: Mapping[str, float]


class Grader:
    """Grades submissions by *options*; sandbox, environments, engine and cache are opened once and shared.

    A context manager: leaving it closes what it opened. *begun* is a sandbox that was started earlier and is taken
    over; an open *sandbox* is used instead of an own one, and not closed. Entering raises CheckerFault where this
    machine cannot give the sandbox that is demanded, and UsageError for an environment file that cannot be read.

    May be used by several threads at once.
    """

    def __init__(
        self, options: GradingOptions, *, begun: Prestarted | None = None, sandbox: SharedSandbox | None = None
    ) -> None:
        self.options = replace(options, jobs=options.jobs or runs_at_once())
        self._slots = RunSlots(self.options.jobs or 1)
        self._stack = ExitStack()
        self._store = ResultStore(options.cache) if options.cache is not None else None
        libraries = preloaded_libraries(options.course) if begun is None else begun.libraries
        self._sandbox = sandbox or LazySandbox(
            open_sandbox(options.sandbox, lasting=options.lasting, libraries=libraries, begun=begun)
        )
        self._lent = sandbox is not None
        folder = options.environments
        self._making = Environments(folder, options.install_variables, libraries=libraries) if folder else None
        self._environments = EnvironmentSandboxes(
            self._sandbox.kind, self._making, lasting=options.lasting, libraries=libraries
        )
        self._workshop = EngineSession()
        self._lock = threading.Lock()
        self._given: dict[str, BuiltEnvironment | EnvironmentUnavailable] = {}

    def __enter__(self) -> Self:
        validate(self.options)
        for part in (self._workshop, self._making, self._environments, None if self._lent else self._sandbox):
            if part is not None:
                self._stack.enter_context(part)
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    @property
    def sandbox(self) -> SharedSandbox:
        """The sandbox in which student code runs first, for all submissions."""
        return self._sandbox

    def with_options(self, **changes: Any) -> Grader:
        """A grader with other options that shares the open resources of this one, and does not close them.

        For options that open no resource: course, language, fallback, docker, environment.
        """
        other = copy.copy(self)
        other.options = replace(self.options, **changes)
        return other

    def give_up(self) -> None:
        """Stop running and loading work, and start no more: the grader is about to be left."""
        self._environments.give_up()
        self._sandbox.give_up()

    def warm(self) -> None:
        """Open the sandbox and preload what every submission needs, in the background."""
        self._sandbox.warm()

    def course(self) -> CourseFile:
        """The course of the options; the default one where they name none. Raises CourseError where it is wrong."""
        return course_of(self.options.course, Defaults())

    def prepare(self, listener: Listener = SILENT, selection: Selection = EVERYTHING) -> None:
        """Make ready what all submissions need, before the first submission.

        Raises what :meth:`grade` would raise for each of them: CourseError for a course or an environment that cannot
        be graded in, CheckerFault where this machine cannot make the environment.
        """
        course = self.course().course
        selection.validate(course)
        self._prepare(listener, course, selection)
        self.warm()

    def grade(
        self,
        submission: Submission,
        selection: Selection = EVERYTHING,
        listener: Listener = SILENT,
        cancellation: Cancellation | None = None,
    ) -> Outcome:
        """Grade one submission: judge the selected checks, and tell *listener* of the progress.

        Raises UsageError for a submission that cannot be found or graded, CourseError for a wrong course, CheckerFault
        for a fault of the checker, and Cancelled if *cancellation* ended the grading.
        """
        started = time.monotonic()
        with ExitStack() as stack:
            own = is_own(submission)
            course_file = self.course()
            scripts = course_file.course.names.scripts
            repository = stack.enter_context(
                open_submission(submission.path, commit=submission.commit, own=own, scripts=scripts)
            )
            submission = replace(submission, own=own and repository.root is not None)
            tree = repository.tree()
            defaults_of_submission = defaults(tree)
            course_file = _course_for(course_file, self.options, defaults_of_submission)
            course = course_file.course
            selection.validate(course)
            self._prepare(listener, course, selection)
            listener.begun(len(selection.of(course)))
            absent = absent_modules(repository, tree, course)
            reading = selection.without_runs
            clock = stack.enter_context(GradingClock(course.limits.total))
            if cancellation is not None:
                cancellation.bind(clock)
            sandboxes = stack.enter_context(self._sandboxes(submission, clock, listener))
            evidence = Evidence(
                self._given_facts(submission, repository, absent, defaults_of_submission, course, clock, sandboxes)
                | ({Sandbox: NoSandbox()} if reading else {}),
                probes(),
                jobs=self.options.jobs or 1,
                dearest=slowest_facts(),
                clock=clock,
                on_probe=listener.gathering,
            )
            remarks = () if selection.named else REMARKS
            remarks = (remark_without_runs, *remarks) if reading else remarks
            # Cross-checks run only when everything is graded: they cost extra runs.
            doubts = () if selection.steps or selection.checks or selection.current or reading else SUSPICIONS
            graded = grade(
                course,
                checks(),
                evidence,
                selection,
                remarks,
                doubts,
                suits=(lambda check: not needs_run(check.judge)) if reading else (lambda _check: True),
                on_check=listener.judged,
            )
            runs = evidence.fact(StudentRuns)
            kind = runs.environment if isinstance(runs, StudentRuns) else self._here.kind
            sandbox = NoSandbox.kind if reading else self._sandbox.kind
            report = Report(
                checker=__version__,
                course=course.id,
                edition=course.edition,
                course_hash=course_file.hash,
                language=self.options.language or defaults_of_submission.language or self.options.fallback,
                submission=_submission_info(submission, repository),
                environment=EnvironmentInfo(kind=kind, sandbox=sandbox, docker=self.options.docker),
                steps=graded.steps,
                remarks=graded.remarks,
                suspicions=graded.suspicions,
                trust=self.options.trust or (Trust.CI if submission.variables else Trust.SELF),
                cap=course.cap,
                seconds=round(time.monotonic() - started, 3),
                command=_again(self.options, submission, selection, repository),
            )
            clock.check_cancelled()
        spent = {kind.__name__: spent for kind, spent in evidence.seconds.items()}
        return Outcome(report, exit_code(graded, selection), graded.faults, course_file, spent)

    def _prepare(self, listener: Listener, course: Course, selection: Selection) -> None:
        """Install the environment of an instructor's file, so that a wrong file is known before the first grading.

        Raises UsageError where the file is wrong, CourseError where a selected check cannot be judged in its
        environment, and CheckerFault where no environment can be made here.
        """
        name = self.options.environment
        path = environment_file(name)
        if path is None:
            return
        notebooks = run_notebooks(checks()[identity].judge for _, identity in selection.of(course))
        with self._lock:
            made = made_of(path, self._environments, listener.making_environment, notebooks=notebooks)
            self._given[name] = made

    @property
    def _here(self) -> RunEnvironment:
        """The environment in which student code runs first."""
        if self.options.environment in ("embedded", "declared"):
            return RunEnvironment(self.options.environment)
        given = self._given.get(self.options.environment)
        return (
            RunEnvironment("file", given.versions, given.python)
            if isinstance(given, BuiltEnvironment)
            else RunEnvironment("file")
        )

    def _sandboxes(self, submission: Submission, clock: GradingClock, listener: Listener) -> GradingSandboxes:
        # In a plain sandbox student code could write to the cache: it is then used for the user's own work only.
        kept = self._store if self._sandbox.kind != "plain" or submission.own_work_tree else None
        return GradingSandboxes(
            self._sandbox,
            self._environments,
            clock,
            self._slots,
            given=self._given.get(self.options.environment),
            store=kept,
            narrow=files_reached if submission.own_work_tree else None,
            on_making=listener.making_environment,
        )

    def _given_facts(
        self,
        submission: Submission,
        repository: Repository,
        absent: AbsentModules,
        defaults_of_submission: Defaults,
        course: Course,
        clock: GradingClock,
        sandboxes: GradingSandboxes,
    ) -> dict[type, object]:
        identify = sandboxes.identify
        seeds = Seeds(self._store.secret(), identify) if self._store is not None and identify is not None else Seeds()
        return {
            AbsentModules: absent,
            Course: with_own_names(course, repository, absent.submitted),
            Defaults: defaults_of_submission,
            GradingClock: clock,
            GradingOptions: self.options,
            GradingSandboxes: sandboxes,
            Repository: repository,
            RunEnvironment: self._here,
            Sandbox: sandboxes.own,
            Seeds: seeds,
            Submission: submission,
            Tree: absent.mended,
            EngineSession: self._workshop,
        }


def runs_at_once() -> int:
    """The number of parallel runs that suits this machine: one more than its processors, since each run also waits."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(processors + 1, _MOST_AT_ONCE)


def validate(options: GradingOptions) -> None:
    """Raises what entering a grader with these *options* raises before it opens anything."""
    if options.sandbox == "bubblewrap" and (refusal := capabilities().namespaces):
        raise CheckerFault(*refusal)
    environment_file(options.environment)


def validate_submission(options: GradingOptions, submission: Submission, selection: Selection) -> None:
    """Raises what :meth:`Grader.grade` raises before anything runs."""
    own = is_own(submission)
    course = course_of(options.course, Defaults())
    scripts = course.course.names.scripts
    with open_submission(submission.path, commit=submission.commit, own=own, scripts=scripts) as repository:
        selection.validate(_course_for(course, options, defaults(repository.tree())).course)


def is_own(submission: Submission) -> bool:
    """True if the submission is the folder in which the user works; never in continuous integration."""
    if submission.own is not None:
        return submission.own
    return not submission.variables and is_own_work_tree(submission.path)


def course_of(name: str | None, defaults_of_submission: Defaults) -> CourseFile:
    """The course that the options name, else the one that the submission names, else the default."""
    named = defaults_of_submission.edition if defaults_of_submission.edition in editions() else None
    return load(name or named or DEFAULT_EDITION, frozenset(checks()))


def _course_for(course: CourseFile, options: GradingOptions, defaults_of_submission: Defaults) -> CourseFile:
    """*course*, which is that of the *options*; the one that the submission names, where these name none."""
    if options.course or defaults_of_submission.edition in {None, DEFAULT_EDITION}:
        return course
    return course_of(None, defaults_of_submission)


def _submission_info(submission: Submission, repository: Repository) -> SubmissionInfo:
    return SubmissionInfo(
        path=str(submission.path),
        commit=repository.head,
        branch=submission.branch or repository.branch,
        author=repository.author,
        dirty=repository.dirty,
        not_committed=repository.not_committed,
        committed_at=repository.committed_at,
        folder=repository.folder,
    )


def _again(options: GradingOptions, submission: Submission, selection: Selection, repository: Repository) -> str:
    """The command that makes this report again."""
    words = ["checker", "check"]
    words += ["--no-run"] if selection.without_runs else []
    words += ["--step", CURRENT] if selection.current else []
    words += [word for step in selection.steps for word in ("--step", step)]
    words += [word for check in selection.checks for word in ("--check", check)]
    words += ["--up-to", selection.up_to] if selection.up_to else []
    words += ["--course", options.course] if options.course else []
    words += ["--environment", options.environment] if options.environment != "embedded" else []
    if repository.head and not (submission.commit is None and repository.dirty):
        words += ["--commit", repository.head[:12]]
    return shlex.join(words)
