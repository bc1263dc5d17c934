"""The process of a zygote, which forks a child per job.

Started by exec with an empty environment. The process holds no secret, no expected value and no submission, since all
that it has read is in the memory of every child.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Iterable
from typing import Any, NoReturn

from . import namespaces
from .child import DUMP, become, close_others
from .order import BindOrder, LoadOrder, Order, ZygoteOrder
from .preloading import preload
from .protocol import Report, read_any_order, read_order, receive
from .removal import remove


def main(descriptor: int) -> NoReturn:
    """Serve the requests that come over the socket *descriptor* until it is closed."""
    channel = socket.socket(fileno=descriptor)
    if not (descriptors := receive(channel)):
        os._exit(0)
    order = read_order(descriptors[0], ZygoteOrder)
    os.close(descriptors[0])
    sys.path[:] = [entry for entry in sys.path if entry and entry not in order.not_importable]
    sys.path += order.overlaid
    os.environ.update(order.variables)
    missing = preload(order.modules)
    last: ZygoteOrder | LoadOrder = order
    if order.more:
        if (descriptors := receive(channel)) is None:
            clean_up(order.remove)
            os._exit(0)
        last = read_order(descriptors[0], LoadOrder)
        os.close(descriptors[0])
        missing += preload(last.modules)
    prepare(last.prepare)
    serve(channel, missing)
    clean_up(order.remove)
    os._exit(0)


def serve(channel: socket.socket, missing: list[str]) -> None:
    """Send ready over *channel*, with the modules that are *missing*, and fork a child per request."""
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    names = sorted({name.partition(".")[0] for name in sys.modules} | set(sys.stdlib_module_names))
    ready = {"missing": missing, "names": names, "process": os.getpid()}
    try:
        channel.sendall(json.dumps(ready).encode() + b"\n")
    except OSError:  # the grader has gone
        return
    while (descriptors := receive(channel)) is not None:
        if not descriptors:
            continue
        if os.fork() == 0:
            channel.close()
            guard(descriptors)
        for number in descriptors:
            os.close(number)


def clean_up(traces: Iterable[str], seconds: float = 30.0) -> None:
    """Remove the folders and empty control groups that match *traces*; they are left if the grader was killed."""
    import glob

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        left = [path for pattern in traces for path in glob.glob(pattern)]
        if not left:
            return
        for path in left:
            if path.startswith("/sys/"):
                with contextlib.suppress(OSError):
                    os.rmdir(path)
            else:
                remove(path)
        time.sleep(0.05)


def prepare(calls: Iterable[str]) -> None:
    """Call functions of our own modules, named like ``warmup.programs``."""
    for call in calls:
        module, _, function = call.partition(".")
        getattr(importlib.import_module("." + module, __package__), function)()


def guard(descriptors: list[int]) -> NoReturn:
    """Fork the run, wait for it, end all processes that it started, and report its status."""
    order_descriptor = descriptors[0]
    control = None
    joined = False
    try:
        order = read_any_order(order_descriptor)
        named = dict(zip(order.descriptors, descriptors[1:]))  # noqa: B905 - Python 3.9
        if isinstance(order, LoadOrder):
            os.close(order_descriptor)
            go_on(order, socket.socket(fileno=named["channel"]))
        control = socket.socket(fileno=named.pop("control"))
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        joined = "holder" in named
        if isinstance(order, BindOrder):
            namespaces.bind(control, named["network"])
            os._exit(0)
        if not isinstance(order, Order):
            os._exit(70)
        if joined:
            namespaces.join(named.pop("holder"))
        else:
            adopt_orphans()
        child = os.fork()
        if child == 0:
            control.detach()
            begin(order, named, order_descriptor)
        close_others({control.fileno()})
        status = wait_for(child, control)
        if order.lasting:
            control.sendall(json.dumps({"status": status}).encode() + b"\n")
            while control.recv(1):
                pass
        if not joined:
            with contextlib.suppress(OSError):
                os.killpg(child, signal.SIGKILL)
            end_all()
        if not order.lasting:
            control.sendall(json.dumps({"status": status}).encode() + b"\n")
    except BaseException:
        if control is not None:
            with contextlib.suppress(OSError):
                control.sendall(json.dumps({"fault": traceback.format_exc()}).encode() + b"\n")
        if not joined:
            end_all()
    os._exit(0)


def go_on(order: LoadOrder, channel: socket.socket) -> NoReturn:
    """Turn this process into a zygote of its own that loads further modules."""
    os.setsid()
    missing = preload(order.modules)
    prepare(order.prepare)
    serve(channel, missing)
    os._exit(0)


def begin(order: Order, descriptors: dict[str, int], order_descriptor: int) -> NoReturn:
    """In the child: become the run, or report why that failed."""
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        become(order, descriptors, order_descriptor)
    except BaseException:
        Report(descriptors["report"]).send(fault=traceback.format_exc())
    finally:
        os._exit(70)


def wait_for(child: int, control: socket.socket) -> int:
    """The wait status of *child*. Meanwhile obeys *control*: ``d`` asks for a stack dump, ``k`` or closing kills."""
    ended = os.pidfd_open(child) if hasattr(os, "pidfd_open") else None
    while True:
        watched: list[Any] = [control] if ended is None else [control, ended]
        ready, _, _ = select.select(watched, [], [], 0.01 if ended is None else None)
        if control not in ready:
            number, status = os.waitpid(child, os.WNOHANG)
            if number:
                return status
            continue
        word = control.recv(1)
        os.kill(child, DUMP if word == b"d" else signal.SIGKILL)
        if word != b"d":
            return os.waitpid(child, 0)[1]


def adopt_orphans() -> None:
    """Make this process the parent of its orphaned descendants (Linux)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def end_all(seconds: float = 5.0) -> None:
    """Kill all descendants of this process, and wait for their end."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for process in descendants(os.getpid()):
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def descendants(top: int) -> list[int]:
    """All descendants of the process *top*, from ``/proc``."""
    children: dict[int, list[int]] = {}
    names: list[str] = []
    with contextlib.suppress(OSError):  # no /proc, or no descriptor left to read it by
        names = os.listdir("/proc")
    for name in filter(str.isdigit, names):
        with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat", "rb") as file:
            parent = int(file.read().rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(int(name))
    processes: list[int] = []
    waiting = [top]
    while waiting:
        below = children.get(waiting.pop(), [])
        processes += below
        waiting += below
    return processes
