"""The solutions: for each step the repository of a student who did it well.

Those of the course that comes with the checker are in a checkout only; another course has its own beside its file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from checker import solution_overlay, template
from checker.course import CourseFile
from checker.errors import CheckerFault, CourseError, UsageError
from checker.facts.pull_requests import PullRequest, State
from checker.forge.local import RECORD, LocalForge
from checker.model import Text, text
from checker.solution_overlay import Overlay, OverlayError, Signature

BEGUN = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
"""The fixed time of the commit of a starter, so that the commits have equal ids each time."""

TEMPLATE = "template"
"""The folder of a course's template, beside its file."""
SOLUTIONS = "solutions"
"""The folder of a course's solutions, beside its file."""

_STUDENT = "student"
_USUAL = {"author_name": "Camille Martin"}
_ANSWERS = {"upstream": "course/titanic"}
_PAUSE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SolutionSet:
    """The solutions of one course, and the template of the starter that they are laid on.

    ``project`` is the name of the project in them, ``branch`` the branch of the exercise.
    """

    folder: Path
    template: Path
    project: str = "titanic"
    branch: str = solution_overlay.BRANCH

    def steps(self) -> tuple[str, ...]:
        """The steps that have a solution, in order."""
        return solution_overlay.shipped(self.folder)

    def overlays(self) -> tuple[Overlay, ...]:
        """The changes of each solution, in order. Raises CheckerFault if a solution cannot be read."""
        try:
            return solution_overlay.read(self.folder)
        except OverlayError as error:
            raise _fault(error) from error

    def build(
        self,
        step: str,
        directory: Path,
        *,
        language: str = "fr",
        answers: Mapping[str, str] | None = None,
        begun: datetime = BEGUN,
    ) -> None:
        """Make in ``directory`` the repository of a student who has come to the end of ``step``.

        The starter is one commit on ``main``; each step is one on the branch of the exercise. The repository has a
        local forge, in which the request is open from the step on that asks for it. Same arguments, same commit ids.

        Raises UsageError if there is no such solution, the folder is taken, or an answer is impossible; CheckerFault if
        a solution does not fit on those before, or git is missing.
        """
        known = self.steps()
        if step not in known:
            raise UsageError(
                text("There is no solution of step {step}.", step=step),
                text("There are solutions of: {steps}.", steps=known),
            )
        chosen = solution_overlay.up_to(step, self.overlays())
        given = self._answers({**(answers or {}), "language": language, "start_at": solution_overlay.START})
        directory = template.claim(directory)
        with tempfile.TemporaryDirectory(dir=directory.parent) as own:
            project = Path(own) / self.project
            self._begin(project, given, answers or {})
            dates = (begun + number * _PAUSE for number in range(len(chosen) + 1))
            first, *rest = (Signature(given["author_name"], solution_overlay.NEUTRAL_EMAIL, when) for when in dates)
            try:
                solution_overlay.sign(project)
                solution_overlay.begin(project, language, first)
                solution_overlay.lay_and_commit(chosen, project, given, rest, branch=self.branch)
            except OverlayError as error:
                raise _fault(error) from error
            except FileNotFoundError as error:
                raise CheckerFault(text("There is no git on this machine."), text("Install git.")) from error
            _record_requests(chosen, project, given)
            if directory.exists():
                directory.rmdir()
            project.rename(directory)

    def faults(self) -> tuple[Text, ...]:
        """The faults of the solutions themselves: a solution that does not fit on those before, or changes nothing.

        Raises CheckerFault if a description cannot be read.
        """
        given = self._answers({})
        problems: list[Text] = []
        with tempfile.TemporaryDirectory() as own:
            project = Path(own) / self.project
            self._begin(project, given, {})
            for solution in self.overlays():
                before = _contents(project)
                try:
                    solution_overlay.lay(solution, project, given)
                except OverlayError as error:
                    return (*problems, text("{reason}.", reason=str(error)))
                after = _contents(project)
                problems += [
                    text("{step}: {path} is as it was before.", step=solution.step, path=name)
                    for name in solution.files()
                    if after[name] == before.get(name)
                ]
                problems += [
                    text("{step}: {path} is removed, and added again.", step=solution.step, path=name)
                    for name in (*solution.removed, *solution.moved)
                    if name in after
                ]
        return tuple(problems)

    def _answers(self, asked: Mapping[str, str]) -> dict[str, str]:
        """The answers to the questions of the template, *asked* before the usual ones."""
        return _USUAL | template.questions(self.template) | _ANSWERS | dict(asked) | {"project_slug": self.project}

    def _begin(self, project: Path, given: Mapping[str, str], asked: Mapping[str, str]) -> None:
        """Make the files of the starter in *project*."""
        known = template.questions(self.template)
        answers = {name: answer for name, answer in given.items() if name in known or name in asked}
        template.generate(project, answers, no_input=True, with_hooks=False, source=self.template)


def folder() -> Path:
    """The folder of the solutions.

    Raises UsageError if this is no checkout, or an edition for students, which has none.
    """
    found = Path(__file__).resolve().parents[1] / "solutions"
    if not solution_overlay.shipped(found):
        raise UsageError(
            text("The solutions are not here: they are not installed with the checker."),
            text("Use a checkout of the checker's repository, where the folder solutions/ is."),
        )
    return found


def shipped() -> SolutionSet:
    """The solutions of the course that comes with the checker. Raises UsageError like :func:`folder`."""
    return SolutionSet(folder(), template.root())


def of_course(file: CourseFile) -> SolutionSet | None:
    """The solutions beside a course file; None if there are none.

    Raises CourseError if there is no template that they could be laid on.
    """
    beside = file.path.resolve().parent
    if not solution_overlay.shipped(beside / SOLUTIONS):
        return None
    if not (beside / TEMPLATE / template.QUESTIONS).is_file():
        raise CourseError(
            text("{path}: there are solutions, but no template of the starter.", path=str(beside)),
            text("Put a cookiecutter template into its folder {name}.", name=TEMPLATE),
        )
    return SolutionSet(beside / SOLUTIONS, beside / TEMPLATE, file.course.id, file.course.names.branch)


def steps() -> tuple[str, ...]:
    """The steps of :func:`shipped` that have a solution, in order. Raises UsageError like :func:`folder`."""
    return shipped().steps()


def overlays() -> tuple[Overlay, ...]:
    """The changes of each solution of :func:`shipped`. Raises UsageError like :func:`folder`, and CheckerFault."""
    return shipped().overlays()


def build(
    step: str,
    directory: Path,
    *,
    language: str = "fr",
    answers: Mapping[str, str] | None = None,
    begun: datetime = BEGUN,
) -> None:
    """Make the repository of a solution of :func:`shipped`: see :meth:`SolutionSet.build`."""
    shipped().build(step, directory, language=language, answers=answers, begun=begun)


def faults() -> tuple[Text, ...]:
    """The faults of the solutions of :func:`shipped`: see :meth:`SolutionSet.faults`."""
    return shipped().faults()


def _contents(project: Path) -> dict[str, bytes]:
    files = (path for path in project.rglob("*") if path.is_file())
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in files}


def _record_requests(chosen: tuple[Overlay, ...], project: Path, given: Mapping[str, str]) -> None:
    forge = LocalForge(project / ".git" / RECORD)
    forge.start()
    source_repository = f"{_STUDENT}/{given['project_slug']}"
    for solution in chosen:
        if solution.request:
            forge.open_request(
                PullRequest(
                    number=0,
                    state=State.OPEN,
                    source_repository=source_repository,
                    source_branch=solution.request["source"],
                    target_repository=given["upstream"] or source_repository,
                    target_branch=solution.request["target"],
                    target_default=solution.request["target"],
                    conflict=False,
                )
            )


def _fault(error: OverlayError) -> CheckerFault:
    return CheckerFault(
        text("The solutions do not fit together: {reason}.", reason=str(error)),
        text("Look at them with checker solutions check."),
    )
