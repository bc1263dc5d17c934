"""The probe of a submission's history: the student's first commit, their own commits, and the branch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from urllib.parse import urlsplit, urlunsplit

from checker.absences import UnavailableHere
from checker.course import Course
from checker.evidence.repository.ci_event import Hosted, hosted_commit
from checker.facts.history import Branch, Commit, History
from checker.facts.submission import Submission
from checker.model import text
from checker.repository.repository import RawCommit, Repository
from checker.submission_defaults import FILE as DEFAULTS_FILE
from checker.submission_defaults import Defaults, defaults

_HEADS = "refs/heads/"
_REMOTES = "refs/remotes/"
_MOST_BRANCHES = 300
_MOST_COMMITS = 20_000
_MOST_ROOTS_LOOKED_AT = 2_000
_TOKEN = re.compile(r"gh[pousr]_|github_pat_|glpat-|gl[a-z]*t-|hf_|[A-Za-z0-9_-]*\d[A-Za-z0-9_-]{19,}")
"""User names that are access tokens: the formats of large services, or any long word with a digit."""


def history(repository: Repository, course: Course, submission: Submission, settings: Defaults) -> History:
    """The history that leads to the graded state. Raises UnavailableHere where a submission has no history."""
    head = repository.head
    if head is None:
        raise UnavailableHere(
            text("The archive came without its history."),
            text("Give the repository itself, or archive the folder .git with the rest."),
        )
    references = repository.references()
    host = hosted_commit(submission)
    remotes = repository.remotes()
    ways = (*repository.first_parents(head, _MOST_COMMITS),)
    lead_here = repository.reachable(head)
    upstream_branches = tuple(_upstream_branches(remotes, references, repository, settings, course))
    upstream = tuple(references[name] for name in upstream_branches)
    if host.base is not None and head in host.commits and repository.reachable(host.base, most=1):
        upstream = (*upstream, host.base)
    start = _starter(repository, ways, settings)
    if start is None:
        start = _start(repository, ways, lead_here, upstream)
    elif any(_is_upstream(name, url, settings) for name, url in remotes if name == "origin"):
        upstream = ()  # an upstream that is the student's own repository holds the student's commits
    foreign = _foreign(repository, start, upstream)
    default = _default_branch(repository, references, upstream_branches, course, host)
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
    """A URL without its password or token; a plain user name is kept."""
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
    merged = (raw for raw in repository.commits(head, _MOST_COMMITS) if raw.id not in line)
    return tuple(_commit(repository, raw, foreign) for raw in (*line.values(), *merged))


def _commit(repository: Repository, raw: RawCommit, foreign: frozenset[str]) -> Commit:
    tree = partial(repository.tree_of, raw.id)
    return Commit(raw.id, raw.parents, raw.author, raw.seconds, raw.message, raw.id not in foreign, tree)


def _upstream_branches(
    remotes: Iterable[tuple[str, str]],
    references: Mapping[str, str],
    repository: Repository,
    settings: Defaults,
    course: Course,
) -> Iterator[str]:
    """The upstream's default branch, by each remote that is the upstream, as far as it is known here."""
    for remote, url in remotes:
        if _is_upstream(remote, url, settings):
            pointed = repository.symbolic(f"{_REMOTES}{remote}/HEAD")
            usual = (f"{_REMOTES}{remote}/{name}" for name in course.names.default_branches)
            yield from islice((name for name in (pointed, *usual) if name and name in references), 1)


def _is_upstream(remote: str, url: str, settings: Defaults) -> bool:
    return remote == "upstream" or (settings.upstream is not None and _names(url, settings.upstream))


def _names(url: str, owner_and_name: str) -> bool:
    """True where a URL is that of a repository, whatever its protocol: https, ssh, scp-like."""
    path = re.split(r"[:/]", url.removesuffix("/").removesuffix(".git"))
    return "/".join(path[-2:]).lower() == owner_and_name.lower()


def _starter(repository: Repository, ways: tuple[RawCommit, ...], settings: Defaults) -> str | None:
    """The starter's commit, recognised by the hash of its files that the starter records."""
    starter_tree = settings.starter_tree
    if starter_tree is None and ways:
        starter_tree = defaults(repository.tree_of(ways[-1].id)).starter_tree
    if starter_tree is None:
        return None
    hash_of = partial(repository.tree_hash, leave_out=DEFAULTS_FILE)
    return next((raw.id for raw in ways[::-1][:_MOST_ROOTS_LOOKED_AT] if hash_of(raw.id) == starter_tree), None)


def _start(
    repository: Repository, ways: tuple[RawCommit, ...], lead_here: frozenset[str], upstream: tuple[str, ...]
) -> str | None:
    """The commit where the upstream's line was left; else the first commit."""
    for tip in upstream:
        # Only first parents count: a merged pull request adds the student's own commits as second parents.
        branch_point = next(
            (raw.id for raw in repository.first_parents(tip, _MOST_COMMITS) if raw.id in lead_here), None
        )
        if branch_point is not None:
            return branch_point
    oldest = ways[-1] if ways else None
    return None if oldest is None or oldest.parents or repository.shallow else oldest.id


def _foreign(repository: Repository, start: str | None, upstream: tuple[str, ...]) -> frozenset[str]:
    """The commits that are not the student's own."""
    ids = repository.reachable(start) if start else frozenset[str]()
    for tip in upstream:
        line = [raw.id for raw in repository.first_parents(tip, _MOST_COMMITS)]
        ids |= frozenset(line)
        if line and start is None:
            ids |= repository.reachable(line[-1])
    return ids


def _branches(repository: Repository, references: Mapping[str, str], foreign: frozenset[str]) -> tuple[Branch, ...]:
    branches: list[Branch] = []
    counts: dict[str, int] = {}
    for reference, commit in sorted(references.items()):
        if len(branches) >= _MOST_BRANCHES:
            break
        remote, name = _split(reference)
        if name is None or (remote is not None and name == "HEAD"):
            continue
        if commit not in counts:
            counts[commit] = len(repository.reachable(commit) - foreign)
        branches.append(Branch(name, remote, commit, counts[commit]))
    return tuple(branches)


def _split(reference: str) -> tuple[str | None, str | None]:
    """Remote and name of a branch's reference; no name where the reference is no branch."""
    if reference.startswith(_HEADS):
        return None, reference.removeprefix(_HEADS)
    if reference.startswith(_REMOTES):
        remote, _, name = reference.removeprefix(_REMOTES).partition("/")
        # remotes/pull/… is what continuous integration checks out for a pull request
        return remote, None if remote == "pull" else name or None
    return None, None


def _default_branch(
    repository: Repository,
    references: Mapping[str, str],
    upstream_branches: Iterable[str],
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
        # In a clone with a single branch x, x may be the first branch that was ever pushed.
        if name is not None and (name in usual or len(of_origin - {"HEAD", None}) > 1):
            return name
    for branch in upstream_branches:
        return _split(branch)[1]
    branch_names = {_split(reference)[1] for reference in references}
    return next((name for name in usual if name in branch_names), usual[0] if usual else None)


def _graded_branch(
    repository: Repository, references: Mapping[str, str], default: str | None, host: Hosted
) -> str | None:
    if host.branch and repository.head in host.commits:
        return host.branch
    if repository.branch is not None:
        return repository.branch
    at_head = [_split(reference) for reference, commit in references.items() if commit == repository.head]
    names = {name for remote, name in at_head if name is not None and not (remote and name == "HEAD")}
    if not names and repository.head is not None:
        for reference, commit in references.items():
            remote, name = _split(reference)
            if name and not (remote and name == "HEAD") and repository.is_ancestor(repository.head, commit):
                names.add(name)
    if len(names - {default}) == 1:
        return next(iter(names - {default}))
    return default if names == {default} else None


PROBES = (history,)
