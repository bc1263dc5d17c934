"""Runs of student code: in the checker's environment and, where that lacks something, in the declared one."""

from __future__ import annotations

import re
import threading
from dataclasses import replace

from checker.absences import UnavailableHere
from checker.course import Course
from checker.evidence.packages.distributions import admits
from checker.evidence.packages.install_request import environment_spec, with_undeclared
from checker.evidence.source.newer_syntax import HERE, python_needed
from checker.evidence.source.python import LARGEST, strip_magics
from checker.facts.actions import Cells, Traits
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.environment_needs import needs_python, would_differ
from checker.facts.job import Finished, Job
from checker.facts.options import RunEnvironment
from checker.facts.own_packages import OwnPackages
from checker.model import Location, Text, Unavailable, known, text
from checker.sandbox.base import Sandbox
from checker.sandbox.environments.spec import BuiltEnvironment, EnvironmentUnavailable
from checker.sandbox.per_grading.sandboxes import GradingSandboxes
from checker.sandbox.process.kernel_session import cells_of

_LARGEST_NOTEBOOK = 50_000_000
_ELSEWHERE = text("Judge it on a machine where this environment can be made.")


class DeclaredSandbox:
    """The sandbox in the environment that a submission declares, built when first needed.

    *complete*: the environment also holds the undeclared packages that the project imports, where the checker has them,
    because another check charges for a missing declaration. Thread-safe.
    """

    def __init__(
        self,
        sandboxes: GradingSandboxes,
        course: Course,
        declared: Declared | None,
        use: EnvironmentUse | None,
        *,
        complete: bool = False,
    ) -> None:
        self._complete = complete
        self._sandboxes = sandboxes
        self._course = course
        self._declared = declared
        self._use = use
        self._lock = threading.Lock()
        self._made: BuiltEnvironment | EnvironmentUnavailable | None = None
        self._tried = False

    def made(self) -> BuiltEnvironment | None:
        """The environment; None where nothing is declared. Raises EnvironmentUnavailable, every time after a failed
        build.
        """
        with self._lock:
            if not self._tried:
                self._made = self._make()
                self._tried = True
        if isinstance(self._made, EnvironmentUnavailable):
            raise self._made
        return self._made

    @property
    def is_missing(self) -> bool:
        """True where a build was tried and failed."""
        return self._tried and not isinstance(self._made, BuiltEnvironment)

    def can_have_python(self, version: str) -> bool:
        """True where the environment would run Python *version* (as ``3.12``): it is declared, and on this machine."""
        python = self._declared.main.python if self._declared is not None else None
        admitted = python is not None and bool(python.spec) and admits(python, version)
        return admitted and self._sandboxes.has_python(f"=={version}.*")

    def run(self, job: Job) -> Finished | None:
        """The result of *job* there; None where nothing is declared. Raises UnavailableHere where none can be had."""
        try:
            made = self.made()
        except EnvironmentUnavailable as unmade:
            raise UnavailableHere(*_reason(unmade)) from unmade
        if made is None:
            return None
        return replace(_run_inside(self._sandboxes, made, job), environment="declared")

    def _make(self) -> BuiltEnvironment | EnvironmentUnavailable | None:
        if self._declared is None:
            return None
        try:
            spec = environment_spec(self._declared, self._use, self._course)
            return self._sandboxes.make(with_undeclared(spec, self._use, self._course) if self._complete else spec)
        except EnvironmentUnavailable as unmade:
            return unmade


class StudentRuns:
    """Runs jobs of student code in the requested environment, with the interface of a sandbox.

    - Embedded: in the checker's environment. A run that fails there and could succeed with the declared versions is
      repeated in the declared environment, beside the checker's own libraries, and the second run counts.
    - Declared: in the declared environment. A notebook that imports a package missing there is judged as in embedded,
      since only scripts need a complete declaration.
    - File: in the environment of an instructor's file.

    The project's own packages are importable in each of them. A file with the syntax of a newer Python is judged in the
    declared environment, where that has such a Python.

    ``run`` raises, beside a sandbox's exceptions, UnavailableHere where the environment cannot be built, and where a
    file needs a newer Python than this machine has.
    """

    def __init__(
        self,
        here: RunEnvironment,
        sandboxes: GradingSandboxes,
        course: Course,
        declared: Declared | None,
        use: EnvironmentUse | None,
        packages: OwnPackages | None = None,
    ) -> None:
        self.kind = sandboxes.own.kind
        self.declared = DeclaredSandbox(sandboxes, course, declared, use)
        self._completed = DeclaredSandbox(sandboxes, course, declared, use, complete=True)
        self._here = here
        self._sandboxes = sandboxes
        self._facts = (declared, use)
        self._packages = packages or OwnPackages()

    @property
    def environment(self) -> str:
        """The environment that student code runs in, as far as known: embedded, declared, or file."""
        return "embedded" if self._here.kind == "declared" and self.declared.is_missing else self._here.kind

    def run(self, job: Job) -> Finished:
        traits = job.action.traits
        if traits.is_student_code:
            job = replace(job, paths=self._packages.folders)
        if self._here.kind == "embedded":
            return self._run_embedded(job)
        if traits.in_own_environment:
            return self._beside_packages(traits).run(job)
        return self._run_in_file(job) if self._here.kind == "file" else self._run_in_declared(job)

    def _run_embedded(self, job: Job) -> Finished:
        finished = self._sandboxes.own.run(job)
        if not job.action.traits.is_student_code or finished.succeeded:
            return finished
        needed = _python_needed(job, finished)
        if needed is not None and not self._completed.can_have_python(needed):
            raise _without_python(finished, needed)
        if needed is None and not would_differ(finished.error, *self._facts):
            return finished
        try:
            in_declared = self._completed.run(job)
        except UnavailableHere as absence:
            return replace(finished, unmade=absence.what)
        return finished if in_declared is None or _lacks_what_only_notebooks_need(job, in_declared) else in_declared

    def _run_in_declared(self, job: Job) -> Finished:
        finished = self.declared.run(job)
        if finished is None or _lacks_what_only_notebooks_need(job, finished):
            return self._run_embedded(job)
        return finished

    def _run_in_file(self, job: Job) -> Finished:
        environment = self._sandboxes.given
        if not isinstance(environment, BuiltEnvironment):
            raise UnavailableHere(*_reason(environment))
        return replace(_run_inside(self._sandboxes, environment, job), environment="file")

    def _beside_packages(self, traits: Traits) -> Sandbox:
        """The sandbox for code of the checker, beside the packages that student code runs with where it sees them."""
        if not traits.sees_packages:
            return self._sandboxes.own
        environment = self._sandboxes.given
        if self._here.kind == "declared":
            try:
                environment = self.declared.made()
            except EnvironmentUnavailable:
                environment = None
        return self._sandboxes.inside(environment) if isinstance(environment, BuiltEnvironment) else self._sandboxes.own


def student_runs(
    here: RunEnvironment,
    sandboxes: GradingSandboxes,
    course: Course,
    declared: Declared | Unavailable | None,
    use: EnvironmentUse | Unavailable | None,
    packages: OwnPackages,
) -> StudentRuns:
    """The runs of this submission's code, with the declared environment as a fallback."""
    return StudentRuns(here, sandboxes, course, known(declared), known(use), packages)


def _reason(unmade: EnvironmentUnavailable | None) -> tuple[Text, Text]:
    """The reason why there is no environment, and the remedy."""
    if unmade is None:
        return text("No environment was asked for but the checker's own."), _ELSEWHERE
    return unmade.reason, unmade.remedy or _ELSEWHERE


def _lacks_what_only_notebooks_need(job: Job, finished: Finished) -> bool:
    error = finished.error
    return job.action.traits.is_notebook and error is not None and error.name == "ModuleNotFoundError"


def _refuse_blame(finished: Finished, made: BuiltEnvironment) -> None:
    """Raises UnavailableHere where a run lacks a declared package that was left out of the environment."""
    error = finished.error
    if error is None or not error.name.endswith(("ImportError", "ModuleNotFoundError")):
        return
    names = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.sub(r"[-_.]+", "-", error.message.lower())))
    lacking = names & set(made.left_out)
    if lacking:
        raise UnavailableHere(
            text("The environment was made without {names}: there is no conda here.", names=tuple(sorted(lacking))),
            _ELSEWHERE,
        )


def _run_inside(sandboxes: GradingSandboxes, environment: BuiltEnvironment, job: Job) -> Finished:
    """Raises UnavailableHere where the environment, and not the student's code, made the run fail."""
    finished = sandboxes.inside(environment).run(job)
    _refuse_blame(finished, environment)
    needed = _python_needed(job, finished, _minor(environment.python))
    if needed is not None:
        raise _without_python(finished, needed)
    return finished


def _without_python(finished: Finished, needed: str) -> UnavailableHere:
    where = finished.error.where if finished.error is not None else ()
    return UnavailableHere(*needs_python((*where, Location("."))[0], needed))


def _python_needed(job: Job, finished: Finished, above: int = HERE) -> str | None:
    """The version of Python needed by the file or cell that ended a run; None where no newer version parses it.

    *above* is the minor version of the Python that ran it.
    """
    error = finished.error
    if error is None or error.name != "SyntaxError" or not error.where:
        return None
    place = error.where[0]
    content = job.tree.read_if_small(place.path, LARGEST if place.cell is None else _LARGEST_NOTEBOOK)
    if content is None:
        return None
    if place.cell is None:
        return python_needed(content.decode("utf-8", "replace"), above)
    cells = job.action.sources if isinstance(job.action, Cells) else cells_of(content)
    return python_needed(strip_magics(cells[place.cell - 1]), above) if 0 < place.cell <= len(cells) else None


def _minor(version: str) -> int:
    match = re.match(r"3\.(\d+)", version)
    return int(match[1]) if match is not None else HERE


PROBES = (student_runs,)
