"""The probe of a submission's history: where the student began, what is theirs, on which branch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from urllib.parse import urlsplit, urlunsplit

from checker.absences import UnavailableHere
from checker.course import Course
from checker.defaults import FILE as DEFAULTS_FILE
from checker.defaults import Defaults, defaults
from checker.evidence.hosting import Hosted, hosted
from checker.facts.history import Branch, Commit, History
from checker.facts.submission import Submission
from checker.facts.tree import Tree
from checker.model import text
from checker.repository import RawCommit, Repository

_HEADS = "refs/heads/"
_REMOTES = "refs/remotes/"
_MOST_BRANCHES = 300
_MOST_COMMITS = 20_000
_MOST_ROOTS_LOOKED_AT = 2_000
_TOKEN = re.compile(r"gh[pousr]_|github_pat_|glpat-|gl[a-z]*t-|hf_|[A-Za-z0-9_-]*\d[A-Za-z0-9_-]{19,}")
"""User names that are none: what the large services issue as access tokens, or any long word with a figure."""


def history(repository: Repository, course: Course, submission: Submission, said: Defaults) -> History:
    """The way to the graded state. Raises UnavailableHere where a submission came without its history."""
    head = repository.head
    if head is None:
        raise UnavailableHere(
            text("The archive came without its history."),
            text("Give the repository itself, or archive the folder .git with the rest."),
        )
    references = repository.references()
    host = hosted(submission)
    remotes = repository.remotes()
    ways = (*repository.first_parents(head, _MOST_COMMITS),)
    lead_here = repository.reachable(head)
    upstream = _upstream(remotes, references, repository, said, course, host)
    start = _starter(repository, ways, said)
    if start is None:
        start = _start(repository, ways, lead_here, upstream)
    elif any(_is_upstream(name, url, said) for name, url in remotes if name == "origin"):
        upstream = ()  # the student's own repository is named as the upstream: what was pushed there is the student's
    foreign = _foreign(repository, start, upstream)
    default = _default_branch(repository, references, remotes, said, course, host)
    return History(
        commits=_commits(repository, head, ways, foreign),
        branches=_branches(repository, references, foreign),
        branch=submission.branch or _graded_branch(repository, references, default, host),
        default_branch=default,
        start=start,
        shallow=repository.shallow,
        remotes=tuple((name, scrubbed(url)) for name, url in remotes),
        revealing=tuple(name for name, url in remotes if scrubbed(url) != url),
    )


def scrubbed(url: str) -> str:
    """An address without the password or token in it; one with a mere user name is left as it is."""
    try:
        parts = urlsplit(url)
        secret = parts.password is not None or (parts.username and _TOKEN.match(parts.username))
    except ValueError:
        return url.rpartition("@")[2]
    if not secret or parts.scheme not in ("http", "https"):
        return url
    return urlunsplit(parts._replace(netloc=f"***@{parts.netloc.rpartition('@')[2]}"))


def _commits(
    repository: Repository, head: str, ways: Iterable[RawCommit], foreign: frozenset[str]
) -> tuple[Commit, ...]:
    line = {raw.id: raw for raw in ways}
    others = (raw for raw in repository.commits(head, _MOST_COMMITS) if raw.id not in line)
    return tuple(_commit(repository, raw, foreign) for raw in (*line.values(), *others))


def _commit(repository: Repository, raw: RawCommit, foreign: frozenset[str]) -> Commit:
    tree: Callable[[], Tree] = partial(repository.tree_of, raw.id)
    return Commit(raw.id, raw.parents, raw.author, raw.seconds, raw.message, raw.id not in foreign, tree)


def _upstream(
    remotes: Iterable[tuple[str, str]],
    references: Mapping[str, str],
    repository: Repository,
    said: Defaults,
    course: Course,
    host: Hosted,
) -> tuple[str, ...]:
    """The tips of the upstream's default branch that are known here."""
    tips = [references[name] for name in _upstream_branches(remotes, references, repository, said, course)]
    if host.base is not None and repository.head in host.commits and repository.reachable(host.base, most=1):
        tips.append(host.base)
    return tuple(tips)


def _upstream_branches(
    remotes: Iterable[tuple[str, str]],
    references: Mapping[str, str],
    repository: Repository,
    said: Defaults,
    course: Course,
) -> tuple[str, ...]:
    found: list[str] = []
    for remote, url in remotes:
        if _is_upstream(remote, url, said):
            pointed = repository.symbolic(f"{_REMOTES}{remote}/HEAD")
            usual = (f"{_REMOTES}{remote}/{name}" for name in course.names.default_branches)
            branch = next((name for name in (pointed, *usual) if name in references), None)
            found += [branch] if branch else []
    return tuple(found)


def _is_upstream(remote: str, url: str, said: Defaults) -> bool:
    return remote == "upstream" or (said.upstream is not None and _names(url, said.upstream))


def _names(url: str, owner_and_name: str) -> bool:
    """Whether an address is that of a repository, whatever its protocol: https, ssh, scp-like."""
    path = re.split(r"[:/]", url.removesuffix("/").removesuffix(".git"))
    return "/".join(path[-2:]).lower() == owner_and_name.lower()


def _starter(repository: Repository, ways: tuple[RawCommit, ...], said: Defaults) -> str | None:
    """The starter's commit, by the hash of its files that the starter itself records."""
    known = said.starter_tree
    if known is None and ways:
        known = defaults(repository.tree_of(ways[-1].id)).starter_tree
    if known is None:
        return None
    hash_of = partial(repository.tree_hash, leave_out=DEFAULTS_FILE)
    return next((raw.id for raw in ways[::-1][:_MOST_ROOTS_LOOKED_AT] if hash_of(raw.id) == known), None)


def _start(
    repository: Repository, ways: tuple[RawCommit, ...], lead_here: frozenset[str], upstream: tuple[str, ...]
) -> str | None:
    """Where the upstream's line was left; else the first commit."""
    for tip in upstream:
        # Along first parents only: a merged request brings the student's own commits in as second parents.
        left = next((raw.id for raw in repository.first_parents(tip, _MOST_COMMITS) if raw.id in lead_here), None)
        if left is not None:
            return left
    first = ways[-1] if ways else None
    if first is None or first.parents or repository.shallow:
        return None
    return first.id


def _foreign(repository: Repository, start: str | None, upstream: tuple[str, ...]) -> frozenset[str]:
    """The commits that are not the student's."""
    ids = repository.reachable(start) if start else frozenset[str]()
    for tip in upstream:
        line = [raw.id for raw in repository.first_parents(tip, _MOST_COMMITS)]
        ids |= frozenset(line)
        if line and start is None:
            ids |= repository.reachable(line[-1])
    return ids


def _branches(repository: Repository, references: Mapping[str, str], foreign: frozenset[str]) -> tuple[Branch, ...]:
    found: list[Branch] = []
    counts: dict[str, int] = {}
    for reference, commit in sorted(references.items()):
        if len(found) >= _MOST_BRANCHES:
            break
        remote, name = _split(reference)
        if name is None or (remote is not None and name == "HEAD"):
            continue
        if commit not in counts:
            counts[commit] = len(repository.reachable(commit) - foreign)
        found.append(Branch(name, remote, commit, counts[commit]))
    return tuple(found)


def _split(reference: str) -> tuple[str | None, str | None]:
    """Remote and name of a branch's reference; no name where it is no branch."""
    if reference.startswith(_HEADS):
        return None, reference.removeprefix(_HEADS)
    if reference.startswith(_REMOTES):
        remote, _, name = reference.removeprefix(_REMOTES).partition("/")
        return (
            remote,
            None if remote == "pull" else name or None,
        )  # what continuous integration checks out for a request
    return None, None


def _default_branch(
    repository: Repository,
    references: Mapping[str, str],
    remotes: Iterable[tuple[str, str]],
    said: Defaults,
    course: Course,
    host: Hosted,
) -> str | None:
    if host.default_branch and repository.head in host.commits:
        return host.default_branch
    pointed = repository.symbolic(f"{_REMOTES}origin/HEAD")
    usual = course.names.default_branches
    if pointed is not None:
        name = _split(pointed)[1]
        of_origin = {_split(reference)[1] for reference in references if reference.startswith(f"{_REMOTES}origin/")}
        # A clone with the one branch x says nothing of x: it may be the first that was ever pushed.
        if name is not None and (name in usual or len(of_origin - {"HEAD", None}) > 1):
            return name
    for branch in _upstream_branches(remotes, references, repository, said, course):
        return _split(branch)[1]
    here = {_split(reference)[1] for reference in references}
    return next((name for name in usual if name in here), usual[0] if usual else None)


def _graded_branch(
    repository: Repository, references: Mapping[str, str], default: str | None, host: Hosted
) -> str | None:
    if host.branch and repository.head in host.commits:
        return host.branch
    if repository.branch is not None:
        return repository.branch
    here = [_split(reference) for reference, commit in references.items() if commit == repository.head]
    names = {name for remote, name in here if name is not None and not (remote and name == "HEAD")}
    if not names and repository.head is not None:
        for reference, commit in references.items():
            remote, name = _split(reference)
            if name and not (remote and name == "HEAD") and repository.is_ancestor(repository.head, commit):
                names.add(name)
    if len(names - {default}) == 1:
        return next(iter(names - {default}))
    return default if names == {default} else None


PROBES = (history,)
