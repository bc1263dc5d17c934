"""The client of a kernel, in a process of its own: what a kernel sends is hostile, and may be endless."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from typing import Any

import nbformat.v4
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

_MEMORY = 2 << 30


class Elsewhere(KernelProvisionerBase):  # type: ignore[misc]
    """A kernel that somebody else started, watches and ends."""

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

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        del cmd, kwargs
        return dict(self.connection_info)

    async def cleanup(self, restart: bool = False) -> None:
        del restart

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        manager = self.parent
        manager.load_connection_info(self.connection_info)
        return await super().pre_launch(cmd=["kernel"], **kwargs)


def say(**parts: object) -> None:
    sys.stdout.write(json.dumps(parts) + "\n")
    sys.stdout.flush()


class Client(NotebookClient):  # type: ignore[misc]
    """Runs cells and counts what they send."""

    def __init__(self, notebook: Any, limit: int, **options: Any) -> None:
        super().__init__(notebook, **options)
        self._left = limit

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        content = msg["content"]
        self._left -= len(json.dumps(content, default=str))
        if self._left < 0:
            say(too_much=True)
            sys.exit(0)
        text = content.get("text") if msg["msg_type"] == "stream" else content.get("data", {}).get("text/plain")
        if isinstance(text, str):
            say(text=text if text.endswith("\n") else text + "\n")
        if msg["msg_type"] in ("status", "clear_output") or msg["msg_type"].startswith("comm_"):
            return super().process_message(msg, cell, cell_index)
        return None


async def execute(order: dict[str, Any]) -> None:
    """Run the cells of *order*, saying how far it came."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in order["cells"]])
    manager = AsyncKernelManager()
    manager._kernel_spec = KernelSpec(argv=["kernel"], language="python", display_name="kernel")
    manager.provisioner = Elsewhere(kernel_id="kernel", kernel_spec=manager._kernel_spec, parent=manager)
    manager.provisioner.connection_info = order["connection"]
    manager.load_connection_info(order["connection"])
    manager._ready = asyncio.get_event_loop().create_future()
    client = Client(notebook, order["output"], km=manager, force_raise_errors=True, timeout=None, startup_timeout=60)
    client.owns_km = True
    await client.async_start_new_kernel_client()
    try:
        for index, cell in enumerate(notebook.cells):
            say(cell=index + 1)
            await client.async_execute_cell(cell, index)
            say(done=index + 1)
        say(complete=True)
    except CellExecutionError as error:
        say(failed={"name": error.ename, "message": error.evalue})
    except DeadKernelError:
        pass
    assert client.kc is not None
    client.kc.shutdown()
    await asyncio.sleep(30)


def main() -> None:
    """Read the order from the standard input and run it."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    asyncio.run(execute(json.load(sys.stdin)))
