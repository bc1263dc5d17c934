"""One grading's view of a sandbox that many gradings share."""

from __future__ import annotations

import posixpath
import shlex

from checker.facts.running import Cells, Command, Finished, Import, Job, Notebook, Script, Tool
from checker.sandbox.base import SharedSandbox
from checker.sandbox.clock import GradingClock, Program, RunSlots, python_program


class TimedSandbox:
    """Runs jobs in *sandbox* within the time of one grading and the *slots* of the process.

    Its ``run`` raises, beside what *sandbox* raises, OutOfTime where the time of the grading does not suffice, and
    Cancelled where the grading was cancelled.
    """

    def __init__(self, sandbox: SharedSandbox, clock: GradingClock, slots: RunSlots) -> None:
        self.kind: str = sandbox.kind
        self._sandbox = sandbox
        self._clock = clock
        self._slots = slots

    def run(self, job: Job) -> Finished:
        program = program_of(job)
        self._clock.admit(program)
        with self._clock.waiting():
            slot = self._slots.take(self._clock.check)
        with slot:
            self._clock.admit(program)
            with self._clock.running(program):
                return self._sandbox.run(job, self._clock)


def program_of(job: Job) -> Program | None:
    """The program of the submission that *job* runs; None for a command or a tool that is no linter."""
    match job.action:
        case Script(path):
            return python_program(posixpath.normpath(posixpath.join(job.folder, path)))
        case Notebook(path):
            place = posixpath.normpath(posixpath.join(job.folder, path))
            return Program(place, place, _executing(place))
        case Cells(path):
            return Program(path, path, _executing(path))
        case Import(module):
            return Program(f"import {module}", "", f"python -c {shlex.quote(f'import {module}')}")
        case Tool("lint"):
            return Program("pylint", "", "pylint --rcfile=/dev/null $(git ls-files '*.py')")
        case Tool() | Command():
            return None


def _executing(path: str) -> str:
    return f"jupyter nbconvert --to notebook --execute --stdout {shlex.quote(path)}"
