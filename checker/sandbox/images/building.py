"""One build, from its context to an image or to the instruction at which it stopped."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from checker.sandbox.base import SandboxFault
from checker.sandbox.images.engine import call, lines_of
from checker.sandbox.images.watching import Watch

if TYPE_CHECKING:
    import docker

BUILT = "titanic-checker.built"
"""The label of all that is made here: images that carry it may be removed."""
_STEP = re.compile(r"Step (\d+)/\d+ : ")
_MADE = re.compile(r" ---> ([0-9a-f]{12})\n?\Z")
_REUSED = " ---> Using cache"
_RUNS = " ---> Running in "
_LONGEST_OUTPUT = 20_000
_CPU_PERIOD = 100_000
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_SILENCE = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be built, and within what. ``written`` and ``memory`` are bytes, ``processors`` may be a fraction.

    ``bases`` are the images from outside: what they hold is not what the build wrote.
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
    """What came of it. ``layers`` are the images of the steps, by the step's number from 0; ``step`` is the last one.

    ``reason`` is why it was ended from outside. ``error`` is what the engine says of the failure, ``output`` what was
    written on the way, cut to its end.
    """

    image: str | None = None
    layers: dict[int, str] = field(default_factory=dict)
    step: int = -1
    reason: str | None = None
    error: str = ""
    output: str = ""
    seconds: float = 0.0


def build(
    client: docker.APIClient, order: Order, watch: Watch, on_run: Callable[[int], bool] = lambda _step: True
) -> Built:
    """Build by *order*. ``on_run`` is told of each step that is not taken from the cache; False ends the build there.

    What the steps of the build write comes on the same line as the engine's own words: whoever imitates those
    deceives us on where their own build stopped, and no more. Raises what is in ``failures`` for what the engine
    does not even begin.
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
                    _hear(built, str(line["stream"]), on_run, watch)
    except DockerException as error:
        # a build that the engine refuses as a whole: what it says names the line
        built.error = _plain(str(error))
    except OSError:
        if not alone or watch.reason is None:
            raise
    built.reason = watch.reason
    built.seconds = time.monotonic() - started
    if built.error or built.reason:
        built.image = None
    elif built.image is None:
        raise SandboxFault("the engine neither built the image nor said why")
    return built


def _hear(built: Built, said: str, on_run: Callable[[int], bool], watch: Watch) -> None:
    step = _STEP.match(said)
    if step and int(step[1]) == built.step + 2:
        built.step += 1
        return
    if said.startswith(_REUSED):
        return
    if said.startswith(_RUNS):
        if built.step not in built.layers and not on_run(built.step):
            watch.abandon()
        return
    if made := _MADE.match(said):
        built.layers[built.step] = made[1]
        return
    if said.startswith(("Removing intermediate container ", "Successfully built ")):
        return
    built.output = (built.output + _plain(said))[-_LONGEST_OUTPUT:]


def _plain(words: str) -> str:
    return _ANSI.sub("", words).replace("\r\n", "\n").replace("\r", "\n")
