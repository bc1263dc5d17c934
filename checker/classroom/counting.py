"""The commit that counts: the state of a repository that is graded, given the deadline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pygit2

from checker.classroom.class_file import DeadlineTable, LateTable
from checker.classroom.records import Counting, DateBasis, Fetched, Forked, Push
from checker.errors import UsageError
from checker.model import Text, text
from checker.repository.bounds import HUGE
from checker.repository.git_folder import left_out_from, open_git

BARE = ".git"
"""The suffix of a bare repository in the folder of repositories; other names are those of archives."""

KEPT = "refs/checker/kept/"
"""References to commits that may be graded: all files of these are here, and stay when branches move."""

_MOST_COMMITS = 100_000
_LARGEST_COMMIT = 1_000_000
_ID = re.compile(r"[0-9a-f]{40}")
_PARENT = re.compile(rb"^parent ([0-9a-f]{40})$", re.MULTILINE)
_COMMITTER = re.compile(rb"^committer [^\n]*?(-?[0-9]{1,20})(?: [+-][0-9]{1,6})?$", re.MULTILINE)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)


def counting_commit(
    repositories: Path, fetched: Fetched, forked: Forked, deadline: DeadlineTable, late: LateTable
) -> Counting | Text:
    """The commit that counts, or a sentence with the reason why there is none.

    *repositories* is the folder that holds ``fetched.place``.
    """
    counting = chosen(repositories, fetched, forked, deadline, late)
    if isinstance(counting, Counting) and counting.commit is not None:
        with _opened(repositories / fetched.place) as git:
            limit = left_out_from(git) if git is not None else None
            incomplete = limit is not None and limit <= HUGE
            if git is None or (incomplete and f"{KEPT}{counting.commit}" not in git.references):
                return _not_here()
    return counting


def chosen(
    repositories: Path, fetched: Fetched, forked: Forked, deadline: DeadlineTable, late: LateTable
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
    with _opened(repositories / fetched.place) as git:
        if git is None:
            return _not_here()
        state = _State(git, fetched, pushes, due)
        return state.cut() if late.policy == "cut" else state.with_lateness()


@contextmanager
def _opened(place: Path) -> Iterator[pygit2.Repository | None]:
    """The repository at *place*; None if there is none that can be read."""
    try:
        git = open_git(place, place)
    except UsageError:
        yield None
        return
    try:
        yield git
    finally:
        git.free()


def end_of(deadline: DeadlineTable) -> datetime | None:
    """The last moment in time, with deadline and grace; None if there is no deadline."""
    moment = deadline.moment
    if moment is None:
        return None
    try:
        # In UTC: an hour of grace is an hour, also when the clocks change.
        return min(_aware(moment) + deadline.grace, _LAST)
    except OverflowError:
        return _LAST


def pushes_of(forked: Forked, branch: str) -> tuple[Push, ...]:
    """The pushes to a branch, as the forge lists them, oldest first, without deletions of the branch."""
    own = (push for push in forked.pushes if push.branch == branch)
    known = (push for push in own if _ID.fullmatch(push.commit) and push.commit.strip("0"))
    return tuple(sorted(known, key=lambda push: _aware(push.at)))


def push_in_time(forked: Forked, branch: str, deadline: DeadlineTable) -> Push | None:
    """The last push to a branch in time, by the forge's times."""
    due = end_of(deadline)
    in_time = [push for push in pushes_of(forked, branch) if due is None or _aware(push.at) <= due]
    return in_time[-1] if in_time else None


@dataclass(frozen=True, slots=True)
class _Dated:
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
            in_time = [push for push in self.pushes if _aware(push.at) <= self.due]
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
        push = next((candidate for candidate in self.pushes if candidate.commit == tip), None)
        basis = DateBasis.COMMIT if push is None else DateBasis.PUSH
        dated = self._dated(tip) if push is None else push
        if dated is None:
            return _not_here()
        at = _aware(dated.at)
        seconds = max(0.0, (at - self.due).total_seconds())
        return Counting(commit=tip, identity=tip, at=at, basis=basis, late_seconds=seconds)

    def _line(self) -> Iterator[_Dated]:
        """The first-parent line of the last commit, newest first."""
        following: str | None = self.fetched.tip
        for _ in range(_MOST_COMMITS):
            commit = self._dated(following) if following else None
            if commit is None:
                return
            yield commit
            following = commit.parent

    def _dated(self, identity: str) -> _Dated | None:
        """A commit by its id; None if there is none, or if it is larger than any that people write."""
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
        # A commit cannot be newer than its fetch: its committer's clock was fast.
        return _Dated(identity, parent[1].decode() if parent else None, min(at, _aware(self.fetched.at)))


def _moment(seconds: int) -> datetime:
    """The moment of a time recorded by git; a time out of range becomes the nearest valid one."""
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
