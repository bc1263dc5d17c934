"""Step 1.0: where the work is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from checker.checks.base import check
from checker.course import Course
from checker.facts.history import Commit, History
from checker.model import Advice, Basis, Failed, Json, Passed, ToDo, Unavailable, Verdict, advice, text
from checker.quoting import quoted

_SAYS_NOTHING = re.compile(
    r"(wip|fix|fixes|update[ds]?|commit|test|tmp|temp|modif\w*|maj|mise à jour|changes?|ok|done|save|sauvegarde|"
    r"first commit|add files via upload|(create|update|delete|add) [\w./-]+|step \d.*|[\W\d]*|\w{1,3})\W*",
    re.IGNORECASE,
)


@check("branch")
def branch(history: History, course: Course) -> Verdict:
    """The work is on a branch of its own

    ## What it checks

    The work is on a branch that is not the default branch of the repository; a commit of your own is not needed
    yet. It fails when you have commits of your own on the default branch and on no other. With neither a branch nor
    a commit, the step is simply to do. A name other than the expected `{=names.branch}` passes with advice.

    The default branch is the one that the forge, the remote repository or the one you started from declares, else
    {=names.default_branches|or}. A clone that has a single branch `x` is not taken to have `x` as its default branch.

    ## Why it matters

    On a branch you can try anything, show it to others and throw it away. The main branch remains a state that
    works.

    ## How to do it

    Create the branch and switch to it. If you have already committed on `main`, the new branch takes those commits
    along: nothing is lost. Make one commit per step, with a message that says what changes.

    ## Example

    ```bash
    # Before: the work is on main
    git branch --show-current   # main

    # After: it is on a branch of its own
    git switch -c {=names.branch}
    git push -u origin {=names.branch}
    ```

    ## Known limits

    Commits that come from the repository you forked are not yours and do not count as your work here. Advice is
    also given when the address of a remote repository contains a token; its value is never shown.
    """
    default, current = history.default_branch, history.branch
    own = history.own
    details: dict[str, Json] = {
        "branch": current,
        "default_branch": default,
        "own_commits": len(own),
        "start": history.start,
    }
    said = (*_about_messages(own), *_about_remotes(history))
    if current is None:
        return Unavailable(
            what=text("Nothing tells on which branch this commit stands."),
            remedy=text("Check out the branch and not the commit: git switch {branch}.", branch=course.names.branch),
            details=details,
        )
    if current != default:
        return Passed(
            message=text("The work is on the branch {branch}.", branch=current),
            advice=(*_about_name(current, course), *said),
            basis=Basis.READ,
            details=details,
        )
    elsewhere = sorted({other.name for other in history.branches if other.own_commits and other.name != default})
    if elsewhere:
        return Passed(
            message=text(
                "The branch {branch} holds work of its own; what is judged here is {default}.",
                branch=elsewhere[0],
                default=default or "",
            ),
            advice=said,
            basis=Basis.READ,
            details=details,
        )
    if history.shallow and history.start is None:
        return Unavailable(
            what=text("The clone is shallow: which commits are the student's cannot be seen."),
            remedy=text("Fetch the whole history: git fetch --unshallow."),
            details=details,
        )
    if not own:
        created = sorted({other.name for other in history.branches if other.remote is None and other.name != default})
        return ToDo(
            what=text("The branch {branch} is there: switch to it with git switch {branch}.", branch=created[0])
            if created
            else text("Make a branch for the work: git switch -c {branch}.", branch=course.names.branch),
            advice=said,
            details=details,
        )
    no_other = rf"^(.*/)?({re.escape(default or '')}|HEAD)$|^\("
    return Failed(
        expected=text("The work is on a branch that is not {default}.", default=default or ""),
        actual=text(
            "Commits of your own on {default}: {count}; on other branches: none.",
            default=default or "",
            count=len(own),
        ),
        hint=text(
            "Make the branch now, it takes those commits along: git switch -c {branch}, "
            "then git push -u origin {branch}.",
            branch=course.names.branch,
        ),
        reproduce=f"git branch --all --contains HEAD --format='%(refname:lstrip=2)' | grep -qvE {quoted(no_other)}",
        advice=said,
        basis=Basis.READ,
        details=details,
    )


def _about_name(current: str, course: Course) -> Iterator[Advice]:
    expected = course.names.branch
    if current != expected:
        yield advice("The statement calls the branch {expected}; yours is {branch}.", expected=expected, branch=current)


def _about_messages(own: tuple[Commit, ...]) -> Iterator[Advice]:
    written = [commit for commit in own if len(commit.parents) < 2]
    empty = [commit for commit in written if _SAYS_NOTHING.fullmatch(commit.subject.strip())]
    repeated = [subject for subject, count in Counter(commit.subject for commit in written).items() if count > 2]
    if len(empty) * 3 >= max(len(written), 1) and empty:
        yield advice(
            "Commit messages that say what changes help whoever reads the history; {examples} do not.",
            examples=tuple(text("“{subject}”", subject=_shortened(commit.subject)) for commit in empty[:3]),
        )
    elif repeated:
        yield advice(
            "Several commits carry the same message: {subject}. Say in each what it changes.",
            subject=_shortened(repeated[0]),
        )


def _about_remotes(history: History) -> Iterator[Advice]:
    for remote in history.revealing:
        yield advice(
            "The address of the remote {remote} holds a token or password. Revoke it on the forge, then write the "
            "address without it: git remote set-url {remote} https://….",
            remote=remote,
        )


def _shortened(subject: str) -> str:
    return subject if len(subject) <= 60 else f"{subject[:59]}…"
