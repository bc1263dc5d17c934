"""The changes between two reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from checker.model import Report, Status, StepResult, Text, Verdict
from checker.model import text as t


@dataclass(frozen=True, slots=True)
class Difference:
    """A step or a check whose status has changed."""

    name: str
    before: Status
    now: Status

    @property
    def sentence(self) -> Text:
        match self.now:
            case Status.PASSED:
                return t("{name} passes now", name=self.name)
            case Status.FAILED:
                return t("{name} fails now", name=self.name)
            case Status.TODO:
                return t("{name} is to do now", name=self.name)
            case Status.BLOCKED:
                return t("{name} waits for another check now", name=self.name)
            case _:
                return t("{name} cannot be judged now", name=self.name)


def differences(before: Report, now: Report) -> tuple[Difference, ...]:
    """The changes of status, in the order of the course; for a step that passes now, the step alone."""
    return tuple(_differences(before, now))


def _differences(before: Report, now: Report) -> Iterator[Difference]:
    steps = {step.id: step.status for step in before.steps}
    checks = {check.id: check.status for step in before.steps for check in step.checks}
    for step in now.steps:
        if step.status is Status.PASSED and steps.get(step.id, Status.PASSED) is not Status.PASSED:
            yield Difference(step.id, steps[step.id], step.status)
            continue
        for check in step.checks:
            if checks.get(check.id, check.status) is not check.status:
                yield Difference(check.id, checks[check.id], check.status)


def overlaid(report: Report, verdicts: Mapping[str, Verdict]) -> Report:
    """*report*, with newer *verdicts* by the ids of their checks."""

    def newer(step: StepResult) -> StepResult:
        checks = (replace(check, verdict=verdicts.get(check.id, check.verdict)) for check in step.checks)
        return replace(step, checks=tuple(checks))

    return replace(report, steps=tuple(map(newer, report.steps)))
