"""``checker course check``: validate a course file, and prove its course."""

from __future__ import annotations

import sys
from fractions import Fraction

from checker import solutions
from checker.checks.registry import checks
from checker.cli.check import options_here
from checker.cli.console import Console
from checker.cli.solutions import legend, table
from checker.course import CourseFile, load
from checker.course_mutants import read
from checker.course_proof import JudgedMutant, proof, undefended, without_solution
from checker.facts.options import GradingOptions
from checker.model import Status, Text, text
from checker.render.cleaning import visible
from checker.render.terminal import SIGNS
from checker.solution_matrix import Column

_MUTANTS = text("The mutants are graded…")


def run(console: Console, name: str, *, no_run: bool = False) -> int:
    """Validate the course, and prove it by its solutions and mutants unless *no_run*. Returns 1 if it is not proved.

    A course without solutions beside it is only validated. Raises CourseError with the line of the first mistake.
    """
    file = load(name, frozenset(checks()))
    _say_valid(console, file)
    found = solutions.of_course(file)
    steps = {step.id for step in file.course.steps}
    mutants = read(file, tuple(step for step in found.steps() if step in steps) if found is not None else ())
    if found is None or no_run:
        return 0
    faults: list[Text] = [*found.faults(), *without_solution(file.course, found)]
    graded: list[Column] = []
    judged: list[JudgedMutant] = []
    options = options_here(console, GradingOptions(course=str(file.path), lasting=True))
    with console.progress() as progress:
        for piece in proof(
            file,
            found,
            mutants,
            options,
            language=console.language,
            on_state=lambda step: progress.note(text("The solution of step {step} is graded…", step=step)),
            on_mutant=lambda one: progress.note(
                text("The mutant {mutant} is graded…", mutant=one.title), plainly=_MUTANTS
            ),
        ):
            faults += piece.faults
            graded += [piece] if isinstance(piece, Column) else []
            judged += [piece] if isinstance(piece, JudgedMutant) else []
    if graded:
        console.write(table(graded))
        console.write(legend(console.speech()))
    for one in judged:
        console.write(f"{_sign(one)} {visible(one.mutant.title)}")
    bare, rest = undefended(file.course, mutants)
    for step, identities in rest.items():
        console.say(text("No mutant defends, in step {step}: {checks}.", step=step, checks=identities))
    faults += [text("No mutant defends step {step}.", step=step) for step in bare]
    for fault in faults:
        console.say(fault, sys.stderr)
    if not faults:
        console.say(text("The course holds together: its solutions pass, and its mutants are seen."))
    return 1 if faults else 0


def _sign(judged: JudgedMutant) -> str:
    if judged.unseen:
        return SIGNS[Status.UNAVAILABLE][0]
    return SIGNS[Status.FAILED if judged.faults else Status.PASSED][0]


def _say_valid(console: Console, file: CourseFile) -> None:
    entries = [entry for _, entry in file.course.checks()]
    console.say(
        text(
            "{path} is valid: {steps} steps, {checks} checks, {points} points, hash {hash}.",
            path=file.path.name,
            steps=len(file.course.steps),
            checks=len(entries),
            points=sum((entry.points for entry in entries), Fraction(0)),
            hash=file.hash,
        ),
    )
