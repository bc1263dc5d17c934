"""The commit that counts: which state of a repository is graded, where there is a deadline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pygit2

from checker.classroom.class_file import DeadlineTable, LateTable
from checker.classroom.records import ClassRepository, Counting, DateBasis, Fetched, Forked, Push
from checker.errors import UsageError
from checker.model import Text, text
from checker.repository import HUGE, left_out_from, open_git

BARE = ".git"
"""The ending of the name of a bare repository in the folder of repositories; other names are those of archives."""

KEPT = "refs/checker/kept/"
"""Commits that may be graded: each is here with all of its files, whatever becomes of the branches."""

_MOST_COMMITS = 100_000
_LARGEST_COMMIT = 1_000_000
_ID = re.compile(r"[0-9a-f]{40}")
_PARENT = re.compile(rb"^parent ([0-9a-f]{40})$", re.MULTILINE)
_COMMITTER = re.compile(rb"^committer [^\n]*?(-?[0-9]{1,20})(?: [+-][0-9]{1,6})?$", re.MULTILINE)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)


def counting_commit(
    repositories: Path,
    repository: ClassRepository,
    fetched: Fetched,
    forked: Forked,
    deadline: DeadlineTable,
    late: LateTable,
) -> Counting | Text:
    """The commit that counts, or the sentence that says why there is none.

    *repositories* is the folder in which *fetched* has its place.
    """
    del repository  # all that counts of it is in what was fetched
    found = chosen(repositories, fetched, forked, deadline, late)
    if isinstance(found, Counting) and found.commit is not None:
        try:
            git = open_git(repositories / fetched.place, repositories / fetched.place)
        except UsageError:
            return _not_here()
        try:
            limit = left_out_from(git)
            if limit is not None and limit <= HUGE and f"{KEPT}{found.commit}" not in git.references:
                return _not_here()
        finally:
            git.free()
    return found


def chosen(
    repositories: Path,
    fetched: Fetched,
    forked: Forked,
    deadline: DeadlineTable,
    late: LateTable,
) -> Counting | Text:
    """As :func:`counting_commit`, where files of that commit may still have to be fetched."""
    if fetched.tip is None:
        return fetched.problem or text("It was not fetched yet.")
    if not fetched.place.endswith(BARE):
        return Counting(commit=None, identity=fetched.tip)
    due = end_of(deadline)
    if due is None:
        return Counting(commit=fetched.tip, identity=fetched.tip)
    pushes = pushes_of(forked, fetched.branch)
    place = repositories / fetched.place
    try:
        git = open_git(place, place)
    except UsageError:
        return _not_here()
    try:
        state = _State(git, fetched, pushes, due)
        return state.cut() if late.policy == "cut" else state.with_lateness()
    finally:
        git.free()


def end_of(deadline: DeadlineTable) -> datetime | None:
    """The last moment that is in time, deadline and grace together; None where there is no deadline."""
    moment = deadline.moment
    if moment is None:
        return None
    try:
        # In UTC: an hour of grace is an hour also in the night in which the clocks change.
        return min(_aware(moment) + deadline.grace, _LAST)
    except OverflowError:
        return _LAST


def pushes_of(forked: Forked, branch: str) -> tuple[Push, ...]:
    """The pushes of a branch that the forge told, the oldest first; without those that took it away."""
    known = (
        one for one in forked.pushes if one.branch == branch and _ID.fullmatch(one.commit) and one.commit.strip("0")
    )
    return tuple(sorted(known, key=lambda one: _aware(one.at)))


def push_in_time(forked: Forked, branch: str, deadline: DeadlineTable) -> Push | None:
    """The last push of a branch that came in time, as the forge told."""
    due = end_of(deadline)
    found = [one for one in pushes_of(forked, branch) if due is None or _aware(one.at) <= due]
    return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class _Dated:
    """A commit with its first parent, and when its committer says that it was made."""

    id: str
    parent: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class _State:
    """A fetched repository with the pushes of the branch that counts, and the moment up to which work is in time."""

    git: pygit2.Repository
    fetched: Fetched
    pushes: tuple[Push, ...]
    due: datetime

    def cut(self) -> Counting | Text:
        """The last state in time."""
        if self.pushes:
            in_time = [one for one in self.pushes if _aware(one.at) <= self.due]
            if not in_time:
                return text(
                    "Nothing was pushed to {branch} before the deadline; the first push is of {date} (UTC).",
                    branch=self.fetched.branch,
                    date=_shown(_aware(self.pushes[0].at)),
                )
            last = in_time[-1]
            if self._dated(last.commit) is None:
                return text(
                    "The commit {commit} was pushed in time and then replaced, and the server does not give it any "
                    "more. Ask its author for it.",
                    commit=last.commit[:12],
                )
            return Counting(commit=last.commit, identity=last.commit, at=_aware(last.at), basis=DateBasis.PUSH)
        first: _Dated | None = None
        for commit in self._line():
            if commit.at <= self.due:
                return Counting(commit=commit.id, identity=commit.id, at=commit.at, basis=DateBasis.COMMIT)
            first = commit
        if first is None:
            return _not_here()
        return text("There is no commit before the deadline; the first one is of {date} (UTC).", date=_shown(first.at))

    def with_lateness(self) -> Counting | Text:
        """The last state, with how late it came."""
        tip = self.fetched.tip or ""
        push = next((one for one in self.pushes if one.commit == tip), None)
        basis = DateBasis.COMMIT if push is None else DateBasis.PUSH
        if push is not None:
            at = _aware(push.at)
        else:
            commit = self._dated(tip)
            if commit is None:
                return _not_here()
            at = commit.at
        seconds = max(0.0, (at - self.due).total_seconds())
        return Counting(commit=tip, identity=tip, at=at, basis=basis, late_seconds=seconds)

    def _line(self) -> Iterator[_Dated]:
        """The line of first parents that leads to the last commit, newest first."""
        following: str | None = self.fetched.tip
        for _ in range(_MOST_COMMITS):
            commit = self._dated(following) if following else None
            if commit is None:
                return
            yield commit
            following = commit.parent

    def _dated(self, identity: str) -> _Dated | None:
        """A commit by its id; None where there is none, or one that is larger than any that people write."""
        try:
            oid = pygit2.Oid(hex=identity)
            kind, size = self.git.odb.read_header(oid)
            if kind != pygit2.enums.ObjectType.COMMIT or size > _LARGEST_COMMIT:
                return None
            _, content = self.git.odb.read(oid)
        except (KeyError, ValueError, pygit2.GitError):
            return None
        headers = content.partition(b"\n\n")[0]
        parent, committer = _PARENT.search(headers), _COMMITTER.search(headers)
        at = _moment(int(committer[1]) if committer else 0)
        # What is here cannot have been made later: the clock of whoever made it was fast.
        return _Dated(identity, parent[1].decode() if parent else None, min(at, _aware(self.fetched.at)))


def _moment(seconds: int) -> datetime:
    """A time that git has recorded; one that no clock has shown becomes the nearest that can be told."""
    try:
        return min(max(_FIRST + timedelta(seconds=seconds), _FIRST), _LAST)
    except OverflowError:
        return _FIRST if seconds < 0 else _LAST


def _aware(at: datetime) -> datetime:
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        return _FIRST if at.year < _FIRST.year else _LAST


def _shown(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def _not_here() -> Text:
    return text("The commit that counts is not fetched yet. Next: checker class clone")
