"""uv with limits: its executable, one call, and the meaning of its refusals."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from checker.model import Text, text
from checker.sandbox.environments.confinement import enclosed
from checker.sandbox.environments.spec import EnvironmentUnavailable

_LONGEST_SENTENCE = 400
_SECONDS = 900
"""Seconds that one call may take."""
_LARGEST_FILE = 4 << 30
_LIMITED = ("/bin/sh", "-c", 'ulimit -f "$0" && exec "$@"', str(_LARGEST_FILE // 512))
"""A shell that limits the size of files before uv starts, counted in blocks of 512 bytes."""
_MOST_SAID = 200_000
_PAUSE = 1.0
_ADDRESS = re.compile(r"(?:(?<![a-z0-9+.-])[a-z0-9+.-]++:)?//\S+", re.IGNORECASE)
_UNREACHABLE = re.compile(
    r"error sending request|failed to fetch|timed? ?out|connection|dns error|tls|certificate|network"
    r"|\b(?:40[13]|407|429|5\d\d)\b|offline|failed to download",
    re.IGNORECASE,
)


def program(variables: Mapping[str, str] | None = None) -> str | None:
    """The path of uv: of the package that is installed with the checker, else on the PATH."""
    with contextlib.suppress(ImportError, FileNotFoundError):
        from uv import find_uv_bin  # an extra of ours

        return str(find_uv_bin())
    return shutil.which("uv", path=(variables or os.environ).get("PATH"))


NO_UV = (
    text("uv is not installed: environments cannot be made."),
    text("Install it: pip install titanic-checker[environments], or pip install uv."),
)


@dataclass(frozen=True, slots=True)
class UvResult:
    """The result of one call: its status and its output."""

    status: int
    output: str
    errors: str


@dataclass(frozen=True, slots=True)
class Uv:
    """uv, called in the empty *folder* with *variables* as its whole environment. Downloads are kept in *cache*.

    *watched* folders together may not grow by more than *most* bytes during a call.
    """

    path: str
    variables: Mapping[str, str]
    folder: Path
    cache: Path
    watched: tuple[Path, ...] = ()
    most: int = 0

    def run(self, *arguments: str, seconds: float = _SECONDS) -> UvResult:
        """The result of one call. Raises EnvironmentUnavailable where it takes too long or too much space."""
        self.cache.mkdir(parents=True, exist_ok=True)
        command = enclosed([*_LIMITED, self.path, *arguments], (self.folder, self.cache, *self.watched))
        variables = {
            **self.variables,
            "UV_CACHE_DIR": os.fspath(self.cache),
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_LINK_MODE": "copy",  # no hard links: files of an environment must not share storage with the cache
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
                raise EnvironmentUnavailable(*NO_UV) from error
            try:
                self._wait(process, time.monotonic() + seconds, before)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            streams = []
            for file in (output, errors):
                file.seek(0)
                streams.append(file.read(_MOST_SAID).decode("utf-8", "replace"))
        return UvResult(process.returncode, streams[0], streams[1])

    def _wait(self, process: subprocess.Popen[bytes], until: float, before: int) -> None:
        running = True
        while running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_PAUSE)
                running = False
            if running and time.monotonic() > until:
                raise EnvironmentUnavailable(text("The environment was not made in time."))
            if self.watched and size_of(*self.watched) - before > self.most:
                raise EnvironmentUnavailable(
                    text("The environment is larger than {size} GB.", size=self.most >> 30),
                    text("Declare fewer packages, or smaller ones (torch without CUDA)."),
                )


def size_of(*folders: Path) -> int:
    """The bytes of all files below *folders*; a file with several names is counted once."""
    total = 0
    counted: set[tuple[int, int]] = set()
    waiting = [os.fspath(folder) for folder in folders]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif (status.st_dev, status.st_ino) not in counted:
                        counted.add((status.st_dev, status.st_ino))
                        total += status.st_blocks * 512
    return total


def is_unreachable(errors: str) -> bool:
    """Whether a refusal of uv is about the network, and not about packages."""
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
    joined = joined.strip(" .")
    return joined if len(joined) <= _LONGEST_SENTENCE else joined[:_LONGEST_SENTENCE].rpartition(" ")[0] + " …"


def refused(errors: str) -> tuple[Text, Text]:
    """The reason and the remedy where packages cannot be installed, by uv's *errors*."""
    return (
        text("What is declared cannot be installed: {reason}.", reason=sentence(errors) or "?"),
        text("Try it: uv pip compile, or conda env create."),
    )


UNREACHABLE = (
    text("The index of packages cannot be reached from here."),
    text("Judge it on a machine that reaches an index of Python packages."),
)
"""The reason and the remedy where no package index answers."""


def written(folder: Path, name: str, lines: Iterable[str]) -> Path:
    """The path of a file *name* in *folder*, written with *lines* for uv."""
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path
