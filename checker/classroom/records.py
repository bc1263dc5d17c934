"""The records of a gradebook, as frozen values: students, repositories, gradings, and the instructor's decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from checker.facts.requests import PullRequest
from checker.model import Text, Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """A person of the class. ``key`` is unique in the class, and a plain file name.

    ``number`` is the school's own, ``account`` the one on the forge, ``group`` the school's; empty where unknown.
    ``repository`` is the key of theirs; None where none is known yet.
    """

    key: str
    name: str = ""
    email: str = ""
    number: str = ""
    account: str = ""
    group: str = ""
    repository: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A push that the forge knows: the commit that a branch came to, and when."""

    branch: str
    commit: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRepository:
    """Where the work of a student, or of a pair, comes from. ``key`` is unique in the class, and a plain file name.

    ``source`` is what it is cloned from: an address of git, or the absolute path of a folder or an archive.
    ``project`` is ``owner/name`` on the forge, else empty. ``branch`` is the one that counts; empty: the default one.
    """

    key: str
    source: str
    project: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forked:
    """What the forge told of a repository. ``requests`` is None where it was not asked."""

    pushes: tuple[Push, ...] = ()
    requests: tuple[PullRequest, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What the last fetch of a repository came to.

    ``place`` is the name of what was fetched in the folder of repositories: a bare repository, or an archive.
    ``branch`` is the one that counts, ``tip`` its last commit, and ``default_branch`` the repository's default; of an
    archive ``tip`` is the SHA-256 of its bytes. ``problem`` says why nothing of it can be graded: it is gone, private
    or empty.
    """

    at: datetime
    place: str = ""
    branch: str = ""
    tip: str | None = None
    default_branch: str = ""
    problem: Text | None = None


class DateBasis(StrEnum):
    """By which time a commit was compared with the deadline."""

    PUSH = "push"
    COMMIT = "commit"
    NONE = "none"
    """There is no deadline, or no commit before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """The commit that counts, when it came by which time, and how many seconds after deadline and grace.

    ``commit`` is None of an archive, which is graded as a whole; ``identity`` names the content in either case.
    """

    commit: str | None
    identity: str
    at: datetime | None = None
    basis: DateBasis = DateBasis.NONE
    late_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a grade depends on: where one of these changes, a repository is graded again.

    ``identity`` is that of the commit that counts, or of an archive's content. ``environment`` names the kind of
    environment and, for an instructor's file, the hash of its content. ``requests`` is a hash of what the forge told of
    requests; empty where it told nothing.
    """

    identity: str
    course_hash: str
    checker: str
    environment: str
    requests: str = ""
    trust: Trust = Trust.OFFICIAL


class RunEnd(StrEnum):
    """How the grading of a repository ended."""

    GRADED = "graded"
    REFUSED = "refused"
    """The repository cannot be taken in: its reason is the student's to mend."""
    ERRORED = "errored"
    """A fault of the checker or of the machine: not counted, and graded again when asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One grading of one repository. ``report`` is the whole stored report as JSON; None where there is none.

    ``late_seconds`` and ``basis`` are those of the commit that counted.
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
    """Its place in the history of the class, given by the gradebook."""


class DecisionKind(StrEnum):
    """What an instructor decided."""

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
    """A decision of an instructor, which no grading changes. ``student`` is None where it is for the whole class."""

    kind: DecisionKind
    check: str
    reason: str
    author: str
    at: datetime
    student: str | None = None
    points: Fraction | None = None
    number: int = 0
    """Its place in the history of the class, given by the gradebook: of two on the same, the later one holds."""
