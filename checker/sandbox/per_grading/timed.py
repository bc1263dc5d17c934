"""One grading's view of a sandbox that many gradings share."""

from __future__ import annotations

from checker.facts.job import Finished, Job
from checker.sandbox.base import SharedSandbox
from checker.sandbox.per_grading.clock import GradingClock, RunSlots


class TimedSandbox:
    """Runs jobs in *sandbox* within the time of one grading and the *slots* of the process.

    ``run`` raises the errors of *sandbox*, OutOfTime where the time of the grading does not suffice, and Cancelled
    where the grading was cancelled.
    """

    def __init__(self, sandbox: SharedSandbox, clock: GradingClock, slots: RunSlots) -> None:
        self.kind: str = sandbox.kind
        self._sandbox = sandbox
        self._clock = clock
        self._slots = slots

    def run(self, job: Job) -> Finished:
        program = job.action.program(job.folder)
        self._clock.admit(program)
        with self._clock.waiting():
            slot = self._slots.take(self._clock.check)
        with slot:
            self._clock.admit(program)
            with self._clock.running(program):
                return self._sandbox.run(job, self._clock)
