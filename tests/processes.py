"""Processes and servers that tests start beside themselves."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from socketserver import BaseServer
from typing import Any


def ended(words: Sequence[object] | str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The process of these words at its end, whatever its status, with what it said as text."""
    return subprocess.run(words, capture_output=True, text=True, check=False, **options)


@contextmanager
def in_thread(server: BaseServer) -> Iterator[None]:
    """*server* answers in a thread, as long as the block lasts."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
