"""Step 1.9: the work is offered for review."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.base import check
from checker.course import Course
from checker.facts.history import History
from checker.facts.pull_requests import PullRequest, PullRequests, State
from checker.facts.tree import Tree
from checker.model import Advice, Basis, Failed, Json, Passed, Text, ToDo, Unavailable, Verdict, advice, known, text


@check("pull-request")
def pull_request(
    requests: PullRequests, course: Course, history: History | Unavailable | None, tree: Tree | None
) -> Verdict:
    """A pull request is open

    ## What it checks

    A request goes from a branch that is not the default one to the default branch of the repository you forked,
    without conflict. To the default branch of your own repository it passes with advice. A merged request counts.
    From the default branch it fails, and the message says why.

    The request is known from the forge, or from the event that started continuous integration. Where neither is
    there, as on most laptops, the answer is *unavailable*.

    ## Why it matters

    A pull request is where work becomes shared: it shows what changes, starts the automatic checks and gives others
    a place to comment.

    ## How to do it

    Push your branch, then open the request on the forge, from `{=names.branch}` to the default branch of the starting
    repository. If there is a conflict, merge that branch into yours and resolve it.

    ## Example

    ```bash
    # Before: the request came from main
    git branch --show-current    # main

    # After
    git switch -c {=names.branch}
    git push -u origin {=names.branch}
    ```

    ## Known limits

    The text of the request is not judged. When the forge cannot be reached, nothing is held against you.
    """
    found = requests.requests
    if not found:
        return ToDo(what=text("No request comes from this repository yet."))
    details: dict[str, Json] = {"known_by": requests.known_by, "requests": [_shown(request) for request in found]}
    problems: list[tuple[Text, Text]] = []
    main = (course.names.main_among(tree.entries) if tree is not None else None) or course.names.main
    for request in found:
        problem = _problem(request, course, known(history), main)
        if problem is None:
            return Passed(message=_praise(request), advice=tuple(_about(request)), basis=Basis.READ, details=details)
        problems.append(problem)
    if isinstance(history, Unavailable) and any(_is_usual(request, course) for request in found):
        return history
    actual, hint = problems[-1]
    return Failed(
        expected=text("A request goes from a branch of its own to the default branch of the starting repository."),
        actual=actual,
        hint=hint,
        reproduce=_asking(found[-1]),
        basis=Basis.READ,
        details=details,
    )


def _is_usual(request: PullRequest, course: Course) -> bool:
    """Whether only its usual name says that a request comes from the default branch: another may be the default."""
    return request.source_branch in course.names.default_branches and request.source_branch != request.target_default


def _praise(request: PullRequest) -> Text:
    if request.state is State.MERGED:
        return text("Request {number} from {branch} was merged.", number=request.number, branch=request.source_branch)
    return text("Request {number} comes from {branch}.", number=request.number, branch=request.source_branch)


def _problem(request: PullRequest, course: Course, history: History | None, main: str) -> tuple[Text, Text] | None:
    """What is wrong with a request, and what to do; None where nothing is."""
    here = history.default_branch if history is not None else None
    if request.source_branch in {request.target_default, *([here] if here else course.names.default_branches)}:
        return (
            text(
                "Request {number} comes from {branch}, the default branch: every later commit there would be in it, "
                "and the branch cannot serve for anything else.",
                number=request.number,
                branch=request.source_branch,
            ),
            text(
                "Make a branch from it (git switch -c {branch}, git push -u origin {branch}), "
                "open a request from that one, and close the first.",
                branch=course.names.branch,
            ),
        )
    if request.target_branch != request.target_default:
        return (
            text(
                "Request {number} goes to {branch}, but the default branch there is {default}.",
                number=request.number,
                branch=request.target_branch,
                default=request.target_default,
            ),
            text("Change the target of the request on its page: {default}.", default=request.target_default),
        )
    if request.state is State.CLOSED:
        return (
            text("Request {number} was closed without being merged.", number=request.number),
            text("Open it again on its page, or open a new one from the same branch."),
        )
    if request.conflict and request.state is not State.MERGED:
        return (
            text("Request {number} is in conflict with {branch}.", number=request.number, branch=request.target_branch),
            text(
                "Merge {branch} of the starting repository into {source}, resolve the conflict, run {main}, "
                "commit and push.",
                branch=request.target_branch,
                source=request.source_branch,
                main=main,
            ),
        )
    return None


def _about(request: PullRequest) -> Iterator[Advice]:
    if request.own:
        yield advice(
            "The request stays within your own repository; where you forked one, aim at the original, "
            "so that others can review the work.",
        )


def _asking(request: PullRequest) -> str:
    """A line that asks the forge: it fails unless an open or merged request goes between the right branches."""
    query = f'[.[] | select(.headRefName != "{_word(request.target_default)}" and .mergeable != "CONFLICTING" and '
    query += f'.state != "CLOSED" and .baseRefName == "{_word(request.target_default)}")] | length'
    fields = "headRefName,baseRefName,state,mergeable"
    return f"test \"$(gh pr list --author @me --state all --json {fields} --jq '{query}')\" -gt 0"


def _word(name: str) -> str:
    return "".join(letter for letter in name if letter.isalnum() or letter in "-_./")


def _shown(request: PullRequest) -> Json:
    return {
        "number": request.number,
        "state": str(request.state),
        "from": f"{request.source_repository}:{request.source_branch}",
        "to": f"{request.target_repository}:{request.target_branch}",
        "conflict": request.conflict,
    }
