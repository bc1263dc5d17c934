"""The course as data: steps, points, limits, names, tables. An instructor changes it without touching Python."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from checker.errors import CourseError
from checker.invalid_file import explain
from checker.model import Text, text

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C, where there is one: it reads a course in a tenth of the time."""

Language = Literal["fr", "en"]
Points = Annotated[Fraction, BeforeValidator(lambda number: Fraction(str(number)))]
Seconds = Annotated[float, Field(gt=0)]
Bytes = Annotated[int, Field(gt=0)]
Share = Annotated[Fraction, BeforeValidator(lambda number: Fraction(str(number))), Field(ge=0, le=1)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CheckEntry(_Data):
    """A check of a step, and what it is worth."""

    id: str
    points: Points


class Step(_Data):
    """A step of the course. ``begun_by`` names the traces by which one sees that a student has come to it.

    ``trace_command`` is a shell line that fails where there is none of them.
    """

    id: Annotated[str, Field(pattern=r"^\d+\.\d+$")]
    title: Mapping[Language, str]
    bonus: bool = False
    begun_by: tuple[str, ...]
    trace_command: str
    checks: tuple[CheckEntry, ...]

    @property
    def points(self) -> Fraction:
        return sum((check.points for check in self.checks), Fraction(0))


class Limits(_Data):
    """Wall clock in seconds: of one run each, of looking back in the history, and ``total`` of a whole grading.

    The total counts neither images nor environments that are made: these have limits of their own.
    """

    notebook: Seconds
    main: Seconds
    other: Seconds
    history: Seconds
    total: Seconds = 1200


class Lint(_Data):
    """The linter and its bars, on pylint's scale of 10."""

    version: str
    main: float
    modules: float
    each_module: bool
    near: float


class Credit(_Data):
    """Shares of a check's points that are earned without passing it."""

    near: Share
    regression: Share
    substitute_script: Share
    pinned_requirements: Share
    unpinned_requirements: Share
    ignored_configuration: Share

    def share(self, *names: str) -> Fraction:
        """The product of the shares of these *names*; 0 where there is none. Raises AttributeError."""
        shares = [Fraction(getattr(self, name)) for name in names]
        return math.prod(shares, start=Fraction(1)) if shares else Fraction(0)


class Names(_Data):
    """What the statement calls things."""

    branch: str
    default_branches: tuple[str, ...]
    notebook: str
    notebook_folder: str
    main: str
    configuration: str
    environment_file: str
    environment: str
    source_folder: str
    data_folder: str
    modules: tuple[str, ...]
    usual_modules: tuple[str, ...] = ()


class OwnTable(_Data):
    """A table of the course as a submission has it: which one, how its fields are separated, which columns in order."""

    role: Literal["train", "test"]
    separator: str
    columns: tuple[str, ...]


class Data(_Data):
    """The data of the course and where it is served.

    ``folder`` holds ``train.csv`` and ``test.csv``; in the file it is relative to it, in a loaded course absolute.
    ``own`` are tables by names (without suffix, in lower case) that begin with no stem.
    """

    folder: Path = Path("data")
    stems: tuple[str, ...]
    own: Mapping[str, OwnTable] = {}
    endpoint: str
    target: str
    identifier: str
    name: str
    variables: Mapping[str, str]


class Environment(_Data):
    """Tables of packages."""

    distributions: Mapping[str, str]
    allowed_unneeded: frozenset[str]
    runtime_libraries: frozenset[str]
    conda_names: Mapping[str, str]
    pip_names: Mapping[str, str] = {}
    conda_dependencies: Mapping[str, tuple[str, ...]] = {}
    heavy: Mapping[str, int] = {}
    platform_packages: frozenset[str] = frozenset()
    unneeded_as_advice: int


class Image(_Data):
    """What an image build may use: images and registries, hosts, and bytes of memory and of one written layer."""

    stand_ins: Mapping[str, str]
    well_known: tuple[str, ...]
    registries: tuple[str, ...]
    hosts: tuple[str, ...]
    memory: Bytes
    written: Bytes
    build_seconds: Seconds
    run_seconds: Seconds


class Samples(_Data):
    """Sample paths that the ignore rules are asked about."""

    bytecode: tuple[str, ...]
    data: tuple[str, ...]
    advised: Mapping[str, str]
    unclean: Mapping[str, str]
    generic_names: frozenset[str]


class Course(_Data):
    """One edition of the course."""

    id: str
    edition: str
    languages: tuple[Language, ...]
    cap: Points
    steps: tuple[Step, ...]
    limits: Limits
    lint: Lint
    credit: Credit
    names: Names
    data: Data
    environment: Environment
    image: Image
    samples: Samples

    def step_of(self, check: str) -> Step:
        """The step that holds a check. Raises KeyError."""
        for step in self.steps:
            if any(entry.id == check for entry in step.checks):
                return step
        raise KeyError(check)

    def checks(self) -> Iterator[tuple[Step, CheckEntry]]:
        """All checks in the order of the course."""
        for step in self.steps:
            for entry in step.checks:
                yield step, entry

    def position(self, step: str) -> int:
        """The place of a step on the road, from 0. Raises KeyError."""
        for number, candidate in enumerate(self.steps):
            if candidate.id == step:
                return number
        raise KeyError(step)


@dataclass(frozen=True, slots=True)
class CourseFile:
    """A course with where it came from: the folder that holds its texts, and the hash of its file."""

    course: Course
    path: Path
    hash: str

    def statement(self, step: str, language: str) -> str | None:
        """The statement of a step, in Markdown, where the course has it in that language."""
        path = self.path.parent / "statement" / language / f"{step}.md"
        return path.read_text(encoding="utf-8") if path.is_file() else None


DEFAULT_EDITION = "ensae-2022"


def editions() -> tuple[str, ...]:
    """The editions that come with the checker."""
    folder = Path(str(resources.files("checker"))) / "courses"
    return tuple(sorted(path.parent.name for path in folder.glob("*/course.yaml")))


def load(name: str = DEFAULT_EDITION, known_checks: frozenset[str] | None = None) -> CourseFile:
    """The course of that edition, or of the file of that path.

    With *known_checks*, each check of the course has to be one of them. Raises CourseError with the line and,
    for a misspelt word, the closest right one.
    """
    folder = Path(str(resources.files("checker"))) / "courses"
    path = Path(name) if "/" in name or name.endswith((".yaml", ".yml")) else folder / name / "course.yaml"
    try:
        source = path.read_bytes()
        content = source.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(
            text("The course file {path} cannot be read ({reason}).", path=str(path), reason=_reason(error)),
            _suggestion(name),
        ) from error
    try:
        document = yaml.compose(content, Loader=_LOADER)
        data = yaml.load(content, Loader=_LOADER)  # noqa: S506  it is the safe one
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise CourseError(
            text("{path}, line {line}: this is not YAML ({reason}).", path=str(path), line=line, reason=_first(error)),
            text("Mend that line; the course that comes with the checker can serve as a model."),
        ) from error
    try:
        course = Course.model_validate(data)
    except ValidationError as error:
        raise _invalid(path, document, error) from error
    _consistent(path, document, course, known_checks)
    located = course.data.model_copy(update={"folder": _data_folder(path, course, folder)})
    course = course.model_copy(update={"data": located})
    return CourseFile(course, path, hashlib.sha256(source).hexdigest()[:12])


def _data_folder(path: Path, course: Course, shipped: Path) -> Path:
    """The data beside the course file; for a changed copy of an edition's file alone, the edition's own."""
    beside = path.parent.resolve() / course.data.folder
    own = shipped / course.edition / course.data.folder
    return own if own.is_dir() and not beside.is_dir() else beside


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or "it is not UTF-8"


def _first(error: Exception) -> str:
    return str(getattr(error, "problem", None) or error).partition("\n")[0]


def _suggestion(name: str) -> Text:
    close = get_close_matches(name, editions(), n=1, cutoff=0.4)
    if close:
        return text("Did you mean {name}?", name=close[0])
    return text("The editions that come with the checker: {names}.", names=editions())


def _invalid(path: Path, document: yaml.Node | None, error: ValidationError) -> CourseError:
    compare = text("Compare with the course that comes with the checker: checker course show.")
    return CourseError(*explain(path, error, Course, lambda where: _line(document, where), compare))


def _line(node: yaml.Node | None, where: tuple[int | str, ...]) -> int:
    """The line, from 1, of the deepest part of *where* that the document has."""
    line = 1
    for part in where:
        if node is None:
            break
        line = node.start_mark.line + 1
        following: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    line, following = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            following = node.value[part]
            line = following.start_mark.line + 1
        node = following
    return line


def _consistent(path: Path, document: yaml.Node | None, course: Course, known: frozenset[str] | None) -> None:
    seen: set[str] = set()
    for number, step in enumerate(course.steps):
        for place, entry in enumerate(step.checks):
            line = _line(document, ("steps", number, "checks", place, "id"))
            if entry.id in seen:
                raise CourseError(
                    text("{path}, line {line}: the check {id} is there twice.", path=str(path), line=line, id=entry.id),
                    text("Remove one of the two."),
                )
            seen.add(entry.id)
            if known is not None and entry.id not in known:
                close = get_close_matches(entry.id, sorted(known), n=1, cutoff=0.5)
                raise CourseError(
                    text("{path}, line {line}: there is no check {id}.", path=str(path), line=line, id=entry.id),
                    text("Did you mean {name}?", name=close[0]) if close else text("Remove it."),
                )
