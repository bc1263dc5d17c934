"""``checker doctor``: the grading abilities of this machine, and how to get what it lacks."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from checker import __version__
from checker.absences import UnavailableHere
from checker.cli.console import Console
from checker.cli.failing import log_folder
from checker.cli.surroundings import defaults_near
from checker.errors import CheckerError
from checker.evidence.image.engine import engine
from checker.facts.actions import Script
from checker.facts.job import Job, RunLimits, ServedData
from checker.facts.options import GradingOptions
from checker.facts.tree import Tree
from checker.grader import course_of
from checker.model import Text, text
from checker.sandbox.base import SandboxFault
from checker.sandbox.capabilities import capabilities
from checker.sandbox.environments.uv import NO_UV, program
from checker.sandbox.images.engine_session import EngineSession
from checker.sandbox.open import open_sandbox

LIBRARIES = ("pandas", "scikit-learn", "seaborn", "matplotlib", "s3fs", "PyYAML", "nbclient", "ipykernel")
"""The libraries of student code."""

_LINE = "column,other"
_TRIAL = """\
import urllib.request
print(urllib.request.urlopen("https://data.example/titanic/train.csv").readline().decode())
"""
_IMPOSSIBLE = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one examination. ``remedy`` is None if all is well; without a ``needed`` part no grading works."""

    found: Text
    remedy: Text | None = None
    needed: bool = False


def run(console: Console) -> int:
    """Print the findings. Returns 0 if a grading is possible here, else 4."""
    possible = True
    for look in (_python, _compiled, _libraries, _linters, _isolation, _trial, _docker, _environments, _git, _logs):
        for finding in look():
            sign = "✓" if finding.remedy is None else "✗" if finding.needed else "?"
            console.say(finding.found, before=f"{sign} ")
            if finding.remedy is not None:
                console.say(finding.remedy, before="  → ")
                possible = possible and not finding.needed
    console.write("")
    if possible:
        console.say(text("A grading is possible here."))
        return 0
    console.say(text("No grading is possible here before what is marked ✗ is mended."))
    return _IMPOSSIBLE


def _python() -> Iterator[Finding]:
    yield Finding(
        text(
            "titanic-checker {version}, Python {python}, {system}",
            version=__version__,
            python=platform.python_version(),
            system=f"{platform.system()} {platform.machine()}",
        ),
    )


def _compiled() -> Iterator[Finding]:
    """The finding on the libraries' byte-code: without it each start of Python takes three times as long."""
    specification = importlib.util.find_spec("pandas")
    if specification is None or specification.origin is None:
        return
    if Path(importlib.util.cache_from_source(specification.origin)).is_file():
        yield Finding(text("The libraries are compiled."))
        return
    folder = Path(specification.origin).parents[1]
    yield Finding(
        text("The libraries are not compiled: every run takes three times as long."),
        text("Run once: {command}", command=f"{sys.executable} -m compileall -q {folder}"),
    )


def _libraries() -> Iterator[Finding]:
    present, missing = [], []
    for name in LIBRARIES:
        try:
            present.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if present:
        yield Finding(text("Libraries that student code runs with: {names}", names=tuple(present)))
    if missing:
        yield Finding(
            text("Missing: {names}", names=tuple(missing)),
            text("Install titanic-checker again; it brings them along."),
            needed=True,
        )


def _linters() -> Iterator[Finding]:
    try:
        course = course_of(None, defaults_near(Path())).course
    except CheckerError as error:
        yield Finding(error.cause, error.remedy, needed=True)
        return
    for linter in course.linters:
        try:
            number = version(linter.tool)
        except PackageNotFoundError:
            number = "—"
        if f"{number}.".startswith(f"{linter.version}."):
            yield Finding(
                text(
                    "{linter} {version}, as {edition} asks for",
                    linter=linter.tool,
                    version=number,
                    edition=course.edition,
                )
            )
            continue
        yield Finding(
            text(
                "{linter} {version}; {edition} grades with {wanted}",
                linter=linter.tool,
                version=number,
                edition=course.edition,
                wanted=linter.version,
            ),
            text("Install titanic-checker again, in an environment of its own."),
            needed=True,
        )


def _isolation() -> Iterator[Finding]:
    abilities = capabilities()
    yield _capability(text("Student code runs isolated (bubblewrap)."), abilities.namespaces)
    if abilities.namespaces is None:
        yield _capability(text("System calls are filtered."), abilities.filter)
        yield _capability(text("The memory of a whole run can be limited."), abilities.groups)


def _capability(well: Text, refusal: tuple[Text, Text] | None) -> Finding:
    return Finding(well) if refusal is None else Finding(*refusal)


def _trial() -> Iterator[Finding]:
    """The finding of a trial run: a small program, run as student code is, reads data through the gateway."""
    job = Job(
        tree=Tree.of({"main.py": _TRIAL}),
        action=Script("main.py"),
        served_data=ServedData(tables={"train": f"{_LINE}\n1,2\n".encode()}),
        limits=RunLimits(seconds=60),
    )
    started = time.monotonic()
    again = text("Run the checker again; if it fails again, send this to your instructor.")
    try:
        with open_sandbox("auto") as sandbox:
            finished = sandbox.run(job)
    except (UnavailableHere, SandboxFault, OSError) as fault:
        yield Finding(text("A trial run failed: {reason}", reason=str(fault)[:300]), again, needed=True)
        return
    if _LINE in finished.output:
        seconds = time.monotonic() - started
        yield Finding(text("A trial run read its data from the gateway ({seconds} s).", seconds=round(seconds, 1)))
        return
    message = (finished.errors.strip().splitlines() or ["?"])[-1]
    yield Finding(text("A trial run failed: {reason}", reason=message[:300]), again, needed=True)


def _docker() -> Iterator[Finding]:
    with EngineSession() as engine_session:
        answer = engine(GradingOptions(), engine_session)
    if answer.missing is not None:
        yield Finding(answer.missing, answer.remedy)
    else:
        yield Finding(text("A Docker engine answers ({version}).", version=answer.version or "?"))


def _environments() -> Iterator[Finding]:
    """The finding on other environments than the checker's own: whether one can be made."""
    path = program()
    answer = _answer(path, "--version") if path else ""
    if answer:
        yield Finding(text("uv is there ({version}): environments can be made.", version=answer.removeprefix("uv ")))
    else:
        yield Finding(*NO_UV)


def _git() -> Iterator[Finding]:
    answer = _answer("git", "--version")
    if answer:
        yield Finding(text("git is there ({version}).", version=answer.removeprefix("git version ")))
        return
    yield Finding(
        text("git is not installed: grading works, checker new makes no repository."),
        text("Install git."),
    )


def _logs() -> Iterator[Finding]:
    yield Finding(text("Traces of the checker's own faults are kept in {path}.", path=str(log_folder())))


def _answer(*command: str) -> str:
    """The first line that a command prints; empty if there is none, if it fails, or if it takes too long."""
    program = shutil.which(command[0])
    if program is None:
        return ""
    variables = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    try:
        result = subprocess.run(
            [program, *command[1:]],
            env=variables,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=15,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip().partition("\n")[0] if result.returncode == 0 else ""
