"""The published form of a report: ``titanic-checker/report/v1``, whose schema is ``docs/report-v1.schema.json``."""

from __future__ import annotations

from operator import not_
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

SCHEMA: Literal["titanic-checker/report/v1"] = "titanic-checker/report/v1"

CheckStatus = Literal["passed", "failed", "todo", "blocked", "unavailable", "errored"]
StepStatus = Literal["passed", "partial", "failed", "todo", "blocked", "unavailable", "errored"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Where(_Part):
    """A place. ``cell`` counts code cells; cells, lines and columns count from 1."""

    path: str
    cell: int | None = None
    line: int | None = None
    column: int | None = None


class Sentence(_Part):
    """A sentence as its English template and its values, so that it can be shown in another language later.

    ``translations`` are by language, of sentences that come from the course. A value may be such a sentence itself.
    ``exact`` holds, by name, the values that JSON cannot hold exactly: fractions, places, numbers without bound.
    """

    template: str
    values: dict[str, JsonValue]
    translations: dict[str, str] = {}
    exact: Annotated[dict[str, JsonValue], Field(exclude_if=not_)] = {}


class AdvicePart(_Part):
    """A remark that costs no points."""

    message: str
    where: list[Where] = []
    sentence: Sentence


class SuspicionPart(_Part):
    """A suspicion for the instructor to look at: it changes no points. ``checks`` are those that may rest on it."""

    id: str
    message: str
    where: list[Where] = []
    checks: list[str] = []
    sentence: Sentence


class CheckPart(_Part):
    """One check. ``credit`` is the share of its points that was earned, and ``credits`` names those of the course.

    ``exact`` holds, as fractions, those of credit and max_points that four decimals do not give exactly.
    """

    id: str
    title: str
    status: CheckStatus
    credit: float = Field(ge=0, le=1)
    points: float
    max_points: float
    basis: Literal["run", "read"]
    message: str
    expected: str | None = None
    actual: str | None = None
    hint: str | None = None
    reproduce: str | None = None
    reached_at: str | None = None
    where: list[Where] = []
    advice: list[AdvicePart] = []
    blocked_by: list[str] = []
    details: dict[str, JsonValue] = {}
    sentences: dict[str, Sentence] = {}
    seconds: float
    credits: Annotated[list[str], Field(exclude_if=not_)] = []
    exact: Annotated[dict[Literal["credit", "max_points"], str], Field(exclude_if=not_)] = {}


class StepPart(_Part):
    """One step with its checks. The path of the course goes on without an ``optional`` one."""

    id: str
    title: str
    status: StepStatus
    begun: bool
    bonus: bool
    points: float
    max_points: float
    checks: list[CheckPart]
    sentences: dict[str, Sentence] = {}
    optional: Annotated[bool, Field(exclude_if=not_)] = False


class CoursePart(_Part):
    """The course: its name and edition. ``hash``: of its file and of the tables of packages that editions share."""

    id: str
    edition: str
    hash: str


class SubmissionPart(_Part):
    """The graded submission; ``not_committed`` are files that git does not have yet.

    ``committed_at`` is when ``commit`` was made: UTC, as in ``2026-09-01T08:00:00Z``. ``folder`` is the project's path
    within its repository, to which the paths of the report are relative; empty at the root.
    """

    path: str
    commit: str | None
    branch: str | None
    author: str | None
    dirty: bool
    not_committed: list[str] = []
    committed_at: str | None = None
    folder: str = ""


class EnvironmentPart(_Part):
    """The environment of the grading."""

    kind: str
    sandbox: str
    docker: str


class GradePart(_Part):
    """The points; those that could not be checked here are counted apart. ``cap`` is the maximum of the course."""

    points: float
    max_points: float
    not_checked_points: float
    cap: float | None = None
    exact: Annotated[dict[Literal["cap"], str], Field(exclude_if=not_)] = {}


class ReportDocument(_Part):
    """A whole report."""

    schema_: Literal["titanic-checker/report/v1"] = Field(alias="schema")
    checker: str
    course: CoursePart
    language: str
    submission: SubmissionPart
    environment: EnvironmentPart
    grade: GradePart
    seconds: float
    command: str
    next: str | None
    remarks: list[AdvicePart]
    suspicious: list[SuspicionPart] = []
    trust: Literal["self", "ci", "official"] = "self"
    steps: list[StepPart]


def schema() -> dict[str, JsonValue]:
    """The JSON schema of the published form (draft 2020-12)."""
    document: dict[str, JsonValue] = ReportDocument.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA, **document}
