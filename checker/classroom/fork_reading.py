"""Reading the forks of a class from its forge into the gradebook, one after the other; each is kept at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy.engine import Connection

from checker.classroom.forges.base import ClassForge, ForgeListener, ForgeRepository
from checker.classroom.forges.errors import (
    NotPermitted,
    PushesUntold,
    RepositoryHidden,
    TooMuchToRead,
    UnreadableAnswer,
)
from checker.classroom.forks import ForkMatch, Roster, counting_branch, match_forks, same_name
from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.gradebook.roster import put_forked, put_repositories, put_students, repositories, students
from checker.classroom.keys import plain_key
from checker.classroom.records import ClassRepository, Forked, Push, Student
from checker.facts.pull_requests import PullRequest
from checker.model import Text, text


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkRow:
    """The result for one repository, or for a student without one.

    ``problem``: the part that could not be read. ``stranger``: the repository belongs to nobody in the class.
    """

    account: str
    project: str = ""
    branch: str = ""
    students: tuple[Student, ...] = ()
    requests: tuple[PullRequest, ...] = ()
    problem: Text | None = None
    stranger: bool = False
    added: bool = False
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForksRead:
    """All that was read: the repository that was forked, with its requests, and a row for each fork and student."""

    upstream: ForgeRepository
    requests: int
    rows: tuple[ForkRow, ...]


class ForksListener(ForgeListener, Protocol):
    """A listener that is also told which repository is read."""

    def reading(self, project: str, done: int, whole: int) -> None:
        """*done* of the *whole* repositories are read; *project* is next."""
        ...


@dataclass(frozen=True, slots=True)
class ForkReading:
    """Reads the forks of a repository.

    ``add``: an account that no student has becomes a new student. ``keep``: results are written to the gradebook; else
    only accounts are read, and nothing is written.
    """

    gradebook: Gradebook
    forge: ClassForge
    listener: ForksListener
    add: bool = False
    keep: bool = True

    def read(self, project: str) -> ForksRead:
        """Read the forks of *project*.

        Raises ForgeError if the forge fails, and ClassError if the gradebook does. Repositories read before such a
        failure are in the gradebook. A single repository that cannot be read is a row with its reason.
        """
        upstream = self.forge.repository(project)
        forks = self.forge.forks(upstream.project)
        requests = self.forge.requests(upstream.project)
        with self.gradebook.reading() as connection:
            roster = self._roster(connection)
        matches, rows = self._matches(forks, requests, roster)
        wanted = [match for match in matches if match.students or self.add] if self.keep else []
        sources = {match.fork.project.casefold() for match in wanted}
        # of all forks at once: the forge takes a moment to compute conflicts
        updated = self.forge.with_conflicts([one for one in requests if one.source_repository.casefold() in sources])
        for done, match in enumerate(wanted):
            self.listener.reading(match.fork.project, done, len(wanted))
            rows.append(self._read_one(match, upstream, updated))
        rows += [self._found(match, requests) for match in matches if match not in wanted]
        having = {one.key for row in rows for one in row.students}
        rows += [
            ForkRow(account=one.account, students=(one,), problem=_without(one))
            for one in roster.students
            if one.key not in having and one.repository is None
        ]
        return ForksRead(upstream=upstream, requests=len(requests), rows=tuple(rows))

    def _roster(self, connection: Connection) -> Roster:
        by_key = {one.key: one for one in repositories(connection)}
        projects = {key: one.project or self.forge.address.project(one.source) for key, one in by_key.items()}
        return Roster(students=students(connection), repositories=by_key, projects=projects)

    def _matches(
        self, forks: Sequence[ForgeRepository], requests: Sequence[PullRequest], roster: Roster
    ) -> tuple[tuple[ForkMatch, ...], list[ForkRow]]:
        """The forks with their students, and rows for repositories of the roster that the forge does not show.

        A repository of the roster that is not among the forks may have been renamed, or be no fork at all.
        """
        listed = {fork.project.casefold() for fork in forks}
        matches = list(forks)
        projects = dict(roster.projects)
        rows: list[ForkRow] = []
        for key, project in roster.projects.items():
            if not project or project.casefold() in listed:
                continue
            try:
                now = self.forge.repository(project)
            except (RepositoryHidden, NotPermitted, UnreadableAnswer) as error:
                members = tuple(student for student in roster.students if student.repository == key)
                account = members[0].account if members else ""
                rows.append(ForkRow(account=account, project=project, students=members, problem=error.cause))
                del projects[key]
                continue
            projects[key] = now.project
            if now.project.casefold() not in listed:
                listed.add(now.project.casefold())
                matches.append(now)
        unread = {key for key in roster.repositories if key not in projects}
        others = tuple(student for student in roster.students if student.repository not in unread)
        return match_forks(matches, requests, replace(roster, students=others, projects=projects)), rows

    def _found(self, match: ForkMatch, requests: Sequence[PullRequest]) -> ForkRow:
        """The row of a fork that is not read."""
        own_requests = tuple(one for one in requests if same_name(one.source_repository, match.fork.project))
        return ForkRow(
            account=match.fork.account,
            project=match.fork.project,
            students=match.students,
            requests=own_requests,
            stranger=not match.students,
            others=match.others,
        )

    def _read_one(self, match: ForkMatch, upstream: ForgeRepository, requests: Sequence[PullRequest]) -> ForkRow:
        fork = match.fork
        row = replace(self._found(match, requests), stranger=False, added=not match.students)
        if match.known is not None and not self._is_same(match.known, fork):
            return replace(row, problem=text("The roster names another repository, which is kept."))
        record: Forked | None = None
        problem: Text | None = None
        try:
            pushes, problem = self._pushes(fork.project)
            all_requests = (*row.requests, *self.forge.with_conflicts(self._inner(fork.project)))
            record = Forked(pushes=pushes, requests=all_requests)
            row = replace(row, requests=all_requests)
        except (RepositoryHidden, NotPermitted, TooMuchToRead, UnreadableAnswer) as error:
            problem = error.cause
        before = match.known.branch if match.known is not None else ""
        branch = counting_branch(row.requests, upstream.project, before)
        with self.gradebook.writing() as connection:
            members = _keep(connection, match, branch, record)
        return replace(row, branch=branch, problem=problem, students=members)

    def _is_same(self, known: ClassRepository, fork: ForgeRepository) -> bool:
        """True if the gradebook's repository is this fork, under this name or an older one."""
        project = known.project or self.forge.address.project(known.source)
        if not project or same_name(project, fork.project):
            return bool(project)
        try:
            return same_name(self.forge.repository(project).project, fork.project)
        except RepositoryHidden:
            return False

    def _pushes(self, project: str) -> tuple[tuple[Push, ...], Text | None]:
        try:
            return self.forge.pushes(project), None
        except PushesUntold as error:
            return (), error.cause

    def _inner(self, project: str) -> tuple[PullRequest, ...]:
        """The requests from one branch of a fork to another one of it."""
        try:
            return tuple(request for request in self.forge.requests(project) if request.own)
        except (RepositoryHidden, NotPermitted):
            # the fork was listed a moment ago: its owner has switched requests off
            return ()


def _keep(connection: Connection, match: ForkMatch, branch: str, record: Forked | None) -> tuple[Student, ...]:
    """Put a fork, with its requests and pushes, into the gradebook. Gives its students as they are stored now."""
    fork = match.fork
    by_key = {one.key: one for one in repositories(connection)}
    known = match.known
    if known is None:
        key = plain_key(fork.account, by_key)
        source = fork.address
    else:
        key = known.key
        is_same = not known.project or same_name(known.project, fork.project)
        source = known.source if is_same else fork.address
    put_repositories(connection, [ClassRepository(key=key, source=source, project=fork.project, branch=branch)])
    if record is not None:
        put_forked(connection, key, record)
    students_by_key = {one.key: one for one in students(connection)}
    members = [students_by_key[one.key] for one in match.students if one.key in students_by_key]
    if not match.students:
        members = [Student(key=plain_key(fork.account, students_by_key), account=fork.account)]
    linked = [replace(one, repository=key) for one in members]
    put_students(connection, linked)
    return tuple(linked)


def _without(student: Student) -> Text:
    if student.account:
        return text("{account} has no fork that the forge shows.", account=student.account)
    return text("No account on the forge is known of this student.")
