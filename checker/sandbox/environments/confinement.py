"""The confinement of uv: it reaches the package index, and writes to the folders of its work alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from checker.sandbox.capabilities import capabilities
from checker.sandbox.process import bubblewrap


def enclosed(command: Sequence[str], writable: Iterable[Path]) -> list[str]:
    """*command* in namespaces of its own where this machine has them, else unchanged.

    uv runs no code of a package, but unpacks its archive: a malicious archive can change the *writable* folders alone,
    and sees no process of the machine. The network is that of the machine.
    """
    program = bubblewrap.binary()
    if program is None or capabilities().namespaces is not None:
        return [*command]
    places = [os.path.realpath(path) for path in writable]
    return [
        program,
        *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--cap-drop", "ALL", "--die-with-parent"),
        *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
        *(word for place in dict.fromkeys(places) for word in ("--bind", place, place)),
        "--",
        *command,
    ]
