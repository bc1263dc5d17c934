"""From facts to a graded submission: which steps have begun, which checks are judged, and their verdicts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from checker.checks.base import Check
from checker.course import Course, Step
from checker.explanations import title
from checker.facts.step_traces import StepTraces
from checker.model import (
    Advice,
    Blocked,
    CheckResult,
    Errored,
    Failed,
    Passed,
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

_NOT_BEGUN = text("This step has not begun yet.")
_NOT_BEGUN_OPTIONAL = text("This step is optional, and has not begun.")

Remark = Callable[..., "tuple[Advice, ...]"]
Doubt = Callable[..., "tuple[Suspicion, ...]"]
"""A function from facts to the contradictions between them."""


@dataclass(frozen=True, slots=True)
class Graded:
    """The outcome of a grading, before its report. ``faults`` are the checker's own, by check or suspicion."""

    steps: tuple[StepResult, ...]
    remarks: tuple[Advice, ...]
    seconds: float
    faults: Mapping[str, str] = field(default_factory=dict)
    suspicions: tuple[Suspicion, ...] = ()


def begun(course: Course, progress: StepTraces) -> Mapping[str, bool]:
    """The steps that have begun, that is, whose trace is there."""
    return {
        step.id: any(trace == "always" or trace in progress.traces for trace in step.begun_by) for step in course.steps
    }


def current_step(course: Course, states: Mapping[str, bool]) -> str | None:
    """The last step that has begun, the bonus left out; None before the first."""
    return next((step.id for step in reversed(course.steps) if states[step.id] and not step.bonus), None)


def path(course: Course) -> tuple[str, ...]:
    """The steps that follow on each other: bonus and optional steps stand beside them."""
    return tuple(step.id for step in course.steps if not step.bonus and not step.optional)


def skipped(course: Course, states: Mapping[str, bool]) -> frozenset[str]:
    """The steps of the path without a trace whose neighbours on it, before and after, have begun."""
    order = path(course)
    return frozenset(
        middle
        for before, middle, after in zip(order, order[1:], order[2:], strict=False)
        if states[before] and not states[middle] and states[after]
    )


def _unseen(course: Course, progress: StepTraces, states: Mapping[str, bool]) -> frozenset[str]:
    """The steps whose trace this machine cannot see, up to the last step that the student may have begun."""
    found: set[str] = set()
    has_come = True
    for step in course.steps:
        if has_come and not states[step.id] and progress.unknown.intersection(step.begun_by):
            found.add(step.id)
        if not step.optional or states[step.id]:
            has_come = states[step.id]
    return frozenset(found)


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
    """Judge the selected checks for which *suits* is true.

    Raises nothing because of a submission's content; raises TypeError for a wrong annotation.
    """
    started = time.monotonic()
    chosen = [(step, identity) for step, identity in selection.of(course) if suits(checks[identity])]
    for _, identity in chosen:
        evidence.require(checks[identity].judge)
    progress = evidence.judge_or(_progress)
    states = begun(course, progress) if isinstance(progress, StepTraces) else {step.id: True for step in course.steps}
    if selection.current and isinstance(progress, StepTraces):
        now = (current_step(course, states), *selection.steps)
        chosen = [(step, identity) for step, identity in chosen if step.id in now or identity in selection.checks]
    gaps = skipped(course, states)
    unseen = _unseen(course, progress, states) if isinstance(progress, StepTraces) else frozenset()
    asked = [identity for step, identity in chosen if states[step.id] or step.id in unseen]
    results: dict[str, CheckResult] = {}

    def judge(step: Step, identity: str) -> None:
        clock = time.monotonic()
        if selection.without_runs and isinstance(progress, Unavailable):
            verdict: Verdict = progress
        elif states[step.id] or step.id in unseen:
            verdict = _blocked_within(course, checks, evidence, suits, evidence.judge(checks[identity].judge))
        elif step.id in gaps:
            verdict = _skipped_step(step, course)
        else:
            verdict = ToDo(what=_NOT_BEGUN_OPTIONAL if step.optional else _NOT_BEGUN)
        on_check(identity, verdict)
        results[identity] = CheckResult(
            id=identity,
            title=title(checks[identity], course),
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
    outcomes = [evidence.judge_or(remark) for remark in remarks]
    all_advice = tuple(advice for outcome in outcomes if isinstance(outcome, tuple) for advice in outcome)
    verdicts = {identity: results[identity].verdict for _, identity in chosen}
    faults = {identity: verdict.fault for identity, verdict in verdicts.items() if isinstance(verdict, Errored)}
    suspicions: list[Suspicion] = []
    for doubt in doubts:
        outcome = evidence.judge_or(doubt)
        if isinstance(outcome, Errored):
            # A suspicion that fails changes no verdict.
            faults[f"suspicions.{doubt.__name__}"] = outcome.fault
        elif isinstance(outcome, tuple):
            suspicions += (_within(course, suspicion) for suspicion in outcome)
    return Graded(
        steps=tuple(
            StepResult(
                id=step.id,
                title=title_of(step),
                checks=checked,
                bonus=step.bonus,
                begun=states[step.id],
                optional=step.optional,
            )
            for step in course.steps
            if (checked := tuple(results[identity] for owner, identity in chosen if owner.id == step.id))
        ),
        remarks=all_advice,
        seconds=time.monotonic() - started,
        faults=faults,
        suspicions=tuple(suspicions),
    )


def _blocked_within(
    course: Course,
    checks: Mapping[str, Check],
    evidence: Evidence,
    suits: Callable[[Check], bool],
    verdict: Verdict,
    asked: frozenset[str] = frozenset(),
) -> Verdict:
    """*verdict*, blocked by checks of the course alone.

    Where it has none of them, the first one's own verdict: nothing else in the report would say what to mend. It earns
    nothing, as a blocked check does. *asked* are the checks whose verdicts led here.
    """
    if not isinstance(verdict, Blocked):
        return verdict
    if there := tuple(identity for identity in verdict.by if course.judges(identity)):
        return replace(verdict, by=there)
    missing = next((checks[identity] for identity in verdict.by if identity in checks and identity not in asked), None)
    if missing is not None and suits(missing):
        reason = evidence.judge(missing.judge)
        if isinstance(reason, Blocked):
            return _blocked_within(course, checks, evidence, suits, reason, asked | {missing.id})
        if isinstance(reason, Failed):
            return replace(reason, credit=Fraction(0), credits=(), reached_at=None, details=verdict.details)
        if not isinstance(reason, Passed):
            return reason
    conditions = tuple(title(checks[identity], course) for identity in verdict.by if identity in checks)
    return ToDo(what=text("This can be judged once it is so: {conditions}.", conditions=conditions))


def _within(course: Course, suspicion: Suspicion) -> Suspicion:
    """*suspicion*, with those of its checks that the course has."""
    return replace(suspicion, checks=tuple(identity for identity in suspicion.checks if course.judges(identity)))


def exit_code(graded: Graded, selection: Selection) -> int:
    """The exit code of the published contract: 0, 1 or 4.

    An optional step of which nothing is there is asked for only where it, or a check of it, was selected.
    """
    statuses = {
        check.status
        for step in graded.steps
        for check in step.checks
        if not step.left_out or step.id in selection.steps or check.id in selection.checks
    }
    if Status.ERRORED in statuses:
        return 4
    if Status.FAILED in statuses or (selection.named and Status.TODO in statuses):
        return 1
    return 0


def _progress(progress: StepTraces) -> StepTraces:
    return progress


def points_of(step: Step, identity: str) -> Fraction:
    """The points of one check of a step."""
    return next(entry.points for entry in step.checks if entry.id == identity)


def title_of(step: Step) -> Text:
    """The title of a step, as a sentence with its own translations."""
    escaped = {language: words.replace("{", "{{").replace("}", "}}") for language, words in step.title.items()}
    return Text(escaped.get("en") or next(iter(escaped.values())), (), tuple(escaped.items()))


def _skipped_step(step: Step, course: Course) -> Verdict:
    order = path(course)
    following = order[order.index(step.id) + 1]
    return Failed(
        expected=text("Step {step} is done before step {next}.", step=step.id, next=following),
        actual=text("There is no trace of step {step}, but the steps around it have begun.", step=step.id),
        hint=text("Go back to step {step}: checker explain {step}.", step=step.id),
        reproduce=course.trace_command(step),
    )
