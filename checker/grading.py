"""From a submission to a report: which steps have begun, which checks are asked, what they say."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from checker.checks.base import Check
from checker.course import Course, Step
from checker.explanations import title
from checker.facts.progress import Progress
from checker.model import (
    Advice,
    CheckResult,
    Errored,
    Failed,
    Status,
    StepResult,
    Suspicion,
    Text,
    ToDo,
    Unavailable,
    Verdict,
    text,
)
from checker.plan import Evidence
from checker.selection import Selection

Remark = Callable[..., "tuple[Advice, ...]"]
Doubt = Callable[..., "tuple[Suspicion, ...]"]
"""A function from facts to what in them does not agree."""


@dataclass(frozen=True, slots=True)
class Graded:
    """The outcome of a grading, before it is dressed as a report. ``faults`` are ours, by check or second look."""

    steps: tuple[StepResult, ...]
    remarks: tuple[Advice, ...]
    seconds: float
    faults: Mapping[str, str] = field(default_factory=dict)
    suspicions: tuple[Suspicion, ...] = ()


def begun(course: Course, progress: Progress) -> Mapping[str, bool]:
    """Which steps have begun: their trace is there."""
    return {
        step.id: any(trace == "always" or trace in progress.traces for trace in step.begun_by) for step in course.steps
    }


def current_step(course: Course, states: Mapping[str, bool]) -> str | None:
    """The last step that has begun, the bonus left out; None before the first."""
    return next((step.id for step in reversed(course.steps) if states[step.id] and not step.bonus), None)


def skipped(course: Course, states: Mapping[str, bool]) -> frozenset[str]:
    """The steps without a trace whose neighbours before and after have begun."""
    order = [step.id for step in course.steps if not step.bonus]
    return frozenset(
        middle
        for before, middle, after in zip(order, order[1:], order[2:], strict=False)
        if states[before] and not states[middle] and states[after]
    )


def _unseen(course: Course, progress: Progress, states: Mapping[str, bool]) -> frozenset[str]:
    """The steps that may have begun, where this machine cannot see it and the student has come that far."""
    order = [None, *(step.id for step in course.steps)]
    return frozenset(
        step.id
        for before, step in zip(order, course.steps, strict=False)
        if not states[step.id] and (before is None or states[before]) and progress.unknown.intersection(step.begun_by)
    )


def grade(
    course: Course,
    checks: Mapping[str, Check],
    evidence: Evidence,
    selection: Selection,
    remarks: Sequence[Remark] = (),
    doubts: Sequence[Doubt] = (),
    *,
    suits: Callable[[Check], bool] = lambda _check: True,
    on_check: Callable[[str, Verdict], None] = lambda _identity, _verdict: None,
) -> Graded:
    """Judge the selected checks that it *suits* to ask.

    Never raises for what the submission holds; TypeError for a wrong annotation.
    """
    started = time.monotonic()
    chosen = [(step, identity) for step, identity in selection.of(course) if suits(checks[identity])]
    for _, identity in chosen:
        evidence.require(checks[identity].judge)
    progress = evidence.judge_or(_progress)
    states = begun(course, progress) if isinstance(progress, Progress) else {step.id: True for step in course.steps}
    if selection.current and isinstance(progress, Progress):
        now = (current_step(course, states), *selection.steps)
        chosen = [(step, identity) for step, identity in chosen if step.id in now or identity in selection.checks]
    gaps = skipped(course, states)
    unseen = _unseen(course, progress, states) if isinstance(progress, Progress) else frozenset()
    asked = [identity for step, identity in chosen if states[step.id] or step.id in unseen]
    results: dict[str, CheckResult] = {}

    def judge(step: Step, identity: str) -> None:
        clock = time.monotonic()
        if selection.without_runs and isinstance(progress, Unavailable):
            verdict: Verdict = progress
        elif states[step.id] or step.id in unseen:
            verdict = evidence.judge(checks[identity].judge)
        elif step.id in gaps:
            verdict = _skipped_step(step, course)
        else:
            verdict = ToDo(what=text("This step has not begun yet."))
        on_check(identity, verdict)
        results[identity] = CheckResult(
            id=identity,
            title=title(checks[identity]),
            verdict=verdict,
            max_points=points_of(step, identity),
            seconds=round(time.monotonic() - clock, 3),
        )

    def judge_known() -> None:
        for step, identity in chosen:
            if identity not in results and (identity not in asked or evidence.knows(checks[identity].judge)):
                judge(step, identity)

    worth: dict[Callable[..., object], float] = dict.fromkeys((*remarks, *doubts), 0.0)
    for step, identity in chosen:
        if identity in asked:
            worth[checks[identity].judge] = float(points_of(step, identity))
    for _ in evidence.gathering(worth):
        judge_known()
    judge_known()
    said = tuple(advice for remark in remarks for advice in _remarks(evidence, remark))
    faults = {
        result.id: result.verdict.fault
        for result in (results[identity] for _, identity in chosen)
        if result.status is Status.ERRORED and hasattr(result.verdict, "fault")
    }
    suspicions: list[Suspicion] = []
    for doubt in doubts:
        outcome = evidence.judge_or(doubt)
        if isinstance(outcome, Errored):
            # What does not look is no reason to judge otherwise.
            faults[f"suspicions.{doubt.__name__}"] = outcome.fault
        elif isinstance(outcome, tuple):
            suspicions += outcome
    return Graded(
        steps=tuple(_steps(course, chosen, results, states)),
        remarks=said,
        seconds=time.monotonic() - started,
        faults=faults,
        suspicions=tuple(suspicions),
    )


def exit_code(graded: Graded, selection: Selection) -> int:
    """0, 1 or 4, as the published contract has it."""
    seen = {check.status for step in graded.steps for check in step.checks}
    if Status.ERRORED in seen:
        return 4
    if Status.FAILED in seen or (selection.named and Status.TODO in seen):
        return 1
    return 0


def _progress(progress: Progress) -> Progress:
    return progress


def _steps(
    course: Course,
    chosen: Iterable[tuple[Step, str]],
    results: Mapping[str, CheckResult],
    states: Mapping[str, bool],
) -> Iterable[StepResult]:
    selected = list(chosen)
    for step in course.steps:
        of_step = tuple(results[identity] for owner, identity in selected if owner.id == step.id)
        if of_step:
            yield StepResult(
                id=step.id,
                title=title_of(step),
                checks=of_step,
                bonus=step.bonus,
                begun=states[step.id],
            )


def points_of(step: Step, identity: str) -> Fraction:
    """The points of one check of a step."""
    return next(entry.points for entry in step.checks if entry.id == identity)


def title_of(step: Step) -> Text:
    """The title of a step, as a sentence that knows its languages."""
    escaped = {language: words.replace("{", "{{").replace("}", "}}") for language, words in step.title.items()}
    return Text(next(iter(escaped.values())) if "en" not in escaped else escaped["en"], (), tuple(escaped.items()))


def _skipped_step(step: Step, course: Course) -> Verdict:
    position = course.position(step.id)
    return Failed(
        expected=text("Step {step} is done before step {next}.", step=step.id, next=course.steps[position + 1].id),
        actual=text("There is no trace of step {step}, but the steps around it have begun.", step=step.id),
        hint=text("Go back to step {step}: checker explain {step}.", step=step.id),
        reproduce=step.trace_command,
    )


def _remarks(evidence: Evidence, remark: Remark) -> tuple[Advice, ...]:
    outcome = evidence.judge_or(remark)
    return outcome if isinstance(outcome, tuple) else ()
