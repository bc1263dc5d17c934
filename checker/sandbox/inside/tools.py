"""Runs one of our own functions on the student's files, within the sandbox."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import traceback
from typing import NoReturn

from .order import Order
from .protocol import Report


def run(order: Order, report: Report) -> NoReturn:
    """Call ``run(payload)`` of the module named in *order* and report its result."""
    content = order.content
    payload = {**content["payload"], "packages": [*order.packages]} if order.packages else content["payload"]
    report.send(begun=True)
    try:
        module = importlib.import_module("." + content["name"], __package__)
        report.send(result=module.run(payload))
        status = 0
    except BaseException as exception:
        traceback.print_exc()
        report.send(error={"name": type(exception).__name__, "message": str(exception), "frames": []})
        status = 1
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)
