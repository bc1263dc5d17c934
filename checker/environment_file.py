"""The requirements file that an instructor grades with: read, made, and refused where it cannot serve."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path

from checker.errors import CheckerFault, CourseError, UsageError
from checker.evidence.registry import facts_behind
from checker.facts.notebook import NotebookRun
from checker.model import text
from checker.sandbox.environments.sandboxes import EnvironmentSandboxes
from checker.sandbox.environments.uv import NO_UV
from checker.sandbox.environments.wanted import Made, Unmade, Wanted

_LARGEST_REQUIREMENTS = 1_000_000


def environment_file(name: str) -> Path | None:
    """The requirements file that ``--environment`` names, if any. Raises UsageError where it cannot be read."""
    if name in ("embedded", "declared"):
        return None
    path = Path(name)
    try:
        with path.open("rb") as file:
            head = file.read(_LARGEST_REQUIREMENTS + 1)
    except FileNotFoundError as error:
        folder = path.parent
        names = [str(folder / found.name) for found in folder.glob("*.txt")] if folder.is_dir() else []
        close = get_close_matches(name, ["embedded", "declared", *names], n=1, cutoff=0.6)
        raise UsageError(
            text("There is no file {path}.", path=name),
            text("Did you mean {name}?", name=close[0])
            if close
            else text("Give --environment embedded, declared, or the path of a requirements file."),
        ) from error
    except OSError as error:
        raise UsageError(
            text("{path} cannot be read: {reason}.", path=name, reason=error.strerror or str(error)),
            text("Give --environment embedded, declared, or the path of a requirements file."),
        ) from error
    if len(head) > _LARGEST_REQUIREMENTS or b"\0" in head or path.suffix.lower() in (".yml", ".yaml"):
        raise UsageError(
            text("{path} is not a requirements file.", path=name),
            text("Write one package in each line, as pip list --format=freeze does."),
        )
    if not re.search(rb"^[ \t]*[^#\s]", head.removeprefix(codecs.BOM_UTF8), re.MULTILINE):
        raise UsageError(
            text("{path} lists no package.", path=name),
            text("Write one package in each line, as pip list --format=freeze does."),
        )
    return path.resolve()


def made_of(
    path: Path,
    environments: EnvironmentSandboxes,
    on_making: Callable[[], None],
    *,
    notebooks: bool,
) -> Made | Unmade:
    """The environment of an instructor's file, or why it could not be made here. ``on_making`` is called if it has to.

    With *notebooks*, some are to be run in it. Raises UsageError where the file is wrong, CourseError where no notebook
    could be run with what it lists, CheckerFault without uv.
    """
    try:
        made = environments.make(Wanted(file=path), trusted=True, on_start=on_making)
    except Unmade as unmade:
        if unmade.certain:
            raise UsageError(unmade.reason, unmade.remedy or text("Mend that file.")) from unmade
        if unmade.reason == NO_UV[0]:
            raise CheckerFault(*NO_UV) from unmade
        return unmade
    if notebooks and not made.interpreter.kernel:
        raise CourseError(
            text("No kernel of Jupyter runs with the packages of {path}: no notebook can be graded.", path=str(path)),
            text("Write down what pip freeze prints where these notebooks run, ipykernel included."),
        )
    return made


def run_notebooks(judges: Iterable[Callable[..., object]]) -> bool:
    """Whether one of these checks is judged by the run of a notebook, by whatever way."""
    return NotebookRun in facts_behind(judges)
