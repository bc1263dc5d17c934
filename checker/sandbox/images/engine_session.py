"""The session of one grading with the engine: its images are built, run, and removed again, however it ends."""

from __future__ import annotations

import contextlib
import re
import shutil
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from checker.facts.image import Stop
from checker.facts.job import Finished, RunLimits, ServedData
from checker.model import text
from checker.sandbox.base import SandboxFault
from checker.sandbox.gateway import Gateway
from checker.sandbox.images import base_images, container_run, image_build, layers, pause_container
from checker.sandbox.images.build_limits import LimitGuard
from checker.sandbox.images.engine import LABEL, EngineUnusable, connect, failures, is_gone
from checker.sandbox.images.image_build import BUILT, BuildOrder, Built, is_ours
from checker.sandbox.images.proxy import PORT, HostLog, Origin, Proxy
from checker.sandbox.shutdown import InFlight

if TYPE_CHECKING:
    import docker

_ANSWERS_WITHIN = 10
_KEPT = "titanic-checker/environment"
_MOST_KEPT = 12
_CLOSING_SECONDS = 30
_PAUSE = 0.25
_TRIES = 3
_LONGEST = 300
_VANISHED = re.compile(
    r"(?:\w+ )?(?:no such image|unknown parent image|layer does not exist|image .{0,100}not found)", re.IGNORECASE
)


class EngineSession:
    """The engine, and our images and containers on it. A context manager: leaving it removes all of a submission.

    The engine is connected at the first need. May be used by several threads at once.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._going_on = InFlight("the grading is over")
        self._client: docker.APIClient | None = None
        self._containers: list[str] = []
        self._images: dict[str, None] = {}
        self._holder_image: str | None = None
        self._proxies: dict[tuple[frozenset[str], frozenset[Origin]], Proxy] = {}
        self._gateway: Gateway | None = None
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._going_on.close(_CLOSING_SECONDS)
        self._stack.close()
        if self._client is not None:
            self._sweep()
            self._client.close()
            self._client = None

    @property
    def can_join(self) -> bool:
        """Whether containers can get the gateway's network from this machine."""
        return pause_container.can_join()

    def version(self) -> str | None:
        """The version of the engine; None where none answers soon. Raises EngineUnusable for Podman."""
        try:
            return str(self._engine().version()["Version"])[:40]
        except failures():
            return None

    def resolve(self, name: str, sources: base_images.BaseImagePolicy, seconds: float) -> str:
        """As :func:`base_images.resolve`."""
        with self._going_on.counted():
            return base_images.resolve(self._engine(), name, sources, seconds)

    def platform(self) -> Mapping[str, str]:
        """The platform of this engine as BuildKit's build arguments, by their names."""
        version = self._engine().version()
        system, machine = str(version.get("Os", "linux")), str(version.get("Arch", "amd64"))
        values = {"PLATFORM": f"{system}/{machine}", "OS": system, "ARCH": machine, "VARIANT": ""}
        return {f"{side}{name}": value for side in ("TARGET", "BUILD") for name, value in values.items()}

    def build(
        self,
        make: Callable[[str], BuildOrder],
        hosts: Collection[str],
        origins: Collection[Origin] = (),
        on_run: Callable[[int], bool] = lambda _step: True,
    ) -> tuple[Built, HostLog]:
        """The result of a build, and the log of the hosts that it asked for.

        *make* gives the order for a network from which only *hosts* and *origins* are reached. Raises SandboxFault
        where the engine fails, and EngineUnusable where it can build nothing here.
        """
        with self._going_on.counted(), contextlib.ExitStack() as stack:
            try:
                client = self._ready()
                if not self.can_join:
                    return self._built(client, partial(make, "default"), "", on_run), HostLog()
                holder = self._start_holder(client, stack, names=False)
                proxy = self._proxy(frozenset(hosts), frozenset(origins))
                log = stack.enter_context(proxy.serving(*pause_container.bind_in(client, holder, [f"tcp:{PORT}"])))
                built = self._built(client, partial(make, f"container:{holder}"), holder, on_run)
            except failures() as error:
                raise SandboxFault(f"the engine failed: {error}") from error
            if built.error and log.fault:
                raise SandboxFault(f"the package proxy failed: {log.fault}")
            return built, log

    def run(self, image: str, served_data: ServedData, limits: RunLimits) -> Finished:
        """The result of *image*, run by its own entry point and command on *served_data*.

        Raises SandboxFault where the engine fails, and EngineUnusable where it cannot run images here.
        """
        with self._going_on.counted(), contextlib.ExitStack() as stack:
            try:
                client = self._ready()
                gateway = self._network()
                holder = self._start_holder(client, stack, names=True)
                http, https, dns = pause_container.bind_in(client, holder, ["tcp:80", "tcp:443", "udp:53"])
                with http, https, dns:
                    serving = stack.enter_context(gateway.serve(served_data, http=http, https=https, dns=dns))
                container = container_run.create(client, image, holder, limits, gateway.authority)
                self._note(container, stack)
                guard = LimitGuard(client, holder, seconds=limits.seconds, written=limits.written, memory=limits.memory)
                with self._going_on.watched(guard):
                    finished = container_run.run(client, container, guard, limits)
            except failures() as error:
                raise SandboxFault(f"the engine failed: {error}") from error
            return replace(finished, requests=serving.requests())

    def added(self, image: str, base: str | None, steps: Mapping[int, str]) -> layers.Added | None:
        """As :func:`layers.added`; None where the engine fails."""
        with self._going_on.counted(), contextlib.suppress(*failures(), KeyError):
            return layers.added(self._engine(), image, base, steps)
        return None

    def keep(self, image: str) -> None:
        """Keep this image of ours, so that other builds can use its layers; the oldest kept images are removed."""
        with contextlib.suppress(*failures(), SandboxFault), self._going_on.counted():
            client = self._engine()
            inspected = client.inspect_image(image)
            if is_ours(inspected):
                client.tag(inspected["Id"], _KEPT, str(inspected["Id"]).rpartition(":")[2][:12])
            kept = sorted(client.images(_KEPT), key=lambda kept_image: int(kept_image["Created"]), reverse=True)
            for kept_image in kept[_MOST_KEPT:]:
                for tag in kept_image.get("RepoTags") or ():
                    if tag.startswith(f"{_KEPT}:"):
                        client.remove_image(tag)

    def discard(self, built: Built) -> None:
        """Remove the images of a build, except kept ones and those that others start from."""
        made = built.images
        # closed meanwhile: leaving the workshop removes them
        with contextlib.suppress(*failures(), SandboxFault), self._going_on.counted():
            client = self._engine()
            for image in reversed(made):
                _remove_ours(client, image)
            with self._lock:
                for image in made:
                    self._images.pop(image, None)

    def free_space(self) -> int | None:
        """The free bytes on the engine's disk of images; None where they cannot be seen from here."""
        with contextlib.suppress(*failures(), KeyError):
            folder = Path(self._engine().info()["DockerRootDir"])
            return shutil.disk_usage(folder).free
        return None

    def _engine(self) -> docker.APIClient:
        with self._lock:
            if self._client is None:
                self._client = connect(_ANSWERS_WITHIN)
                self._client.timeout = 120
            return self._client

    def _ready(self) -> docker.APIClient:
        """The engine, with our holder image and without the leftovers of killed gradings. Raises SandboxFault."""
        with self._lock:
            client = self._engine()
            if self._holder_image is None:
                self._holder_image = pause_container.holder_image(client)
                self._sweep_dead(client, self._holder_image)
            return client

    def _built(
        self, client: docker.APIClient, make: Callable[[], BuildOrder], holder: str, on_run: Callable[[int], bool]
    ) -> Built:
        """Build; once more where another grading removed a cached layer during the build."""
        for _ in range(_TRIES):
            order = make()
            guard = LimitGuard(
                client,
                holder,
                seconds=order.seconds,
                written=order.written,
                memory=order.memory,
                processes=order.processes,
                bases=order.bases,
            )
            with self._going_on.watched(guard):
                built = image_build.build(client, order, guard, on_run)
            if built.reason and not holder:
                _wait(client, built)
            if built.image and guard.layers() > order.written:
                built.reason, built.image = "size", None
            with self._lock:
                self._images |= dict.fromkeys(built.images)
            if not _VANISHED.match(built.error):
                return built
        raise SandboxFault("the layers of other gradings vanish while they are taken up")

    def _start_holder(self, client: docker.APIClient, stack: contextlib.ExitStack, *, names: bool) -> str:
        assert self._holder_image is not None
        holder = pause_container.create_holder(client, self._holder_image, names=names)
        self._note(holder, stack)
        try:
            client.start(holder)
        except failures() as error:
            raise EngineUnusable(
                text("The engine starts no container here: {said}", said=str(error)[:_LONGEST]),
                text("Try by hand, and mend what it says: docker run --rm hello-world."),
            ) from error
        return holder

    def _note(self, container: str, stack: contextlib.ExitStack) -> None:
        with self._lock:
            self._containers.append(container)
        stack.callback(self._remove, container)

    def _remove(self, container: str) -> None:
        with contextlib.suppress(*failures()):
            self._engine().remove_container(container, force=True, v=True)
            with self._lock:
                self._containers.remove(container)

    def _proxy(self, hosts: frozenset[str], origins: frozenset[Origin]) -> Proxy:
        with self._lock:
            if (hosts, origins) not in self._proxies:
                self._proxies[hosts, origins] = self._stack.enter_context(Proxy(hosts, origins))
            return self._proxies[hosts, origins]

    def _network(self) -> Gateway:
        with self._lock:
            if self._gateway is None:
                self._gateway = self._stack.enter_context(Gateway())
            return self._gateway

    def _sweep(self) -> None:
        """Remove our images, the newest first; kept images and those below them stay."""
        assert self._client is not None
        with self._lock:
            containers, images = self._containers[::-1], list(self._images)[::-1]
        for container in containers:
            with contextlib.suppress(*failures()):
                self._client.remove_container(container, force=True, v=True)
        for image in images:
            _remove_ours(self._client, image)
        if self._holder_image is not None:
            with contextlib.suppress(*failures()):
                self._client.remove_image(self._holder_image, force=True)

    def _sweep_dead(self, client: docker.APIClient, mark: str) -> None:
        """Remove the leftovers of gradings that were killed.

        Build layers carry no owner label (they are shared), so they are removed only if no other grading is active.
        """
        with contextlib.suppress(*failures()):
            # listed before the other gradings are: a grading that begins later owns none of these
            built = client.images(filters={"label": BUILT, "dangling": True})
            steps = client.containers(all=True, filters={"label": BUILT})
            for item in client.containers(all=True, filters={"label": LABEL}):
                if is_gone(item["Labels"].get(LABEL, "")):
                    client.remove_container(item["Id"], force=True, v=True)
            marks = [item for item in client.images(filters={"label": LABEL}) if item["Id"] != mark]
            dead = [item for item in marks if is_gone((item["Labels"] or {}).get(LABEL, ""))]
            for item in dead:
                client.remove_image(item["Id"], force=True)
            if len(dead) < len(marks):
                return
            for item in steps:
                client.remove_container(item["Id"], force=True, v=True)
            for item in built:
                _remove_ours(client, str(item["Id"]))


def _wait(client: docker.APIClient, built: Built) -> None:
    """Wait until the engine ends an abandoned step, which until then holds the images below it."""
    end = time.monotonic() + _CLOSING_SECONDS
    latest = list(built.layers.values())[-1:]
    while latest and client.containers(filters={"ancestor": latest}) and time.monotonic() < end:
        time.sleep(_PAUSE)


def _remove_ours(client: docker.APIClient, image: str) -> None:
    """Remove an image that we built, and the images below it that no other one needs.

    Its short id was read from a stream that student code can write to; the label proves that it is ours.
    """
    with contextlib.suppress(*failures()):
        inspected = client.inspect_image(image)
        if is_ours(inspected) and not inspected.get("RepoTags"):
            client.remove_image(inspected["Id"])


REASONS = {"time": Stop.TIME, "size": Stop.SIZE}
"""The verdict's term for each reason of a guard to end a build."""
