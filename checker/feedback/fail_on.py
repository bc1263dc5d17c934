"""The condition for a red run of continuous integration."""

from __future__ import annotations

from dataclasses import dataclass

from checker.errors import UsageError
from checker.model import Report, Status, StepResult, text
from checker.selection import unknown

FAILED = "failed"
NEVER = "never"

_WRONG = frozenset({Status.FAILED, Status.PARTIAL})


@dataclass(frozen=True, slots=True)
class FailOn:
    """``failed``: a check that failed; ``never``; or a step, which then has to be done with all before it."""

    words: str

    def is_red(self, report: Report) -> bool:
        """True if *report* makes the run fail. Raises UsageError for a step that was not graded."""
        if self.words == NEVER:
            return False
        if self.words == FAILED:
            return any(check.status in _WRONG for step in report.steps for check in step.checks)
        return any(check.status in _NOT_DONE for step in self._up_to(report) for check in step.checks)

    def _up_to(self, report: Report) -> tuple[StepResult, ...]:
        names = [step.id for step in report.steps]
        if self.words not in names:
            raise unknown(self.words, names)
        return report.steps[: names.index(self.words) + 1]


_NOT_DONE = _WRONG | {Status.TODO, Status.BLOCKED}


def fail_on_of(words: str) -> FailOn:
    """The condition in the words of a workflow. Raises UsageError for a word that can be no step."""
    condition = words.strip() or FAILED
    if condition not in (FAILED, NEVER) and not condition[:1].isdigit():
        raise UsageError(
            text("A run cannot fail on {words}.", words=condition[:100]),
            text("Write failed, never, or a step such as 1.4."),
        )
    return FailOn(condition)
