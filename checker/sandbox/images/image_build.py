"""One build, from its context to an image or to the instruction at which the build stopped."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from checker.sandbox.base import SandboxFault
from checker.sandbox.images.build_limits import LimitGuard
from checker.sandbox.images.engine import call, lines_of

if TYPE_CHECKING:
    import docker

BUILT = "titanic-checker.built"
"""The label of all images that are built here: those with it may be removed."""
_STEP = re.compile(r"Step (\d+)/\d+ : ")
_MADE = re.compile(r" ---> ([0-9a-f]{12})\n?\Z")
_REUSED = " ---> Using cache"
_RUNS = " ---> Running in "
_KILLED = re.compile(r"code: 137\b")
_LONGEST_OUTPUT = 20_000
_CPU_PERIOD = 100_000
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_SILENCE = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOrder:
    """The input and the limits of a build. ``written`` and ``memory`` are bytes, ``processors`` may be a fraction.

    ``bases`` are the images from outside, whose size does not count as written.
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


@dataclass(slots=True)
class Built:
    """The result of a build.

    - ``layers``: the images of the steps, by the step's number from 0; ``step`` is the last step.
    - ``reason``: the guard's reason to end the build.
    - ``error``: the engine's message about the failure.
    - ``output``: the end of the last step's output.
    - ``scarce``: a step was killed where the machine had no memory left.
    """

    image: str | None = None
    layers: dict[int, str] = field(default_factory=dict)
    step: int = -1
    reason: str | None = None
    error: str = ""
    output: str = ""
    scarce: bool = False
    seconds: float = 0.0

    @property
    def images(self) -> list[str]:
        """All images that were made, in order."""
        return [*self.layers.values(), *([self.image] if self.image else [])]


def is_ours(image: Mapping[str, Any]) -> bool:
    """Whether an image, as the engine describes it, has our label."""
    return BUILT in ((image["Config"] or {}).get("Labels") or {})


def build(
    client: docker.APIClient, order: BuildOrder, guard: LimitGuard, on_run: Callable[[int], bool] = lambda _step: True
) -> Built:
    """Build by *order*. *on_run* is called with each step that is not taken from the cache; False ends the build there.

    The output of steps comes on one stream with the engine's messages: a submission that imitates them falsifies only
    the place at which its own build stopped. Raises the errors of ``failures`` for a build that the engine refuses.
    """
    from docker.errors import DockerException

    built = Built()
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
    try:
        with (
            order.context,
            guard,
            call(client, "/build", parameters, order.context, seconds=order.seconds + _SILENCE * (not alone)) as answer,
        ):
            for line in lines_of(answer):
                if alone and guard.reason:
                    # its steps cannot be told from those of other builds and killed, but end when the stream is closed
                    break
                if "error" in line:
                    built.error = _plain(str(line["error"]))
                elif isinstance(aux := line.get("aux"), dict) and str(aux.get("ID", "")).startswith("sha256:"):
                    built.image = str(aux["ID"])
                elif "stream" in line:
                    _follow(built, str(line["stream"]), on_run, guard)
    except DockerException as error:
        # a build that the engine refuses as a whole: its message names the line
        built.error = _plain(str(error))
    except OSError:
        if not alone or guard.reason is None:
            raise
    built.reason = guard.reason
    built.scarce = guard.scarce and _KILLED.search(built.error) is not None
    built.seconds = time.monotonic() - started
    if built.error or built.reason:
        built.image = None
    elif built.image is None:
        raise SandboxFault("the engine neither built the image nor said why")
    return built


def _follow(built: Built, message: str, on_run: Callable[[int], bool], guard: LimitGuard) -> None:
    """Note the step of the build that a message of Docker's classic builder tells."""
    step = _STEP.match(message)
    if step and int(step[1]) == built.step + 2:
        built.step += 1
        built.output = ""
    elif message.startswith(_RUNS):
        if built.step not in built.layers and not on_run(built.step):
            guard.abandon()
    elif layer := _MADE.match(message):
        built.layers[built.step] = layer[1]
        guard.made(layer[1])
    elif not message.startswith((_REUSED, "Removing intermediate container ", "Successfully built ")):
        built.output = (built.output + _plain(message))[-_LONGEST_OUTPUT:]


def _plain(output: str) -> str:
    return _ANSI.sub("", output).replace("\r\n", "\n").replace("\r", "\n")
