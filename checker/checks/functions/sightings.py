"""Sightings of functions at work: the runs that show them, and their words in verdicts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence

from checker.checks.environment.environment_excuse import newer_syntax, undecided
from checker.checks.pipeline_roles import Roles
from checker.checks.runs.forgotten_module import blocked_by_absence
from checker.course import Course
from checker.facts.code import Code
from checker.facts.functions import ModelParameter, Runs, Sighting, WrittenFunction, WrittenFunctions
from checker.facts.observation import Holder, ProjectFunction
from checker.model import Advice, Basis, Blocked, Failed, Json, Passed, Text, Verdict, advice, text

MOST_SHOWN = 6


def unless_unseen(judge: Callable[..., Verdict]) -> Callable[..., Verdict]:
    """*judge*, where a part that was not seen fails only if each run that could show it was to be had on this machine.

    What was seen, and what is read, passes whatever else could not be run.
    """

    @functools.wraps(judge)
    def judged(runs: Runs, *facts: object) -> Verdict:
        verdict = judge(runs, *facts)
        lacking = [runs.work.unseen, *(fact.unseen for fact in facts if isinstance(fact, ModelParameter))]
        unseen = next(filter(None, lacking), None)
        return unseen if unseen is not None and isinstance(verdict, Failed) else verdict

    return judged


def with_roles(runs: Runs) -> Sequence[tuple[Sighting, Roles]]:
    return [(seen, Roles(seen.observation, seen.reported)) for seen in runs.work.now]


def complete(runs: Runs) -> tuple[Sighting, Roles] | None:
    """The run by which a part that is missing is known to be missing: one that came to its end.

    One that trained a model, if there is one: a script that starts the notebook shows nothing of it.
    """
    ended = [(seen, roles) for seen, roles in with_roles(runs) if seen.complete]
    return next((one for one in ended if one[0].observation.fits), ended[0] if ended else None)


def waiting_verdict(runs: Runs, course: Course) -> Verdict | None:
    """The verdict where neither runs nor source can tell: it needs another environment, or code is not there."""
    for run in (runs.main, runs.notebook):
        if run is None or run.succeeded:
            continue
        if verdict := undecided(run.finished, course, runs.declared, runs.use):
            return verdict
    files = [file for path in runs.code.modules or runs.code.unreached if (file := runs.code.files.get(path))]
    if newer := newer_syntax(files):
        return newer
    if any(file.tree is None for file in files):
        return Blocked(by=("main-runs",) if runs.code.main else ("functions-standalone",))
    return blocked_by_absence(runs.code)


def blocked_by_modules(runs: Runs) -> Blocked | None:
    """The verdict where the code asks for modules of its own that the repository lacks, and has no other."""
    if not lacks_all_modules(runs.code):
        return None
    return Blocked(by=("main-runs" if runs.code.explained else "functions-standalone",))


def lacks_all_modules(code: Code) -> bool:
    return bool(code.missing) and not code.modules and not code.unreached


def details(seen: Sighting) -> dict[str, Json]:
    return {"seen_in": seen.path, "run": str(seen.origin), "commit": seen.commit}


def names(functions: Iterable[ProjectFunction | WrittenFunction]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(function.name for function in functions))[:MOST_SHOWN]


def idle_functions(
    written: WrittenFunctions, seen: Sighting, plays: Callable[[WrittenFunction], object]
) -> WrittenFunction | None:
    """The function of a module that is written to play a part, where the run never called it."""
    called = {function.key for function in seen.observation.functions}
    idle = (one for one in written.functions if one.path != seen.path and f"{one.path}:{one.name}" not in called)
    return next(filter(plays, idle), None)


def call_hint(idle: WrittenFunction) -> Text:
    return text("{name} is written for it ({place}): import it, and call it here.", name=idle.name, place=idle.where)


def script_advice(functions: Iterable[ProjectFunction]) -> tuple[Advice, ...]:
    """Advice for functions that lie in the main script."""
    found = [function for function in functions if function.holder is Holder.SCRIPT]
    where = tuple(function.where for function in found[:3])
    note = advice("{names} would be easier to use again in a module of their own.", names=names(found), where=where)
    return (note,) if found else ()


def passed_as_read(functions: Sequence[WrittenFunction]) -> Passed:
    return Passed(
        message=text("{names}: as far as reading the code tells.", names=names(functions)),
        basis=Basis.READ,
        details={"functions": list(names(functions)), "seen_in": None},
    )
