"""Runs one of our own functions on the student's files, where these cannot hurt."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Any, NoReturn

from .wire import Report


def run(order: dict[str, Any], report: Report) -> NoReturn:
    """Call ``run(payload)`` of the module named in *order* and report what it returns."""
    action = order["action"]
    report.send(begun=True)
    try:
        module = importlib.import_module("." + action["name"], __package__)
        report.send(result=module.run(action["payload"]))
        status = 0
    except BaseException as exception:
        traceback.print_exc()
        report.send(error={"name": type(exception).__name__, "message": str(exception), "frames": []})
        status = 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(status)
