"""The surroundings of the hostile corpus: a grader with secrets, listeners, and a search for leftovers."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.hostile.corpus.model import MARK, SECRET

_UNKNOWN = 1 << 30
"""User ids from which on no user of this machine is found, except inside a sandbox."""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a grader who has secrets, in the environment of this process and in files."""
    home = tmp_path_factory.mktemp("grader")
    for name in (".aws/credentials", ".netrc", ".config/gh/hosts.yml", ".cache/titanic-checker/facts", "grades.csv"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(SECRET, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", os.fspath(home))
        patch.setenv("XDG_CACHE_HOME", os.fspath(home / ".cache"))
        patch.setenv("GRADER_TOKEN", SECRET)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        yield home


@dataclass(frozen=True, slots=True)
class Ears:
    """Sockets outside of the sandbox that no submission may reach, and the words by which edits name their places."""

    names: dict[str, str]
    streams: list[socket.socket] = field(repr=False)
    packets: list[socket.socket] = field(repr=False)

    def heard(self) -> list[str]:
        """The sockets that were connected to."""
        found = []
        for listener in self.streams:
            with contextlib.suppress(BlockingIOError):
                listener.accept()[0].close()
                found.append(repr(listener))
        for listener in self.packets:
            with contextlib.suppress(BlockingIOError):
                found.append(repr(listener.recv(100)))
        return found


@pytest.fixture(scope="session")
def ears(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ears]:
    """Listeners on the loopback, on this machine's own address, and on sockets of the file system and outside of it."""
    own = _own_address()
    path = f"/tmp/ears-{os.getpid()}"
    abstract = f"ears-{os.getpid()}"
    with contextlib.ExitStack() as stack:

        def bound(family: int, kind: int, place: object) -> socket.socket:
            listener = stack.enter_context(socket.socket(family, kind))
            listener.bind(place)
            listener.setblocking(False)
            if kind == socket.SOCK_STREAM:
                listener.listen()
            return listener

        stack.callback(lambda: Path(path).unlink(missing_ok=True))
        loop, wide = (bound(socket.AF_INET, socket.SOCK_STREAM, (address, 0)) for address in ("127.0.0.1", own))
        loop_packets, wide_packets = (
            bound(socket.AF_INET, socket.SOCK_DGRAM, (address, 0)) for address in ("127.0.0.1", own)
        )
        named = bound(socket.AF_UNIX, socket.SOCK_STREAM, path)
        Path(path).chmod(0o777)
        nameless = bound(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract)
        names = {
            "@TCP@": str(loop.getsockname()[1]),
            "@OWN@": own,
            "@OWN_TCP@": str(wide.getsockname()[1]),
            "@UDP@": str(loop_packets.getsockname()[1]),
            "@OWN_UDP@": str(wide_packets.getsockname()[1]),
            "@SOCKET@": path,
            "@ABSTRACT@": abstract,
        }
        yield Ears(names, [loop, wide, named, nameless], [loop_packets, wide_packets])


def _own_address() -> str:
    found = [
        address.address
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family == socket.AF_INET and not address.address.startswith("127.")
    ]
    return found[0] if found else "127.0.0.1"


class Eyes:
    """Looks at the machine from outside of the sandbox."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._before = self.files()

    def files(self) -> dict[str, tuple[int, int, bytes]]:
        """The files in the home of the grader: time of the last change, mode and content."""
        return {
            os.fspath(path): (
                path.stat().st_mtime_ns,
                path.stat().st_size,
                path.read_bytes() if path.is_file() else b"",
            )
            for path in sorted(self._home.rglob("*"))
        }

    def left(self, seconds: float = 3) -> list[str]:
        """New leftovers: changed files of the grader, marked files, strangers' files and processes.

        The processes that supervise a run are ours, and may take a moment longer than the run.
        """
        deadline = time.monotonic() + seconds
        while strange_processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        changed = [] if self.files() == self._before else ["the home of the grader has changed"]
        return [*changed, *_strange_files(), *map(repr, strange_processes())]


def _strange_files() -> Iterator[str]:
    """Files in shared places that a hostile program marked, or whose owner is no user of this machine."""
    for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run", "/", Path.home(), Path.cwd()):
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.name == MARK or entry.stat(follow_symlinks=False).st_uid >= _UNKNOWN:
                        yield entry.path


def strange_processes() -> list[psutil.Process]:
    """Processes of other namespaces that descend from this one, and orphans whose user is none of this machine's."""
    here = _namespaces(psutil.Process())
    found = [
        process for process in psutil.Process().children(recursive=True) if _namespaces(process) not in (here, None)
    ]
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and all(map(_is_nobody, [process, *process.parents()[:-1]])):
                found.append(process)
    return found


def _is_nobody(process: psutil.Process) -> bool:
    return process.uids().real >= _UNKNOWN


def _namespaces(process: psutil.Process) -> tuple[str, ...] | None:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return tuple(os.fspath(Path(f"/proc/{process.pid}/ns/{kind}").readlink()) for kind in ("user", "pid"))
    except (OSError, psutil.Error):
        return None


@pytest.fixture(scope="session")
def eyes(home: Path) -> Eyes:
    """The search for leftovers."""
    return Eyes(home)
