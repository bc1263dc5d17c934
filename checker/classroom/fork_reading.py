"""Read the forks of a class from its forge into the gradebook, one after the other; what was read is kept."""

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
from checker.facts.requests import PullRequest
from checker.model import Text, text


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkRow:
    """What was found of one repository, or of a student without one.

    ``problem`` says what could not be read of it; ``stranger``: it is of nobody in the class.
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
    """All that was found: the repository that was forked, with its requests, and a row for each fork and student."""

    upstream: ForgeRepository
    requests: int
    rows: tuple[ForkRow, ...]


class ForksListener(ForgeListener, Protocol):
    """Hears also which repository is read."""

    def reading(self, project: str, done: int, whole: int) -> None:
        """*done* of the *whole* repositories are read; now it is that of *project*."""
        ...


@dataclass(frozen=True, slots=True)
class ForkReading:
    """Reads the forks of a repository. ``add``: an account that nobody has becomes a new student.

    ``keep``: what is found is put into the gradebook. Else only accounts are read, and nothing is written.
    """

    gradebook: Gradebook
    forge: ClassForge
    listener: ForksListener
    add: bool = False
    keep: bool = True

    def read(self, project: str) -> ForksRead:
        """The forks of *project*. Raises ForgeError where the forge fails, and ClassError where the gradebook does.

        What was read before such a failure is in the gradebook. A single repository that cannot be read is a row with
        its reason.
        """
        upstream = self.forge.repository(project)
        forks = self.forge.forks(upstream.project)
        requests = self.forge.requests(upstream.project)
        with self.gradebook.reading() as connection:
            roster = self._roster(connection)
        matches, rows = self._matches(forks, requests, roster)
        wanted = [match for match in matches if match.students or self.add] if self.keep else []
        sources = {match.fork.project.casefold() for match in wanted}
        # of all at once: the forge needs a moment to work conflicts out
        told = self.forge.with_conflicts([one for one in requests if one.source_repository.casefold() in sources])
        for done, match in enumerate(wanted):
            self.listener.reading(match.fork.project, done, len(wanted))
            own = tuple(one for one in told if same_name(one.source_repository, match.fork.project))
            rows.append(self._read_one(match, upstream, own))
        rows += [self._found(match, requests) for match in matches if match not in wanted]
        having = {one.key for row in rows for one in row.students}
        rows += [
            ForkRow(account=one.account, students=(one,), problem=_without(one))
            for one in roster.students
            if one.key not in having and one.repository is None
        ]
        return ForksRead(upstream=upstream, requests=len(requests), rows=tuple(rows))

    def _roster(self, connection: Connection) -> Roster:
        there = {one.key: one for one in repositories(connection)}
        projects = {key: one.project or self.forge.project_at(one.source) for key, one in there.items()}
        return Roster(students=students(connection), repositories=there, projects=projects)

    def _matches(
        self, forks: Sequence[ForgeRepository], requests: Sequence[PullRequest], roster: Roster
    ) -> tuple[tuple[ForkMatch, ...], list[ForkRow]]:
        """The forks with their students, and rows for repositories of the roster that the forge does not show.

        A repository of the roster that is not among the forks may have been renamed, or be no fork at all.
        """
        listed = {fork.project.casefold() for fork in forks}
        found = list(forks)
        projects = dict(roster.projects)
        rows: list[ForkRow] = []
        for key, project in roster.projects.items():
            if not project or project.casefold() in listed:
                continue
            try:
                now = self.forge.repository(project)
            except (RepositoryHidden, NotPermitted, UnreadableAnswer) as error:
                members = tuple(one for one in roster.students if one.repository == key)
                account = members[0].account if members else ""
                rows.append(ForkRow(account=account, project=project, students=members, problem=error.cause))
                del projects[key]
                continue
            projects[key] = now.project
            if now.project.casefold() not in listed:
                listed.add(now.project.casefold())
                found.append(now)
        unread = {key for key in roster.repositories if key not in projects}
        others = tuple(one for one in roster.students if one.repository not in unread)
        return match_forks(found, requests, replace(roster, students=others, projects=projects)), rows

    def _found(self, match: ForkMatch, requests: Sequence[PullRequest]) -> ForkRow:
        """The row of a fork that is not read."""
        own = tuple(one for one in requests if same_name(one.source_repository, match.fork.project))
        return ForkRow(
            account=match.fork.account,
            project=match.fork.project,
            students=match.students,
            requests=own,
            stranger=not match.students,
            others=match.others,
        )

    def _read_one(self, match: ForkMatch, upstream: ForgeRepository, requests: tuple[PullRequest, ...]) -> ForkRow:
        fork = match.fork
        row = replace(self._found(match, requests), stranger=False, added=not match.students)
        if match.known is not None and not self._is_same(match.known, fork):
            return replace(row, problem=text("The roster names another repository, which is kept."))
        said: Forked | None = None
        problem: Text | None = None
        try:
            pushes, problem = self._pushes(fork.project)
            told = (*requests, *self.forge.with_conflicts(self._inner(fork.project)))
            said = Forked(pushes=pushes, requests=told)
            row = replace(row, requests=told)
        except (RepositoryHidden, NotPermitted, TooMuchToRead, UnreadableAnswer) as error:
            problem = error.cause
        before = match.known.branch if match.known is not None else ""
        branch = counting_branch(row.requests, upstream.project, before)
        with self.gradebook.writing() as connection:
            members = _keep(connection, match, branch, said)
        return replace(row, branch=branch, problem=problem, students=members)

    def _is_same(self, known: ClassRepository, fork: ForgeRepository) -> bool:
        """Whether what the gradebook has is this fork, under this name or an older one."""
        project = known.project or self.forge.project_at(known.source)
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
            return tuple(one for one in self.forge.requests(project) if one.own)
        except (RepositoryHidden, NotPermitted):
            # the fork was there a moment ago: its owner has switched requests off
            return ()


def _keep(connection: Connection, match: ForkMatch, branch: str, said: Forked | None) -> tuple[Student, ...]:
    """Put a fork, and what was said of it, into the gradebook. Gives its students as they are there now."""
    fork = match.fork
    there = {one.key: one for one in repositories(connection)}
    known = match.known
    if known is None:
        key = plain_key(fork.account, there)
        source = fork.address
    else:
        key = known.key
        same = not known.project or same_name(known.project, fork.project)
        source = known.source if same else fork.address
    put_repositories(connection, [ClassRepository(key=key, source=source, project=fork.project, branch=branch)])
    if said is not None:
        put_forked(connection, key, said)
    now = {one.key: one for one in students(connection)}
    members = [now[one.key] for one in match.students if one.key in now]
    if not match.students:
        members = [Student(key=plain_key(fork.account, now), account=fork.account)]
    linked = [replace(one, repository=key) for one in members]
    put_students(connection, linked)
    return tuple(linked)


def _without(student: Student) -> Text:
    if student.account:
        return text("{account} has no fork that the forge shows.", account=student.account)
    return text("No account on the forge is known of this student.")
