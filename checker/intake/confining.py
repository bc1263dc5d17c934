"""The command that reads a submission, in namespaces that hold that submission and Python alone.

Where the machine gives no namespaces, it is the same command with the limits that it sets itself: the reader is our own
code, and what a hole in libgit2 would let out is then as free as the user who grades (see SECURITY.md).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import checker
from checker.sandbox import bubblewrap
from checker.sandbox.inside import filtering
from checker.sandbox.interpreter import Interpreter

_START = "import sys; sys.path.append(sys.argv[1]); from checker.intake.reader import main; main()"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_CONFIGURATION = ("/etc/ld.so.cache", "/etc/localtime")
_SUBMISSION = "/submission"
_SCRATCH = "/scratch"
VARIABLES = {"SSL_CERT_DIR": "/usr", "SSL_CERT_FILE": "/usr/none"}
"""The reader's whole environment. Without a folder of authorities pygit2 does not load; a real one takes it long."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, the descriptors that it needs, and the names of the two places as it sees them."""

    words: tuple[str, ...]
    descriptors: tuple[int, ...]
    place: str
    scratch: str


@contextmanager
def confined(place: Path, scratch: Path) -> Iterator[Command | None]:
    """The reader in namespaces of its own; None where bubblewrap is not there.

    It sees *place* read-only, and may write into *scratch*. As root it keeps one right, to read files whatever their
    owner is, and a filter of system calls takes away what else that right is good for.
    """
    program = bubblewrap.binary() if sys.platform == "linux" else None
    if program is None:
        yield None
        return
    with _filter() as code:
        filtered = ("--seccomp", str(code.fileno())) if code is not None else ()
        words = (
            program,
            *_namespaces(filtered=code is not None),
            *("--die-with-parent", "--new-session", "--hostname", "localhost", "--clearenv"),
            *(word for name, value in VARIABLES.items() for word in ("--setenv", name, value)),
            *_view(),
            *("--ro-bind", os.fspath(place), _SUBMISSION, "--bind", os.fspath(scratch), _SCRATCH),
            *("--remount-ro", "/", "--chdir", "/"),
            *filtered,
            "--",
            *_reader(),
        )
        yield Command(words, (code.fileno(),) if code is not None else (), _SUBMISSION, _SCRATCH)


def unconfined(place: Path, scratch: Path) -> Command:
    """The reader with limits alone."""
    return Command(_reader(), (), os.fspath(place), os.fspath(scratch))


def _reader() -> tuple[str, ...]:
    # Isolated: neither variables nor the current folder nor the user's own packages have a say in what is loaded.
    return (sys.executable, "-I", "-B", "-c", _START, os.fspath(_package().parent))


def _package() -> Path:
    return Path(os.path.realpath(str(checker.__file__))).parent


def _namespaces(*, filtered: bool) -> list[str]:
    apart = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() != 0:
        return [*apart, "--unshare-user", "--cap-drop", "ALL"]
    # In a user namespace with one id, root could not read what belongs to others.
    return [*apart, "--cap-drop", "ALL", *(("--cap-add", "CAP_DAC_READ_SEARCH") if filtered else ())]


def _view() -> list[str]:
    shown: list[str] = []
    for path in _SYSTEM:
        if Path(path).is_symlink():
            shown += ["--symlink", os.fspath(Path(path).readlink()), path]
        elif Path(path).is_dir():
            shown += ["--ro-bind", path, path]
    for path in _CONFIGURATION:
        shown += ["--ro-bind-try", path, path]
    folders = [*Interpreter.own().folders(), os.fspath(_package())]
    for path in dict.fromkeys(folders):
        if not any(path.startswith(top + "/") for top in _SYSTEM):
            shown += ["--ro-bind", path, path]
    return [*shown, "--dev", "/dev"]


@contextmanager
def _filter() -> Iterator[IO[bytes] | None]:
    if not filtering.known_machine():
        yield None
        return
    with tempfile.TemporaryFile() as file:
        file.write(filtering.program(os.uname().machine))
        file.seek(0)
        yield file
