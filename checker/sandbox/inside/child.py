"""One job: from a bare process to the first line of student code."""

from __future__ import annotations

import faulthandler
import os
import random
import signal
import sys
from typing import Any, NoReturn

from . import client, freshening, joining
from .unpacking import unpack
from .wire import Report, read_order

DUMP = getattr(signal, "SIGRTMIN", signal.SIGUSR2) + 7
"""The signal on which a process writes where it is."""

PROCESSORS = 8
"""How many processors a run sees at most."""

START = os.path.join(os.path.dirname(os.path.abspath(__file__)), "start.py")


def become(order: dict[str, Any], descriptors: dict[str, int], order_descriptor: int) -> NoReturn:
    """Turn this fresh process into the run that *order* describes. Raises what goes wrong before it begins."""
    for name, target in (("input", 0), ("output", 1), ("errors", 2)):
        os.dup2(descriptors[name], target)
    joining.enter_groups(descriptors)
    kept = {descriptors[name] for name in ("report", "trace", "pack", "place") if name in descriptors}
    close_others(kept | {order_descriptor})
    report = Report(descriptors["report"])
    os.umask(0o022)
    if order["identity"] is not None:
        joining.become_student(order["identity"], order["owned"])
    limit(order["limits"])
    use_few_processors()
    if "pack" in descriptors:
        unpack(descriptors["pack"], order["root"])
        os.close(descriptors["pack"])
    for path, content in order["files"].items():
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
    os.environ.clear()
    os.environ.update(order["variables"])
    enter(order["root"], order["folder"])
    action = order["action"]
    if action["kind"] == "command":
        report.send(begun=True)
        os.execve("/bin/bash", ["bash", "-c", action["line"]], dict(os.environ))
    if order["interpreter"] is not None:
        for descriptor in (descriptors["report"], descriptors["trace"], order_descriptor):
            os.set_inheritable(descriptor, True)
        os.environ["_INSIDE"] = f"{descriptors['report']} {descriptors['trace']}"
        os.execve(
            order["interpreter"][0],
            [*order["interpreter"], START, "child", str(order_descriptor)],
            dict(os.environ),
        )
    os.close(order_descriptor)
    freshening.freshen()
    if action["kind"] == "client":
        set_path(order)
        client.run(order, report, descriptors.get("place"))
    run(order, report, descriptors["trace"])


def main(order_descriptor: int) -> NoReturn:
    """The same, after exec."""
    order = read_order(order_descriptor)
    os.close(order_descriptor)
    descriptors = [int(number) for number in os.environ.pop("_INSIDE").split()]
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    run(order, Report(descriptors[0]), descriptors[1])


def run(order: dict[str, Any], report: Report, trace: int) -> NoReturn:
    """Run the action of *order* in this interpreter."""
    faulthandler.register(DUMP, file=trace, all_threads=True, chain=False)
    from . import kernel, programs, redirect, tools

    set_path(order)
    if order["redirect"] is not None:
        redirect.install(*order["redirect"], tell=lambda name: report.send(unseen=name))
    kind = order["action"]["kind"]
    if kind == "tool":
        tools.run(order, report)
    if kind == "notebook":
        kernel.run(order, report)
    if order["interpreter"] is None:
        freshening.draw_in_memory()
    freshening.forget(order["shadowed"])
    freshening.forget(freshening.loaded_from(order["overlaid"]))
    programs.run(order, report)


def set_path(order: dict[str, Any]) -> None:
    """Make ``sys.path`` what it would be for a student; with a ``site``, that is all there is beside the language."""
    sys.path[:] = [entry for entry in sys.path if entry and entry not in order["not_importable"]]
    overlaid = order["overlaid"]
    sys.path[:] = [entry for entry in sys.path if entry not in overlaid]
    if order["action"]["kind"] == "notebook":
        sys.path += overlaid
    if order["site"] is not None and order["interpreter"] is not None:
        import site

        sys.path.append(order["site"])
        site.setquit()
        site.setcopyright()
        site.sethelper()


def enter(root: str, folder: str) -> None:
    """Go to *folder* of *root*; a folder that the tree does not hold (it may be empty) is made."""
    path = os.path.join(root, folder)
    os.makedirs(path, exist_ok=True)
    os.chdir(path)


def close_others(kept: set[int]) -> None:
    """Close every descriptor above 2 that is not among *kept*."""
    previous = 2
    for descriptor in sorted(kept):
        os.closerange(previous + 1, descriptor)
        previous = descriptor
    try:
        highest = os.sysconf("SC_OPEN_MAX")
    except (OSError, ValueError):
        highest = 4096
    os.closerange(previous + 1, max(highest, previous + 2))


def use_few_processors(number: int = PROCESSORS) -> None:
    """Leave the rest of a large machine to others: libraries start a thread or a process for each that they see."""
    if hasattr(os, "sched_getaffinity"):
        mine = sorted(os.sched_getaffinity(0))
        if len(mine) > number:
            os.sched_setaffinity(0, random.sample(mine, number))


def limit(limits: dict[str, int]) -> None:
    """Set the resource limits of this process and all it starts."""
    import resource

    for name, value in limits.items():
        kind = getattr(resource, "RLIMIT_" + name, None)
        if kind is None:
            continue
        _soft, hard = resource.getrlimit(kind)
        top = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (top, top))
        except (OSError, ValueError):
            continue
