"""The layers that a build put on its base, file by file: looked at where the engine keeps them, never unpacked."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import docker

_DRIVERS = ("overlay2", "overlay")
"""What Docker and Podman call the same."""
_MOST_LAYERS = 200
_MOST_NAMES = 50_000


class Unended(Exception):
    """There is more than could be looked at."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The files that one instruction left. ``step`` is its number in the build, None where that is not known."""

    folder: str
    step: int | None


@dataclass(frozen=True, slots=True)
class Laid:
    """A file of a layer, by its path in the image; ``removes`` that it is a mark: what had this path is gone."""

    path: str
    size: int
    removes: bool
    _place: bytes

    def read(self, most: int) -> bytes:
        """The first *most* bytes. Raises OSError."""
        # student code made it: it may be a link to anywhere, or a pipe that never ends
        number = os.open(self._place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(number, "rb") as file:
            return file.read(most)


@dataclass(frozen=True, slots=True)
class Added:
    """What a build added to its base.

    ``layers`` are the lowest first, None where they cannot be seen from here; ``variables`` those that the base has
    not, or otherwise; ``history`` the instructions as the engine keeps them, each with its step where that is known.
    """

    layers: tuple[Layer, ...] | None
    variables: Mapping[str, str]
    history: tuple[tuple[str, int | None], ...]


def added(client: docker.APIClient, image: str, base: str | None, steps: Mapping[int, str]) -> Added:
    """What *image* has beyond *base*, by the images of its *steps*. Raises what is in ``failures``."""
    whole = client.inspect_image(image)
    below = client.inspect_image(base) if base else None
    floor = _digests(below) if below else []
    digests = _digests(whole)
    places: dict[int, int] = {}
    ids: dict[str, int] = {}
    for step in sorted(steps):
        made = client.inspect_image(steps[step])
        ids[str(made["Id"])] = step
        if (lower := _digests(made)) == digests[: len(lower)]:
            for number in range(len(floor), len(lower)):
                places.setdefault(number, step)
    layers = None
    if (folders := _folders(whole, len(digests))) is not None and digests[: len(floor)] == floor:
        above = list(enumerate(folders))[len(floor) :][:_MOST_LAYERS]
        layers = tuple(Layer(folder, places.get(number)) for number, folder in above)
    known = set((below["Config"] or {}).get("Env") or ()) if below else set()
    variables = dict(one.partition("=")[::2] for one in (whole["Config"] or {}).get("Env") or () if one not in known)
    told = client.history(image)
    own = told[: len(told) - len(client.history(base))] if base else told
    history = tuple((str(one.get("CreatedBy", "")), ids.get(str(one.get("Id")))) for one in own)
    return Added(layers, variables, history)


def files(layer: Layer, enters: Callable[[str, frozenset[str]], bool], deadline: float) -> Iterator[Laid]:
    """The files below the folders that *enters* lets in, by a folder's path and the names in it.

    Raises Unended when *deadline*, on the monotonic clock, has passed, or where a folder has too many names.
    """
    root = os.fsencode(layer.folder)
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        with contextlib.suppress(OSError):
            with os.scandir(folder) as listed:
                entries = sorted(islice(listed, _MOST_NAMES), key=lambda entry: entry.name)
            if len(entries) == _MOST_NAMES:
                raise Unended
            inner = os.fsdecode(folder[len(root) :]) or "/"
            if not enters(inner, frozenset(os.fsdecode(entry.name) for entry in entries)):
                continue
            for entry in entries:
                if time.monotonic() > deadline:
                    raise Unended
                found = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(found.st_mode):
                    waiting.append(entry.path)
                elif stat.S_ISREG(found.st_mode) or _is_mark(found):
                    path = os.fsdecode(entry.path[len(root) :])
                    yield Laid(path, found.st_size, _is_mark(found), entry.path)


def _is_mark(found: os.stat_result) -> bool:
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == 0


def _digests(image: Mapping[str, Any]) -> list[str]:
    return list((image.get("RootFS") or {}).get("Layers") or ())


def _folders(image: Mapping[str, Any], count: int) -> list[str] | None:
    """Where the layers of *image* lie, the lowest first; None where the engine keeps them otherwise, or elsewhere."""
    driver = image.get("GraphDriver") or {}
    data = driver.get("Data") or {}
    if driver.get("Name") not in _DRIVERS or not data.get("UpperDir"):
        return None
    lower = str(data["LowerDir"]).split(":") if data.get("LowerDir") else []
    folders = [*reversed(lower), str(data["UpperDir"])]
    if len(folders) != count or not all(os.access(folder, os.R_OK | os.X_OK) for folder in folders):
        return None
    return folders
