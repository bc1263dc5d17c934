"""A notebook's kernel: ipykernel, as Jupyter starts it, with an eye on where its cells fail."""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

from . import failure, freshening, observing
from .wire import Report

_LOADED_AT_START = (
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.magics",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "tornado.queues",
    "encodings.ascii",
)
_FLUSH_SECONDS = 0.02
_BACKEND = "module://matplotlib_inline.backend_inline"


def prepare() -> None:
    """Load what a kernel loads when it starts, without the debugger: that is large, and nobody will attach one."""
    import importlib

    hidden = "debugpy" not in sys.modules
    if hidden:
        sys.modules["debugpy"] = None  # type: ignore[assignment]
    try:
        for name in _LOADED_AT_START:
            try:
                importlib.import_module(name)
            except Exception:
                continue
    finally:
        if hidden:
            del sys.modules["debugpy"]


def run(order: dict[str, Any], report: Report) -> NoReturn:
    """Serve the connection file of *order* until asked to stop."""
    prepare()
    from ipykernel import compiler
    from ipykernel.kernelapp import IPKernelApp

    action = order["action"]
    os.environ.setdefault("MPLBACKEND", _BACKEND)
    # IPython reads its configuration from the folder it starts in: that would be student code before its time.
    folder = os.getcwd()
    os.chdir("/")
    application: Any = IPKernelApp.instance()
    application.initialize(
        [
            "-f",
            action["connection"],
            "--transport=ipc",
            "--IPKernelApp.log_level=50",
            "--HistoryManager.enabled=False",
            "--HistoryManager.hist_file=:memory:",
        ]
    )
    os.chdir(folder)
    for stream in (sys.stdout, sys.stderr):
        # What is written in between is one message: a flood would be one that nobody can read in time.
        stream.flush_interval = _FLUSH_SECONDS  # type: ignore[union-attr]
    shell = application.shell
    shell.starting_dir = folder
    name_of: Any = compiler.get_file_name
    numbers = iter(action["numbers"])

    def before_cell(cell: Any) -> None:
        report.send(cell=[name_of(cell.raw_cell), next(numbers, 0)])

    def after_cell(result: Any) -> None:
        exception = result.error_before_exec or result.error_in_exec
        if exception is not None:
            report.send(error=failure.describe(exception, order["root"]))

    shell.events.register("pre_run_cell", before_cell)
    shell.events.register("post_run_cell", after_cell)
    if order["interpreter"] is None:
        freshening.draw_inline(shell)
    observer = observing.start(order)
    report.send(begun=True)
    try:
        application.start()
    finally:
        observing.finish(observer, report)
        os._exit(0)
