"""One build, from its context to an image or to the instruction at which it stopped."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from checker.sandbox.base import SandboxFault
from checker.sandbox.images.engine import call, lines_of
from checker.sandbox.images.podman import joining
from checker.sandbox.images.watching import Watch

if TYPE_CHECKING:
    import docker

BUILT = "titanic-checker.built"
"""The label of all that is made here: images that carry it may be removed."""
_STEP = re.compile(r"Step (\d+)/\d+ : ")
_MADE = re.compile(r" ---> ([0-9a-f]{12})\n?\Z")
_REUSED = " ---> Using cache"
_RUNS = " ---> Running in "
_PODMAN_STEP = re.compile(r"(?:\[(\d+)/\d+\] )?STEP (\d+)/\d+: ")
_PODMAN_MADE = re.compile(r"--> ([0-9a-f]{11,64})\n?\Z")
_PODMAN_REUSED = "--> Using cache "
_PODMAN_DONE = re.compile(r"(?:\[\d+/\d+\] )?COMMIT\b|[0-9a-f]{64}\n?\Z|Successfully built ")
_KILLED = re.compile(r"code: 137\b|exit status 137\b")
_LONGEST_OUTPUT = 20_000
_CPU_PERIOD = 100_000
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_SILENCE = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be built, and within what. ``written`` and ``memory`` are bytes, ``processors`` may be a fraction.

    ``bases`` are the images from outside: what they hold is not what the build wrote. ``stages`` are the numbers of the
    steps, from 0, at which the stages begin.
    """

    context: IO[bytes]
    dockerfile: str
    arguments: Mapping[str, str]
    network: str
    seconds: float
    written: int
    memory: int
    processors: float
    processes: int = 1024
    bases: tuple[str, ...] = ()
    stages: tuple[int, ...] = ()


@dataclass(slots=True)
class Built:
    """What came of it. ``layers`` are the images of the steps, by the step's number from 0; ``step`` is the last one.

    ``reason`` is why it was ended from outside. ``error`` is what the engine says of the failure, ``output`` what the
    last step wrote, cut to its end. ``scarce`` says that a step was killed where the machine had
    no memory left.
    """

    image: str | None = None
    layers: dict[int, str] = field(default_factory=dict)
    step: int = -1
    reason: str | None = None
    error: str = ""
    output: str = ""
    scarce: bool = False
    seconds: float = 0.0


def build(
    client: docker.APIClient,
    order: Order,
    watch: Watch,
    on_run: Callable[[int], bool] = lambda _step: True,
    *,
    namespace: str | None = None,
) -> Built:
    """Build by *order*. ``on_run`` is told of each step that is not taken from the cache; False ends the build there.

    *namespace* is the network by its path, for Podman only, which takes it from there and not from the order.

    What the steps of the build write comes on the same line as the engine's own words: whoever imitates those
    deceives us on where their own build stopped, and no more. Raises what is in ``failures`` for what the engine
    does not even begin.
    """
    from docker.errors import DockerException

    built = Built()
    ear = _Ear(built, on_run, watch) if namespace is None else _PodmansEar(built, on_run, watch, order.stages)
    alone = order.network == "default"
    started = time.monotonic()
    parameters = {
        "dockerfile": order.dockerfile,
        "rm": "1",
        "forcerm": "1",
        "version": "1",
        "networkmode": order.network,
        "memory": order.memory,
        "memswap": order.memory,
        "cpuperiod": _CPU_PERIOD,
        "cpuquota": int(order.processors * _CPU_PERIOD),
        "buildargs": json.dumps(dict(order.arguments)),
    }
    if namespace is not None:
        parameters |= joining(namespace)
    try:
        with (
            order.context,
            watch,
            call(client, "/build", parameters, order.context, seconds=order.seconds + _SILENCE * (not alone)) as answer,
        ):
            for line in lines_of(answer):
                if alone and watch.reason:
                    # its steps cannot be told from others' to be killed, but end when nobody listens
                    break
                if "error" in line:
                    built.error = _plain(str(line["error"]))
                elif isinstance(aux := line.get("aux"), dict) and str(aux.get("ID", "")).startswith("sha256:"):
                    built.image = str(aux["ID"])
                elif "stream" in line:
                    ear.hear(str(line["stream"]))
    except DockerException as error:
        # a build that the engine refuses as a whole: what it says names the line
        built.error = _plain(str(error))
    except OSError:
        if not alone or watch.reason is None:
            raise
    built.reason = watch.reason
    built.scarce = watch.scarce and _KILLED.search(built.error) is not None
    built.seconds = time.monotonic() - started
    if built.error or built.reason:
        built.image = None
    elif built.image is None:
        raise SandboxFault("the engine neither built the image nor said why")
    return built


class _Ear:
    """Follows the steps of a build by the words of Docker's classic builder."""

    def __init__(self, built: Built, on_run: Callable[[int], bool], watch: Watch) -> None:
        self._built, self._on_run, self._watch = built, on_run, watch

    def hear(self, said: str) -> None:
        built = self._built
        step = _STEP.match(said)
        if step and int(step[1]) == built.step + 2:
            built.step += 1
            built.output = ""
        elif said.startswith(_RUNS):
            if built.step not in built.layers:
                self._runs()
        elif made := _MADE.match(said):
            self._made(made[1])
        elif not said.startswith((_REUSED, "Removing intermediate container ", "Successfully built ")):
            self._write(said)

    def _runs(self) -> None:
        if not self._on_run(self._built.step):
            self._watch.abandon()

    def _made(self, image: str) -> None:
        self._built.layers[self._built.step] = image
        self._watch.made(image)

    def _write(self, said: str) -> None:
        self._built.output = (self._built.output + _plain(said))[-_LONGEST_OUTPUT:]


class _PodmansEar(_Ear):
    """By the words of Podman's, which counts the steps of each stage, and does not say when one begins to run."""

    def __init__(self, built: Built, on_run: Callable[[int], bool], watch: Watch, stages: Sequence[int]) -> None:
        super().__init__(built, on_run, watch)
        self._stages = stages or (0,)
        self._told = True

    def hear(self, said: str) -> None:
        if self._watch.reason == "abandoned":
            # what was asked is answered: the steps that may still come are none that it went to
            return
        built = self._built
        step = _PODMAN_STEP.match(said)
        if step and (number := self._number(int(step[1] or 1), int(step[2]))) > built.step:
            built.step, self._told = number, False
            built.output = ""
        elif said.startswith(_PODMAN_REUSED):
            self._told = True
        elif made := _PODMAN_MADE.match(said):
            self._begun()
            self._made(made[1])
        elif not (step or _PODMAN_DONE.match(said)):
            self._begun()
            self._write(said)

    def _number(self, stage: int, step: int) -> int:
        return self._stages[stage - 1] + step - 1 if 0 < stage <= len(self._stages) else -1

    def _begun(self) -> None:
        if not self._told:
            self._told = True
            self._runs()


def _plain(words: str) -> str:
    return _ANSI.sub("", words).replace("\r\n", "\n").replace("\r", "\n")
