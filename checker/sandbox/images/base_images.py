"""The base images of builds: their permitted sources, and the meaning of a missing one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.sandbox.images.engine import call, lines_of
from checker.sandbox.images.image_build import is_ours

if TYPE_CHECKING:
    import docker

_HUB = "docker.io"
_NOT_FOUND = re.compile(r"manifest unknown|not found|does not exist|repository name not known", re.IGNORECASE)
_DENIED = re.compile(r"access denied|denied:|unauthorized|forbidden", re.IGNORECASE)
_PATIENCE = 60.0


class NoSuchImage(Exception):
    """No registry has the image."""


class OutOfReach(Exception):
    """The image may exist, but this machine cannot pull it."""


class NotAllowed(Exception):
    """The registry of the image is none of those that the course allows."""


@dataclass(frozen=True, slots=True)
class BaseImagePolicy:
    """The course's rules for base images.

    - ``stand_ins``: images that replace a name.
    - ``well_known``: repositories that certainly exist.
    - ``registries``: the hosts from which the engine may pull.
    """

    stand_ins: Mapping[str, str]
    well_known: Collection[str]
    registries: Collection[str]


def split(name: str) -> tuple[str, str, str]:
    """Registry, repository and tag or digest of a name: ``python`` is ``docker.io``, ``python``, ``latest``."""
    name, _, digest = name.partition("@")
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        registry, repository = first, rest
    else:
        registry, repository = _HUB, name
    repository, _, tag = repository.partition(":")
    return registry, repository.removeprefix("library/"), digest or tag or "latest"


def resolve(client: docker.APIClient, name: str, sources: BaseImagePolicy, seconds: float) -> str:
    """The id of the image *name*, which is pulled if needed.

    An image that is already on this machine is used for a stand-in or a well-known name only: others may belong to the
    instructor or to another student. Raises NoSuchImage, OutOfReach, NotAllowed.
    """
    registry, repository, tag = split(name)
    short = repository if registry == _HUB else f"{registry}/{repository}"
    stand_in = sources.stand_ins.get(name) or sources.stand_ins.get(f"{short}:{tag}") or sources.stand_ins.get(short)
    well_known = short in sources.well_known
    if registry not in sources.registries and not stand_in:
        raise NotAllowed(registry)
    if stand_in or well_known:
        image = _here(client, stand_in or name)
        if image is not None:
            return image
    if stand_in:
        raise OutOfReach(name)
    _pull(client, f"{registry}/{repository}" if registry != _HUB else repository, tag, name, well_known, seconds)
    image = _here(client, name)
    if image is None:
        raise OutOfReach(name)
    return image


def _here(client: docker.APIClient, name: str) -> str | None:
    from docker.errors import NotFound

    try:
        image = client.inspect_image(name)
    except NotFound:
        return None
    triggers = [str(trigger).upper().split()[:1] for trigger in (image["Config"] or {}).get("OnBuild") or ()]
    # the engine itself would fetch the address of such an ADD
    if ["ADD"] in triggers or is_ours(image):
        raise NotAllowed(name)
    return str(image["Id"])


def _pull(client: docker.APIClient, repository: str, tag: str, name: str, well_known: bool, seconds: float) -> None:
    """Pull an image without the credentials of the grader's user."""
    from docker.errors import DockerException

    message = ""
    wanted = {"fromImage": repository, "tag": tag}
    try:
        with call(client, "/images/create", wanted, seconds=min(seconds, _PATIENCE)) as answer:
            for line in lines_of(answer):
                message = str(line.get("error") or message)
    except DockerException as error:
        message = str(error)
    except OSError as error:
        raise OutOfReach(name) from error
    if not message:
        return
    # Docker Hub's answer does not tell a private repository from a missing one.
    missing = _NOT_FOUND.search(message) and "lookup" not in message and "dial" not in message
    if (missing or _DENIED.search(message)) and not (well_known and tag == "latest"):
        raise NoSuchImage(name)
    raise OutOfReach(name)
