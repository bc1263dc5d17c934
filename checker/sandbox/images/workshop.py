"""Where the images of one grading are made, run, and removed again, however it ends."""

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
from checker.facts.running import Finished, Limits, World
from checker.model import text
from checker.sandbox.base import SandboxFault
from checker.sandbox.closing import GoingOn
from checker.sandbox.gateway import Gateway
from checker.sandbox.images import bases, building, installers, layers, network, starting
from checker.sandbox.images.building import BUILT, Built, Order
from checker.sandbox.images.engine import LABEL, Unfit, connect, failures, is_gone, is_podman
from checker.sandbox.images.occupants import Containers, Occupants, Processes
from checker.sandbox.images.podman import asking_here, prove
from checker.sandbox.images.proxy import Log, Proxy
from checker.sandbox.images.watching import Watch

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


class Workshop:
    """The engine, and what is made on it. A context manager: left, nothing of a submission is there any more.

    The engine is asked for only when it is needed. May be used by several threads at once. What builds fetch is kept
    in the folder *packages*, where one is given, and else until the workshop is left.
    """

    def __init__(self, packages: Path | None = None) -> None:
        self._packages = packages
        self._lock = threading.RLock()
        self._going_on = GoingOn("the grading is over")
        self._client: docker.APIClient | None = None
        self._containers: list[str] = []
        self._images: dict[str, None] = {}
        self._holder_image: str | None = None
        self._podman = False
        self._proven = False
        self._proxies: dict[tuple[frozenset[str], frozenset[str]], Proxy] = {}
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
        """Whether what runs in an image can be given the network of the exercise from here."""
        return network.can_join()

    def version(self) -> str | None:
        """The version of the engine, named where that is not Docker; None where none answers within some seconds."""
        try:
            version = str(self._engine().version()["Version"])[:40]
        except failures():
            return None
        return f"Podman {version}" if self._podman else version

    def resolve(self, name: str, sources: bases.Sources, seconds: float) -> str:
        """As :func:`bases.resolve`."""
        with self._going_on.counted():
            return bases.resolve(self._engine(), name, sources, seconds)

    def platform(self) -> Mapping[str, str]:
        """What BuildKit calls this engine's platform, by the names of its build arguments."""
        said = self._engine().version()
        system, machine = str(said.get("Os", "linux")), str(said.get("Arch", "amd64"))
        values = {"PLATFORM": f"{system}/{machine}", "OS": system, "ARCH": machine, "VARIANT": ""}
        return {f"{side}{name}": value for side in ("TARGET", "BUILD") for name, value in values.items()}

    def build(
        self,
        make: Callable[[str], Order],
        hosts: Collection[str],
        trusted: Collection[str] = (),
        on_run: Callable[[int], bool] = lambda _step: True,
    ) -> tuple[Built, Log]:
        """Build the order that *make* gives for a network, in which only *hosts* can be reached, and its log.

        In the name of the *trusted* ones, installers let us answer.

        Raises SandboxFault where the engine fails, which is no doing of the student, and Unfit where it can build
        nothing here.
        """
        with self._going_on.counted(), contextlib.ExitStack() as stack:
            try:
                client = self._ready()
                if not self.can_join:
                    if self._podman:
                        raise Unfit(
                            text("Podman answers here, and only root can give its builds a network and limits."),
                            text("Run the checker as root, or start the Docker service."),
                        )
                    return self._built(client, partial(make, "default"), "", on_run), Log()
                holder = self._start_holder(client, stack, names=False)
                self._prove(client, holder)
                ports = [f"tcp:{port}" for port in (installers.PORT, installers.OPENING_PORT)]
                proxy = self._proxy(frozenset(hosts), frozenset(trusted))
                log = stack.enter_context(proxy.serving(*network.bind_in(client, holder, ports)))
                built = self._built(client, partial(make, f"container:{holder}"), holder, on_run)
            except failures() as error:
                raise SandboxFault(f"the engine failed: {error}") from error
            if built.error and log.fault:
                raise SandboxFault(f"the package proxy failed: {log.fault}")
            return built, log

    def run(self, image: str, world: World, limits: Limits) -> Finished:
        """What comes of *image*, run as it says itself, in *world*. Raises SandboxFault and Unfit."""
        with self._going_on.counted(), contextlib.ExitStack() as stack:
            try:
                client = self._ready()
                gateway = self._network()
                names = stack.enter_context(asking_here()) if self._podman else None
                holder = self._start_holder(client, stack, names=True)
                http, https, dns = network.bind_in(client, holder, ["tcp:80", "tcp:443", "udp:53"])
                with http, https, dns:
                    serving = stack.enter_context(gateway.serve(world, http=http, https=https, dns=dns))
                container = starting.create(client, image, holder, limits, gateway.authority, names=names)
                self._note(container, stack)
                occupants = self._occupants(client, holder)
                watch = Watch(client, occupants, seconds=limits.seconds, written=limits.written, memory=limits.memory)
                with self._going_on.watched(watch):
                    finished = starting.run(client, container, watch, limits, tells=not self._podman)
            except failures() as error:
                raise SandboxFault(f"the engine failed: {error}") from error
            return replace(finished, requests=serving.requests())

    def added(self, image: str, base: str | None, steps: Mapping[int, str]) -> layers.Added | None:
        """As :func:`layers.added`; None where the engine does not say it."""
        with self._going_on.counted(), contextlib.suppress(*failures(), KeyError):
            return layers.added(self._engine(), image, base, steps)
        return None

    def keep(self, image: str) -> None:
        """Let this image of ours stay, for other builds to start from its layers; the oldest kept ones go."""
        with contextlib.suppress(*failures(), SandboxFault), self._going_on.counted():
            client = self._engine()
            found = client.inspect_image(image)
            if BUILT in ((found["Config"] or {}).get("Labels") or {}):
                client.tag(found["Id"], _KEPT, str(found["Id"]).rpartition(":")[2][:12])
            kept = sorted(client.images(_KEPT), key=lambda one: int(one["Created"]), reverse=True)
            for one in kept[_MOST_KEPT:]:
                for tag in one.get("RepoTags") or ():
                    # Podman puts the name of a registry before it
                    if f"{_KEPT}:" in tag:
                        client.remove_image(tag)

    def discard(self, built: Built) -> None:
        """Remove what a build made, but for what is kept and what others start from."""
        made = [*built.layers.values(), *([built.image] if built.image else [])]
        # closed meanwhile: leaving the workshop removes them
        with contextlib.suppress(*failures(), SandboxFault), self._going_on.counted():
            client = self._engine()
            for image in reversed(made):
                _remove_ours(client, image)
            with self._lock:
                for image in made:
                    self._images.pop(image, None)

    def free_space(self) -> int | None:
        """Bytes that are free where the engine keeps its images, if that can be seen from here."""
        with contextlib.suppress(*failures(), KeyError):
            folder = Path(self._engine().info()["DockerRootDir"])
            return shutil.disk_usage(folder).free
        return None

    def _engine(self) -> docker.APIClient:
        with self._lock:
            if self._client is None:
                self._client = connect(_ANSWERS_WITHIN)
                self._podman = is_podman(self._client)
                self._client.timeout = 120
            return self._client

    def _ready(self) -> docker.APIClient:
        """The engine, with the mark that we are at work on it, and without what the dead left. Raises SandboxFault."""
        with self._lock:
            client = self._engine()
            if self._holder_image is None:
                self._holder_image = network.holder_image(client)
                self._sweep_dead(client, self._holder_image)
            return client

    def _built(
        self, client: docker.APIClient, make: Callable[[], Order], holder: str, on_run: Callable[[int], bool]
    ) -> Built:
        """Build, and once more where a layer that the engine took up was removed by another grading just then."""
        for _ in range(_TRIES):
            order = make()
            watch = Watch(
                client,
                self._occupants(client, holder),
                seconds=order.seconds,
                written=order.written,
                memory=order.memory,
                processes=order.processes,
                bases=order.bases,
            )
            namespace = f"/proc/{network.process_of(client, holder)}/ns/net" if self._podman else None
            built = Built()
            with self._going_on.watched(watch):
                built = building.build(client, order, watch, on_run, namespace=namespace)
            if built.reason and not holder:
                _wait(client, built)
            if built.image and watch.layers() > order.written:
                built.reason, built.image = "size", None
            with self._lock:
                self._images |= dict.fromkeys([*built.layers.values(), *([built.image] if built.image else [])])
            if not _VANISHED.match(built.error):
                return built
        raise SandboxFault("the layers of other gradings vanish while they are taken up")

    def _start_holder(self, client: docker.APIClient, stack: contextlib.ExitStack, *, names: bool) -> str:
        assert self._holder_image is not None
        holder = network.create_holder(client, self._holder_image, names=names)
        self._note(holder, stack)
        try:
            client.start(holder)
        except failures() as error:
            raise Unfit(
                text("The engine starts no container here: {said}", said=str(error)[:_LONGEST]),
                text("Try by hand, and mend what it says: docker run --rm hello-world."),
            ) from error
        return holder

    def _prove(self, client: docker.APIClient, holder: str) -> None:
        """See once what is to be relied on. Raises Unfit."""
        with self._lock:
            if self._podman and not self._proven:
                assert self._holder_image is not None
                prove(client, self._holder_image, network.PROGRAM, network.process_of(client, holder))
                self._proven = True

    def _end_occupants(self, client: docker.APIClient, holder: str) -> None:
        with contextlib.suppress(*failures(), KeyError, ValueError):
            occupants = self._occupants(client, holder)
            for one in occupants.running():
                occupants.kill(one)

    def _occupants(self, client: docker.APIClient, holder: str) -> Occupants:
        if self._podman:
            return Processes(network.process_of(client, holder), str(client.info()["DockerRootDir"]))
        return Containers(client, holder)

    def _note(self, container: str, stack: contextlib.ExitStack) -> None:
        with self._lock:
            self._containers.append(container)
        stack.callback(self._remove, container)

    def _remove(self, container: str) -> None:
        with contextlib.suppress(*failures()):
            self._engine().remove_container(container, force=True, v=True)
            with self._lock:
                self._containers.remove(container)

    def _proxy(self, hosts: frozenset[str], trusted: frozenset[str]) -> Proxy:
        with self._lock:
            if (hosts, trusted) not in self._proxies:
                self._proxies[hosts, trusted] = self._stack.enter_context(Proxy(hosts, trusted, self._packages))
            return self._proxies[hosts, trusted]

    def _network(self) -> Gateway:
        with self._lock:
            if self._gateway is None:
                self._gateway = self._stack.enter_context(Gateway())
            return self._gateway

    def _sweep(self) -> None:
        """Remove what was made here, the last made first; what was kept, and what lies below it, stays."""
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
        """Remove what a grading left that was killed.

        What a build makes shows no owner, since its layers are for everybody: it goes where nobody else is at work.
        """
        with contextlib.suppress(*failures()):
            # listed before it is asked who is there: whoever comes later has made nothing of this
            built = client.images(filters={"label": BUILT, "dangling": True})
            steps = client.containers(all=True, filters={"label": BUILT})
            for one in client.containers(all=True, filters={"label": LABEL}):
                if is_gone(one["Labels"].get(LABEL, "")):
                    if self._podman:
                        # the steps of its build, which are in no list
                        self._end_occupants(client, str(one["Id"]))
                    client.remove_container(one["Id"], force=True, v=True)
            marks = [one for one in client.images(filters={"label": LABEL}) if one["Id"] != mark]
            dead = [one for one in marks if is_gone((one["Labels"] or {}).get(LABEL, ""))]
            for one in dead:
                client.remove_image(one["Id"], force=True)
            if len(dead) < len(marks):
                return
            for one in steps:
                client.remove_container(one["Id"], force=True, v=True)
            for one in built:
                _remove_ours(client, str(one["Id"]))


def _wait(client: docker.APIClient, built: Built) -> None:
    """Wait for the end of a step that the engine was left alone with: until then nothing below it can be removed."""
    end = time.monotonic() + _CLOSING_SECONDS
    latest = list(built.layers.values())[-1:]
    while latest and client.containers(filters={"ancestor": latest}) and time.monotonic() < end:
        time.sleep(_PAUSE)


def _remove_ours(client: docker.APIClient, image: str) -> None:
    """Remove an image that we built, and what lies below it as far as nobody else needs it.

    Its short name came on the line that student code writes to, too: the label says that it is ours.
    """
    with contextlib.suppress(*failures()):
        found = client.inspect_image(image)
        if BUILT in ((found["Config"] or {}).get("Labels") or {}) and not found.get("RepoTags"):
            # Docker refuses it where another image lies on it; Podman would take it from below that
            number = str(found["Id"]).rpartition(":")[2]
            if not any(str(one.get("ParentId")).rpartition(":")[2] == number for one in client.images(all=True)):
                client.remove_image(found["Id"])


REASONS = {"time": Stop.TIME, "size": Stop.SIZE}
"""Why a build was ended by us, as its verdict calls it."""
