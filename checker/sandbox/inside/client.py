"""The client of a kernel, in a process of its own: the kernel's messages are hostile, and may be endless.

The process runs outside of the sandbox, as a child of a zygote, and keeps only the kernel's sockets.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import signal
from collections.abc import Mapping
from typing import Any, NoReturn

from . import namespaces
from .order import Order
from .protocol import Report

_READY_SECONDS = 60
_LEAVING_SECONDS = 10
"""Seconds that a kernel may take to end after its last cell; later messages are lost."""


def run(order: Order, report: Report, place: int | None = None) -> NoReturn:
    """Send the cells of *order* to its kernel, one after the other, and report their progress.

    *place* is a descriptor of the folder of the kernel's sockets, if access to all other files is to be given up.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        client, cells = _prepare(order.content, report)
        if place is None:
            namespaces.renounce()
        else:
            namespaces.retire(order.content["empty"], place)
        asyncio.run(_execute(client, cells, report))
    except BaseException as fault:
        report.send(fault=repr(fault))
    os._exit(0)


def _prepare(content: Mapping[str, Any], report: Report) -> tuple[Any, list[Any]]:
    """The client and its cells. All files are read here, since later there may be none."""
    import jupyter_client.asynchronous  # noqa: F401 - the manager loads it by name
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbformat.v4 import new_code_cell, new_notebook

    # New cells from the sources alone: tags and the kernel named in the file have no effect.
    cells = [new_code_cell(source) for source in content["cells"]]  # type: ignore[no-untyped-call]
    manager: Any = AsyncKernelManager()
    manager._kernel_spec = KernelSpec(argv=["kernel"], language="python", display_name="kernel")
    manager.provisioner = _elsewhere()(kernel_id="kernel", kernel_spec=manager._kernel_spec, parent=manager)
    manager.load_connection_info(content["connection"])
    notebook = new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    client = _counting()(notebook, km=manager, force_raise_errors=True, timeout=None, startup_timeout=_READY_SECONDS)
    client.on_cell_executed = functools.partial(_note_leaving, client)
    client.report, client.left = report, content["output"]
    return client, cells


def _note_leaving(client: Any, *, execute_reply: dict[str, Any], **_: Any) -> None:
    """Note that the kernel was asked to end, as its answer says."""
    payload = execute_reply["content"].get("payload") or ()
    client.leaving |= any(isinstance(part, dict) and part.get("source") == "ask_exit" for part in payload)


async def _execute(client: Any, cells: list[Any], report: Report) -> None:
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    client.km._ready = asyncio.get_running_loop().create_future()
    await client.async_start_new_kernel_client()
    report.send(ready=True)
    try:
        for index, cell in enumerate(cells):
            report.send(running=index + 1)
            client.shown = None
            await client.async_execute_cell(cell, index)
            if client.leaving and any(later.source.strip() for later in cells[index + 1 :]):
                # The kernel ends a moment after its answer: quick cells would still run, and slow ones would not.
                report.send(left=True)
                break
            if client.shown is not None:
                # `%run` and `%%capture` keep an error from the cell's answer: Jupyter shows it and goes on.
                report.send(failed=client.shown, shown=True)
                break
            report.send(done=index + 1)
        else:
            report.send(complete=True)
    except CellExecutionError as error:
        report.send(failed={"name": error.ename, "message": error.evalue})
    except DeadKernelError:
        report.send(dead=True)
    client.kc.shutdown()
    await asyncio.sleep(_LEAVING_SECONDS)


def _elsewhere() -> type:
    from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

    class Elsewhere(KernelProvisionerBase):
        """The provisioner of a kernel that another process starts and ends."""

        has_process = True

        async def poll(self) -> int | None:
            return None

        async def wait(self) -> int | None:
            return 0

        async def launch_kernel(self, *_: Any, **__: Any) -> Any:
            return self.connection_info

        async def _leave_alone(self, *_: Any, **__: Any) -> None:
            pass

        send_signal = kill = terminate = cleanup = _leave_alone

    return Elsewhere


def _counting() -> type[Any]:
    from nbclient import NotebookClient

    class Counting(NotebookClient):
        """Passes on the output of cells, and gives up where it is too much. Keeps no output."""

        report: Report
        left: int
        leaving = False
        shown: dict[str, str] | None = None
        """The error in the output of the running cell."""

        def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
            content = msg["content"]
            self.left -= len(json.dumps(content, default=str))
            if self.left < 0:
                self.report.send(too_much=True)
                os._exit(0)
            text = _text(msg["msg_type"], content)
            if text:
                self.report.send(text=text)
            if msg["msg_type"] == "error":
                self.shown = {"name": str(content.get("ename")), "message": str(content.get("evalue"))}
            if msg["msg_type"] == "status":
                return super().process_message(msg, cell, cell_index)
            return None

    return Counting


def _text(kind: str, content: dict[str, Any]) -> str:
    if kind == "stream":
        text, end = content.get("text"), ""
    elif kind in ("execute_result", "display_data"):
        text, end = content.get("data", {}).get("text/plain"), "\n"
    else:
        return ""
    return text + end if isinstance(text, str) else ""
