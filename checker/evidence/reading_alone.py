"""Checks that need no run: they are found from the types of fact that they ask for."""

from __future__ import annotations

from collections.abc import Callable

from checker.absences import UnavailableHere
from checker.evidence.registry import facts_behind
from checker.evidence.runs.student_runs import StudentRuns
from checker.facts.job import Finished, Job
from checker.model import Advice, advice, text
from checker.sandbox.images.engine_session import EngineSession
from checker.sandbox.per_grading.sandboxes import GradingSandboxes

_RUNNING = frozenset({StudentRuns, GradingSandboxes, EngineSession})
"""The parameters by which a probe can run something.

A plain Sandbox is not among them: the one probe that asks for it does so only to find a main script with another name.
"""


def needs_run(judge: Callable[..., object]) -> bool:
    """True where *judge* needs a run of the submission or a build of its image."""
    return not _RUNNING.isdisjoint(facts_behind((judge,)))


def remark_without_runs() -> tuple[Advice, ...]:
    """The remark that opens a report without runs."""
    return (
        advice(
            "Nothing was run: what depends on the notebook, the scripts, the functions, the linter or the image is "
            "left out. All of it is judged by: checker check",
        ),
    )


class NoSandbox:
    """A sandbox in which nothing may run: each run raises UnavailableHere."""

    kind = "none"

    def run(self, job: Job) -> Finished:
        del job
        raise UnavailableHere(text("That cannot be told without a run."), text("Check without --no-run."))
