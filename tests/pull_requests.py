"""Pull requests as a forge tells of them."""

from __future__ import annotations

from checker.facts.pull_requests import PullRequest, State


def pull_request(number: int, source: str, branch: str, target: str = "school/titanic", **more: object) -> PullRequest:
    """An open request from a *branch* of *source* to ``main``, the default branch of *target*."""
    fields = {"state": State.OPEN, "target_branch": "main", "target_default": "main"} | more
    return PullRequest(
        number=number, source_repository=source, source_branch=branch, target_repository=target, **fields
    )
