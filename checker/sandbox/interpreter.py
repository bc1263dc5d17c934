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
    """A Python of version 3.9 or newer: the executable and its folders, all as absolute paths.

    - ``site``: the folders of its packages.
    - ``overlaid``: folders with packages (ipykernel and its requirements, for this version of Python) that only a
      notebook's kernel finds, after all others.
    - ``kernel``: False where no kernel runs with its packages.
    - ``vouched``: False where the packages were chosen by a submission. Their code may run as soon as the interpreter
      starts, so it is started in a workspace only.
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
        """The interpreter that the checker runs in."""
        paths = sysconfig.get_paths()
        return cls(sys.executable, sys.prefix, sys.base_prefix, _once(paths["purelib"], paths["platlib"]))

    @classmethod
    def of(cls, executable: str, overlaid: Sequence[str] = ()) -> Interpreter:
        """The interpreter of *executable*, from its own answer. Raises SandboxFault where it does not answer."""
        command = [executable, "-I", "-c", _ASKED]
        try:
            done = subprocess.run(command, env={}, cwd="/", capture_output=True, timeout=_SECONDS, check=True)
            answer: Any = json.loads(done.stdout)
            name, prefix, base_prefix, pure, platform = (str(part) for part in answer)
        except (OSError, subprocess.SubprocessError, ValueError) as broken:
            raise SandboxFault(f"{executable} cannot be started: {broken}") from broken
        return cls(name, prefix, base_prefix, _once(pure, platform), tuple(overlaid))

    @property
    def is_own(self) -> bool:
        """Whether this is the interpreter that the checker runs in."""
        return self == Interpreter.own()

    def folders(self) -> list[str]:
        """The folders of the interpreter and its packages, sorted, without those that lie within another one."""
        found = {path for prefix in (self.prefix, self.base_prefix) for path in (prefix, os.path.realpath(prefix))}
        found.update(self.overlaid, map(os.path.realpath, self.overlaid), self._hops())
        found = {path for path in found if path not in ("/", "/usr", "")}
        return sorted(path for path in found if not any(path.startswith(other + "/") for other in found))

    def _hops(self) -> Iterator[str]:
        """The folders on the chain of symbolic links from the executable to the real file."""
        hop = self.executable
        for _ in range(10):
            folder = os.path.dirname(hop)
            yield os.path.dirname(folder) if os.path.basename(folder) == "bin" else folder
            if not os.path.islink(hop):
                return
            hop = os.path.normpath(os.path.join(folder, os.readlink(hop)))


def _once(*paths: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(paths))
