"""The layers that a build put on its base, file by file, read in the engine's own folders and never unpacked."""

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

_DRIVER = "overlay2"
_MOST_LAYERS = 200
_MOST_NAMES = 50_000


class SearchTooLarge(Exception):
    """A layer has more files than can be searched within the limits."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The files that one instruction left. ``step`` is its number in the build, None where unknown."""

    folder: str
    step: int | None


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A file of a layer, by its path in the image. ``removes``: a whiteout, the path was deleted in this layer."""

    path: str
    size: int
    removes: bool
    _place: bytes

    def read(self, most: int) -> bytes:
        """The first *most* bytes. Raises OSError."""
        # a file made by student code may be a link to anywhere, or a pipe without an end
        number = os.open(self._place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(number, "rb") as file:
            return file.read(most)


@dataclass(frozen=True, slots=True)
class Added:
    """The additions of a build to its base.

    - ``layers``: the lowest first; None where they cannot be read from here.
    - ``variables``: environment variables that the base lacks, or has with other values.
    - ``history``: the instructions as the engine keeps them, each with its step where that is known.
    """

    layers: tuple[Layer, ...] | None
    variables: Mapping[str, str]
    history: tuple[tuple[str, int | None], ...]


def added(client: docker.APIClient, image: str, base: str | None, steps: Mapping[int, str]) -> Added:
    """The additions of *image* to *base*, by the images of its *steps*. Raises the errors of ``failures``."""
    inspected = client.inspect_image(image)
    below = client.inspect_image(base) if base else None
    floor = _digests(below) if below else []
    digests = _digests(inspected)
    places: dict[int, int] = {}
    ids: dict[str, int] = {}
    for step in sorted(steps):
        layer_image = client.inspect_image(steps[step])
        ids[str(layer_image["Id"])] = step
        if (lower := _digests(layer_image)) == digests[: len(lower)]:
            for number in range(len(floor), len(lower)):
                places.setdefault(number, step)
    layers = None
    if (folders := _folders(inspected, len(digests))) is not None and digests[: len(floor)] == floor:
        above = list(enumerate(folders))[len(floor) :][:_MOST_LAYERS]
        layers = tuple(Layer(folder, places.get(number)) for number, folder in above)
    base_variables = set((below["Config"] or {}).get("Env") or ()) if below else set()
    variables = dict(
        entry.partition("=")[::2]
        for entry in (inspected["Config"] or {}).get("Env") or ()
        if entry not in base_variables
    )
    entries = client.history(image)
    own = entries[: len(entries) - len(client.history(base))] if base else entries
    history = tuple((str(entry.get("CreatedBy", "")), ids.get(str(entry.get("Id")))) for entry in own)
    return Added(layers, variables, history)


def files(layer: Layer, enters: Callable[[str, frozenset[str]], bool], deadline: float) -> Iterator[LayerFile]:
    """The files of *layer* in those folders for which *enters* is true; it gets a folder's path and the names in it.

    Raises SearchTooLarge when *deadline*, on the monotonic clock, has passed, or where a folder has too many names.
    """
    root = os.fsencode(layer.folder)
    folders = [root]
    while folders:
        folder = folders.pop()
        with contextlib.suppress(OSError):
            with os.scandir(folder) as listed:
                entries = sorted(islice(listed, _MOST_NAMES), key=lambda entry: entry.name)
            if len(entries) == _MOST_NAMES:
                raise SearchTooLarge
            inner = os.fsdecode(folder[len(root) :]) or "/"
            if not enters(inner, frozenset(os.fsdecode(entry.name) for entry in entries)):
                continue
            for entry in entries:
                if time.monotonic() > deadline:
                    raise SearchTooLarge
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    folders.append(entry.path)
                elif stat.S_ISREG(status.st_mode) or _is_mark(status):
                    path = os.fsdecode(entry.path[len(root) :])
                    yield LayerFile(path, status.st_size, _is_mark(status), entry.path)


def _is_mark(found: os.stat_result) -> bool:
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == 0


def _digests(image: Mapping[str, Any]) -> list[str]:
    return list((image.get("RootFS") or {}).get("Layers") or ())


def _folders(image: Mapping[str, Any], count: int) -> list[str] | None:
    """The folders of the layers of *image*, the lowest first; None where the engine has no such folders here."""
    driver = image.get("GraphDriver") or {}
    data = driver.get("Data") or {}
    if driver.get("Name") != _DRIVER or not data.get("UpperDir"):
        return None
    lower = str(data["LowerDir"]).split(":") if data.get("LowerDir") else []
    folders = [*reversed(lower), str(data["UpperDir"])]
    if len(folders) != count or not all(os.access(folder, os.R_OK | os.X_OK) for folder in folders):
        return None
    return folders
