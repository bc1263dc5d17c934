"""All probes, in no order: the plan finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import get_type_hints

from checker.needs import needs
from checker.plan import Probe


def probes() -> tuple[Probe, ...]:
    """Every probe that a grading may need."""
    from checker.evidence import (
        clutter,
        code,
        configuration,
        data_access,
        data_files,
        dockerfile,
        engine,
        environment,
        functions,
        hadolint,
        history,
        ignore_rules,
        leftovers,
        lint,
        notebook,
        past_notebook,
        pinned_checker,
        program,
        progress,
        requests,
        second_look,
        student_runs,
        trial,
        written,
    )

    families = (
        clutter,
        code,
        configuration,
        data_access,
        data_files,
        dockerfile,
        engine,
        environment,
        functions,
        hadolint,
        history,
        ignore_rules,
        leftovers,
        lint,
        notebook,
        past_notebook,
        pinned_checker,
        program,
        progress,
        requests,
        second_look,
        student_runs,
        trial,
        written,
    )
    return tuple(probe for family in families for probe in family.PROBES)


def facts_behind(functions: Iterable[Callable[..., object]]) -> frozenset[type]:
    """The types of fact that these checks or probes need, themselves or by way of probes."""
    found = {get_type_hints(probe)["return"]: probe for probe in probes()}
    pending = list(functions)
    seen: set[type] = set()
    while pending:
        for kind in {need.kind for need in needs(pending.pop())} - seen:
            seen.add(kind)
            if kind in found:
                pending.append(found[kind])
    return frozenset(seen)


def dearest() -> tuple[type, ...]:
    """The types of fact that take the longest to get: they are begun first, so that nothing waits for them alone.

    That of the parameters is one of many short runs, but needs what three others tell, one after the other.
    """
    from checker.facts.data_access import Parameters
    from checker.facts.lint import LintScores
    from checker.facts.notebook import NotebookRun
    from checker.facts.program import MainRun

    return (LintScores, NotebookRun, MainRun, Parameters)
