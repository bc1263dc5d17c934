"""Checks that are judged by reading the submission alone: which they are follows from the facts that they ask for."""

from __future__ import annotations

from collections.abc import Callable

from checker.absences import UnavailableHere
from checker.evidence.registry import facts_behind
from checker.evidence.student_runs import StudentRuns
from checker.facts.running import Finished, Job
from checker.model import Advice, advice, text
from checker.sandbox.for_grading import GradingSandboxes
from checker.sandbox.images.workshop import Workshop

_RUNNING = frozenset({StudentRuns, GradingSandboxes, Workshop})
"""What gives a fact by running something. A plain Sandbox is not among them: the one probe that asks for it does so
only where it cannot tell the main script by its name.
"""


def needs_run(judge: Callable[..., object]) -> bool:
    """Whether something of the submission has to be run, or an image built, before *judge* can judge."""
    return not _RUNNING.isdisjoint(facts_behind((judge,)))


def what_is_left_out() -> tuple[Advice, ...]:
    """The remark that a report of reading alone begins with."""
    return (
        advice(
            "Nothing was run: what depends on the notebook, the scripts, the functions, the linter or the image is "
            "left out. All of it is judged by: checker check",
        ),
    )


class NoSandbox:
    """Stands for a sandbox where nothing may run: each run is *unavailable*."""

    kind = "none"

    def run(self, job: Job) -> Finished:
        del job
        raise UnavailableHere(text("That cannot be told without a run."), text("Check without --no-run."))
