"""The probe of pull requests: from the event of continuous integration, or from a forge."""

from __future__ import annotations

import re
from pathlib import Path

from checker.absences import UnavailableHere
from checker.evidence.repository.ci_event import at, hosted_commit, word
from checker.facts.pull_requests import PullRequest, PullRequests, State
from checker.facts.submission import Submission
from checker.forge.local import RECORD, LocalForge
from checker.model import text
from checker.repository.repository import Repository


def pull_requests(repository: Repository, submission: Submission) -> PullRequests:
    """The known pull requests of the submission. Raises UnavailableHere where this machine has no source for them."""
    of_event = _of_github(submission) or _of_gitlab(submission)
    if of_event is not None:
        return PullRequests((of_event,), "event")
    if submission.requests is not None:
        return PullRequests(submission.requests, "forge")
    record = _record(repository, submission)
    if record is not None:
        forge = LocalForge(record)
        return PullRequests(forge.requests(_origin(repository)), forge.name)
    raise UnavailableHere(
        text("Neither a forge nor an event of continuous integration tells of requests here."),
        text("Open the request on the forge: the check of the request itself sees it."),
    )


def _record(repository: Repository, submission: Submission) -> Path | None:
    if submission.forge is not None:
        return Path(submission.forge)
    record = repository.git_folder / RECORD if repository.git_folder else None
    return record if record is not None and record.is_file() else None


def _origin(repository: Repository) -> str | None:
    """``owner/name`` of the student's repository; None where its URL is not that of a forge."""
    url = dict(repository.remotes()).get("origin", "")
    if not re.match(r"(https?|ssh|git)://|[\w.-]+@[\w.-]+:", url):
        return None
    parts = re.split(r"[:/]", url.removesuffix("/").removesuffix(".git"))
    return "/".join(parts[-2:])


def _of_github(submission: Submission) -> PullRequest | None:
    request = hosted_commit(submission).pull_request
    source, target = word(at(request, "head", "ref")), word(at(request, "base", "ref"))
    if source is None or target is None:
        return None
    number = at(request, "number")
    state = State.MERGED if at(request, "merged") is True else State.OPEN
    if state is State.OPEN and at(request, "state") == "closed":
        state = State.CLOSED
    mergeable = at(request, "mergeable")
    return PullRequest(
        number=number if isinstance(number, int) else 0,
        state=state,
        source_repository=word(at(request, "head", "repo", "full_name")) or "",
        source_branch=source,
        target_repository=word(at(request, "base", "repo", "full_name")) or "",
        target_branch=target,
        target_default=word(at(request, "base", "repo", "default_branch")) or target,
        conflict=not mergeable if isinstance(mergeable, bool) else None,
    )


def _of_gitlab(submission: Submission) -> PullRequest | None:
    variables = submission.variables
    source = variables.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME")
    target = variables.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    if not source or not target:
        return None
    number = variables.get("CI_MERGE_REQUEST_IID", "")
    project = variables.get("CI_MERGE_REQUEST_PROJECT_PATH", "")
    return PullRequest(
        number=int(number) if number.isdecimal() else 0,
        state=State.OPEN,
        source_repository=variables.get("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", ""),
        source_branch=source,
        target_repository=project,
        target_branch=target,
        target_default=variables.get("CI_DEFAULT_BRANCH") or target,
        conflict=None,
    )


PROBES = (pull_requests,)
