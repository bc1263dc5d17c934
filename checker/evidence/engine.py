"""The Docker engine of this machine, and the rehearsal of an image's start where there is none."""

from __future__ import annotations

import os
import posixpath
import shutil
import subprocess
from dataclasses import replace

from checker.course import Course
from checker.evidence.worlds import ordinary_world
from checker.facts.image import Dockerfile, Engine, Rehearsal
from checker.facts.running import Job, Limits, Script
from checker.facts.setting import Setting
from checker.facts.tree import Tree, tree_of
from checker.model import text
from checker.plan import NotHere, NotThere
from checker.sandbox.base import Sandbox

_PATIENCE = 10
"""Seconds after which an engine that does not answer is none."""
_PASSED_ON = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "XDG_RUNTIME_DIR")


def engine(setting: Setting) -> Engine:
    """The engine that answers to ``docker version``. Raises NotHere where there is none, or none is to be used."""
    if setting.docker == "off":
        raise NotHere(
            text("Docker was switched off for this grading."),
            text("Leave out --docker off."),
        )
    client = shutil.which("docker")
    if client is None:
        raise NotHere(
            text("Docker is not installed on this machine."),
            text("Install Docker Desktop or Docker Engine, or let continuous integration build the image."),
        )
    variables = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    command = [client, "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(
            command, env=variables, capture_output=True, text=True, timeout=_PATIENCE, check=False, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired):
        done = None
    version = done.stdout.strip() if done is not None and done.returncode == 0 else ""
    if not version:
        raise NotHere(
            text("No Docker engine answers on this machine."),
            text("Start Docker Desktop or the Docker service, then try: docker version."),
        )
    return Engine(version[:40])


def rehearsal(tree: Tree, image: Dockerfile, course: Course, sandbox: Sandbox) -> Rehearsal:
    """The script of the image, run on only the files that the image holds and without the variables of S3.

    Raises NotThere where the image starts something else than a Python script of the repository.
    """
    start = image.start
    if start is None or start.script is None or start.script not in image.files:
        raise NotThere(text("The image does not start a script of the repository."))
    origins = {posixpath.relpath(path, image.folder): origin for path, origin in image.files.items()}
    script = posixpath.relpath(start.script, image.folder)
    if any(path.startswith("../") for path in (script, *origins)):
        raise NotThere(text("The image keeps files outside of the folder that it starts in."))
    entries = {path: replace(tree.entries[origin], path=path) for path, origin in origins.items()}
    held = tree_of(entries, lambda entry: tree.read(origins[entry.path]))
    job = Job(
        tree=held,
        action=Script(script, start.arguments),
        world=ordinary_world(course),
        limits=Limits(seconds=course.limits.main),
    )
    return Rehearsal(sandbox.run(job))


PROBES = (engine, rehearsal)
