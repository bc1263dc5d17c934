"""A notebook's kernel: ipykernel, as Jupyter starts it, with an eye on where its cells fail."""

from __future__ import annotations

import os
from typing import Any, NoReturn

from . import failure, observing
from .wire import Report


def run(order: dict[str, Any], report: Report) -> NoReturn:
    """Serve the connection file of *order* until asked to stop."""
    import matplotlib_inline.backend_inline as inline
    from ipykernel.kernelapp import IPKernelApp

    action = order["action"]
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    application = IPKernelApp.instance()
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
    shell = application.shell
    root = order["root"]

    def after_cell(result: Any) -> None:
        exception = result.error_before_exec or result.error_in_exec
        if exception is not None:
            report.send(error=failure.describe(exception, root))

    shell.events.register("post_run_cell", after_cell)
    observer = observing.start(order)
    report.send(begun=True)
    try:
        application.start()
    finally:
        observing.finish(observer, report)
        os._exit(0)
    del inline
