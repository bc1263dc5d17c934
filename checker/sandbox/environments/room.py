"""A room for uv: it reaches the index of packages, and writes where its work is and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from checker.sandbox import bubblewrap
from checker.sandbox.capabilities import capabilities


def enclosed(command: Sequence[str], writable: Iterable[Path]) -> list[str]:
    """*command*, in namespaces of its own where this machine gives them, else as it is.

    No code of a package is run, but its archive is unpacked: whatever is wrong with that, only the *writable* folders
    can be changed by it, and no process of the machine is seen. The network is that of the machine.
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
