"""The starter, made by cookiecutter from the template that comes with this package, or with its checkout."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from json import loads
from pathlib import Path

from cookiecutter.exceptions import CookiecutterException
from cookiecutter.main import cookiecutter

from checker import solution_overlay
from checker.errors import CheckerFault, CourseError, UsageError
from checker.model import text

_PACKAGE = Path(__file__).resolve().parent
QUESTIONS = "cookiecutter.json"
"""The file of a template's questions."""


def root() -> Path:
    """The folder of the template: the checkout that this package lies in, else the copy within the package.

    Raises CheckerFault if there is none.
    """
    for folder in (_PACKAGE.parent, _PACKAGE / "template"):
        if (folder / QUESTIONS).is_file() and (folder / "hooks").is_dir():
            return folder
    raise CheckerFault(
        text("The template of the starter is missing from this installation."),
        text("Install titanic-checker again."),
    )


def questions(source: Path | None = None) -> dict[str, str]:
    """The questions of the template in *source* (None: the one that comes with the checker), with proposed answers.

    A proposed answer is a template itself if it follows from another. Raises CourseError if they cannot be read.
    """
    path = (source or root()) / QUESTIONS
    try:
        defaults = loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CourseError(
            text(
                "The questions of the template, {path}, cannot be read ({reason}).", path=str(path), reason=str(error)
            ),
            text("Mend that file: it holds one JSON object."),
        ) from error
    return {name: default for name, default in defaults.items() if not name.startswith("_")}


def claim(directory: Path) -> Path:
    """The folder to make, as an absolute path; its parent folders are made.

    Raises UsageError if something other than an empty folder is there already.
    """
    directory = directory.resolve()
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(
            text("{path} is there already, and is not an empty folder.", path=str(directory)),
            text("Choose another name, or move it away."),
        )
    directory.parent.mkdir(parents=True, exist_ok=True)
    return directory


def new(
    directory: Path,
    *,
    start_at: str = solution_overlay.START,
    language: str = "fr",
    answers: Mapping[str, str] | None = None,
    no_input: bool = False,
) -> Path:
    """Make a starter in ``directory``, a repository with one commit, or one more for each solution up to ``start_at``.

    ``answers`` are those to the template's questions, by name. Unless ``no_input``, all questions are asked in the
    terminal, with these answers as defaults. Gives the folder: another one if it was renamed while answering. Raises
    UsageError if the folder is taken, an answer is impossible, or the solutions asked for are not here.
    """
    if start_at != solution_overlay.START and not (root() / "solutions").is_dir():
        raise UsageError(
            text(
                "A starter that begins at step {step} needs the solutions, and they are not installed.", step=start_at
            ),
            text("Use a checkout of the checker's repository, where the folder solutions/ is."),
        )
    all_answers = {**(answers or {}), "language": language, "start_at": start_at}
    return generate(claim(directory), all_answers, no_input=no_input, with_hooks=True)


def generate(
    directory: Path, answers: Mapping[str, str], *, no_input: bool, with_hooks: bool, source: Path | None = None
) -> Path:
    """Let cookiecutter fill ``directory``; without its hooks, the result is files only, and no repository.

    *source* is the folder of the template; None: the one that comes with the checker.
    Raises UsageError if an answer is impossible, and CheckerFault if a hook fails.
    """
    known = questions(source)
    for name in answers:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            raise UsageError(
                text("The template has no question {name}.", name=name),
                text("Did you mean {close}?", close=close[0])
                if close
                else text("It asks for: {names}.", names=tuple(known)),
            )
    with tempfile.TemporaryDirectory() as own, _temporary_files_in(own if with_hooks else None):
        try:
            made = cookiecutter(
                str(source or root()),
                no_input=no_input,
                extra_context={**answers, "project_slug": directory.name},
                overwrite_if_exists=True,
                output_dir=str(directory.parent),
                # neither the user's own defaults nor a home that may be read-only
                default_config={"replay_dir": own, "cookiecutters_dir": own},
                accept_hooks=with_hooks,
            )
        except CookiecutterException as error:
            # Compared by name: the template's own module defines the class, and is imported under several names.
            if type(error).__name__ != "ImpossibleAnswer":
                raise CheckerFault(
                    text("The starter is incomplete: {reason}", reason=str(error)),
                    text("Read what git or Python says above; the folder was removed."),
                ) from error
            raise UsageError(
                text("The starter cannot be made: {reason}", reason=str(error)),
                text("Give another answer; nothing was written."),
            ) from error
    return Path(made)


@contextmanager
def _temporary_files_in(folder: str | None) -> Iterator[None]:
    """For a while, all temporary files of this process in *folder*: cookiecutter removes none of its rendered hooks."""
    usual = tempfile.tempdir
    tempfile.tempdir = folder or usual
    try:
        yield
    finally:
        tempfile.tempdir = usual
