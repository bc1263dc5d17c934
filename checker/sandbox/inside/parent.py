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

from .child import DUMP, become, close_others
from .wire import Report, read_order, receive


def main(descriptor: int) -> NoReturn:
    """Serve the requests that come over the socket *descriptor* until it is closed."""
    channel = socket.socket(fileno=descriptor)
    order_descriptors = receive(channel)
    if not order_descriptors:
        os._exit(0)
    missing = preload(read_order(order_descriptors[0])["modules"])
    os.close(order_descriptors[0])
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel.sendall(json.dumps({"ready": True, "missing": missing}).encode() + b"\n")
    while (descriptors := receive(channel)) is not None:
        if not descriptors:
            continue
        if os.fork() == 0:
            channel.close()
            guard(descriptors)
        for number in descriptors:
            os.close(number)
    os._exit(0)


def preload(modules: list[str]) -> list[str]:
    """Import *modules*; the names of those that cannot be."""
    missing = []
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception:
            missing.append(name)
    return missing


def guard(descriptors: list[int]) -> NoReturn:
    """Fork the run, watch over it, end whatever it started, and say how it ended."""
    order_descriptor = descriptors[0]
    control = None
    try:
        order = read_order(order_descriptor)
        named = dict(zip(order["descriptors"], descriptors[1:]))
        control = socket.socket(fileno=named.pop("control"))
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        adopt_orphans()
        child = os.fork()
        if child == 0:
            control.detach()
            begin(order, named, order_descriptor)
        close_others({control.fileno()})
        control.sendall(json.dumps({"pid": child}).encode() + b"\n")
        status = watch(child, control)
        end_all()
        control.sendall(json.dumps({"status": status}).encode() + b"\n")
    except BaseException:
        if control is not None:
            try:
                control.sendall(json.dumps({"fault": traceback.format_exc()}).encode() + b"\n")
            except OSError:
                pass
        end_all()
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
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        if not select.select([control], [], [], _pause(child))[0]:
            continue
        word = control.recv(1)
        try:
            os.kill(child, DUMP if word == b"d" else signal.SIGKILL)
        except ProcessLookupError:
            continue
        if word != b"d":
            return os.waitpid(child, 0)[1]


def _pause(child: int) -> float:
    del child
    return 0.005


def adopt_orphans() -> None:
    """Make this process the parent of what its descendants leave behind (Linux)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


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
