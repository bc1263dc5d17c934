"""The Docker engine of this machine, and a simulated start of the image for machines without an engine."""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from checker.absences import NotDoneYet
from checker.course import Course
from checker.evidence.datasets.served import ordinary_data
from checker.evidence.runs.student_runs import StudentRuns
from checker.facts.actions import Script
from checker.facts.image import Dockerfile, Engine, Rehearsal
from checker.facts.job import Finished, Job, RunLimits
from checker.facts.options import GradingOptions
from checker.facts.tree import Tree, tree_of
from checker.model import text
from checker.sandbox.images.engine import INSTALL_DOCKER, NO_PODMAN, EngineUnusable
from checker.sandbox.images.engine_session import EngineSession

_LONGEST_PATH, _LONGEST_NAME = 1000, 250
_LONGEST_SCRIPT = 4096
"""The number of bytes of a script that are examined."""
_OURS = re.compile(r"PATH|HOME|TMPDIR|LD_.*|PYTHON.*|.*_proxy|SSL_.*|.*_CA_BUNDLE", re.IGNORECASE)
"""Variables that a sandbox needs unchanged; they carry nothing of the project."""


def engine_for(_image: Dockerfile, options: GradingOptions, engine_session: EngineSession) -> Engine:
    """The result of :func:`engine`, asked only where there is a Dockerfile."""
    return engine(options, engine_session)


def engine(options: GradingOptions, engine_session: EngineSession) -> Engine:
    """The engine that answers, or the reason why none does."""
    if options.docker == "off":
        return Engine(None, text("Docker was switched off for this grading."), text("Leave out --docker off."))
    try:
        version = engine_session.version()
    except EngineUnusable as unfit:
        return Engine(None, unfit.what, unfit.remedy)
    if version is not None:
        return Engine(version)
    if "DOCKER_HOST" not in os.environ:
        client = shutil.which("docker")
        if shutil.which("podman") is not None if client is None else _is_podman(Path(client)):
            return Engine(None, NO_PODMAN, INSTALL_DOCKER)
        if client is None:
            return Engine(None, text("Docker is not installed on this machine."), INSTALL_DOCKER)
    return Engine(
        None,
        text("No Docker engine answers on this machine."),
        text("Start Docker Desktop or the Docker service, then try: docker version."),
    )


def _is_podman(client: Path) -> bool:
    """True where the program called docker is Podman: a link to it, or the script of ``podman-docker``."""
    with contextlib.suppress(OSError):
        if client.resolve().name == "podman":
            return True
        with client.open("rb") as file:
            beginning = file.read(_LONGEST_SCRIPT)
        return beginning.startswith(b"#!") and b"podman" in beginning
    return False


def rehearsal(tree: Tree, image: Dockerfile, course: Course, runs: StudentRuns) -> Rehearsal:
    """The run of the image's script with only the files of the image and without S3 variables.

    Raises NotDoneYet where the image starts anything but a Python script of the repository, or where its files and
    their paths are not certain.
    """
    start = image.start
    if start is None or start.script is None or start.script not in image.files:
        raise NotDoneYet(text("The image does not start a script of the repository."))
    if image.unfollowed or image.moved or not _fits(image):
        raise NotDoneYet(text("Which files the image holds, and where, can only be seen in it."))
    origins = {place[1:]: origin for place, origin in image.files.items()}
    entries = {place: replace(tree.entries[origin], path=place) for place, origin in origins.items()}
    held = tree_of(entries, lambda entry: tree.fetch(tree.entries[origins[entry.path]]))
    job = Job(
        tree=held,
        action=Script(posixpath.relpath(start.script, image.folder), start.arguments),
        folder=image.folder[1:],
        variables={name: value for name, value in image.variables.items() if not _OURS.fullmatch(name)},
        served_data=ordinary_data(course),
        limits=RunLimits(seconds=course.limits.main),
    )
    return Rehearsal(_in_repository(runs.run(job), origins))


def _fits(image: Dockerfile) -> bool:
    """True where a tree can hold the files at their relative paths, some of them in the image's start folder."""
    inside = image.folder.rstrip("/") + "/"
    return (
        all("\0" not in path and len(os.fsencode(path)) < _LONGEST_PATH for path in (*image.files, inside))
        and all(len(os.fsencode(part)) < _LONGEST_NAME for path in image.files for part in path.split("/"))
        and any(path.startswith(inside) for path in image.files)
        and not any(str(parent) in image.files for path in image.files for parent in PurePosixPath(path).parents)
    )


def _in_repository(finished: Finished, origins: Mapping[str, str]) -> Finished:
    """*finished*, with the places of its error as paths in the repository."""
    if finished.error is None:
        return finished
    frames = tuple(
        (replace(where, path=origins.get(where.path, where.path)), line) for where, line in finished.error.frames
    )
    return replace(finished, error=replace(finished.error, frames=frames))


PROBES = (engine_for, rehearsal)
