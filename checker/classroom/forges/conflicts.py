"""The conflicts of requests, which a forge computes on the first query for a single one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from checker.facts.pull_requests import PullRequest, State

_SETTLES = 3.0
"""Seconds that a forge takes to compute whether a request is in conflict, after the first query."""


def with_conflicts(
    requests: Sequence[PullRequest], ask: Callable[[PullRequest], PullRequest], sleep: Callable[[float], None]
) -> tuple[PullRequest, ...]:
    """These *requests*, the open ones with their conflicts as far as *ask* gives them, at once or after a moment."""
    updated = list(requests)
    for waits_before in (0.0, _SETTLES):
        unknown = [at for at, one in enumerate(updated) if one.state is State.OPEN and one.conflict is None]
        if unknown and waits_before:
            sleep(waits_before)
        for at in unknown:
            updated[at] = ask(updated[at])
    return tuple(updated)
