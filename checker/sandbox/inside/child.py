"""One job: from a bare process to the first line of student code."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import random
import signal
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from . import client, namespaces, reset_state
from .order import Order
from .protocol import Report, read_order
from .unpacking import unpack

DUMP = getattr(signal, "SIGRTMIN", signal.SIGUSR2) + 7
"""The signal on which a process writes its stack dump."""

PROCESSORS = 8
"""The largest number of processors that a run sees."""

START = os.path.join(os.path.dirname(os.path.abspath(__file__)), "start.py")


def become(order: Order, descriptors: dict[str, int], order_descriptor: int) -> NoReturn:
    """Turn this fresh process into the run of *order*. Raises any error of the steps before the run begins."""
    for name, target in (("input", 0), ("output", 1), ("errors", 2)):
        os.dup2(descriptors[name], target)
    namespaces.enter_groups(descriptors)
    kept = {descriptors[name] for name in ("report", "trace", "pack", "place", "network") if name in descriptors}
    close_others(kept | {order_descriptor})
    report = Report(descriptors["report"])
    os.umask(0o022)
    if order.identity is not None:
        namespaces.become_student(order.identity, order.owned)
    limit(order.limits)
    use_few_processors()
    if "pack" in descriptors:
        unpack(descriptors["pack"], order.root)
        os.close(descriptors["pack"])
    for path, content in order.files.items():
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(content)
    os.environ.clear()
    os.environ.update(order.variables)
    enter(order.root, order.folder)
    if order.executed:
        program, *arguments = order.executed
        report.send(begun=True)
        os.execve(program, [os.path.basename(program), *arguments], dict(os.environ))
    if order.interpreter is not None:
        for descriptor in (descriptors["report"], descriptors["trace"], order_descriptor):
            os.set_inheritable(descriptor, True)
        os.environ["_INSIDE"] = f"{descriptors['report']} {descriptors['trace']}"
        os.execve(order.interpreter[0], [*order.interpreter, START, "child", str(order_descriptor)], dict(os.environ))
    os.close(order_descriptor)
    reset_state.freshen()
    if order.inside == "client":
        set_path(order)
        client.run(order, report, descriptors.get("place"))
    if order.inside == "service_client":
        from . import service_client

        service_client.run(order, report, descriptors.get("network"))
    run(order, report, descriptors["trace"])


def main(order_descriptor: int) -> NoReturn:
    """As :func:`become`, after exec: prepare the new interpreter and run the order."""
    order = read_order(order_descriptor, Order)
    os.close(order_descriptor)
    descriptors = [int(number) for number in os.environ.pop("_INSIDE").split()]
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    run(order, Report(descriptors[0]), descriptors[1])


def run(order: Order, report: Report, trace: int) -> NoReturn:
    """Let the module that *order* names execute it in this interpreter."""
    faulthandler.register(DUMP, file=trace, all_threads=True, chain=False)
    from . import redirect

    module: Any = importlib.import_module("." + order.inside, __package__)
    set_path(order)
    if order.redirect is not None:
        redirect.install(*order.redirect, tell=lambda name: report.send(unseen=name))
    module.run(order, report)
    os._exit(70)


def set_path(order: Order) -> None:
    """Set ``sys.path`` as a student would have it; with a ``site``, only that and the standard library."""
    excluded = {"", *order.not_importable, *order.overlaid}
    sys.path[:] = [entry for entry in sys.path if entry not in excluded]
    if order.inside == "kernel":
        sys.path += order.overlaid
    if order.site is not None and order.interpreter is not None:
        import site

        sys.path.append(order.site)
        site.setquit()
        site.setcopyright()
        site.sethelper()
    # Last, as the line that an editable installation leaves beside the packages.
    sys.path += [os.path.normpath(os.path.join(order.root, path)) for path in order.paths]


def enter(root: str, folder: str) -> None:
    """Change to *folder* of *root*; the folder is made where the tree lacks it."""
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


def use_few_processors() -> None:
    """Bind this process to few processors: libraries start a thread or a process for each that they see."""
    if hasattr(os, "sched_getaffinity") and len(mine := sorted(os.sched_getaffinity(0))) > PROCESSORS:
        os.sched_setaffinity(0, random.sample(mine, PROCESSORS))


def limit(limits: Mapping[str, int]) -> None:
    """Set the resource limits of this process and its children."""
    import resource

    for name, value in limits.items():
        kind = getattr(resource, "RLIMIT_" + name, None)
        if kind is None:
            continue
        _soft, hard = resource.getrlimit(kind)
        top = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (top, top))
