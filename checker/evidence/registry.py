"""All probes, in no order: the plan finds it."""

from __future__ import annotations

from checker.plan import Probe


def probes() -> tuple[Probe, ...]:
    """Every probe that a grading may need."""
    from checker.evidence import clutter, code, data_files, history, ignore_rules, leftovers, requests

    return (
        *clutter.PROBES,
        *code.PROBES,
        *data_files.PROBES,
        *history.PROBES,
        *ignore_rules.PROBES,
        *leftovers.PROBES,
        *requests.PROBES,
    )
