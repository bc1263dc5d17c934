"""The mutants of a course, as files beside it: a solution, what was broken in it, and the check that has to see it.

``mutants/*.yaml`` beside a course file hold a list ``mutants`` each:

.. code-block:: yaml

    mutants:
      - check: lint-main            # the check that has to fail
        name: unused imports
        base: "1.4"                 # the step whose solution is broken
        edits:
          - {replace: main.py, old: "import os\\n", new: "import os, sys\\n"}
        says: unused-import         # words of the verdict, in English; may be left out, as all that follows
        where: main.py:1            # a place of the verdict
        charged_too: {main-runs: why it is fair that this check costs points, too}
        verdict: passed             # makes it a variant: unusual, but right
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from checker import solution_overlay
from checker.course import CourseFile
from checker.errors import CourseError, did_you_mean
from checker.facts.pull_requests import State
from checker.forge.local import RECORD, LocalForge
from checker.invalid_file import Place, explain, line_in_yaml
from checker.model import Text, text
from checker.solution_overlay import OverlayError, Signature

MUTANTS = "mutants"
"""The folder of a course's mutants, beside its file."""

_SIGNATURE = Signature("A Student", solution_overlay.NEUTRAL_EMAIL, datetime(2026, 10, 1, 8, 0, tzinfo=UTC))
_FORMS = (
    frozenset({"replace", "old", "new"}),
    frozenset({"write", "content"}),
    frozenset({"remove"}),
    frozenset({"move", "to"}),
    frozenset({"branch"}),
    frozenset({"request"}),
)
_NO_FORM = (
    "an edit is one of: replace, old and new; write and content; remove; move and to; branch; request (open, merged or "
    "closed)"
)

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
InProject = Annotated[str, StringConstraints(min_length=1)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MutantEdit(_Data):
    """One edit of a repository.

    - ``replace`` a file's part ``old``, which has to be there, by ``new``; ``write`` a file with ``content``.
    - ``remove`` a file or folder; ``move`` one ``to`` another place.
    - ``branch``: the work lies on this branch, and its own is gone. ``request``: the state of the requests.
    """

    replace: InProject | None = None
    old: Annotated[str, Field(min_length=1)] | None = None
    new: str | None = None
    write: InProject | None = None
    content: str | None = None
    remove: InProject | None = None
    move: InProject | None = None
    to: InProject | None = None
    branch: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")] | None = None
    request: Literal["open", "merged", "closed"] | None = None

    @model_validator(mode="after")
    def _of_one_form(self) -> Self:
        if self.model_fields_set not in _FORMS:
            raise ValueError(_NO_FORM)
        for name in (self.replace, self.write, self.remove, self.move, self.to):
            if name is not None and not _is_inside(name):
                raise ValueError(f"{name} does not lie inside the project")
        return self


class CourseMutant(_Data):
    """A mistake in the solution of step ``base``, or with the verdict *passed* a variant, and the words of its check.

    ``says`` is a fragment of the English sentences of the verdict, ``where`` one of its places. ``charged_too``: other
    checks that lose points by the same edits, each with the reason why this is fair.
    """

    check: Words
    name: Words
    base: Annotated[str, Field(pattern=r"^\d+\.\d+$")]
    edits: Annotated[tuple[MutantEdit, ...], Field(min_length=1)]
    verdict: Literal["passed", "failed", "todo", "blocked"] = "failed"
    says: str = ""
    where: str = ""
    charged_too: Mapping[str, Words] = {}

    @property
    def title(self) -> str:
        """Its check and its name, for a line."""
        return f"{self.check}: {self.name}"


class MutantFile(_Data):
    """The content of a file of mutants."""

    mutants: tuple[CourseMutant, ...]


class MisfitError(Exception):
    """An edit that does not fit its solution; the argument is a sentence."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Document:
    path: Path
    node: yaml.Node | None
    mutants: tuple[CourseMutant, ...]

    def refuse(self, where: Place, problem: Text, remedy: Text) -> CourseError:
        line = line_in_yaml(self.node, where)
        return CourseError(
            text("{path}, line {line}: {problem}", path=str(self.path), line=line, problem=problem), remedy
        )


def read(file: CourseFile, bases: tuple[str, ...]) -> tuple[CourseMutant, ...]:
    """The mutants beside a course file, in the order of files and lines; *bases* are the steps that have a solution.

    Raises CourseError with the line of the first mistake: in the form, a check or a solution that is not there, or a
    name that a check has twice.
    """
    folder = file.path.resolve().parent / MUTANTS
    paths = sorted(path for path in folder.glob("*") if path.suffix in (".yaml", ".yml")) if folder.is_dir() else []
    found: list[CourseMutant] = []
    checks = tuple(entry.id for _, entry in file.course.checks())
    for path in paths:
        document = _document(path)
        for number, mutant in enumerate(document.mutants):
            _refuse_unknown(document, number, mutant, checks, bases)
            if any(other.title == mutant.title for other in found):
                raise document.refuse(
                    ("mutants", number, "name"),
                    text("{check} has a mutant of that name already.", check=mutant.check),
                    text("Give it another name."),
                )
            found.append(mutant)
    return tuple(found)


def apply(mutant: CourseMutant, project: Path) -> None:
    """Make the edits of *mutant* in the repository *project*, and commit them.

    Raises MisfitError with a sentence where an edit does not fit.
    """
    for edit in mutant.edits:
        _apply(edit, project)
    try:
        solution_overlay.git(project, "add", "--all")
        solution_overlay.git(
            project, "commit", "-q", "--no-verify", "--allow-empty", "-m", "Work on it", signature=_SIGNATURE
        )
    except OverlayError as error:
        raise MisfitError(text("{reason}.", reason=str(error))) from error


def _document(path: Path) -> _Document:
    try:
        content = path.read_bytes().decode("utf-8")
        node = yaml.compose(content, Loader=yaml.SafeLoader)
        data: Any = yaml.safe_load(content)
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = str(getattr(error, "problem", None) or getattr(error, "strerror", None) or error).partition("\n")[0]
        raise CourseError(
            text(
                "{path}, line {line}: the mutants cannot be read ({reason}).",
                path=str(path),
                line=mark.line + 1 if mark else 1,
                reason=reason,
            ),
            _COMPARE,
        ) from error
    try:
        return _Document(path, node, MutantFile.model_validate(data).mutants)
    except ValidationError as error:
        raise CourseError(
            *explain(path, error, MutantFile, lambda where: line_in_yaml(node, where), _COMPARE)
        ) from error


_COMPARE = text("Compare with the mutants of a new course: checker course new DIR.")


def _refuse_unknown(
    document: _Document, number: int, mutant: CourseMutant, checks: tuple[str, ...], bases: tuple[str, ...]
) -> None:
    for name, place in ((mutant.check, ("check",)), *((name, ("charged_too", name)) for name in mutant.charged_too)):
        if name not in checks:
            raise document.refuse(
                ("mutants", number, *place),
                text("The course has no check {name}.", name=name),
                did_you_mean(name, checks, text("Remove it.")),
            )
    if mutant.check in mutant.charged_too:
        raise document.refuse(
            ("mutants", number, "charged_too"),
            text("{check} is the check of the mutant itself.", check=mutant.check),
            text("Remove it."),
        )
    if mutant.base not in bases:
        raise document.refuse(
            ("mutants", number, "base"),
            text("There is no solution of step {step}.", step=mutant.base),
            text("There are solutions of: {steps}.", steps=bases),
        )


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and path.parts != () and not {"..", ".git"} & set(path.parts)


def _apply(edit: MutantEdit, project: Path) -> None:
    if edit.replace is not None:
        path = _there(project, edit.replace)
        content = path.read_bytes().decode("utf-8", "surrogateescape")
        if edit.old is None or edit.old not in content:
            raise MisfitError(text("{path} does not hold {old}.", path=edit.replace, old=edit.old or ""))
        path.write_bytes(content.replace(edit.old, edit.new or "").encode("utf-8", "surrogateescape"))
    elif edit.write is not None:
        path = project / edit.write
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((edit.content or "").encode("utf-8"))
    elif edit.remove is not None:
        path = _there(project, edit.remove)
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    elif edit.move is not None and edit.to is not None:
        path = _there(project, edit.move)
        (project / edit.to).parent.mkdir(parents=True, exist_ok=True)
        path.rename(project / edit.to)
    elif edit.branch is not None:
        _put_on_branch(project, edit.branch)
    elif edit.request is not None:
        forge = LocalForge(project / ".git" / RECORD)
        for request in forge.requests():
            forge.set_state(request.number, State(edit.request))


def _there(project: Path, name: str) -> Path:
    path = project / name
    if not path.exists():
        raise MisfitError(text("There is no {path}.", path=name))
    return path


def _put_on_branch(project: Path, branch: str) -> None:
    try:
        own = solution_overlay.git(project, "branch", "--show-current").strip()
        solution_overlay.git(project, "branch", "-f", branch, "HEAD")
        solution_overlay.git(project, "switch", "-q", branch)
        solution_overlay.git(project, "branch", "-q", "-D", own)
    except OverlayError as error:
        raise MisfitError(text("{reason}.", reason=str(error))) from error
