"""The solutions: for each step the repository of a student who did it well. They are in a checkout only."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from checker import solution_overlay, template
from checker.errors import CheckerFault, UsageError
from checker.facts.pull_requests import PullRequest, State
from checker.forge.local import RECORD, LocalForge
from checker.model import Text, text
from checker.solution_overlay import Overlay, OverlayError, Signature

BEGUN = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
"""The fixed time of the commit of a starter, so that the commits have equal ids each time."""

_STUDENT = "student"
_ANSWERS = {"upstream": "course/titanic"}
_PAUSE = timedelta(days=1)


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


def steps() -> tuple[str, ...]:
    """The steps that have a solution, in order. Raises UsageError like :func:`folder`."""
    return solution_overlay.shipped(folder())


def overlays() -> tuple[Overlay, ...]:
    """The changes of each solution, in order.

    Raises UsageError like :func:`folder`, and CheckerFault if a solution cannot be read.
    """
    try:
        return solution_overlay.read(folder())
    except OverlayError as error:
        raise _fault(error) from error


def build(
    step: str,
    directory: Path,
    *,
    language: str = "fr",
    answers: Mapping[str, str] | None = None,
    begun: datetime = BEGUN,
) -> None:
    """Make in ``directory`` the repository of a student who has come to the end of ``step``.

    The starter is one commit on ``main``; each step is one on the branch of the exercise. The repository has a local
    forge, in which the request is open from the step on that asks for it. Same arguments, same commit ids.

    Raises UsageError if there is no such solution, the folder is taken, or an answer is impossible; CheckerFault if a
    solution does not fit on those before, or git is missing.
    """
    known = steps()
    if step not in known:
        raise UsageError(
            text("There is no solution of step {step}.", step=step),
            text("There are solutions of: {steps}.", steps=known),
        )
    chosen = solution_overlay.up_to(step, overlays())
    given = template.questions() | _ANSWERS | dict(answers or {})
    given |= {"language": language, "start_at": solution_overlay.START}
    directory = template.claim(directory)
    with tempfile.TemporaryDirectory(dir=directory.parent) as own:
        project = Path(own) / "titanic"
        given["project_slug"] = project.name
        template.generate(project, given, no_input=True, with_hooks=False)
        dates = (begun + number * _PAUSE for number in range(len(chosen) + 1))
        first, *rest = (Signature(given["author_name"], solution_overlay.NEUTRAL_EMAIL, when) for when in dates)
        try:
            solution_overlay.sign(project)
            solution_overlay.begin(project, language, first)
            solution_overlay.lay_and_commit(chosen, project, given, rest)
        except OverlayError as error:
            raise _fault(error) from error
        except FileNotFoundError as error:
            raise CheckerFault(text("There is no git on this machine."), text("Install git.")) from error
        _record_requests(chosen, project, given)
        if directory.exists():
            directory.rmdir()
        project.rename(directory)


def faults() -> tuple[Text, ...]:
    """The faults of the solutions themselves: a solution that does not fit on those before, or changes nothing.

    Raises UsageError like :func:`folder`, and CheckerFault if a description cannot be read.
    """
    given = template.questions() | _ANSWERS
    problems: list[Text] = []
    with tempfile.TemporaryDirectory() as own:
        project = Path(own) / "titanic"
        given["project_slug"] = project.name
        template.generate(project, given, no_input=True, with_hooks=False)
        for solution in overlays():
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
