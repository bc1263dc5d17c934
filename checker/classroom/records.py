"""The records of a gradebook, as frozen values: students, repositories, gradings, and the instructor's decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from checker.facts.pull_requests import PullRequest
from checker.model import Text, Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """A student of the class.

    ``key`` is unique in the class, and a plain file name. ``number`` and ``group`` are the school's, ``account`` the
    one on the forge; empty if unknown. ``repository`` is the key of the student's repository; None if unknown.
    """

    key: str
    name: str = ""
    email: str = ""
    number: str = ""
    account: str = ""
    group: str = ""
    repository: str | None = None

    @property
    def shown(self) -> str:
        """The name shown to people."""
        return self.name or self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A push on the forge: the commit that a branch was set to, and the time."""

    branch: str
    commit: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRepository:
    """The repository of a student, or of a pair.

    ``key`` is unique in the class, and a plain file name. ``source`` is the address to clone, or the absolute path of a
    folder or an archive. ``project`` is ``owner/name`` on the forge, else empty. ``branch`` is the one that counts;
    empty: the default one.
    """

    key: str
    source: str
    project: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forked:
    """The forge's record of a repository. ``requests`` is None if the forge was not asked for them."""

    pushes: tuple[Push, ...] = ()
    requests: tuple[PullRequest, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The result of the last fetch of a repository.

    ``place`` is the name of a bare repository or an archive in the folder of repositories. ``branch`` is the one that
    counts, ``tip`` its last commit, and ``default_branch`` the repository's default; of an archive ``tip`` is the
    SHA-256 of its bytes. ``problem`` is the reason why the repository cannot be graded: it is gone, private or empty.
    """

    at: datetime
    place: str = ""
    branch: str = ""
    tip: str | None = None
    default_branch: str = ""
    problem: Text | None = None


class DateBasis(StrEnum):
    """The kind of time that was compared with the deadline."""

    PUSH = "push"
    COMMIT = "commit"
    NONE = "none"
    """There is no deadline, or no commit before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """The commit that counts, its time and the kind of that time, and its seconds after deadline and grace.

    ``commit`` is None for an archive, which is graded as a whole; ``identity`` names the content in either case.
    """

    commit: str | None
    identity: str
    at: datetime | None = None
    basis: DateBasis = DateBasis.NONE
    late_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The inputs of a grade: if one of these changes, a repository is graded again.

    ``identity`` is the commit that counts, or the hash of an archive's content. ``environment`` names the kind of
    environment and, for an instructor's file, the hash of its content. ``requests`` is a hash of the requests on the
    forge; empty if the forge lists none.
    """

    identity: str
    course_hash: str
    checker: str
    environment: str
    requests: str = ""
    trust: Trust = Trust.OFFICIAL


class RunEnd(StrEnum):
    """The result of grading a repository."""

    GRADED = "graded"
    REFUSED = "refused"
    """The repository cannot be taken in, for a reason that the student has to fix."""
    ERRORED = "errored"
    """A fault of the checker or of the machine: not counted, and graded again on demand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One grading of one repository.

    ``report`` is the whole stored report as JSON; None if there is none. ``late_seconds`` and ``basis`` are those of
    the commit that counted.
    """

    repository: str
    provenance: Provenance
    end: RunEnd
    at: datetime
    seconds: float
    report: bytes | None = None
    reason: Text | None = None
    basis: DateBasis = DateBasis.NONE
    late_seconds: float = 0.0
    number: int = 0
    """The number in the history of the class, given by the gradebook."""


class DecisionKind(StrEnum):
    """The kinds of an instructor's decisions."""

    OVERRIDE = "override"
    """The points of one check of one student."""
    WAIVER = "waiver"
    """A check counts as passed for the whole class."""
    WEIGHT = "weight"
    """A check is worth other points for the whole class."""
    WITHDRAWN = "withdrawn"
    """The decision on this check, of this student or of the class, is taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision of an instructor, which no grading changes. ``student`` is None if it applies to the whole class."""

    kind: DecisionKind
    check: str
    reason: str
    author: str
    at: datetime
    student: str | None = None
    points: Fraction | None = None
    number: int = 0
    """The number in the history of the class, given by the gradebook: the later of two decisions on one check holds."""
