"""All probes. Their order has no meaning: the plan computes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import get_type_hints

from checker.discovery import modules_in
from checker.needs import Probe, needs


def probes() -> tuple[Probe, ...]:
    """Every probe that a grading may need: those in the ``PROBES`` of a module."""
    return tuple(probe for module in modules_in("checker.evidence") for probe in getattr(module, "PROBES", ()))


def facts_behind(functions: Iterable[Callable[..., object]]) -> frozenset[type]:
    """The types of fact that these checks or probes need, directly or through other probes."""
    probe_of = {get_type_hints(probe)["return"]: probe for probe in probes()}
    pending = list(functions)
    kinds: set[type] = set()
    while pending:
        for kind in {need.kind for need in needs(pending.pop())} - kinds:
            kinds.add(kind)
            if kind in probe_of:
                pending.append(probe_of[kind])
    return frozenset(kinds)


def slowest_facts() -> tuple[type, ...]:
    """The types of fact that take the longest; they are started first, so that none of them runs alone at the end.

    Parameters is one of them although its runs are short: it needs three other facts in sequence.
    """
    from checker.facts.data_access import Parameters
    from checker.facts.lint import LintScores
    from checker.facts.main_script import MainStart
    from checker.facts.notebook import NotebookRun

    return (LintScores, NotebookRun, MainStart, Parameters)
