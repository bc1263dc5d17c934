"""Remarks: what is worth saying about a submission and belongs to no check. They cost nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType

from checker.checks.long_lists import MOST_SHOWN, shortened
from checker.facts.code import Code
from checker.facts.history import History
from checker.facts.leftovers import Leftovers, RepositorySecret
from checker.facts.notebook import NotebookFile
from checker.facts.pinned_checker import PinnedChecker
from checker.model import Advice, Location, Text, advice, text
from checker.secret_patterns import PRESIGNED


def what_reading_met(left: Leftovers) -> tuple[Advice, ...]:
    """What was left out of the submission, and why."""
    return tuple(Advice(note) for note in left.notes[:MOST_SHOWN])


def unreached_modules(code: Code) -> tuple[Advice, ...]:
    """Python files that nothing uses."""
    if not code.unreached:
        return ()
    return (
        advice(
            "Neither the main script nor the notebook imports {paths}, directly or not: these files are not judged. "
            "Import them where they serve, or delete them.",
            paths=shortened(code.unreached),
            where=_places(code.unreached),
        ),
    )


def other_notebooks(notebook: NotebookFile) -> tuple[Advice, ...]:
    """Notebooks beside the one that is judged."""
    if not notebook.others:
        return ()
    return (
        advice(
            "{judged} is the notebook that is judged; {others} are not looked at.",
            judged=notebook.path,
            others=shortened(notebook.others),
            where=_places(notebook.others),
        ),
    )


def large_file_pointers(left: Leftovers) -> tuple[Advice, ...]:
    """Git LFS pointers."""
    if not left.pointers:
        return ()
    return (
        advice(
            "Git LFS keeps the content of {paths} elsewhere: here there is a pointer of a few lines in its place, "
            "and a program that reads it fails.",
            paths=shortened(left.pointers),
            where=_places(left.pointers),
        ),
    )


def conflict_markers(left: Leftovers) -> tuple[Advice, ...]:
    """Files with the marks of a merge that was never finished."""
    return tuple(
        advice(
            "{place}: the marks of a merge conflict are still there (<<<<<<<, =======, >>>>>>>). "
            "Keep one of the two versions and remove the marks.",
            place=place,
            where=(place,),
        )
        for place in left.conflicts[:MOST_SHOWN]
    )


def secrets(left: Leftovers) -> tuple[Advice, ...]:
    """Tokens, keys and presigned links: by kind and place, never by value."""
    now = [secret for secret in left.secrets if secret.commit is None]
    past = [secret for secret in left.secrets if secret.commit is not None]
    said = [
        advice(
            "{kind} in {places}: whoever can read the repository can use it. Revoke it, and read it from an "
            "environment variable instead.",
            kind=_KINDS.get(kind, kind),
            places=shortened(places),
            where=places[:MOST_SHOWN],
        )
        for kind, places in _by_kind(now)
        if kind != PRESIGNED
    ]
    said += [
        advice(
            "A presigned link in {places}: it expires, and until then it opens the file to whoever reads it. "
            "Use a public link, or the credentials of the environment.",
            places=shortened(places),
            where=places[:MOST_SHOWN],
        )
        for kind, places in _by_kind(now)
        if kind == PRESIGNED
    ]
    said += [
        advice(
            "{kind} in an earlier commit ({commit}, {place}): taking it out of the file does not take it out of the "
            "history. Revoke it.",
            kind=_KINDS.get(secret.kind, secret.kind),
            commit=secret.commit or "",
            place=secret.where,
        )
        for secret in past[:MOST_SHOWN]
    ]
    return tuple(said)


def work_on_another_branch(history: History) -> tuple[Advice, ...]:
    """The graded branch holds nothing of the student's, and another one does."""
    if history.own:
        return ()
    tips = {commit.id for commit in history.commits}
    others = {branch.name: branch for branch in history.branches if branch.own_commits and branch.commit not in tips}
    if not others:
        return ()
    name = max(others.values(), key=lambda branch: branch.own_commits).name
    return (
        advice(
            "What is judged here ({branch}) holds no commit of yours, but the branch {other} does: "
            "git switch {other}, then check again.",
            branch=history.branch or text("this commit"),
            other=name,
        ),
    )


def commits_of_others(history: History) -> tuple[Advice, ...]:
    """Commits that came with the starting repository are not the student's work."""
    foreign = [commit for commit in history.commits if not commit.own]
    if history.own or len(foreign) < 2:
        return ()
    return (
        advice(
            "The {count} commits here come from the starting repository: none of them is yours.",
            count=len(foreign),
        ),
    )


def paths_that_clash(left: Leftovers) -> tuple[Advice, ...]:
    """Names that differ in case alone, and links that lead away."""
    said = [
        advice(
            "{paths} differ in upper and lower case only: on Windows and macOS they are one file.",
            paths=group,
            where=_places(group),
        )
        for group in left.clashes[:MOST_SHOWN]
    ]
    if left.outward:
        said.append(
            advice(
                "{paths}: a link that leads out of the repository leads nowhere on another machine.",
                paths=shortened(left.outward),
                where=_places(left.outward),
            ),
        )
    return tuple(said)


def another_version(checker: PinnedChecker) -> tuple[Advice, ...]:
    """The checker that runs is not the one that the course was made with."""
    if checker.version == checker.running:
        return ()
    return (
        advice(
            "This course was made with version {pinned} of the checker; you run {running}, which may judge otherwise. "
            "The README says how to run the course's own.",
            pinned=checker.version,
            running=checker.running,
        ),
    )


def _places(paths: tuple[str, ...]) -> tuple[Location, ...]:
    return tuple(Location(path) for path in paths[:MOST_SHOWN])


_KINDS: Mapping[str, Text] = MappingProxyType(
    {
        "AWS access key": text("An AWS access key"),
        "AWS secret key": text("An AWS secret key"),
        "Docker token": text("A Docker token"),
        "GitHub token": text("A GitHub token"),
        "GitLab token": text("A GitLab token"),
        "Google key": text("A Google key"),
        "Hugging Face token": text("A Hugging Face token"),
        "Slack token": text("A Slack token"),
        "password in an address": text("A password in an address"),
        "presigned link": text("A presigned link"),
        "private key": text("A private key"),
        "session token": text("A session token"),
    },
)


def _by_kind(found: list[RepositorySecret]) -> list[tuple[str, tuple[Location, ...]]]:
    places: defaultdict[str, list[Location]] = defaultdict(list)
    for secret in found:
        places[secret.kind].append(secret.where)
    return [(kind, tuple(where)) for kind, where in sorted(places.items())]


REMARKS = (
    another_version,
    work_on_another_branch,
    commits_of_others,
    conflict_markers,
    secrets,
    large_file_pointers,
    what_reading_met,
    unreached_modules,
    other_notebooks,
    paths_that_clash,
)
