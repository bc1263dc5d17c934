"""The course as data: steps, points, limits, names, tables. An instructor changes these without touching Python."""

from __future__ import annotations

import hashlib
import math
import posixpath
import re
import shlex
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from checker.course_files import DEFAULT_EDITION, course_path, editions, shipped_courses
from checker.errors import CourseError
from checker.facts.linters import PYLINT, linter_of
from checker.facts.step_traces import Trace
from checker.facts.table_roles import TEST, TRAIN, Role
from checker.facts.target_classes import TargetClasses
from checker.installed_names import unknown_name
from checker.invalid_file import Place, explain
from checker.invalid_file import line_in_yaml as _line
from checker.model import Json, Text, text
from checker.package_tables import with_own_entries

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's loader if it is installed: it reads a course in a tenth of the time."""

Language = Literal["fr", "en"]
Points = Annotated[Fraction, BeforeValidator(lambda number: Fraction(str(number)))]
Seconds = Annotated[float, Field(gt=0)]
Bytes = Annotated[int, Field(gt=0)]
Share = Annotated[Points, Field(ge=0, le=1)]
Stem = Annotated[str, StringConstraints(min_length=1, to_lower=True)]
Written = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")]
Word = Annotated[str, StringConstraints(min_length=1)]
Positive = Annotated[int, Field(gt=0)]
Dotted = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]


def _script(path: str) -> str:
    """*path*, if it is that of a Python file below the root. Raises ValueError."""
    if not path.endswith(".py") or posixpath.normpath(path) != path or path.startswith(("/", "../")) or "\\" in path:
        raise ValueError(f"{path} is no path of a Python file, such as main.py")
    return path


ScriptPath = Annotated[str, AfterValidator(_script)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CheckEntry(_Data):
    """A check of a step, and what it is worth."""

    id: str
    points: Points


class Step(_Data):
    """A step of the course.

    ``begun_by``: the traces that show that a student has begun the step. ``trace_command``: a shell line that fails if
    none of these traces is there; see :meth:`Course.trace_command`. ``bonus``: its points come on top of the maximum.
    ``optional``: the path goes on without it; its points count in the maximum, unless it is a bonus, too.
    """

    id: Annotated[str, Field(pattern=r"^\d+\.\d+$")]
    title: Mapping[Language, str]
    bonus: bool = False
    optional: bool = False
    begun_by: tuple[Trace, ...]
    trace_command: str
    checks: tuple[CheckEntry, ...]

    @property
    def points(self) -> Fraction:
        return sum((check.points for check in self.checks), Fraction(0))


class CourseLimits(_Data):
    """Wall clock limits in seconds: of one run each, of reading the history, and ``total`` of a whole grading.

    The total counts neither image builds nor installed environments, which have limits of their own.
    """

    notebook: Seconds
    main: Seconds
    other: Seconds
    history: Seconds
    total: Seconds = 1200


class Pylint(_Data):
    """The settings of pylint: its version, and the bars of its score, on its scale of 10.

    ``each_module``: each module has to reach the bar alone, too. A score that misses a bar by ``near`` or less earns a
    share of the points.
    """

    tool: Literal["pylint"]
    version: str
    main: float
    modules: float
    each_module: bool
    near: float


def _linters(value: Any, validated: ValidatorFunctionWrapHandler) -> Any:
    """The linters of a course file: a list, or in files of the first versions the settings of pylint alone."""
    return (Pylint.model_validate({"tool": "pylint"} | value),) if isinstance(value, dict) else validated(value)


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
    """The file and folder names that the statement uses.

    ``scripts``: the paths that the main script may have; earlier course files name one, as ``main``. The first one that
    a submission has is its main script, and a submission without any is told about the first one.
    """

    branch: str
    default_branches: tuple[str, ...]
    notebook: str
    notebook_folder: str
    scripts: Annotated[
        tuple[ScriptPath, ...],
        BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
        Field(min_length=1, validation_alias=AliasChoices("scripts", "main")),
    ]
    configuration: str
    environment_file: str
    environment: str
    source_folder: str
    data_folder: str
    modules: tuple[str, ...]
    usual_modules: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _each_script_once(self) -> Self:
        if len(self.scripts) > len({*self.scripts}):
            raise ValueError("scripts: each stands there once")
        return self

    @property
    def main(self) -> str:
        """The script that a submission without a main script is asked for: the first candidate."""
        return self.scripts[0]

    @property
    def other_scripts(self) -> tuple[str, ...]:
        """The candidates after the first one."""
        return self.scripts[1:]

    def main_among(self, paths: Container[str]) -> str | None:
        """The main script of a submission with these *paths*: the first candidate that is there; None for none."""
        return next((script for script in self.scripts if script in paths), None)

    def main_for(self, path: str | None) -> str:
        """The name that the main script *path* has to have: its own where that is a candidate, else the first one's."""
        return path if path in self.scripts else self.main


class OwnTable(_Data):
    """A table of the course as a submission stores it: which one, its field separator, its columns in order."""

    role: Role
    separator: str
    columns: tuple[str, ...]


class Table(_Data):
    """A table of the course: its role, its file, and the beginnings of the file names that denote it (lower case).

    Without ``stems``, these are the name of the file without its suffix.
    """

    role: Role
    file: Annotated[str, Field(pattern=r"^[^/\\{}]+\.csv$")]
    stems: tuple[Stem, ...] = ()

    @property
    def beginnings(self) -> tuple[str, ...]:
        """The beginnings of the file names that denote this table alone."""
        return self.stems or (self.file.partition(".")[0].lower(),)


_USUAL_TABLES = (Table(role=TRAIN, file="train.csv"), Table(role=TEST, file="test.csv"))
"""The tables of a course file that names none: course files of the first versions have no ``tables``."""


class Data(_Data):
    """The data of the course and where it is served.

    - ``folder`` holds the files of ``tables``: relative to the course file as written, absolute in a loaded course.
    - ``stems``: further beginnings of file names; those that are no table's denote any table.
    - ``own``: tables whose file names begin with no known stem, by name (without suffix, in lower case).
    - ``target``: the column that is predicted, and ``positive`` its value that counts, as text. ``classes``: all values
      of the target, where these are not two of which the larger one counts. ``identifier``: the
      column that numbers the rows. ``person``: the column of names of people; ``name`` in earlier course files.
    """

    folder: Path = Path("data")
    tables: tuple[Table, ...] = _USUAL_TABLES
    stems: tuple[Stem, ...] = ()
    own: Mapping[str, OwnTable] = {}
    endpoint: str
    target: str
    positive: Written = "1"
    classes: Annotated[tuple[Written, ...], Field(max_length=20)] = ()
    identifier: str | None = None
    person: str | None = Field(default=None, validation_alias=AliasChoices("person", "name"))
    variables: Mapping[str, str]

    @model_validator(mode="after")
    def _one_table_for_a_role(self) -> Self:
        roles = [table.role for table in self.tables]
        if roles.count(TRAIN) != 1 or roles.count(TEST) > 1:
            raise ValueError("tables: one has the role train, and at most one the role test")
        stems = [stem for table in self.tables for stem in table.beginnings]
        if len(stems) > len({*stems}):
            raise ValueError("tables: each has stems of its own")
        if self.classes and (len({*self.classes}) < len(self.classes) or len(self.classes) < 2):
            raise ValueError("classes: there are two or more, each once")
        return self

    @property
    def train(self) -> Table:
        """The training table."""
        return next(table for table in self.tables if table.role == TRAIN)

    @property
    def test(self) -> Table | None:
        """The test table; None for a course of one table."""
        return next((table for table in self.tables if table.role == TEST), None)

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles of the tables, the training table first."""
        return (TRAIN, TEST) if self.test else (TRAIN,)

    @property
    def beginnings(self) -> Mapping[str, Role | None]:
        """The role of the table that each beginning of a file name denotes; None where it denotes any table."""
        ordered = sorted(self.tables, key=lambda table: self.roles.index(table.role))
        own: dict[str, Role | None] = {stem: table.role for table in ordered for stem in table.beginnings}
        return own | {stem: None for stem in self.stems if stem not in own}

    @property
    def files(self) -> Text:
        """The files of the tables, for a sentence: ``train.csv and test.csv``."""
        names = [Text(table.file) for table in (self.train, self.test) if table is not None]
        return names[0] if len(names) == 1 else text("{first} and {last}", first=names[0], last=names[1])

    @property
    def target_classes(self) -> TargetClasses:
        """The classes of the target, sorted as a classifier sorts them: by number where all are numbers."""
        numbers = [_number(label) for label in self.classes]
        if None in numbers:
            return TargetClasses(tuple(sorted(self.classes)), self.positive)
        ordered = sorted(self.classes, key=float)
        return TargetClasses(tuple(ordered), self.positive)

    @property
    def marks(self) -> frozenset[str]:
        """The columns by which a table of the course is known: target, identifier, person."""
        return frozenset(column for column in (self.target, self.identifier, self.person) if column is not None)

    def is_positive(self, value: str) -> bool:
        """True where *value* of the target is the one that counts; numbers are compared as numbers."""
        written = value.strip()
        return written == self.positive or _number(written) == _number(self.positive) is not None


def _number(written: str) -> float | None:
    try:
        return float(written)
    except ValueError:
        return None


class Model(_Data):
    """The estimator that a project trains, and its parameter that a function of the project sets.

    - ``name``: the class that messages and commands name; ``module``: the module from which it is imported.
    - ``estimators``: the classes whose training counts, or base classes of them, by module and name; without them, the
      class ``name`` alone. Subclasses count, too: a method that a class lacks is observed in those of its module.
    - ``parameter``: the name of the parameter, which takes whole numbers. ``counted_by``: the attribute of a trained
      estimator whose length is the value in effect; without it, the parameter itself is read.
    - ``others``: values of the parameter that nobody writes by default.
    - ``parts``: parts of the names of these classes in source code; without them, ``name``.
    - ``words``: words without one of which, in any case of letters, no project trains such an estimator; without them,
      the ``parts``.
    """

    name: Identifier
    module: Dotted
    estimators: tuple[Dotted, ...] = ()
    parameter: Identifier
    counted_by: Identifier | None = None
    others: Annotated[tuple[Positive, ...], Field(min_length=1)] = (7, 11, 13)
    parts: tuple[Word, ...] = ()
    words: tuple[Word, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes whose training counts, by module and name."""
        return self.estimators or (f"{self.module}.{self.name}",)

    @property
    def packages(self) -> frozenset[str]:
        """The packages of the classes."""
        return frozenset(dotted.partition(".")[0] for dotted in self.classes)

    @property
    def value(self) -> str:
        """The value of the parameter of a trained estimator, as Python source for ``model``."""
        return f"len(model.{self.counted_by})" if self.counted_by else f"model.{self.parameter}"

    def is_named(self, source: str) -> bool:
        """True where *source* has a part of the name of one of the classes."""
        return any(part in source for part in self.parts or (self.name,))

    def is_spoken_of(self, content: bytes) -> bool:
        """True where *content* has one of the words, in any case of letters."""
        lower = content.lower()
        return any(word.lower().encode() in lower for word in self.words or self.parts or (self.name,))


class Preload(_Data):
    """Modules that are loaded before the first run, to save time; see :class:`PreloadedLibraries`."""

    programs: tuple[Dotted, ...] = ()
    notebooks: tuple[Dotted, ...] = ()
    where_named: Mapping[Dotted, Word] = {}


class Environment(_Data):
    """Tables of packages: those of ``courses/packages.yaml``, with the entries of the course file, and its own."""

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
    """The limits of an image build: images and registries, hosts, and bytes of memory and of one written layer."""

    stand_ins: Mapping[str, str]
    well_known: tuple[str, ...]
    registries: tuple[str, ...]
    hosts: tuple[str, ...]
    memory: Bytes
    written: Bytes
    build_seconds: Seconds
    run_seconds: Seconds


class Samples(_Data):
    """Sample paths, each of which the ignore rules are tested on."""

    bytecode: tuple[str, ...]
    data: tuple[str, ...]
    advised: Mapping[str, str]
    unclean: Mapping[str, str]
    generic_names: frozenset[str]

    @property
    def data_folder(self) -> str:
        """The folder of the root that the sample paths of data lie in; empty where there is no sample."""
        return self.data[0].partition("/")[0] if self.data else ""


class Course(_Data):
    """One edition of the course.

    ``linters`` are the settings of its linters, each of another one (:data:`checker.facts.linters.LINTERS`); ``lint``
    in course files of the first versions.
    """

    id: str
    edition: str
    languages: tuple[Language, ...]
    cap: Points
    steps: tuple[Step, ...]
    limits: CourseLimits
    linters: Annotated[
        tuple[Pylint, ...], WrapValidator(_linters), Field(validation_alias=AliasChoices("linters", "lint"))
    ] = ()
    credit: Credit
    names: Names
    data: Data
    model: Model
    preload: Preload = Preload()
    environment: Environment
    image: Image
    samples: Samples

    @property
    def observer_options(self) -> Mapping[str, Json]:
        """The options of the observer in each observed run of the course."""
        model = self.model
        return {
            "estimators": list(model.classes),
            "parameter": model.parameter,
            "counted_by": model.counted_by,
            "classes": list(self.data.target_classes.labels),
            "positive": self.data.positive,
        }

    @property
    def pylint(self) -> Pylint | None:
        """The settings of pylint; None where the course does not use it, and then has no check that judges it."""
        return next((linter for linter in self.linters if linter.tool == PYLINT.name), None)

    @property
    def image_name(self) -> str:
        """The name of the course as a name of an image: in small letters, digits and hyphens."""
        return re.sub("[^a-z0-9]+", "-", self.id.lower()).strip("-") or "project"

    def checks(self) -> Iterator[tuple[Step, CheckEntry]]:
        """All checks in the order of the course."""
        for step in self.steps:
            for entry in step.checks:
                yield step, entry

    def judges(self, check: str) -> bool:
        """Whether *check* is one of the course's: another one must not leave a fault to a check that is not there."""
        return any(entry.id == check for _, entry in self.checks())

    def trace_command(self, step: Step) -> str:
        """The shell line that fails if no trace of *step* is there.

        Patterns for grep, one for each candidate of the main script, take the place of ``{scripts}``.
        """
        patterns = [_pattern(script) for script in self.names.scripts]
        words = patterns if len(patterns) == 1 else [f"-e {pattern}" for pattern in patterns]
        return step.trace_command.replace("{scripts}", " ".join(words))

    def position(self, step: str) -> int:
        """The index of a step in the order of the course, from 0. Raises KeyError."""
        for number, candidate in enumerate(self.steps):
            if candidate.id == step:
                return number
        raise KeyError(step)


def _pattern(path: str) -> str:
    """A basic regular expression for *path*, as one word of a shell."""
    expression = re.sub(r"[.*$\[]", r"[\g<0>]", path)
    return expression if re.fullmatch(r"[\w./\[\]-]+", expression, re.ASCII) else shlex.quote(expression)


@dataclass(frozen=True, slots=True)
class CourseFile:
    """A course with its origin: the folder of its texts, and a hash of its file and of the shared tables."""

    course: Course
    path: Path
    hash: str

    def statement(self, step: str, language: str) -> str | None:
        """The statement of a step, in Markdown; None if the course has none in that language."""
        path = self.path.parent / "statement" / language / f"{step}.md"
        return path.read_text(encoding="utf-8") if path.is_file() else None


def load(name: str = DEFAULT_EDITION, known_checks: frozenset[str] | None = None) -> CourseFile:
    """The course of that edition, or of the file or folder at that path.

    With *known_checks*, each check of the course has to be one of them. Raises CourseError with the line and, for a
    misspelt word, the closest right one.
    """
    folder, path = shipped_courses(), course_path(name)
    try:
        source = path.read_bytes()
        content = source.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise CourseError(
            text("The course file {path} cannot be read ({reason}).", path=str(path), reason=reason), _suggestion(name)
        ) from error
    try:
        document = yaml.compose(content, Loader=_LOADER)
        data = yaml.load(content, Loader=_LOADER)  # noqa: S506  it is the safe one
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        reason = str(getattr(error, "problem", None) or error).partition("\n")[0]
        raise CourseError(
            text("{path}, line {line}: this is not YAML ({reason}).", path=str(path), line=line, reason=reason),
            text("Mend that line; the course that comes with the checker can serve as a model."),
        ) from error
    shared, borrowed = (folder / "packages.yaml").read_bytes(), _borrowed(data, folder)
    try:
        course = Course.model_validate(_with_packages(_with_model(data, borrowed), shared))
    except ValidationError as error:
        compare = text("Compare with the course that comes with the checker: checker course show.")
        raise CourseError(*explain(path, error, Course, lambda where: _line(document, where), compare)) from error
    _consistent(path, document, course, known_checks)
    _fitting_linters(path, document, course)
    located = course.data.model_copy(update={"folder": _data_folder(path, course, folder)})
    # all that a grade depends on, in whatever file
    known_by = hashlib.sha256(source + shared + borrowed).hexdigest()[:12]
    return CourseFile(course.model_copy(update={"data": located}), path, known_by)


def _with_packages(data: Any, shared: bytes) -> Any:
    """The content of a course file, with the *shared* tables of packages under its own entries."""
    if not isinstance(data, dict) or not isinstance(data.get("environment"), dict):
        return data  # which validation refuses
    tables = yaml.load(shared, Loader=_LOADER)  # noqa: S506  it is the safe one
    return {**data, "environment": with_own_entries(tables, data["environment"])}


def _borrowed(data: Any, shipped: Path) -> bytes:
    """The file of the edition that lends its model to a changed copy of an earlier form; empty where none does."""
    if not isinstance(data, dict) or "model" in data or data.get("edition") not in editions():
        return b""
    return Path(shipped, data["edition"], "course.yaml").read_bytes()


def _with_model(data: Any, borrowed: bytes) -> Any:
    """The content of a course file, with the model of the file that is *borrowed* from."""
    if not borrowed:
        return data
    return {**data, "model": yaml.load(borrowed, Loader=_LOADER)["model"]}  # noqa: S506  it is the safe one


def _data_folder(path: Path, course: Course, shipped: Path) -> Path:
    """The data beside the course file; for a changed copy of an edition's file alone, the edition's own."""
    beside = path.parent.resolve() / course.data.folder
    own = shipped / course.edition / course.data.folder
    return own if own.is_dir() and not beside.is_dir() else beside


def _suggestion(name: str) -> Text:
    close = get_close_matches(name, editions(), n=1, cutoff=0.4)
    if close:
        return text("Did you mean {name}?", name=close[0])
    return text("The editions that come with the checker: {names}.", names=editions())


def _names_of_libraries(course: Course) -> Iterator[tuple[str, Place]]:
    """The classes and modules that the course names, each with its place in the file."""
    yield f"{course.model.module}.{course.model.name}", ("model", "name")
    lists = {
        ("model", "estimators"): course.model.estimators,
        ("preload", "programs"): course.preload.programs,
        ("preload", "notebooks"): course.preload.notebooks,
    }
    for where, names in lists.items():
        yield from ((name, (*where, number)) for number, name in enumerate(names))
    yield from ((module, ("preload", "where_named", module)) for module in course.preload.where_named)


def _consistent(path: Path, document: yaml.Node | None, course: Course, known: frozenset[str] | None) -> None:
    for dotted, where in _names_of_libraries(course):
        if (unknown := unknown_name(dotted)) is not None:
            line = _line(document, where)
            raise CourseError(
                text(
                    "{path}, line {line}: {dotted}: the library has no {name}.",
                    path=str(path),
                    line=line,
                    dotted=dotted,
                    name=unknown.name,
                ),
                text("Did you mean {name}?", name=unknown.closest)
                if unknown.closest
                else text("Compare with the names of the library that is installed here."),
            )
    if course.data.classes and course.data.positive not in course.data.classes:
        close = get_close_matches(course.data.positive, course.data.classes, n=1, cutoff=0.4)
        line = _line(document, ("data", "positive"))
        raise CourseError(
            text(
                "{path}, line {line}: {value} is none of the classes.",
                path=str(path),
                line=line,
                value=course.data.positive,
            ),
            text("Did you mean {name}?", name=close[0])
            if close
            else text("Write one of {names}.", names=course.data.classes),
        )
    ids: set[str] = set()
    for number, step in enumerate(course.steps):
        for place, entry in enumerate(step.checks):
            line = _line(document, ("steps", number, "checks", place, "id"))
            if entry.id in ids:
                raise CourseError(
                    text("{path}, line {line}: the check {id} is there twice.", path=str(path), line=line, id=entry.id),
                    text("Remove one of the two."),
                )
            ids.add(entry.id)
            if known is not None and entry.id not in known:
                close = get_close_matches(entry.id, sorted(known), n=1, cutoff=0.5)
                raise CourseError(
                    text("{path}, line {line}: there is no check {id}.", path=str(path), line=line, id=entry.id),
                    text("Did you mean {name}?", name=close[0]) if close else text("Remove it."),
                )


def _fitting_linters(path: Path, document: yaml.Node | None, course: Course) -> None:
    """Raises CourseError where a linter is there twice, or is lacking for a check that judges it."""
    tools = [linter.tool for linter in course.linters]
    for number, tool in enumerate(tools):
        if tool in tools[:number]:
            line = _line(document, ("linters", number, "tool"))
            raise CourseError(
                text("{path}, line {line}: the linter {tool} is there twice.", path=str(path), line=line, tool=tool),
                text("Name each linter once."),
            )
    for number, step in enumerate(course.steps):
        for place, entry in enumerate(step.checks):
            linter = linter_of(entry.id)
            if linter is None or linter.name in tools:
                continue
            raise CourseError(
                text(
                    "{path}, line {line}: the check {id} judges {tool}, which is not among the linters.",
                    path=str(path),
                    line=_line(document, ("steps", number, "checks", place, "id")),
                    id=entry.id,
                    tool=linter.name,
                ),
                text("Add it to linters, with its version and its bars, or remove the check."),
            )
