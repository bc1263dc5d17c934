"""The source of the starter's checker, and the commands that run the checker. Standard library only."""

from __future__ import annotations

import re
from pathlib import Path

PACKAGE = "titanic-checker"
IMAGE = "docker://"

_ASSIGNED = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
# The Dockerfile and SECURITY.md say why an image needs these two options.
_DOCKER = "docker run --rm --security-opt seccomp=unconfined --security-opt systempaths=unconfined"
_TOLD = ("GITHUB_ACTIONS", "GITHUB_HEAD_REF", "GITHUB_REF", "GITHUB_REPOSITORY", "GITHUB_SHA")
_COMMENT_TOLD = ("GITHUB_ACTIONS", "GITHUB_API_URL", "GITHUB_SERVER_URL", "GITHUB_TOKEN")


def own_version(root: Path) -> str:
    """The version of the checker that this template came with: that of the checkout, or of the package around it.

    Raises ValueError if neither has one.
    """
    checkout, installed = root / "checker" / "__init__.py", root.parent / "__init__.py"
    module = checkout if checkout.is_file() else installed
    match = _ASSIGNED.search(module.read_text(encoding="utf-8"))
    if match is None:
        raise ValueError(f"{module} names no version")
    return match[1]


def usual_source(root: Path) -> str:
    """The proposed source: this version, from the package index."""
    return f"{PACKAGE}=={own_version(root)}"


def image_of(source: str) -> str:
    """The name of the container image in *source*; empty if the source is a package."""
    return source.removeprefix(IMAGE) if source.startswith(IMAGE) else ""


def command(source: str) -> str:
    """The words before ``check`` that run the checker of *source* in the folder of the project."""
    if image := image_of(source):
        return f'{_DOCKER} -v "$PWD":/submission:ro {image}'
    return f"pipx run --spec {source} checker"


def workflow_command(source: str) -> str:
    """As :func:`command`, on a runner of GitHub: a container gets GitHub's variables of the commit, and no secret."""
    if image := image_of(source):
        options = " ".join(f"-e {name}" for name in _TOLD)
        event = '-e GITHUB_EVENT_PATH=/event.json -v "$GITHUB_EVENT_PATH":/event.json:ro'
        return f'{_DOCKER} {options} {event} -v "$PWD":/submission:ro {image}'
    return command(source)


def comment_requirement(source: str) -> str:
    """The requirement for comments on a forge: *source* with its clients; empty for an image, which has them."""
    if image_of(source):
        return ""
    if source.startswith(PACKAGE):
        return source.replace(PACKAGE, f"{PACKAGE}[class]", 1)
    return f"{PACKAGE}[class] @ {source}"


def comment_command(source: str) -> str:
    """The words before ``feedback comment``; a package is installed already, a container gets the token."""
    if image := image_of(source):
        options = " ".join(f"-e {name}" for name in _COMMENT_TOLD)
        return (
            f'docker run --rm {options} -e GITHUB_EVENT_PATH=/event.json -v "$GITHUB_EVENT_PATH":/event.json:ro {image}'
        )
    return "checker"
