"""The Python that student code runs in: the checker's own, or that of another environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from checker.sandbox.base import SandboxFault

_SECONDS = 60
_ASKED = """
import json, sys, sysconfig
paths = sysconfig.get_paths()
print(json.dumps([sys.executable, sys.prefix, sys.base_prefix, paths["purelib"], paths["platlib"]]))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An executable with what belongs to it, all as absolute paths. It is to be Python 3.9 or newer.

    ``site`` are the folders of its packages. ``overlaid`` are folders with packages (ipykernel, and what it needs, for
    this version of Python) that only a notebook's kernel finds, after all others. ``kernel`` is False where no kernel
    goes with its packages. One that nobody has ``vouched`` for is started in a room only: what was put into it by a
    stranger's wish may do anything as soon as it starts.
    """

    executable: str
    prefix: str
    base_prefix: str
    site: tuple[str, ...]
    overlaid: tuple[str, ...] = ()
    kernel: bool = True
    vouched: bool = True

    @classmethod
    def own(cls) -> Interpreter:
        """The one that the checker runs in."""
        paths = sysconfig.get_paths()
        return cls(sys.executable, sys.prefix, sys.base_prefix, _once(paths["purelib"], paths["platlib"]))

    @classmethod
    def of(cls, executable: str, overlaid: Sequence[str] = ()) -> Interpreter:
        """The one that *executable* starts, by its own account. Raises SandboxFault where it does not answer."""
        command = [executable, "-I", "-c", _ASKED]
        try:
            done = subprocess.run(command, env={}, cwd="/", capture_output=True, timeout=_SECONDS, check=True)
            said: Any = json.loads(done.stdout)
            name, prefix, base_prefix, pure, platform = (str(part) for part in said)
        except (OSError, subprocess.SubprocessError, ValueError) as broken:
            raise SandboxFault(f"{executable} cannot be started: {broken}") from broken
        return cls(name, prefix, base_prefix, _once(pure, platform), tuple(overlaid))

    @property
    def is_own(self) -> bool:
        """Whether this is the one that the checker runs in."""
        return self == Interpreter.own()

    def folders(self) -> list[str]:
        """The folders that it and its packages live in, outermost first, each once."""
        found = {path for one in (self.prefix, self.base_prefix) for path in (one, os.path.realpath(one))}
        found.update(self.overlaid, map(os.path.realpath, self.overlaid), self._hops())
        found = {path for path in found if path not in ("/", "/usr", "")}
        return sorted(path for path in found if not any(path.startswith(other + "/") for other in found))

    def _hops(self) -> Iterator[str]:
        """The folders that the links lead through which the executable is."""
        hop = self.executable
        for _ in range(10):
            folder = os.path.dirname(hop)
            yield os.path.dirname(folder) if os.path.basename(folder) == "bin" else folder
            if not os.path.islink(hop):
                return
            hop = os.path.normpath(os.path.join(folder, os.readlink(hop)))


def _once(*paths: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(paths))
