"""The solution matrix: each state of the solutions is graded, and contradictions to the course are named."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from checker import solutions
from checker.course import Course, load
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader
from checker.model import Report, Status, Text, text
from checker.solutions import SolutionSet


@dataclass(frozen=True, slots=True)
class Column:
    """One state of the solutions: its report, and the faults in it."""

    step: str
    report: Report
    faults: tuple[Text, ...]


def columns(*, language: str, on_state: Callable[[str], None] = lambda _step: None) -> Iterator[Column]:
    """The graded solution of each step, in order. ``on_state`` is called with the step before the work begins.

    Raises UsageError where there are no solutions, CheckerFault where they do not fit together.
    """
    shipped = solutions.shipped()
    options = GradingOptions(language=language, lasting=True)
    with tempfile.TemporaryDirectory(prefix="solutions") as folder, Grader(options) as grader:
        yield from columns_of(load().course, shipped, grader, Path(folder), language=language, on_state=on_state)


def columns_of(
    course: Course,
    solution_set: SolutionSet,
    grader: Grader,
    folder: Path,
    *,
    language: str,
    on_state: Callable[[str], None] = lambda _step: None,
) -> Iterator[Column]:
    """As :func:`columns`, by an open *grader* of the *course*; the solutions stay in *folder*, by their step.

    Solutions of steps that the course lacks are left out. Raises CheckerFault where they do not fit together.
    """
    known = {step.id for step in course.steps}
    for step in (step for step in solution_set.steps() if step in known):
        on_state(step)
        place = folder / step
        solution_set.build(step, place, language=language)
        report = grader.grade(Submission(path=place, own=True)).report
        yield Column(step, report, tuple(faults(course, step, report)))


def faults(course: Course, state: str, report: Report) -> Iterator[Text]:
    """The faults in the report of the solution of *state*.

    Each check of a step up to *state* has to pass, and at least one of each later step must not pass; a check that is
    unavailable on this machine proves nothing. An optional step may be left out of the other solutions.
    """
    for step in report.steps:
        statuses = {check.id: check.status for check in step.checks}
        if step.left_out and step.id != state:
            continue
        if course.position(step.id) <= course.position(state):
            for identity, status in statuses.items():
                if status not in (Status.PASSED, Status.UNAVAILABLE):
                    yield text("The solution of {state} does not pass {check}.", state=state, check=identity)
        elif all(status in (Status.PASSED, Status.UNAVAILABLE) for status in statuses.values()):
            yield text("The solution of {state} leaves nothing to do in step {step}.", state=state, step=step.id)
