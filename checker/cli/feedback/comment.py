"""``checker feedback comment``: one comment on the request of this run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from checker.classroom.forges.address import github_address, gitlab_address
from checker.classroom.forges.patience import Patience
from checker.classroom.forges.tokens import GITHUB, GITLAB, token_for
from checker.cli.classes.forge_waiting import ForgeWaiting
from checker.cli.console import Console
from checker.cli.render import content_of
from checker.feedback.artifact import report_about, report_in
from checker.feedback.comment import Discussion, Written, body_of, publish
from checker.feedback.errors import NotOnARunner
from checker.model import Report, Text, text

_EVENT = "GITHUB_EVENT_PATH"
_OF_REQUESTS = frozenset({"pull_request", "push"})
"""The events of requests; a push may be to the branch of a request within one repository."""
_WRITTEN: Mapping[Written, Callable[[int], Text]] = {
    Written.NEW: lambda number: text("The comment on request {number} is written.", number=number),
    Written.UPDATED: lambda number: text("The comment on request {number} is updated.", number=number),
    Written.SAME: lambda number: text("The comment on request {number} says all this already.", number=number),
}


def run(console: Console, report: Path | None, account: str) -> None:
    """Write the comment, or update it, and print which. Raises UsageError and ForgeError."""
    if os.environ.get("GITLAB_CI") == "true":
        _on_gitlab(console, report or Path("checker-report/report.json"))
    elif os.environ.get(_EVENT):
        _on_github(console, account)
    else:
        raise NotOnARunner(_EVENT)


@contextmanager
def _patience(console: Console, host: str) -> Iterator[Patience]:
    with console.progress() as progress:
        yield Patience(host, ForgeWaiting(console, progress), sleep)


def _on_github(console: Console, account: str) -> None:
    from checker.classroom.forges.github_api import github_api
    from checker.feedback.github import BOT, GitHubDiscussion, NoRequest, archive_of, ended_run, request_of

    variables = os.environ
    ended = ended_run(variables[_EVENT])
    if ended.event not in _OF_REQUESTS:
        run = str(ended.number)
        console.say(text("Run {run} was about no pull request and no push: there is nothing to comment.", run=run))
        return
    address = github_address(variables.get("GITHUB_API_URL", ""))
    token = token_for(GITHUB, address.host, variables)
    with _patience(console, address.host) as patience, github_api(address, token, patience) as api:
        number = request_of(api, ended)
        if isinstance(number, NoRequest):
            console.say(_OUTRUN if number.outrun else _NO_REQUEST)
            return
        report = report_in(archive_of(api, ended), ended.commit)
        server = variables.get("GITHUB_SERVER_URL") or f"https://{address.host}"
        place = f"{server}/{ended.repository}/actions/runs/{ended.number}"
        discussion = GitHubDiscussion(api, ended.repository, number, account or BOT)
        _publish(console, discussion, report, place, number)


_OUTRUN = text("The request has a newer commit by now: its own run will write the comment.")
_NO_REQUEST = text("No open request has this commit last: there is nothing to comment.")


def _on_gitlab(console: Console, path: Path) -> None:
    from checker.classroom.forges.gitlab_api import gitlab_api
    from checker.feedback.gitlab import GitLabDiscussion, merge_request

    variables = os.environ
    request = merge_request(variables)
    named = (variables.get("CI_COMMIT_SHA"), variables.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"))
    report = report_about(content_of(path), frozenset(commit for commit in named if commit))
    address = gitlab_address(variables.get("CI_API_V4_URL", ""))
    token = token_for(GITLAB, address.host, variables)
    with _patience(console, address.host) as patience, gitlab_api(address, token, patience) as api:
        place = variables.get("CI_PIPELINE_URL", f"https://{address.host}")
        _publish(console, GitLabDiscussion(api, request), report, place, request.number)


def _publish(console: Console, discussion: Discussion, report: Report, place: str, number: int) -> None:
    speech = console.speech(console.chosen or report.language)
    written = publish(discussion, body_of(report, speech, place, discussion.most))
    console.say(_WRITTEN[written](number))
