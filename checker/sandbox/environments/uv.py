"""uv at work, with limits: where it is, one call of it, and what its refusals mean."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from checker.model import Text, text
from checker.sandbox.environments.room import enclosed
from checker.sandbox.environments.wanted import Unmade

SECONDS = 900
"""The most that one call may take."""
_LARGEST_FILE = 4 << 30
_LIMITED = ("/bin/sh", "-c", 'ulimit -f "$0" && exec "$@"', str(_LARGEST_FILE // 512))
"""What limits the size of a file before uv starts; a shell counts it in blocks of 512 bytes."""
_MOST_SAID = 200_000
_PAUSE = 1.0
_ADDRESS = re.compile(r"(?:(?<![a-z0-9+.-])[a-z0-9+.-]++:)?//\S+", re.IGNORECASE)
_UNREACHABLE = re.compile(
    r"error sending request|failed to fetch|timed? ?out|connection|dns error|tls|certificate|network"
    r"|\b(?:40[13]|407|429|5\d\d)\b|offline|failed to download",
    re.IGNORECASE,
)


def program(variables: Mapping[str, str] | None = None) -> str | None:
    """The path of uv: the one that is installed with the checker, else that on the PATH."""
    with contextlib.suppress(ImportError, FileNotFoundError):
        from uv import find_uv_bin  # an extra of ours

        return str(find_uv_bin())
    return shutil.which("uv", path=(variables or os.environ).get("PATH"))


NO_UV = (
    text("uv is not installed: environments cannot be made."),
    text("Install it: pip install titanic-checker[environments], or pip install uv."),
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a call printed, and its status."""

    status: int
    output: str
    errors: str


@dataclass(frozen=True, slots=True)
class Uv:
    """uv, called in the empty *folder* with *variables* and nothing else. What it fetches is kept in *cache*.

    *watched* folders together may not grow by more than *most* bytes during a call.
    """

    path: str
    variables: Mapping[str, str]
    folder: Path
    cache: Path
    watched: tuple[Path, ...] = ()
    most: int = 0

    def run(self, *arguments: str, seconds: float = SECONDS) -> Said:
        """One call. Raises Unmade where it takes too long or too much."""
        self.cache.mkdir(parents=True, exist_ok=True)
        command = enclosed([*_LIMITED, self.path, *arguments], (self.folder, self.cache, *self.watched))
        variables = {
            **self.variables,
            "UV_CACHE_DIR": os.fspath(self.cache),
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_LINK_MODE": "copy",  # what a run may read is never one file with what is kept for the next environment
            "UV_NO_PROGRESS": "1",
            "NO_COLOR": "1",
        }
        before = size_of(*self.watched)
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            try:
                process = subprocess.Popen(
                    command,
                    env=variables,
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    start_new_session=True,
                )
            except OSError as error:
                raise Unmade(*NO_UV) from error
            try:
                self._wait(process, time.monotonic() + seconds, before)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            said = []
            for file in (output, errors):
                file.seek(0)
                said.append(file.read(_MOST_SAID).decode("utf-8", "replace"))
        return Said(process.returncode, said[0], said[1])

    def _wait(self, process: subprocess.Popen[bytes], until: float, before: int) -> None:
        while True:
            try:
                process.wait(_PAUSE)
            except subprocess.TimeoutExpired:
                if time.monotonic() > until:
                    raise Unmade(text("The environment was not made in time.")) from None
                if self.watched and size_of(*self.watched) - before > self.most:
                    raise _too_large(self.most) from None
            else:
                if self.watched and size_of(*self.watched) - before > self.most:
                    raise _too_large(self.most)
                return


def _too_large(most: int) -> Unmade:
    return Unmade(
        text("The environment is larger than {size} GB.", size=most >> 30),
        text("Declare fewer packages, or smaller ones (torch without CUDA)."),
    )


def size_of(*folders: Path) -> int:
    """The bytes of all files below *folders*, each counted once however many names it has."""
    total = 0
    seen: set[tuple[int, int]] = set()
    waiting = [os.fspath(folder) for folder in folders]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif (status.st_dev, status.st_ino) not in seen:
                        seen.add((status.st_dev, status.st_ino))
                        total += status.st_blocks * 512
    return total


def is_unreachable(errors: str) -> bool:
    """Whether a refusal of uv speaks of the network, and not of packages."""
    return "unsatisfiable" not in errors and bool(_UNREACHABLE.search(errors))


def sentence(errors: str) -> str:
    """The core of a refusal of uv in one line, without any address."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    start = next((number for number, line in enumerate(lines) if line.startswith("cause:")), 0)
    kept: list[str] = []
    for line in lines[start:]:
        if line.startswith(("hint:", "warning:")):
            break
        kept.append(line.removeprefix("cause:").removeprefix("error:").strip())
    joined = _ADDRESS.sub("…", " ".join(kept))
    joined = re.sub(r",? we can conclude that your requirements are unsatisfiable\.?", "", joined)
    return joined.strip(" .")[:400]


def unreachable() -> tuple[Text, Text]:
    """What is said where no index of packages answers."""
    return (
        text("The index of packages cannot be reached from here."),
        text("Judge it on a machine that reaches an index of Python packages."),
    )
