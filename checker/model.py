"""The values that flow from evidence to report: frozen, and importing no other module of ours but the quoting of words.

A sentence for people is a :class:`Text`: template and values are kept apart, so that one stored report reads in French
to its student and in English to a dashboard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from checker.quoting import Quoted, in_sentence, inside_commands

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
"""A JSON value: data in a report that a tool can read."""

NOTHING: Mapping[str, Json] = MappingProxyType({})


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a submission, printed the same way everywhere: ``titanic.ipynb[3]:2``, ``src/a.py:14``.

    ``cell`` counts the code cells of a notebook from 1, ``line`` and ``column`` count from 1 within the cell or file.
    """

    path: str
    cell: int | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        cell = f"[{self.cell}]" if self.cell is not None else ""
        line = f":{self.line}" if self.line is not None else ""
        return f"{self.path}{cell}{line}"


LONGEST_LIST = 20
"""Items of a list that a sentence names; the rest is counted."""

Value: TypeAlias = "str | int | float | Fraction | Location | Text | tuple[Value, ...]"
"""The value of a placeholder. A tuple is a list of things, joined by commas."""


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for people: an English template, which is also the key of its translations, and its values.

    ``translations`` are its own, by language: for sentences that come from a course file and not from the program. A
    value inside a command of the template is quoted as one shell word, so that the command can be copied.
    """

    template: str
    values: tuple[tuple[str, Value], ...] = ()
    translations: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if commands := inside_commands(self.template):
            values = tuple((name, _word(value) if name in commands else value) for name, value in self.values)
            object.__setattr__(self, "values", values)

    def render(self, translate: Callable[[Text], str], show: Callable[[Value], str]) -> str:
        """The sentence over the template that *translate* gives for it; *show* writes each plain value."""
        return translate(self).format(**{name: _shown(value, translate, show) for name, value in self.values})

    def __str__(self) -> str:
        return self.render(lambda sentence: sentence.template, str)


def _word(value: Value) -> Value:
    """*value* as one word of a shell; several things as several words."""
    if isinstance(value, tuple):
        words = (item if isinstance(item, str) else str(item) for item in value[:LONGEST_LIST])
        return Quoted(" ".join(map(in_sentence, words)))
    if isinstance(value, Location):
        return in_sentence(str(value))
    return in_sentence(value) if isinstance(value, str) else value


def _shown(value: Value, translate: Callable[[Text], str], show: Callable[[Value], str]) -> str:
    if isinstance(value, Text):
        return value.render(translate, show)
    if isinstance(value, tuple):
        named = ", ".join(_shown(item, translate, show) for item in value[:LONGEST_LIST])
        return named + (f", … (+{len(value) - LONGEST_LIST})" if len(value) > LONGEST_LIST else "")
    return show(value)


def text(template: str, /, **values: Value) -> Text:
    """A sentence from an English *template* and the values of its placeholders."""
    return Text(template, tuple(values.items()))


class Basis(StrEnum):
    """The evidence for a verdict: a run of the work, or its text alone."""

    RUN = "run"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Advice:
    """A remark that costs no points."""

    message: Text
    where: tuple[Location, ...] = ()


def advice(template: str, /, *, where: tuple[Location, ...] = (), **values: Value) -> Advice:
    """An :class:`Advice` from an English *template* and the values of its placeholders."""
    return Advice(text(template, **values), where)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Two results that contradict each other, or code that could forge one: for a person to look at.

    Changes no points and is no verdict. ``checks`` are those whose verdict may rest on the suspicious result.
    """

    id: str
    reason: Text
    where: tuple[Location, ...] = ()
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    advice: tuple[Advice, ...] = ()
    basis: Basis = Basis.RUN
    details: Mapping[str, Json] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed(_Judged):
    """The work does what the check looks for."""

    message: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(_Judged):
    """The student's fault, with what is needed to fix it, and to see it without the checker.

    ``reproduce`` is a shell command, started at the root of the repository, that uses nothing of the checker: its exit
    status is not 0 as long as the failure is there, and 0 once it is fixed. ``credit`` is the share, from 0 to 1, of
    the check's points that is earned all the same: the product of the course's ``credits`` of these names.
    ``reached_at`` is the commit that once passed.
    """

    expected: Text
    actual: Text
    hint: Text
    reproduce: str
    where: tuple[Location, ...] = ()
    credit: Fraction = Fraction(0)
    credits: tuple[str, ...] = ()
    reached_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDo(_Judged):
    """There is no trace of this work yet."""

    what: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked(_Judged):
    """Cannot be judged before the checks named in ``by`` pass."""

    by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable(_Judged):
    """Cannot be judged on this machine; ``remedy`` says how to get what is missing."""

    what: Text
    remedy: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Errored(_Judged):
    """A fault of the checker: never counted, never hidden. ``fault`` is a traceback for the log, not the student."""

    fault: str


Verdict: TypeAlias = Passed | Failed | ToDo | Blocked | Unavailable | Errored

Known = TypeVar("Known")


def known(fact: Known | Unavailable | None) -> Known | None:
    """*fact*, or None if it is missing or unavailable: for a check that treats both alike."""
    return None if isinstance(fact, Unavailable) else fact


class Status(StrEnum):
    """The kind of a verdict, or the state of a whole step (which alone can be ``partial``)."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    TODO = "todo"
    BLOCKED = "blocked"
    UNAVAILABLE = "unavailable"
    ERRORED = "errored"


_STATUS: Mapping[type, Status] = MappingProxyType(
    {
        Passed: Status.PASSED,
        Failed: Status.FAILED,
        ToDo: Status.TODO,
        Blocked: Status.BLOCKED,
        Unavailable: Status.UNAVAILABLE,
        Errored: Status.ERRORED,
    },
)


def status_of(verdict: Verdict) -> Status:
    """The kind of *verdict*, by its name in reports."""
    return _STATUS[type(verdict)]


def credit_of(verdict: Verdict) -> Fraction:
    """The share of a check's points, from 0 to 1, that *verdict* earns."""
    if isinstance(verdict, Passed):
        return Fraction(1)
    return verdict.credit if isinstance(verdict, Failed) else Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check of a step: its verdict, its worth in points, and the seconds of the judging."""

    id: str
    title: Text
    verdict: Verdict
    max_points: Fraction
    seconds: float = 0.0

    @property
    def status(self) -> Status:
        return status_of(self.verdict)

    @property
    def points(self) -> Fraction:
        return self.max_points * credit_of(self.verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step of the course with its checks.

    ``bonus`` points are added on top, up to the course's maximum. The path of the course goes on without a step that is
    ``optional``.
    """

    id: str
    title: Text
    checks: tuple[CheckResult, ...]
    bonus: bool = False
    begun: bool = True
    optional: bool = False

    @property
    def left_out(self) -> bool:
        """True for an optional step of which nothing is there: it is not missing."""
        return self.optional and not self.begun and self.status is Status.TODO

    @property
    def status(self) -> Status:
        """The status of the step, by the published rules, of which the first that applies counts."""
        statuses = {check.status for check in self.checks}
        earned = any(check.status is Status.PASSED or check.points > 0 for check in self.checks)
        if Status.ERRORED in statuses:
            return Status.ERRORED
        if Status.FAILED in statuses:
            return Status.PARTIAL if earned else Status.FAILED
        if Status.UNAVAILABLE in statuses:
            return Status.UNAVAILABLE
        if Status.TODO in statuses:
            return Status.PARTIAL if earned else Status.TODO
        return Status.BLOCKED if Status.BLOCKED in statuses else Status.PASSED

    @property
    def points(self) -> Fraction:
        return sum((check.points for check in self.checks), Fraction(0))

    @property
    def max_points(self) -> Fraction:
        return sum((check.max_points for check in self.checks), Fraction(0))

    @property
    def not_checked_points(self) -> Fraction:
        """Points of checks left open by this machine or by a fault of the checker."""
        open_ = (Status.UNAVAILABLE, Status.ERRORED)
        return sum((check.max_points for check in self.checks if check.status in open_), Fraction(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionInfo:
    """The graded submission.

    ``committed_at`` is when ``commit`` was made, by its committer's clock. ``folder`` is the project's path within its
    repository, empty at the root: the places of a report are relative to it, those on a forge to the repository's root.
    """

    path: str
    commit: str | None
    branch: str | None
    author: str | None
    dirty: bool = False
    not_committed: tuple[str, ...] = ()
    committed_at: datetime | None = None
    folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentInfo:
    """The grading environment: its kind, the kind of sandbox, and whether Docker answered."""

    kind: str
    sandbox: str
    docker: str


class Trust(StrEnum):
    """The author of a report: the student on their own machine, continuous integration, or the instructor."""

    SELF = "self"
    CI = "ci"
    OFFICIAL = "official"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole result for one submission. Renderers need nothing else."""

    checker: str
    course: str
    edition: str
    course_hash: str
    language: str
    submission: SubmissionInfo
    environment: EnvironmentInfo
    steps: tuple[StepResult, ...]
    cap: Fraction
    seconds: float
    command: str
    remarks: tuple[Advice, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    trust: Trust = Trust.SELF

    @property
    def points(self) -> Fraction:
        return min(self.cap, sum((step.points for step in self.steps), Fraction(0)))

    @property
    def max_points(self) -> Fraction:
        return min(self.cap, sum((step.max_points for step in self.steps if not step.bonus), Fraction(0)))

    @property
    def not_checked_points(self) -> Fraction:
        return sum((step.not_checked_points for step in self.steps if not step.bonus), Fraction(0))

    @property
    def next_step(self) -> StepResult | None:
        """The first step that still needs work of the student, and in which points are left to earn.

        An optional step of which nothing is there is passed over, unless the report is on such steps alone.
        """
        wanting = (Status.FAILED, Status.TODO, Status.BLOCKED)
        return next(
            (
                step
                for step in tuple(step for step in self.steps if not step.left_out) or self.steps
                for check in step.checks
                if check.status in wanting and (check.points < check.max_points or not check.max_points)
            ),
            None,
        )
