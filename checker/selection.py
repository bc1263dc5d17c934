"""The selection of checks for one grading."""

from __future__ import annotations

from dataclasses import dataclass

from checker.course import Course, Step
from checker.errors import UsageError, did_you_mean
from checker.model import text

CURRENT = "current"
"""The word for the student's current step, in the place of a step's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The checks of these steps, up to that step, of these ids; all checks if none is chosen.

    ``current`` selects the student's current step: it is known once the submission has been read; until then all steps
    are selected. ``without_runs`` keeps only checks that are judged without running student code.
    """

    steps: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    up_to: str | None = None
    current: bool = False
    without_runs: bool = False

    @property
    def named(self) -> bool:
        """True if a step or check was selected by name: *to do* then makes the exit code a failure."""
        return bool(self.steps or self.checks or self.up_to)

    def of(self, course: Course) -> tuple[tuple[Step, str], ...]:
        """The selected checks with their steps, in the order of the course."""
        last = course.position(self.up_to) if self.up_to else len(course.steps)
        return tuple(
            (step, entry.id)
            for step, entry in course.checks()
            if self.current or (not self.steps and not self.checks) or step.id in self.steps or entry.id in self.checks
            if course.position(step.id) <= last
        )

    def validate(self, course: Course) -> None:
        """Raises UsageError if a selected step or check does not exist in the course."""
        steps = [step.id for step in course.steps]
        ids = [entry.id for _, entry in course.checks()]
        asked = (*self.steps, *filter(None, [self.up_to]))
        for word, known in (*((step, steps) for step in asked), *((check, ids) for check in self.checks)):
            if word not in known:
                raise unknown(word, known)


EVERYTHING = Selection()


def unknown(word: str, known: list[str]) -> UsageError:
    """The error for a step or check that does not exist, with the closest one that does."""
    return UsageError(text("There is no step or check {name}.", name=word), did_you_mean(word, known))
