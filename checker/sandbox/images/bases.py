"""The images that a build starts from: which name may be taken from where, and what its not being there means."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.sandbox.images.building import BUILT
from checker.sandbox.images.engine import call, lines_of

if TYPE_CHECKING:
    import docker

_HUB = "docker.io"
_NOT_FOUND = re.compile(r"manifest unknown|not found|does not exist|repository name not known", re.IGNORECASE)
_DENIED = re.compile(r"access denied|denied:|unauthorized|forbidden", re.IGNORECASE)
_PATIENCE = 60.0


class NoSuchImage(Exception):
    """No registry has it."""


class OutOfReach(Exception):
    """It may well exist, and this machine does not get it."""


class NotAllowed(Exception):
    """Its registry is none of those that the course names."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What of the world's images a build may start from; all of it is the course's.

    ``stand_ins`` replace a name; ``well_known`` are repositories that surely exist; ``registries`` are the hosts that
    the engine may be sent to.
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


def resolve(client: docker.APIClient, name: str, sources: Sources, seconds: float) -> str:
    """The id of the image of that name, which is pulled where it has to be.

    Images that merely lie on this machine are taken for a stand-in or a well-known name only: what else lies there
    is the instructor's, or another student's. Raises NoSuchImage, OutOfReach, NotAllowed.
    """
    registry, repository, tag = split(name)
    short = repository if registry == _HUB else f"{registry}/{repository}"
    stand_in = sources.stand_ins.get(name) or sources.stand_ins.get(f"{short}:{tag}") or sources.stand_ins.get(short)
    known = short in sources.well_known
    if registry not in sources.registries and not stand_in:
        raise NotAllowed(registry)
    if stand_in or known:
        found = _here(client, stand_in or name)
        if found is not None:
            return found
    if stand_in:
        raise OutOfReach(name)
    _pull(client, f"{registry}/{repository}" if registry != _HUB else repository, tag, name, known, seconds)
    found = _here(client, name)
    if found is None:
        raise OutOfReach(name)
    return found


def _here(client: docker.APIClient, name: str) -> str | None:
    from docker.errors import NotFound

    try:
        found = client.inspect_image(name)
    except NotFound:
        return None
    triggers = [str(one).upper().split()[:1] for one in (found["Config"] or {}).get("OnBuild") or ()]
    # the engine itself would fetch what such an ADD names
    if ["ADD"] in triggers or BUILT in ((found["Config"] or {}).get("Labels") or {}):
        raise NotAllowed(name)
    return str(found["Id"])


def _pull(client: docker.APIClient, repository: str, tag: str, name: str, known: bool, seconds: float) -> None:
    """Without the credentials of whoever runs this."""
    from docker.errors import DockerException

    said = ""
    try:
        with call(
            client, "/images/create", {"fromImage": repository, "tag": tag}, seconds=min(seconds, _PATIENCE)
        ) as a:
            for line in lines_of(a):
                said = str(line.get("error") or said)
    except DockerException as error:
        said = str(error)
    except OSError as error:
        raise OutOfReach(name) from error
    if not said:
        return
    # Docker Hub says the same of what is private and of what does not exist.
    missing = _NOT_FOUND.search(said) and "lookup" not in said and "dial" not in said
    if (missing or _DENIED.search(said)) and not (known and tag == "latest"):
        raise NoSuchImage(name)
    raise OutOfReach(name)
