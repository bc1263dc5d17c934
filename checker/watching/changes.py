"""What is otherwise than it was in the report before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from checker.model import Report, Status, Text, Verdict
from checker.model import text as t


@dataclass(frozen=True, slots=True)
class Difference:
    """A step or a check that has another status than before."""

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
    """What changed its status, in the order of the course; of a step that passes now, the step alone."""
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
    """*report*, with *verdicts* that are newer by the ids of their checks."""
    steps = tuple(
        replace(
            step,
            checks=tuple(replace(check, verdict=verdicts.get(check.id, check.verdict)) for check in step.checks),
        )
        for step in report.steps
    )
    return replace(report, steps=steps)
