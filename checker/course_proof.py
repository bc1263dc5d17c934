"""The proof of a course in a folder of its own: its solutions pass, and its mutants fail where they should."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from checker.course import Course, CourseFile
from checker.course_mutants import CourseMutant, MisfitError, apply
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader
from checker.locale import Speech
from checker.model import Blocked, Failed, Report, Status, Text, Verdict, credit_of, status_of, text
from checker.render.entries import WORDS, message_of
from checker.solution_matrix import Column, columns_of
from checker.solutions import SolutionSet


@dataclass(frozen=True, slots=True)
class JudgedMutant:
    """A graded mutant with the faults in its verdicts; *unseen*: this machine cannot judge its check."""

    mutant: CourseMutant
    faults: tuple[Text, ...]
    unseen: bool = False


def proof(
    file: CourseFile,
    solution_set: SolutionSet,
    mutants: Sequence[CourseMutant],
    options: GradingOptions,
    *,
    language: str,
    on_state: Callable[[str], None] = lambda _step: None,
    on_mutant: Callable[[CourseMutant], None] = lambda _mutant: None,
) -> Iterator[Column | JudgedMutant]:
    """The graded solution of each step, then each graded mutant; the last two are called before the work begins.

    *options* are those of a grading of the course. Raises CheckerFault where the solutions do not fit together.
    """
    reports: dict[str, Report] = {}
    with tempfile.TemporaryDirectory(prefix="course") as own, Grader(options) as grader:
        folder = Path(own)
        for column in columns_of(file.course, solution_set, grader, folder, language=language, on_state=on_state):
            reports[column.step] = column.report
            yield column
        for number, mutant in enumerate(mutants):
            on_mutant(mutant)
            place = folder / f"mutant-{number}"
            shutil.copytree(folder / mutant.base, place, symlinks=True)
            yield judged(mutant, reports[mutant.base], place, grader)
            shutil.rmtree(place)


def judged(mutant: CourseMutant, before: Report, place: Path, grader: Grader) -> JudgedMutant:
    """The mutant, made in a copy of its solution at *place* and graded; *before* is the report of the solution."""
    try:
        apply(mutant, place)
    except MisfitError as misfit:
        said = text("The mutant {mutant} does not fit: {reason}", mutant=mutant.title, reason=misfit.reason)
        return JudgedMutant(mutant, (said,))
    report = grader.grade(Submission(path=place, own=True)).report
    unseen = status_of(_verdicts(report)[mutant.check]) is Status.UNAVAILABLE
    return JudgedMutant(mutant, () if unseen else tuple(faults(mutant, before, report)), unseen)


def faults(mutant: CourseMutant, before: Report, after: Report) -> Iterator[Text]:
    """The faults in the report of a mutant, *after* its edits; *before* is the report of its solution.

    Its check has to give the verdict, the words and the place that the mutant names, and no other check may cost points
    by the edits, but for those whose charge has a reason.
    """
    verdict = _verdicts(after)[mutant.check]
    status = status_of(verdict)
    if status != mutant.verdict:
        yield text(
            "The mutant {mutant} is {status}, and should be {wanted}: {said}",
            mutant=mutant.title,
            status=WORDS[status],
            wanted=WORDS[Status(mutant.verdict)],
            said=message_of(verdict),
        )
    elif mutant.says not in _said(verdict):
        yield text(
            "The verdict of {mutant} does not say {words}, but: {said}",
            mutant=mutant.title,
            words=mutant.says,
            said=_said(verdict),
        )
    places = tuple(str(place) for place in verdict.where) if isinstance(verdict, Failed) else ()
    if mutant.where and mutant.where not in places:
        yield text(
            "The verdict of {mutant} does not name {place}, but: {places}.",
            mutant=mutant.title,
            place=mutant.where,
            places=places,
        )
    at_fault = {mutant.check, *(verdict.by if isinstance(verdict, Blocked) else ())}
    charged = _charged(after) - _charged(before) - at_fault
    for check in sorted(charged - {*mutant.charged_too}):
        yield text("The mutant {mutant} costs points in {check}, too.", mutant=mutant.title, check=check)
    for check in sorted({*mutant.charged_too} - charged):
        yield text("The mutant {mutant} does not cost points in {check}.", mutant=mutant.title, check=check)


def undefended(
    course: Course, mutants: Sequence[CourseMutant]
) -> tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]:
    """The steps of which no check has a mutant, and of each other step the checks that have none.

    A variant, which has to pass, defends nothing.
    """
    defended = {mutant.check for mutant in mutants if mutant.verdict != "passed"}
    bare = {step.id: tuple(one.id for one in step.checks if one.id not in defended) for step in course.steps}
    whole = tuple(step.id for step in course.steps if step.checks and len(bare[step.id]) == len(step.checks))
    return whole, {step: checks for step, checks in bare.items() if checks and step not in whole}


def without_solution(course: Course, solution_set: SolutionSet) -> Iterator[Text]:
    """The steps of the path without a solution, and the solutions without a step."""
    known = solution_set.steps()
    steps = {step.id for step in course.steps}
    for step in course.steps:
        if step.id not in known and not step.bonus and not step.optional:
            yield text("There is no solution of step {step}.", step=step.id)
    for extra in known:
        if extra not in steps:
            yield text("There is a solution of step {step}, which the course does not have.", step=extra)


def _verdicts(report: Report) -> dict[str, Verdict]:
    return {check.id: check.verdict for step in report.steps for check in step.checks}


def _charged(report: Report) -> set[str]:
    """The checks that failed and cost something."""
    return {
        identity
        for identity, verdict in _verdicts(report).items()
        if isinstance(verdict, Failed) and credit_of(verdict) < 1
    }


def _said(verdict: Verdict) -> str:
    """All that a verdict says in English, its advice included."""
    sentences = [message_of(verdict), *(piece.message for piece in verdict.advice)]
    if isinstance(verdict, Failed):
        sentences += [verdict.expected, verdict.hint]
    speech = Speech("en")
    return " ".join(speech.say(sentence) for sentence in sentences)
