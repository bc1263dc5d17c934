"""``checker doctor``: what this machine can do for a grading, and how to get what it lacks."""

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
from checker.course import Course
from checker.errors import CheckerError
from checker.evidence.engine import engine
from checker.facts.options import GradingOptions
from checker.facts.running import Job, Limits, Script, World
from checker.facts.tree import Tree
from checker.grader import course_of
from checker.model import Text, text
from checker.sandbox.base import SandboxFault
from checker.sandbox.capabilities import capabilities
from checker.sandbox.environments.uv import NO_UV, program
from checker.sandbox.images.workshop import Workshop
from checker.sandbox.open import open_sandbox

LIBRARIES = ("pandas", "scikit-learn", "seaborn", "matplotlib", "s3fs", "PyYAML", "nbclient", "ipykernel")
"""What student code runs with."""

_LINE = "column,other"
_TRIAL = """\
import urllib.request
print(urllib.request.urlopen("https://data.example/titanic/train.csv").readline().decode())
"""
_IMPOSSIBLE = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``remedy`` is None where all is well; without what is ``needed`` nothing goes."""

    found: Text
    remedy: Text | None = None
    needed: bool = False


def run(console: Console) -> int:
    """Print what was found. Returns 0 if a grading is possible here, else 4."""
    possible = True
    for look in (_python, _compiled, _libraries, _linter, _isolation, _trial, _docker, _environments, _git, _logs):
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
    """Whether the libraries are compiled: without that each start of Python takes three times as long."""
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
    there, missing = [], []
    for name in LIBRARIES:
        try:
            there.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if there:
        yield Finding(text("Libraries that student code runs with: {names}", names=tuple(there)))
    if missing:
        yield Finding(
            text("Missing: {names}", names=tuple(missing)),
            text("Install titanic-checker again; it brings them along."),
            needed=True,
        )


def _linter() -> Iterator[Finding]:
    try:
        course = _course()
    except CheckerError as error:
        yield Finding(error.cause, error.remedy, needed=True)
        return
    try:
        found = version("pylint")
    except PackageNotFoundError:
        found = "—"
    if f"{found}.".startswith(f"{course.lint.version}."):
        yield Finding(text("pylint {version}, as {edition} asks for", version=found, edition=course.edition))
        return
    yield Finding(
        text(
            "pylint {version}; {edition} grades with {wanted}",
            version=found,
            edition=course.edition,
            wanted=course.lint.version,
        ),
        text("Install titanic-checker again, in an environment of its own."),
        needed=True,
    )


def _course() -> Course:
    return course_of(None, defaults_near(Path())).course


def _isolation() -> Iterator[Finding]:
    given = capabilities()
    yield _capability(text("Student code runs isolated (bubblewrap)."), given.namespaces)
    if given.namespaces is None:
        yield _capability(text("System calls are filtered."), given.filter)
        yield _capability(text("The memory of a whole run can be limited."), given.groups)


def _capability(well: Text, refusal: tuple[Text, Text] | None) -> Finding:
    return Finding(well) if refusal is None else Finding(*refusal)


def _trial() -> Iterator[Finding]:
    """A small program is run as student code is, and has to read data through the gateway."""
    job = Job(
        tree=Tree.of({"main.py": _TRIAL}),
        action=Script("main.py"),
        world=World(tables={"train": f"{_LINE}\n1,2\n".encode()}),
        limits=Limits(seconds=60),
    )
    started = time.monotonic()
    again = text("Run the checker again; if it fails again, send this to your instructor.")
    try:
        with open_sandbox("auto") as sandbox:
            finished = sandbox.run(job)
    except UnavailableHere as missing:
        yield Finding(text("A trial run failed: {reason}", reason=str(missing)[:300]), again, needed=True)
        return
    except (SandboxFault, OSError) as fault:
        yield Finding(text("A trial run failed: {reason}", reason=str(fault)[:300]), again, needed=True)
        return
    if _LINE in finished.output:
        seconds = time.monotonic() - started
        yield Finding(text("A trial run read its data from the gateway ({seconds} s).", seconds=round(seconds, 1)))
        return
    said = (finished.errors.strip().splitlines() or ["?"])[-1]
    yield Finding(text("A trial run failed: {reason}", reason=said[:300]), again, needed=True)


def _docker() -> Iterator[Finding]:
    with Workshop() as workshop:
        found = engine(GradingOptions(), workshop)
    if found.missing is not None:
        yield Finding(found.missing, found.remedy)
    else:
        yield Finding(text("A Docker engine answers ({version}).", version=found.version or "?"))


def _environments() -> Iterator[Finding]:
    """Whether other environments than the checker's own can be made."""
    path = program()
    found = _answer(path, "--version") if path else ""
    if found:
        yield Finding(text("uv is there ({version}): environments can be made.", version=found.removeprefix("uv ")))
    else:
        yield Finding(*NO_UV)


def _git() -> Iterator[Finding]:
    found = _answer("git", "--version")
    if found:
        yield Finding(text("git is there ({version}).", version=found.removeprefix("git version ")))
        return
    yield Finding(
        text("git is not installed: grading works, checker new makes no repository."),
        text("Install git."),
    )


def _logs() -> Iterator[Finding]:
    yield Finding(text("Traces of the checker's own faults are kept in {path}.", path=str(log_folder())))


def _answer(*command: str) -> str:
    """The first line that a command prints; nothing where there is none, it fails, or it takes too long."""
    program = shutil.which(command[0])
    if program is None:
        return ""
    variables = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    try:
        done = subprocess.run(
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
    return done.stdout.strip().partition("\n")[0] if done.returncode == 0 else ""
