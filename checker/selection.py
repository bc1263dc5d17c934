"""The checks that are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from checker.course import Course, Step
from checker.errors import UsageError
from checker.model import text

CURRENT = "current"
"""The word for the step that the student is at, where a step is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Checks of these steps, up to that step, of these ids. Nothing chosen means all.

    ``current`` is the step that the student is at, whichever that is: it is known once the submission has been read,
    and until then all steps are. ``without_runs`` keeps of these checks those that can be judged by reading alone.
    """

    steps: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    up_to: str | None = None
    current: bool = False
    without_runs: bool = False

    @property
    def named(self) -> bool:
        """Whether something was asked for by name: then *to do* is a failure for the exit code."""
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
        """Raises UsageError where a step or check is named that the course lacks."""
        steps = [step.id for step in course.steps]
        ids = [entry.id for _, entry in course.checks()]
        for step in (*self.steps, *([self.up_to] if self.up_to else [])):
            if step not in steps:
                raise unknown(step, steps)
        for check in self.checks:
            if check not in ids:
                raise unknown(check, ids)


EVERYTHING = Selection()


def unknown(word: str, known: list[str]) -> UsageError:
    """The error for a step or check that does not exist, with the closest one that does."""
    close = get_close_matches(word, known, n=1, cutoff=0.5)
    remedy = text("Did you mean {name}?", name=close[0]) if close else text("There are: {names}.", names=tuple(known))
    return UsageError(text("There is no step or check {name}.", name=word), remedy)
