"""Runs of student code: in the checker's environment, and where that lacks something, in the declared one."""

from __future__ import annotations

import re
import threading
from dataclasses import replace

from checker.absences import UnavailableHere
from checker.course import Course
from checker.evidence.wanting import wanted
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.environment_needs import would_differ
from checker.facts.options import RunEnvironment
from checker.facts.running import Cells, Command, Finished, Job, Notebook, Tool
from checker.model import Text, Unavailable, known, text
from checker.sandbox.base import Sandbox
from checker.sandbox.environments.wanted import Made, Unmade
from checker.sandbox.for_grading import GradingSandboxes

_ELSEWHERE = text("Judge it on a machine where this environment can be made.")


class DeclaredSandbox:
    """The sandbox in the environment that a submission declares, made when it is first needed.

    May be used by several threads.
    """

    def __init__(
        self, sandboxes: GradingSandboxes, course: Course, declared: Declared | None, use: EnvironmentUse | None
    ) -> None:
        self._sandboxes = sandboxes
        self._course = course
        self._declared = declared
        self._use = use
        self._lock = threading.Lock()
        self._made: Made | Unmade | None = None
        self._tried = False

    def made(self) -> Made | None:
        """The environment; None where nothing is declared. Raises Unmade, the same each time."""
        with self._lock:
            if not self._tried:
                self._made = self._make()
                self._tried = True
        if isinstance(self._made, Unmade):
            raise self._made
        return self._made

    @property
    def is_missing(self) -> bool:
        """Whether it was tried, and there is no such environment."""
        return self._tried and not isinstance(self._made, Made)

    def run(self, job: Job) -> Finished | None:
        """The run of *job* there; None where nothing is declared. Raises UnavailableHere where it cannot be judged."""
        try:
            made = self.made()
        except Unmade as unmade:
            raise UnavailableHere(*_reason(unmade)) from unmade
        if made is None:
            return None
        finished = self._sandboxes.inside(made).run(job)
        _refuse_blame(finished, made)
        return replace(finished, environment="declared")

    def _make(self) -> Made | Unmade | None:
        if self._declared is None:
            return None
        try:
            return self._sandboxes.make(wanted(self._declared, self._use, self._course))
        except Unmade as unmade:
            return unmade


class StudentRuns:
    """Runs jobs of student code in the environment that was asked for, as a sandbox does.

    Embedded: in the checker's environment; a run that fails there, and would go otherwise with the declared versions,
    is made again in the declared environment, and that run counts. Declared: in the declared environment. In both, a
    notebook that imports what the declared environment lacks is judged by its run in the checker's, since only scripts
    have to find all they need in it. File: in the environment of an instructor's file.

    Its ``run`` raises, beside what a sandbox raises, UnavailableHere where that environment cannot be made.
    """

    def __init__(
        self,
        here: RunEnvironment,
        sandboxes: GradingSandboxes,
        course: Course,
        declared: Declared | None,
        use: EnvironmentUse | None,
    ) -> None:
        self.kind = sandboxes.own.kind
        self.declared = DeclaredSandbox(sandboxes, course, declared, use)
        self._here = here
        self._sandboxes = sandboxes
        self._facts = (declared, use)

    @property
    def environment(self) -> str:
        """The environment that student code is run in, as far as is known by now: embedded, declared, or file."""
        return "embedded" if self._here.kind == "declared" and self.declared.is_missing else self._here.kind

    def run(self, job: Job) -> Finished:
        if self._here.kind == "file":
            return self._run_in_file(job)
        if self._here.kind == "declared":
            return self._run_in_declared(job)
        return self._run_embedded(job)

    def _run_embedded(self, job: Job) -> Finished:
        finished = self._sandboxes.own.run(job)
        if isinstance(job.action, Tool | Command) or finished.succeeded:
            return finished
        if not would_differ(finished.error, *self._facts):
            return finished
        try:
            there = self.declared.run(job)
        except UnavailableHere as absence:
            return replace(finished, unmade=absence.what)
        return finished if there is None or _lacks_what_only_notebooks_need(job, there) else there

    def _run_in_declared(self, job: Job) -> Finished:
        if isinstance(job.action, Tool):
            return self._tool_sandbox(job.action).run(job)
        finished = self.declared.run(job)
        if finished is None or _lacks_what_only_notebooks_need(job, finished):
            return self._sandboxes.own.run(job)
        return finished

    def _run_in_file(self, job: Job) -> Finished:
        if isinstance(job.action, Tool):
            return self._tool_sandbox(job.action).run(job)
        given = self._sandboxes.given
        if not isinstance(given, Made):
            raise UnavailableHere(*_reason(given))
        finished = self._sandboxes.inside(given).run(job)
        _refuse_blame(finished, given)
        return replace(finished, environment="file")

    def _tool_sandbox(self, tool: Tool) -> Sandbox:
        """The sandbox for a tool of ours: the linter looks at the packages that student code runs with."""
        if tool.name != "lint":
            return self._sandboxes.own
        made = self._sandboxes.given
        if self._here.kind == "declared":
            try:
                made = self.declared.made()
            except Unmade:
                made = None
        return self._sandboxes.inside(made) if isinstance(made, Made) else self._sandboxes.own


def student_runs(
    here: RunEnvironment,
    sandboxes: GradingSandboxes,
    course: Course,
    declared: Declared | Unavailable | None,
    use: EnvironmentUse | Unavailable | None,
) -> StudentRuns:
    """The runs of this submission's code, with the declared environment to fall back on."""
    return StudentRuns(here, sandboxes, course, known(declared), known(use))


def _reason(unmade: Unmade | None) -> tuple[Text, Text]:
    """The reason for which there is no environment, and what to do about it."""
    if unmade is None:
        return text("No environment was asked for but the checker's own."), _ELSEWHERE
    return unmade.reason, unmade.remedy or _ELSEWHERE


def _lacks_what_only_notebooks_need(job: Job, finished: Finished) -> bool:
    error = finished.error
    return isinstance(job.action, Notebook | Cells) and error is not None and error.name == "ModuleNotFoundError"


def _refuse_blame(finished: Finished, made: Made) -> None:
    """Raises UnavailableHere where a run lacks a package that is declared and was left out of the environment."""
    error = finished.error
    if error is None or not error.name.endswith(("ImportError", "ModuleNotFoundError")):
        return
    words = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.sub(r"[-_.]+", "-", error.message.lower())))
    lacking = words & set(made.left_out)
    if lacking:
        raise UnavailableHere(
            text("The environment was made without {names}: there is no conda here.", names=tuple(sorted(lacking))),
            text("Judge it on a machine where this environment can be made."),
        )


PROBES = (student_runs,)
