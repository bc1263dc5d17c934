"""The facts that a hosting service gives about a commit: variables and event of a run of continuous integration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from checker.facts.submission import Submission

_LARGEST = 5_000_000
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Hosted:
    """The commit, branches and pull request of one run of continuous integration; None for unknown values.

    ``commits`` are the ids that stand for the graded state: a service may check out a merge of the branch. ``base`` is
    the commit of the target branch, where the target is another repository than the student's.
    """

    commits: frozenset[str] = frozenset()
    branch: str | None = None
    default_branch: str | None = None
    base: str | None = None
    pull_request: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


def hosted_commit(submission: Submission) -> Hosted:
    """The facts in GitHub's or GitLab's variables and event; all unknown outside of continuous integration."""
    variables = submission.variables
    if variables.get("GITHUB_SHA") or variables.get("GITHUB_REF"):
        return _github(variables, event_of(submission))
    if variables.get("CI_COMMIT_SHA"):
        return _gitlab(variables)
    return Hosted()


def event_of(submission: Submission) -> Mapping[str, Any]:
    """The event's content; an empty mapping where no event can be read."""
    if not submission.event or len(submission.event) > _LARGEST:
        return _NOTHING
    try:
        event = json.loads(submission.event)
    except (ValueError, RecursionError):
        return _NOTHING
    return event if isinstance(event, dict) else _NOTHING


def at(data: object, *keys: str) -> Any:
    """The value at a path of keys; None where a key is missing."""
    for key in keys:
        if not isinstance(data, Mapping):
            return None
        data = data.get(key)
    return data


def word(value: object) -> str | None:
    """*value* where it is a non-empty string, else None."""
    return value if isinstance(value, str) and value else None


def _github(variables: Mapping[str, str], event: Mapping[str, Any]) -> Hosted:
    request = at(event, "pull_request")
    commits = {word(variables.get("GITHUB_SHA")), word(at(request, "head", "sha"))}
    reference = variables.get("GITHUB_REF", "")
    branch = word(variables.get("GITHUB_HEAD_REF")) or word(at(request, "head", "ref"))
    if branch is None and reference.startswith("refs/heads/"):
        branch = reference.removeprefix("refs/heads/")
    foreign = at(request, "base", "repo", "full_name") != at(request, "head", "repo", "full_name")
    return Hosted(
        commits=frozenset(commit for commit in commits if commit),
        branch=branch,
        default_branch=word(at(request, "base", "repo", "default_branch"))
        or word(at(event, "repository", "default_branch")),
        base=word(at(request, "base", "sha")) if foreign else None,
        pull_request=request if isinstance(request, dict) else _NOTHING,
    )


def _gitlab(variables: Mapping[str, str]) -> Hosted:
    commits = {variables.get("CI_COMMIT_SHA"), variables.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")}
    source = word(variables.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"))
    same = variables.get("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH") == variables.get("CI_MERGE_REQUEST_PROJECT_PATH")
    return Hosted(
        commits=frozenset(commit for commit in commits if commit),
        branch=source or word(variables.get("CI_COMMIT_BRANCH")),
        default_branch=word(variables.get("CI_DEFAULT_BRANCH")),
        base=None if same else word(variables.get("CI_MERGE_REQUEST_DIFF_BASE_SHA")),
    )
