"""The requirements file of an instructor's environment: read, installed, refused where it is wrong."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from checker.errors import CheckerFault, CourseError, UsageError, did_you_mean, unreadable
from checker.evidence.registry import facts_behind
from checker.facts.notebook import NotebookRun
from checker.model import text
from checker.sandbox.environments.sandboxes import EnvironmentSandboxes
from checker.sandbox.environments.spec import BuiltEnvironment, EnvironmentSpec, EnvironmentUnavailable
from checker.sandbox.environments.uv import NO_UV

_LARGEST_REQUIREMENTS = 1_000_000
_CHOICES = text("Give --environment embedded, declared, or the path of a requirements file.")


def environment_file(name: str) -> Path | None:
    """The requirements file that ``--environment`` names, if any. Raises UsageError where it cannot be read."""
    if name in ("embedded", "declared"):
        return None
    path = Path(name)
    form = text("Write one package in each line, as pip list --format=freeze does.")
    try:
        with path.open("rb") as file:
            head = file.read(_LARGEST_REQUIREMENTS + 1)
    except FileNotFoundError as error:
        folder = path.parent
        names = [str(folder / listed.name) for listed in folder.glob("*.txt")] if folder.is_dir() else []
        remedy = did_you_mean(name, ["embedded", "declared", *names], _CHOICES, cutoff=0.6)
        raise UsageError(text("There is no file {path}.", path=name), remedy) from error
    except OSError as error:
        raise unreadable(name, error, _CHOICES) from error
    if len(head) > _LARGEST_REQUIREMENTS or b"\0" in head or path.suffix.lower() in (".yml", ".yaml"):
        raise UsageError(text("{path} is not a requirements file.", path=name), form)
    if not re.search(rb"^[ \t]*[^#\s]", head.removeprefix(codecs.BOM_UTF8), re.MULTILINE):
        raise UsageError(text("{path} lists no package.", path=name), form)
    return path.resolve()


def made_of(
    path: Path,
    environments: EnvironmentSandboxes,
    on_making: Callable[[], None],
    *,
    notebooks: bool,
) -> BuiltEnvironment | EnvironmentUnavailable:
    """The environment of an instructor's file, or the reason why it cannot be made here.

    ``on_making`` is called before an environment is installed. With *notebooks*, notebooks are to run in it. Raises
    UsageError where the file is wrong, CourseError where its packages cannot run a notebook, CheckerFault without uv.
    """
    try:
        made = environments.make(EnvironmentSpec(file=path), trusted=True, on_start=on_making)
    except EnvironmentUnavailable as unmade:
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
    """True if one of these checks needs, directly or through other facts, the run of a notebook."""
    return NotebookRun in facts_behind(judges)
