"""The Docker engine of this machine, and the rehearsal of an image's start where there is none."""

from __future__ import annotations

import os
import posixpath
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from checker.absences import NotDoneYet
from checker.course import Course
from checker.evidence.student_runs import StudentRuns
from checker.evidence.worlds import ordinary_world
from checker.facts.image import Dockerfile, Engine, Rehearsal
from checker.facts.options import GradingOptions
from checker.facts.running import Finished, Job, Limits, Script
from checker.facts.tree import Tree, tree_of
from checker.model import text
from checker.sandbox.images.workshop import Workshop

_LONGEST_PATH, _LONGEST_NAME = 1000, 250
_OURS = re.compile(r"PATH|HOME|TMPDIR|LD_.*|PYTHON.*|.*_proxy|SSL_.*|.*_CA_BUNDLE", re.IGNORECASE)
"""Variables that a sandbox needs as they are: they tell nothing of the project."""


def engine_for(_image: Dockerfile, options: GradingOptions, workshop: Workshop) -> Engine:
    """As :func:`engine`: without a Dockerfile there is nothing that an engine would be asked for."""
    return engine(options, workshop)


def engine(options: GradingOptions, workshop: Workshop) -> Engine:
    """The engine that answers, or why none does."""
    if options.docker == "off":
        return Engine(None, text("Docker was switched off for this grading."), text("Leave out --docker off."))
    version = workshop.version()
    if version is not None:
        return Engine(version)
    if shutil.which("docker") is None and "DOCKER_HOST" not in os.environ:
        return Engine(
            None,
            text("Docker is not installed on this machine."),
            text("Install Docker Desktop or Docker Engine, or let continuous integration build the image."),
        )
    return Engine(
        None,
        text("No Docker engine answers on this machine."),
        text("Start Docker Desktop or the Docker service, then try: docker version."),
    )


def rehearsal(tree: Tree, image: Dockerfile, course: Course, runs: StudentRuns) -> Rehearsal:
    """The script of the image, run on only the files that the image holds and without the variables of S3.

    Raises NotDoneYet where the image starts something else than a Python script of the repository, or where it cannot
    be told which files it holds, and where.
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
        world=ordinary_world(course),
        limits=Limits(seconds=course.limits.main),
    )
    return Rehearsal(_in_repository(runs.run(job), origins))


def _fits(image: Dockerfile) -> bool:
    """Whether the files can lie in a folder beside each other, some of them where the image starts."""
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
