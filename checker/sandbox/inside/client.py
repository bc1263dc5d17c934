"""The client of a kernel, in a process of its own: what a kernel sends is hostile, and may be endless.

It runs outside of the sandbox, as a child of the preloaded parent, and keeps nothing but the kernel's sockets.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import signal
from typing import Any, NoReturn

from . import joining
from .wire import Report

_READY_SECONDS = 60
_LEAVING_SECONDS = 10
"""How long a kernel may take to end after its last cell; what it would still tell is lost then."""


def run(order: dict[str, Any], report: Report, place: int | None = None) -> NoReturn:
    """Send the cells of *order* to its kernel, one after the other, and report how far it came.

    *place* is a descriptor of the folder of the kernel's sockets, if everything else is to be given up.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        client, cells = _prepare(order["action"], report)
        if place is None:
            joining.renounce()
        else:
            joining.retire(order["action"]["empty"], place)
        asyncio.run(_execute(client, cells, report))
    except BaseException as fault:
        report.send(fault=repr(fault))
    os._exit(0)


def _prepare(action: dict[str, Any], report: Report) -> tuple[Any, list[Any]]:
    """The client and its cells. All that is read from files is read here: later there may be none."""
    import jupyter_client.asynchronous  # noqa: F401 - the manager loads it by name
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbformat.v4 import new_code_cell, new_notebook

    # Made anew from their sources: no tag, and no kernel of the file, has a say.
    cells = [new_code_cell(source) for source in action["cells"]]  # type: ignore[no-untyped-call]
    manager: Any = AsyncKernelManager()
    manager._kernel_spec = KernelSpec(argv=["kernel"], language="python", display_name="kernel")
    manager.provisioner = _elsewhere()(kernel_id="kernel", kernel_spec=manager._kernel_spec, parent=manager)
    manager.load_connection_info(action["connection"])
    notebook = new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    client = _counting()(notebook, km=manager, force_raise_errors=True, timeout=None, startup_timeout=_READY_SECONDS)
    client.on_cell_executed = functools.partial(_note_leaving, client)
    client.report, client.left = report, action["output"]
    return client, cells


def _note_leaving(client: Any, cell: Any, cell_index: int, execute_reply: dict[str, Any]) -> None:
    """Note that the kernel was asked to end, which its answer says."""
    del cell, cell_index
    told = execute_reply["content"].get("payload") or ()
    client.leaving |= any(isinstance(one, dict) and one.get("source") == "ask_exit" for one in told)


async def _execute(client: Any, cells: list[Any], report: Report) -> None:
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    client.km._ready = asyncio.get_running_loop().create_future()
    await client.async_start_new_kernel_client()
    report.send(ready=True)
    try:
        for index, cell in enumerate(cells):
            report.send(running=index + 1)
            await client.async_execute_cell(cell, index)
            if client.leaving and any(later.source.strip() for later in cells[index + 1 :]):
                # The kernel ends a moment after its answer: quick cells would still run, and slow ones would not.
                report.send(left=True)
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
        """A kernel that somebody else starts, watches and ends."""

        has_process = True

        async def poll(self) -> int | None:
            return None

        async def wait(self) -> int | None:
            return 0

        async def send_signal(self, signum: int) -> None:
            del signum

        async def kill(self, restart: bool = False) -> None:
            del restart

        async def terminate(self, restart: bool = False) -> None:
            del restart

        async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
            del cmd, kwargs
            return self.connection_info

        async def cleanup(self, restart: bool = False) -> None:
            del restart

    return Elsewhere


def _counting() -> type[Any]:
    from nbclient import NotebookClient

    class Counting(NotebookClient):
        """Passes on what cells print, and gives up where it is too much. Keeps no output."""

        report: Report
        left: int
        leaving = False

        def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
            content = msg["content"]
            self.left -= len(json.dumps(content, default=str))
            if self.left < 0:
                self.report.send(too_much=True)
                os._exit(0)
            text = _text(msg["msg_type"], content)
            if text:
                self.report.send(text=text)
            if msg["msg_type"] == "status":
                return super().process_message(msg, cell, cell_index)
            return None

    return Counting


def _text(kind: str, content: dict[str, Any]) -> str:
    if kind == "stream":
        text = content.get("text")
    elif kind in ("execute_result", "display_data"):
        text = content.get("data", {}).get("text/plain")
        text = text + "\n" if isinstance(text, str) else None
    else:
        text = None
    return text if isinstance(text, str) else ""
