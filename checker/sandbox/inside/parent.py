"""A process that forks a child per job.

Started by exec with an empty environment. It holds no secret, no expected value and no submission: what it ever
read is in the memory of every child.
"""

from __future__ import annotations

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
from typing import Any, NoReturn

from . import joining
from .child import DUMP, become, close_others
from .removing import remove
from .wire import Report, read_order, receive


def main(descriptor: int) -> NoReturn:
    """Serve the requests that come over the socket *descriptor* until it is closed."""
    channel = socket.socket(fileno=descriptor)
    order_descriptors = receive(channel)
    if not order_descriptors:
        os._exit(0)
    order = read_order(order_descriptors[0])
    os.close(order_descriptors[0])
    sys.path[:] = [entry for entry in sys.path if entry and entry not in order["not_importable"]]
    sys.path += order["overlaid"]
    os.environ.update(order["variables"])
    missing = preload(order["modules"])
    if order["more"]:
        if (descriptors := receive(channel)) is None:
            clean_up(order["remove"])
            os._exit(0)
        more = read_order(descriptors[0])
        os.close(descriptors[0])
        order.update(modules=more["modules"], prepare=more["prepare"])
        missing += preload(order["modules"])
    prepare(order["prepare"])
    serve(channel, missing)
    clean_up(order["remove"])
    os._exit(0)


def serve(channel: socket.socket, missing: list[str]) -> None:
    """Say over *channel* that all is ready, with the modules that are *missing*, and fork a child per request."""
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    names = sorted({name.partition(".")[0] for name in sys.modules} | set(sys.stdlib_module_names))
    ready = {"missing": missing, "names": names, "process": os.getpid()}
    try:
        channel.sendall(json.dumps(ready).encode() + b"\n")
    except OSError:  # nobody is there any more
        return
    while (descriptors := receive(channel)) is not None:
        if not descriptors:
            continue
        if os.fork() == 0:
            channel.close()
            guard(descriptors)
        for number in descriptors:
            os.close(number)


def clean_up(traces: list[str], seconds: float = 30.0) -> None:
    """Remove the folders in *traces*, which the grader left only if it was killed, and empty control groups."""
    import glob

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        left = [path for pattern in traces for path in glob.glob(pattern)]
        if not left:
            return
        for path in left:
            if path.startswith("/sys/"):
                try:
                    os.rmdir(path)
                except OSError:
                    continue
            else:
                remove(path)
        time.sleep(0.05)


def preload(modules: list[str]) -> list[str]:
    """Import *modules*; the names of those that cannot be."""
    missing = []
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception:
            missing.append(name)
    return missing


def prepare(calls: list[str]) -> None:
    """Call functions of our own modules, as ``exercise.learn``."""
    for call in calls:
        module, _, function = call.partition(".")
        getattr(importlib.import_module("." + module, __package__), function)()


def guard(descriptors: list[int]) -> NoReturn:
    """Fork the run, watch over it, end whatever it started, and say how it ended."""
    order_descriptor = descriptors[0]
    control = None
    joined = False
    try:
        order = read_order(order_descriptor)
        named = dict(zip(order["descriptors"], descriptors[1:]))  # noqa: B905 - Python 3.9
        if order["action"]["kind"] == "parent":
            os.close(order_descriptor)
            go_on(order["action"], socket.socket(fileno=named["channel"]))
        control = socket.socket(fileno=named.pop("control"))
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        joined = "holder" in named
        if order["action"]["kind"] == "bind":
            joining.bind(control, named["network"])
            os._exit(0)
        if joined:
            joining.join(named.pop("holder"))
        else:
            adopt_orphans()
        child = os.fork()
        if child == 0:
            control.detach()
            begin(order, named, order_descriptor)
        close_others({control.fileno()})
        status = watch(child, control)
        if not joined:
            end_group(child)
            end_all()
        control.sendall(json.dumps({"status": status}).encode() + b"\n")
    except BaseException:
        if control is not None:
            try:
                control.sendall(json.dumps({"fault": traceback.format_exc()}).encode() + b"\n")
            except OSError:
                pass
        if not joined:
            end_all()
    os._exit(0)


def go_on(action: dict[str, Any], channel: socket.socket) -> NoReturn:
    """Be a parent of one's own, which has loaded more."""
    os.setsid()
    missing = preload(action["modules"])
    prepare(action["prepare"])
    serve(channel, missing)
    os._exit(0)


def begin(order: dict[str, Any], descriptors: dict[str, int], order_descriptor: int) -> NoReturn:
    """In the child: become the run, or say why that could not be."""
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        become(order, descriptors, order_descriptor)
    except BaseException:
        Report(descriptors["report"]).send(fault=traceback.format_exc())
    finally:
        os._exit(70)


def watch(child: int, control: socket.socket) -> int:
    """The wait status of *child*. On the way, obeys: ``d`` dump where you are, ``k`` or a closed line: kill."""
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
    """Make this process the parent of what its descendants leave behind (Linux)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def end_group(leader: int) -> None:
    """Kill what is left of the group of processes of *leader*."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except OSError:
        pass


def end_all(seconds: float = 5.0) -> None:
    """Kill everything that descends from this process, and wait for it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for process in descendants(os.getpid()):
            try:
                os.kill(process, signal.SIGKILL)
            except OSError:
                continue
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def descendants(top: int) -> list[int]:
    """Every process below *top*, by ``/proc``."""
    children: dict[int, list[int]] = {}
    try:
        names = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []
    for name in names:
        try:
            with open("/proc/" + name + "/stat", "rb") as file:
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        children.setdefault(parent, []).append(int(name))
    found: list[int] = []
    waiting = [top]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found
